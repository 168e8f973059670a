#include "csv_file.hpp"

#include "base/text.hpp"
#include "cli.hpp"

#include "coterie/files.hpp"
#include "coterie/text/reader.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>

namespace coterie::cli {

namespace {

constexpr std::size_t kRowBytesMax = std::size_t{1} << 20;

/// One way to read the file: with one delimiter.
struct Opened {
    text::RowReader reader;
    std::vector<std::string> header;
    std::uint64_t header_line = 1;
};

std::vector<std::string> cells_of(const text::RowReader& reader) {
    std::vector<std::string> cells;
    for (const text::Cell& cell : reader.row().cells) {
        cells.emplace_back();
        reader.cutter().unescape(cell, cells.back());
    }
    return cells;
}

Opened open(const files::Found& found, const text::Encoding& encoding,
            const std::string& delimiter) {
    text::Dialect dialect;
    dialect.delimiter = delimiter;
    dialect.trim = false;
    Opened opened{text::RowReader(or_end(text::Input::open(found, encoding)),
                                  text::RowCutter(dialect), kRowBytesMax, found.stamp.bytes),
                  {},
                  1};
    for (;;) {
        const auto what = or_end(opened.reader.next());
        if (what == text::Found::End) {
            return opened;
        }
        if (what == text::Found::Row && !opened.reader.row().blank()) {
            opened.header = cells_of(opened.reader);
            for (std::string& name : opened.header) {
                name = trim(name);
            }
            opened.header_line = opened.reader.at().line;
            return opened;
        }
    }
}

std::vector<std::string> missing_in(const std::vector<std::string>& header,
                                    const std::vector<std::string>& columns) {
    std::vector<std::string> missing;
    for (const std::string& column : columns) {
        if (std::find(header.begin(), header.end(), column) == header.end()) {
            missing.push_back(column);
        }
    }
    return missing;
}

std::string unguarded(std::string cell) {
    return cell.starts_with('\'') ? cell.substr(1) : std::move(cell);
}

/// What is wrong with the row as a row of the header.
std::string fault_of(std::span<const std::string> cells, std::size_t header_cells) {
    if (std::any_of(cells.begin(), cells.end(), [](const auto& cell) { return !is_utf8(cell); })) {
        return "holds bytes that are no text in the file's encoding; save it as UTF-8";
    }
    const bool has_more =
        cells.size() > header_cells &&
        std::any_of(cells.begin() + static_cast<std::ptrdiff_t>(header_cells), cells.end(),
                    [](const auto& cell) { return !trim(cell).empty(); });
    return has_more ? fmt::format("has {} cells, the header has {}; quote cells that hold a "
                                  "delimiter",
                                  cells.size(), header_cells)
                    : "";
}

}  // namespace

void read_csv(const std::filesystem::path& file, const std::vector<std::string>& columns,
              const std::function<void(const CsvRow&)>& visit) {
    std::error_code unreadable;
    if (!std::filesystem::exists(file, unreadable)) {
        throw CommandError(
            Nothing, fmt::format("'{}' cannot be read: {}", file.string(),
                                 unreadable ? unreadable.message() : "there is no such file"));
    }
    const auto readable = [](auto result) {
        if (!result) {  // a file that cannot be read is no fault of the config
            throw CommandError(Nothing, result.error().message);
        }
        return *std::move(result);
    };
    const files::Found found = readable(files::find(file.string())).front();
    auto probe = readable(files::Reader::open(found));
    const auto encoding = readable(text::settle_encoding(probe, "auto"));
    // The delimiter is the one that makes the columns of the header: no need to guess.
    std::optional<Opened> opened;
    std::vector<std::string> missing = columns;
    for (const char* delimiter : {",", ";", "\t", "|"}) {
        Opened candidate = open(found, encoding, delimiter);
        auto lacking = missing_in(candidate.header, columns);
        if (!opened || lacking.size() < missing.size()) {
            opened.emplace(std::move(candidate));
            missing = std::move(lacking);
        }
        if (missing.empty()) {
            break;
        }
    }
    if (!missing.empty()) {
        throw CommandError(Usage,
                           fmt::format("{}:{}: no column {}; the first line names the columns: {}",
                                       file.string(), opened->header_line, fmt::join(missing, ", "),
                                       fmt::join(columns, ", ")));
    }
    std::vector<std::size_t> places;
    for (const std::string& column : columns) {
        places.push_back(static_cast<std::size_t>(
            std::find(opened->header.begin(), opened->header.end(), column) -
            opened->header.begin()));
    }
    text::RowReader& reader = opened->reader;
    std::vector<std::string> wanted(columns.size());
    for (;;) {
        const auto what = readable(reader.next());
        if (what == text::Found::End) {
            break;
        }
        if (what == text::Found::Fault) {
            visit({reader.at().line, {}, reader.fault().why});
            continue;
        }
        if (what != text::Found::Row || reader.row().blank()) {
            continue;
        }
        auto cells = cells_of(reader);
        const std::string fault = fault_of(cells, opened->header.size());
        for (std::size_t i = 0; i < places.size(); ++i) {
            wanted[i] =
                places[i] < cells.size() ? unguarded(std::move(cells[places[i]])) : std::string();
        }
        visit({reader.at().line, wanted, fault});
    }
    if (const auto unchanged = reader.input().unchanged(); !unchanged) {
        throw CommandError(Nothing, unchanged.error().message);
    }
}

std::string guarded_cell(const std::string& text) {
    return text.starts_with('\'') ? "'" + text : text;
}

}  // namespace coterie::cli
