/// The connector's config; the manifest says what each key means.
#pragma once

#include "csv/csv_workbook.hpp"
#include "table/follower.hpp"

#include "coterie/result.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace spreadsheet {

struct Settings {
    std::vector<std::string> sheets;  ///< names or patterns; none: all
    bool hidden_sheets = false;       ///< read them too
    TableSettings table;
    CsvOptions csv;
    std::vector<std::string> key;
    std::vector<std::string> nulls;
    std::uint64_t hash = 0;  ///< of the whole config

    /// \return Config error for what the manifest's schema cannot say.
    static coterie::Result<Settings> parse(const nlohmann::json& config);

    /// Whether a sheet of this name is to be read.
    [[nodiscard]] bool wants_sheet(std::string_view name) const;
};

}  // namespace spreadsheet
