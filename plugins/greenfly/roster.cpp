#include "roster.hpp"

#include "coterie/files.hpp"
#include "coterie/text/reader.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace greenfly {

using coterie::Error;
using coterie::ErrorKind;
using coterie::Result;

namespace {

namespace fs = std::filesystem;
namespace text = coterie::text;

constexpr std::size_t kRowBytesMax = std::size_t{1} << 20;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

Error system_error(const fs::path& file, std::string_view doing, int code) {
    const bool person = code == ENOENT || code == EACCES || code == EPERM || code == ENOTDIR ||
                        code == EISDIR || code == EROFS;
    return Error{person ? ErrorKind::Config : ErrorKind::Fatal,
                 coterie::files::printable(file.native()) + ": cannot " + std::string(doing) +
                     ": " + std::strerror(code)};
}

/// = + - @ and their full-width twins. A phone number is none.
bool may_be_formula(std::string_view cell) {
    static constexpr std::array<std::string_view, 8> kOpenings{
        "=", "+", "-", "@", "\uFF1D", "\uFF0B", "\uFF0D", "\uFF20"};
    const bool is_number = (cell.starts_with('+') || cell.starts_with('-')) && cell.size() > 1 &&
                           cell.find_first_not_of("0123456789.", 1) == std::string_view::npos;
    return !is_number &&
           std::any_of(kOpenings.begin(), kOpenings.end(),
                       [&](std::string_view opening) { return cell.starts_with(opening); });
}

std::string_view without_blanks(std::string_view cell) {
    const auto first = cell.find_first_not_of(' ');
    return first == std::string_view::npos
               ? std::string_view()
               : cell.substr(first, cell.find_last_not_of(' ') - first + 1);
}

}  // namespace

std::string csv_cell(std::string_view cell, char delimiter) {
    std::string plain(cell);
    std::replace_if(
        plain.begin(), plain.end(),
        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
    plain = without_blanks(plain);
    if (may_be_formula(plain)) {
        plain.insert(0, "'");
    }
    if (plain.find('"') == std::string::npos && plain.find(delimiter) == std::string::npos) {
        return plain;
    }
    std::string quoted = "\"";
    for (const char c : plain) {
        quoted.append(c == '"' ? 2 : 1, c);
    }
    return quoted + '"';
}

Result<std::set<std::string>> external_ids(const std::string& path, const Settings& settings) {
    std::set<std::string> ids;
    const auto header = settings.header_of("external_id");
    std::error_code failed;
    if (!header || !fs::is_regular_file(path, failed)) {
        return ids;
    }
    COTERIE_TRY(const auto found, coterie::files::find(path));
    COTERIE_TRY(auto file, coterie::files::Reader::open(found.front()));
    COTERIE_TRY(const auto encoding, text::settle_encoding(file, "auto"));
    COTERIE_TRY(auto input, text::Input::open(found.front(), encoding));
    text::Dialect dialect;
    dialect.delimiter = std::string(1, settings.delimiter);
    text::RowReader reader(std::move(input), text::RowCutter(dialect), kRowBytesMax,
                           found.front().stamp.bytes);
    std::size_t column = std::string::npos;
    for (bool is_first = true;;) {
        COTERIE_TRY(const auto what, reader.next());
        if (what == text::Found::End) {
            return ids;
        }
        if (what != text::Found::Row) {
            continue;
        }
        const auto& cells = reader.row().cells;
        const auto cell_text = [&](const text::Cell& cell) {
            std::string value;
            reader.cutter().unescape(cell, value);
            return value;
        };
        if (is_first) {
            is_first = false;
            for (std::size_t i = 0; i < cells.size(); ++i) {
                column = cell_text(cells[i]) == *header ? i : column;
            }
            if (column == std::string::npos) {
                return ids;
            }
        } else if (column < cells.size() && !cells[column].empty()) {
            ids.insert(cell_text(cells[column]));
        }
    }
}

Roster::Roster(const Settings& settings)
    : settings_(settings), path_(coterie::files::target_of(settings.path)),
      part_(path_.string() + ".part") {}

Result<std::unique_ptr<Roster>> Roster::create(const Settings& settings) {
    std::unique_ptr<Roster> made(new Roster(settings));
    std::error_code failed;
    if (fs::is_directory(made->path_, failed)) {
        return system_error(made->path_, "be written", EISDIR);
    }
    made->file_.reset(std::fopen(made->part_.c_str(), "wbe"));
    if (made->file_ == nullptr) {
        return system_error(made->part_, "be written", errno);
    }
    std::string header = settings.byte_order_mark ? std::string(kByteOrderMark) : std::string();
    for (const auto& column : settings.profile) {
        header += csv_cell(column.header, settings.delimiter);
        header += settings.delimiter;
    }
    header.back() = '\n';
    COTERIE_TRY_VOID(made->write(header));
    return made;
}

Roster::~Roster() {
    std::error_code ignored;  // a left-over is overwritten by the next write
    fs::remove(part_, ignored);
}

Result<void> Roster::append(const Person& person) {
    std::string row;
    for (const auto& column : settings_.profile) {
        if (column.field.empty()) {
            row += csv_cell(column.value, settings_.delimiter);
        } else if (const auto cell = person.find(column.field); cell != person.end()) {
            row += csv_cell(cell->second, settings_.delimiter);
        }
        row += settings_.delimiter;
    }
    row.back() = '\n';
    return write(row);
}

Result<void> Roster::write(const std::string& bytes) {
    if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size()) {
        return system_error(part_, "be written", errno);
    }
    return {};
}

Result<void> Roster::close() {
    if (std::fclose(file_.release()) != 0) {
        return system_error(part_, "be written", errno);
    }
    return {};
}

Result<void> Roster::put_in_place() {
    return coterie::files::put_in_place(part_, path_);
}

}  // namespace greenfly
