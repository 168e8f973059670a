/// What a source's columns are, kept from night to night, and how they have drifted since.
#pragma once

#include "pipeline/normalize/auto/columns.hpp"
#include "pipeline/normalize/mapping.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace coterie::normalize::automap {

/// Kinds of values that a column is known by again.
inline constexpr std::size_t kKindCount = 9;

/// One column as it is kept: its name and figures, never values.
struct ColumnProfile {
    std::string path;        ///< with " (activities)" behind it where the records belong to others
    double fill = 0;         ///< share of the records that hold something in it
    std::size_t values = 0;  ///< in the sample
    std::size_t distinct = 0;
    std::array<double, kKindCount> kinds{};  ///< shares of e-mails, links, handles, numbers, …
    std::vector<std::string> fields;  ///< record fields that its values went to; empty: custom
    double understood = 0;            ///< share of those values that their field could read
    bool is_identity = false;         ///< says who somebody is
};

struct TableProfile {
    std::size_t records = 0;
    double identified = 0;               ///< share of the records that name somebody
    std::vector<ColumnProfile> columns;  ///< in the records' order of columns

    [[nodiscard]] const ColumnProfile* find(std::string_view path) const;
};

/// Of a sample under a mapping. Pure, and the same for any order of the records.
TableProfile profile(std::span<const std::string_view> records, const Mapping& mapping,
                     const MappingOptions& options);

nlohmann::json to_json(const TableProfile& profile);
/// Nothing where the text is none.
std::optional<TableProfile> profile_from(std::string_view json);

/// How columns changed.
struct Drift {
    std::vector<std::string> changes;  ///< each in words, without values
    std::vector<std::string> holds;    ///< those of them that must not be taken in unseen
};

/// \param kept     as it was when the mapping was made, or last night.
/// \param present  of what the source has now.
/// \param pending  of what is new or changed.
Drift compare(const TableProfile& kept, const TableProfile& present, const TableProfile& pending);

}  // namespace coterie::normalize::automap
