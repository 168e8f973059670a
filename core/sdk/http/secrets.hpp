/// What must not be seen.
#pragma once

#include "coterie/http.hpp"

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace coterie::http {

/// The secrets of a client. Any thread.
class Secrets {
  public:
    explicit Secrets(const Options& options);

    /// Adds one that was learnt: an access token.
    void add(std::string_view secret);
    /// The text with each secret, however it is encoded, replaced by ***.
    [[nodiscard]] std::string clean(std::string text) const;
    /// Whether a secret stands in it.
    [[nodiscard]] bool are_in(std::string_view text) const;

  private:
    void add_form(std::string form);
    mutable std::mutex mutex_;
    std::vector<std::string> forms_;  ///< longest first
};

/// Cut, printable, without secrets and without addresses of people: what a server said, for people.
std::string for_people(const Secrets& secrets, std::string_view text);

/// Whether it may stand in a header: no line ends, so that nothing else is smuggled in.
inline bool is_header_text(std::string_view text) {
    return text.find_first_of(std::string_view("\0\r\n", 3)) == std::string_view::npos;
}

/// Base 64 (RFC 4648).
enum class Alphabet { Plain, Url };
std::string base64(std::string_view bytes, Alphabet alphabet = Alphabet::Plain);

}  // namespace coterie::http
