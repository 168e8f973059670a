/// Makes exchanges fit to be kept: no secrets, no personal data, the same shape.
#pragma once

#include "sdk/http/secrets.hpp"
#include "sdk/http/url.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <string>
#include <string_view>

namespace coterie::http {

/// Replaces every text of a body or query that may be about a person by letters and digits that
/// nobody chose, of the same shape, and the same again for the same text. It keeps what the
/// exchange works by: keys, ids, cursors, links to the own hosts, times, numbers that are no phone
/// numbers, and words that say what kind of thing something is. Whether it keeps a text depends on
/// its shape and key alone, so a replaced text would be replaced again. Any thread.
class Scrubber {
  public:
    using Key = std::array<unsigned char, 32>;
    enum class Put {
        MadeUp,  ///< what is kept in a recording
        Stars,   ///< "*": what two requests have in common that differ in such texts only
        AsItWas  ///< only brought into the same form
    };

    Scrubber(const Secrets& secrets, const Hosts& hosts, Put put, const Key& key = {})
        : secrets_(secrets), hosts_(hosts), put_(put), key_(key) {}

    /// By its content type. \return Empty for what is no text.
    [[nodiscard]] std::string body(std::string_view content_type, std::string_view text) const;
    [[nodiscard]] std::string query(std::string_view text) const;
    [[nodiscard]] std::string path(std::string_view text) const;
    [[nodiscard]] std::string url(std::string_view text) const;
    /// The links of a Link header.
    [[nodiscard]] std::string links(std::string_view text) const;
    /// The value of a key. \param name  Empty: unknown.
    [[nodiscard]] std::string value(std::string_view name, const std::string& text) const;

    /// A random one. \return Whether there is randomness.
    static bool make(Key& key);

  private:
    using Json = nlohmann::ordered_json;
    void scrub(std::string_view name, Json& json) const;
    [[nodiscard]] std::string csv(std::string_view text) const;
    [[nodiscard]] std::string markup(std::string_view text) const;
    [[nodiscard]] std::string json_or_words(std::string_view text) const;
    [[nodiscard]] std::string literals(std::string_view text) const;
    [[nodiscard]] std::string words(std::string_view text) const;
    [[nodiscard]] std::string word(std::string_view text) const;
    [[nodiscard]] std::string digits(std::string_view text) const;
    [[nodiscard]] std::string birthday(std::string_view text) const;
    [[nodiscard]] std::string address(std::string_view text) const;
    [[nodiscard]] std::string addresses(std::string_view text) const;
    [[nodiscard]] std::string stream(std::string_view text, std::size_t bytes) const;

    const Secrets& secrets_;
    const Hosts& hosts_;
    const Put put_;
    const Key key_;
};

}  // namespace coterie::http
