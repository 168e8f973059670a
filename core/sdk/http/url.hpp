/// Addresses, and which of them may be spoken to.
#pragma once

#include "coterie/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace coterie::http {

/// An http or https address, taken apart.
struct Url {
    std::string scheme;  ///< "http" or "https"
    std::string host;    ///< lower case; IPv6 in brackets
    std::string port;    ///< the scheme's own where none is written
    std::string path;    ///< as written; at least "/"
    std::string query;   ///< as written, without the question mark

    /// \return Config error where it is none, or names a user.
    static Result<Url> parse(const std::string& text);
    /// Where a reference in an answer of this address leads to (Location).
    [[nodiscard]] Result<Url> resolve(const std::string& reference) const;

    /// "https://host:8443/path?query"; the scheme's own port is left out.
    [[nodiscard]] std::string text() const;
    /// "https://host:443": equal for what credentials may go to alike.
    [[nodiscard]] std::string origin() const { return scheme + "://" + host + ":" + port; }
    /// "host:8443/path" for people: no query, and no addresses of people in the path.
    [[nodiscard]] std::string shown() const;
    [[nodiscard]] bool is_loopback() const;
};

/// The hosts that may be spoken to.
class Hosts {
  public:
    /// \param base_url  Its host and port are allowed. \param hosts  As Options::hosts.
    /// \return Config error for what is no host.
    static Result<Hosts> create(const std::string& base_url, const std::vector<std::string>& hosts);

    /// \return Config error where the address may not be spoken to.
    [[nodiscard]] Result<void> check(const Url& url) const;
    /// Whether encryption is missing where it must not: a Config error then.
    [[nodiscard]] static Result<void> check_encryption(const Url& url);
    /// Whether it is one of them, whatever the scheme.
    [[nodiscard]] bool has(const Url& url) const;

  private:
    struct Allowed {
        std::string host;  ///< ".example.com": what ends so
        std::string port;  ///< empty: the scheme's own
    };
    std::vector<Allowed> allowed_;
};

}  // namespace coterie::http
