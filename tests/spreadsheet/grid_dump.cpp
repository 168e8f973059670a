// Prints a workbook as JSON Lines, one a sheet and one a row: grid_dump FILE [--count]
// --count prints no cells, only how many there were: for measuring.
#include "plugins/spreadsheet/workbook/grid.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <utility>

namespace {

using spreadsheet::Cell;
using spreadsheet::CellKind;
using spreadsheet::Row;

const char* name_of(CellKind kind) {
    switch (kind) {
    case CellKind::Text:
        return "text";
    case CellKind::Number:
        return "number";
    case CellKind::Date:
        return "date";
    case CellKind::Bool:
        return "bool";
    case CellKind::Error:
        return "error";
    }
    return "";
}

void print(const nlohmann::ordered_json& line) {
    std::puts(line.dump(-1, ' ', false, nlohmann::json::error_handler_t::strict).c_str());
}

nlohmann::ordered_json json_of(const Cell& cell) {
    nlohmann::ordered_json json = {
        {"column", cell.column}, {"kind", name_of(cell.kind)}, {"text", cell.text}};
    if (!cell.link.empty()) {
        json["link"] = cell.link;
    }
    for (const auto& [key, is_set] :
         {std::pair("percent", cell.is_percent), std::pair("merged_copy", cell.is_merged_copy),
          std::pair("hidden", cell.is_hidden)}) {
        if (is_set) {
            json[key] = true;
        }
    }
    return json;
}

void print_row(const Row& row) {
    nlohmann::ordered_json json = {{"row", row.number}};
    if (row.is_hidden) {
        json["hidden"] = true;
    }
    json["cells"] = nlohmann::ordered_json::array();
    for (const Cell& cell : row.cells) {
        json["cells"].push_back(json_of(cell));
    }
    print(json);
}

void print_sheet(const spreadsheet::Sheet& sheet) {
    nlohmann::ordered_json json = {{"sheet", sheet.name}};
    if (sheet.is_hidden) {
        json["hidden"] = true;
    }
    for (const auto& table : sheet.tables) {
        json["tables"].push_back({{"name", table.name},
                                  {"first_column", table.first_column},
                                  {"last_column", table.last_column},
                                  {"first_row", table.first_row},
                                  {"last_row", table.last_row},
                                  {"header_rows", table.header_rows},
                                  {"totals_rows", table.totals_rows}});
    }
    print(json);
}

/// \return The error that it ended with, or an empty text.
std::string print_rows(spreadsheet::Workbook& workbook, std::size_t index, bool is_count) {
    auto reader = workbook.open(index);
    if (!reader) {
        return reader.error().message;
    }
    Row row;
    std::uint64_t rows = 0;
    std::uint64_t cells = 0;
    for (;;) {
        const auto is_row = (*reader)->next(row);
        if (!is_row) {
            return is_row.error().message;
        }
        if (!*is_row) {
            break;
        }
        ++rows;
        cells += row.cells.size();
        if (!is_count) {
            print_row(row);
        }
    }
    nlohmann::ordered_json end = {{"rows", rows}, {"cells", cells}};
    if ((*reader)->formulas_without_value() > 0) {
        end["formulas_without_value"] = (*reader)->formulas_without_value();
    }
    print(end);
    return {};
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fputs("usage: grid_dump FILE [--count]\n", stderr);
        return 2;
    }
    const bool is_count = argc > 2 && std::strcmp(argv[2], "--count") == 0;
    const std::string path = argv[1];
    const std::string name = path.substr(path.rfind('/') + 1);
    auto workbook = spreadsheet::open_workbook(path, name, {});
    if (!workbook) {
        print({{"error", workbook.error().message}});
        return 1;
    }
    if (!*workbook) {
        print({{"error", "no workbook"}});
        return 1;
    }
    bool is_good = true;
    for (std::size_t i = 0; i < (**workbook)->sheets().size(); ++i) {
        print_sheet((**workbook)->sheets()[i]);
        if (const std::string error = print_rows(***workbook, i, is_count); !error.empty()) {
            print({{"error", error}});
            is_good = false;
        }
    }
    return is_good ? 0 : 1;
}
