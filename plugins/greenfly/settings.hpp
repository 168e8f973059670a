/// What the config says of the file.
#pragma once

#include "coterie/result.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace greenfly {

/// One column: a field of the person, or the same text in every row.
struct Column {
    std::string header;
    std::string field;  ///< empty: `value`
    std::string value;
};

struct Groups {
    std::vector<std::string> by;  ///< "topic", "tier"
    std::string prefix;
    std::size_t max = 0;
    std::string separator;
};

struct Settings {
    std::string path;
    std::optional<nlohmann::json> upload;
    std::vector<Column> profile;
    Groups groups;
    std::string time_zone;  ///< empty: none
    std::string active, removed;
    bool list_removed = true;
    char delimiter = ',';
    bool byte_order_mark = false;

    /// \throws std::invalid_argument  for what the schema cannot say.
    static Settings parse(const nlohmann::json& config);
    /// The header of the column that holds a field; nothing where none does.
    [[nodiscard]] std::optional<std::string> header_of(std::string_view field) const;
};

}  // namespace greenfly
