/// Times and JSON values as APIs write them.
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace coterie::rest {

/// Milliseconds since 1970, UTC.
using Millis = std::int64_t;

/// Reads a time: RFC 3339 and its relatives ("2020-10-22T21:03:23.000+0000", "2023-02-22 10:44:49",
/// "2023-02-22"; without a zone it is UTC), or a number of seconds or, from 10^11 on, milliseconds
/// since 1970. \return Nothing where it is none.
std::optional<Millis> parse_time(const nlohmann::json& value);
std::optional<Millis> parse_time(std::string_view text);
/// "2026-01-31T02:30:00Z"; with milliseconds where there are some, or where they are asked for.
std::string format_time(Millis time, bool with_millis = false);
/// As strftime, in UTC.
std::string format_time(Millis time, const std::string& format);
/// A Date header (RFC 9110).
std::optional<Millis> parse_http_date(std::string_view text);

/// A JSON Pointer (RFC 6901) in which a token `*` stands for all elements.
class Pointer {
  public:
    Pointer() = default;
    /// \throws std::invalid_argument  where the text is none.
    explicit Pointer(std::string_view text);
    /// The value; with `*`, the list of all that is found. Nothing where there is none.
    [[nodiscard]] std::optional<nlohmann::json> find(const nlohmann::json& in) const;
    /// Without a `*`: the value where it stands; null where there is none.
    [[nodiscard]] const nlohmann::json* locate(const nlohmann::json& in) const;
    [[nodiscard]] nlohmann::json* locate(nlohmann::json& in) const;
    [[nodiscard]] const std::string& text() const { return text_; }
    [[nodiscard]] const std::vector<std::string>& tokens() const { return tokens_; }
    [[nodiscard]] bool has_star() const { return has_star_; }
    [[nodiscard]] bool is_whole() const { return tokens_.empty(); }

  private:
    std::string text_;
    std::vector<std::string> tokens_;
    bool has_star_ = false;
};

/// A value as text: a string as it is, numbers and flags as JSON writes them, null as "".
std::string text_of(const nlohmann::json& value);
/// Whether it says nothing: null, "" or an empty list or object.
bool is_empty(const nlohmann::json& value);

}  // namespace coterie::rest
