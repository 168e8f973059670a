/// The connector's config, and what each file makes of its "auto".
#pragma once

#include "coterie/result.hpp"
#include "coterie/text/dialect.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace delimited {

enum class Header { Auto, Present, Absent };
enum class ShortRows { Quarantine, Fill };

/// The config as its owner wrote it; the manifest says what each key means.
struct Settings {
    std::optional<std::string> delimiter;  ///< nothing: auto
    std::optional<char> quote;             ///< nothing: auto; NUL: none
    bool backslash = false;
    std::string encoding = "auto";
    Header header = Header::Auto;
    std::uint64_t header_row = 0;  ///< its line, from 1; 0: unsaid
    std::uint64_t skip_rows = 0;
    std::vector<std::string> columns;
    std::string comment;
    std::vector<std::string> key;
    bool trim = true;
    std::vector<std::string> nulls;
    ShortRows short_rows = ShortRows::Quarantine;
    std::size_t record_bytes_max = 1U << 20;
    std::uint64_t hash = 0;  ///< of the whole config

    /// \return Config error for what the manifest's schema cannot say.
    static coterie::Result<Settings> parse(const nlohmann::json& config);
};

/// What one file looks like.
struct Layout {
    coterie::text::Dialect dialect;
    std::vector<std::string> columns;  ///< unique
    std::size_t cells_min = 0;         ///< up to the last column that has a name
    std::string header;                ///< as it stands; empty where there is none
    coterie::text::Position start;     ///< of the first row
    std::vector<std::string> notes;    ///< what was decided, for the log
};

/// Settles the layout of a file from its first text, in which a header must end.
/// \param at_end  Whether the sample is the whole file.
/// \return Config error where there is no header that fits the settings.
coterie::Result<Layout> settle_layout(const Settings& settings, std::string sample, bool at_end);

}  // namespace delimited
