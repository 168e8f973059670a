#include "workbook.hpp"

#include "coterie/files.hpp"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <optional>
#include <system_error>
#include <utility>

namespace xlsx {

using coterie::Error;
using coterie::ErrorKind;
using coterie::Result;

namespace {

namespace fs = std::filesystem;

/// Columns are as wide as their widest cell, between these, in characters.
constexpr std::size_t kWidthMin = 8;
constexpr std::size_t kWidthMax = 48;

Error system_error(const fs::path& file, std::string_view doing, int code) {
    const bool person = code == ENOENT || code == EACCES || code == EPERM || code == ENOTDIR ||
                        code == EISDIR || code == EROFS;
    return Error{person ? ErrorKind::Config : ErrorKind::Fatal,
                 file.string() + ": cannot " + std::string(doing) + ": " + std::strerror(code)};
}

Result<void> checked(lxw_error code, const fs::path& file) {
    if (code == LXW_NO_ERROR) {
        return {};
    }
    return Error{ErrorKind::Fatal, file.string() + ": cannot be written: " + lxw_strerror(code)};
}

/// Of a character that begins here; 1 where it is no UTF-8, which does not come from JSON.
std::size_t bytes_of_character(unsigned char first) {
    return first < 0xC0U ? 1 : first < 0xE0U ? 2 : first < 0xF0U ? 3 : 4;
}

bool is_hex_digit(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// "_x0041_": the way in which XLSX writes a character that XML cannot hold. In a text of people's
/// it means itself, so its first character is written in that way.
bool looks_escaped(std::string_view text) {
    return text.size() >= 7 && text.starts_with("_x") && text[6] == '_' &&
           std::all_of(text.begin() + 2, text.begin() + 6, is_hex_digit);
}

std::optional<int> number_at(std::string_view text, std::size_t at, std::size_t digits) {
    int number = 0;
    const char* const end = text.data() + at + digits;
    const auto parsed = std::from_chars(text.data() + at, end, number);
    return parsed.ec == std::errc() && parsed.ptr == end ? std::optional(number) : std::nullopt;
}

/// "2026-03-01", perhaps with "T10:15:00Z" behind it.
std::optional<lxw_datetime> moment_of(std::string_view text) {
    const bool is_day = text.size() == 10;
    if (!is_day && (text.size() < 20 || text[10] != 'T' || text.back() != 'Z')) {
        return std::nullopt;
    }
    const auto year = number_at(text, 0, 4), month = number_at(text, 5, 2),
               day = number_at(text, 8, 2);
    const auto hour = is_day ? 0 : number_at(text, 11, 2);
    const auto minute = is_day ? 0 : number_at(text, 14, 2);
    const auto second = is_day ? 0 : number_at(text, 17, 2);
    const bool is_complete = year && month && day && hour && minute && second;
    if (!is_complete || *year < 1900 || *month < 1 || *month > 12 || *day < 1 || *day > 31 ||
        *hour > 23 || *minute > 59 || *second > 59) {
        return std::nullopt;
    }
    return lxw_datetime{*year, *month, *day, *hour, *minute, static_cast<double>(*second)};
}

bool may_link(std::string_view url) {
    const bool is_known =
        url.starts_with("https://") || url.starts_with("http://") || url.starts_with("mailto:");
    return is_known && url.size() <= kLinkBytesMax &&
           std::all_of(url.begin(), url.end(), [](char c) {
               const auto byte = static_cast<unsigned char>(c);
               return byte > 0x20U && byte != 0x7FU;
           });
}

/// As many characters as it is wide, about.
std::size_t width_of(const Cell& cell) {
    switch (cell.kind) {
    case Cell::Kind::Empty:
        return 0;
    case Cell::Kind::Date:
        return 10;
    case Cell::Kind::Time:
        return 16;
    case Cell::Kind::Count:
    case Cell::Kind::Number:
    case Cell::Kind::Share:
        return 12;
    case Cell::Kind::Text:
    case Cell::Kind::Link:
        break;
    }
    const std::string_view line = std::string_view(cell.text).substr(0, cell.text.find('\n'));
    return static_cast<std::size_t>(std::count_if(line.begin(), line.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    }));
}

std::string sheet_name(const std::string& name, std::uint32_t number) {
    return number == 1 ? name : name + " (" + std::to_string(number) + ")";
}

}  // namespace

Cell Cell::of_text(std::string text) {
    return text.empty() ? Cell{} : Cell{Kind::Text, std::move(text), 0, {}};
}

Cell Cell::of_moment(std::string moment) {
    if (!moment_of(moment)) {
        return of_text(std::move(moment));
    }
    const auto kind = moment.size() == 10 ? Kind::Date : Kind::Time;
    return {kind, std::move(moment), 0, {}};
}

Cell Cell::of_link(std::string text, std::string url) {
    if (text.empty() || !may_link(url)) {
        return of_text(std::move(text));
    }
    return {Kind::Link, std::move(text), 0, std::move(url)};
}

std::string cell_text(std::string_view text, bool& was_changed) {
    std::string out;
    out.reserve(text.size());
    std::size_t units = 0;
    std::size_t end_before_mark = 0;  // where to cut, should it come to that
    const std::size_t units_before_mark = kCellUnitsMax - 8;
    static_assert(kCutMark.size() == 10, "8 characters, one of three bytes");
    for (std::size_t at = 0; at < text.size();) {
        const auto bytes =
            std::min(bytes_of_character(static_cast<unsigned char>(text[at])), text.size() - at);
        std::string_view character = text.substr(at, bytes);
        std::string_view written = character;
        if (character == "\xEF\xBF\xBE" || character == "\xEF\xBF\xBF") {  // no XML
            written = "\xEF\xBF\xBD";
            was_changed = true;
        } else if (looks_escaped(text.substr(at))) {
            written = "_x005F_";
        }
        // A control character becomes seven in the file, and is one to Excel.
        units += bytes == 4 ? 2 : 1;
        if (units > kCellUnitsMax) {
            out.resize(end_before_mark);
            out += kCutMark;
            was_changed = true;
            return out;
        }
        out += written;
        at += bytes;
        if (units <= units_before_mark) {
            end_before_mark = out.size();
        }
    }
    return out;
}

// --- Table -----------------------------------------------------------------------------------

Table::Table(Workbook& workbook, std::string name, std::vector<std::string> columns)
    : workbook_(workbook), name_(std::move(name)), columns_(std::move(columns)) {}

Result<void> Table::begin_sheet() {
    const std::string name = sheet_name(name_, ++sheet_number_);
    sheet_ = workbook_add_worksheet(workbook_.workbook_, name.c_str());
    if (sheet_ == nullptr) {
        return Error{ErrorKind::Fatal, "the sheet '" + name + "' cannot be made"};
    }
    worksheet_freeze_panes(sheet_, 1, 1);
    widths_.clear();
    for (std::uint16_t column = 0; column < columns_.size(); ++column) {
        COTERIE_TRY_VOID(checked(worksheet_write_string(sheet_, 0, column, columns_[column].c_str(),
                                                        workbook_.formats_.header),
                                 workbook_.path_));
        // Beside its text a header has the filter's button.
        widths_.push_back(width_of(Cell::of_text(columns_[column])) + 3);
    }
    next_row_ = 1;
    links_ = 0;
    return {};
}

void Table::end_sheet() {
    const auto last_column = static_cast<lxw_col_t>(columns_.size() - 1);
    worksheet_autofilter(sheet_, 0, 0, std::max(next_row_, 2U) - 1, last_column);
    for (std::uint16_t column = 0; column < columns_.size(); ++column) {
        const auto width = std::clamp(widths_[column] + 1, kWidthMin, kWidthMax);
        worksheet_set_column(sheet_, column, column, static_cast<double>(width), nullptr);
    }
    // Handles, ids and phone numbers may be digits alone, and are text on purpose.
    worksheet_ignore_errors(sheet_, LXW_IGNORE_NUMBER_STORED_AS_TEXT, "A1:XFD1048576");
}

Result<void> Table::append(const std::vector<Cell>& cells) {
    if (next_row_ >= workbook_.options_.sheet_rows_max) {
        end_sheet();
        COTERIE_TRY_VOID(begin_sheet());
    }
    for (std::uint16_t column = 0; column < cells.size(); ++column) {
        COTERIE_TRY_VOID(write(column, cells[column]));
        widths_[column] = std::max(widths_[column], width_of(cells[column]));
    }
    ++next_row_;
    ++rows_;
    return {};
}

Result<void> Table::write(std::uint16_t column, const Cell& cell) {
    const auto& formats = workbook_.formats_;
    const auto row = next_row_;
    lxw_error code = LXW_NO_ERROR;
    switch (cell.kind) {
    case Cell::Kind::Empty:
        return {};
    case Cell::Kind::Count:
        code = worksheet_write_number(sheet_, row, column, cell.number, formats.count);
        break;
    case Cell::Kind::Number:
        code = worksheet_write_number(sheet_, row, column, cell.number, nullptr);
        break;
    case Cell::Kind::Share:
        code = worksheet_write_number(sheet_, row, column, cell.number, formats.share);
        break;
    case Cell::Kind::Date:
    case Cell::Kind::Time: {
        auto moment = *moment_of(cell.text);
        code =
            worksheet_write_datetime(sheet_, row, column, &moment,
                                     cell.kind == Cell::Kind::Date ? formats.date : formats.time);
        break;
    }
    case Cell::Kind::Link:
    case Cell::Kind::Text: {
        bool was_changed = false;
        const std::string text = cell_text(cell.text, was_changed);
        workbook_.losses_.texts_changed += was_changed ? 1U : 0U;
        const bool links = cell.kind == Cell::Kind::Link && links_ < kSheetLinksMax;
        workbook_.losses_.links_dropped += cell.kind == Cell::Kind::Link && !links ? 1U : 0U;
        if (links) {
            ++links_;
            code = worksheet_write_url_opt(sheet_, row, column, cell.url.c_str(), formats.link,
                                           text.c_str(), nullptr);
        } else {
            code = worksheet_write_string(sheet_, row, column, text.c_str(), nullptr);
        }
        break;
    }
    }
    return checked(code, workbook_.path_);
}

// --- Workbook --------------------------------------------------------------------------------

Workbook::Workbook(fs::path path, Options options)
    : path_(std::move(path)), part_(path_.string() + ".part"), options_(std::move(options)) {}

Result<std::unique_ptr<Workbook>> Workbook::create(const fs::path& path, const Options& options) {
    const fs::path target = coterie::files::target_of(path);
    std::error_code failed;
    if (fs::is_directory(target, failed)) {
        return system_error(path, "be written", EISDIR);
    }
    std::unique_ptr<Workbook> made(new Workbook(target, options));
    // Asked now: the library opens its file only when it is closed.
    const int file = ::open(made->part_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file < 0) {
        return system_error(made->part_, "be written", errno);
    }
    ::close(file);
    const fs::path folder = made->part_.parent_path();
    made->temporary_folder_ = folder.empty() ? "." : folder.string();
    lxw_workbook_options how{};
    how.constant_memory = LXW_TRUE;
    how.tmpdir = made->temporary_folder_.data();
    made->workbook_ = workbook_new_opt(made->part_.c_str(), &how);
    if (made->workbook_ == nullptr) {
        return Error{ErrorKind::Fatal, "out of memory"};
    }
    lxw_doc_properties properties{};
    std::string title = options.title;
    std::string author = "Coterie";
    properties.title = title.data();
    properties.author = author.data();
    if (const auto created = moment_of(options.created)) {
        // The library writes local time and calls it UTC; the process's zone is not asked.
        std::tm moment{};
        moment.tm_year = created->year - 1900;
        moment.tm_mon = created->month - 1;
        moment.tm_mday = created->day;
        moment.tm_hour = created->hour;
        moment.tm_min = created->min;
        moment.tm_sec = static_cast<int>(created->sec);
        properties.created = ::timegm(&moment);
    }
    workbook_set_properties(made->workbook_, &properties);
    auto* const workbook = made->workbook_;
    const auto add_format = [workbook](const char* number_format) {
        auto* const format = workbook_add_format(workbook);
        if (number_format != nullptr) {
            format_set_num_format(format, number_format);
        }
        return format;
    };
    made->formats_.header = add_format(nullptr);
    format_set_bold(made->formats_.header);
    made->formats_.count = add_format("#,##0");
    made->formats_.share = add_format("0.0%");
    made->formats_.date = add_format("yyyy-mm-dd");
    made->formats_.time = add_format("yyyy-mm-dd hh:mm");
    made->formats_.link = workbook_get_default_url_format(workbook);
    return made;
}

Workbook::~Workbook() {
    if (workbook_ != nullptr) {
        lxw_workbook_free(workbook_);
        std::error_code ignored;  // a left-over is overwritten by the next write
        fs::remove(part_, ignored);
    }
}

Result<Table*> Workbook::add_table(std::string name, std::vector<std::string> columns) {
    tables_.emplace_back(new Table(*this, std::move(name), std::move(columns)));
    COTERIE_TRY_VOID(tables_.back()->begin_sheet());
    return tables_.back().get();
}

/// The library does not look whether its temporary files can be written. What went wrong so far
/// shows in them; what closing needs is asked of the disk.
Result<void> Workbook::check_disk() const {
    std::uint64_t all = 0;
    std::uint64_t largest = 0;
    lxw_sheet* sheet = nullptr;
    STAILQ_FOREACH(sheet, workbook_->sheets, list_pointers) {
        std::FILE* const file = sheet->u.worksheet->optimize_tmpfile;
        if (file == nullptr) {
            continue;
        }
        if (std::fflush(file) != 0 || std::ferror(file) != 0) {
            return Error{ErrorKind::Fatal, path_.string() +
                                               ": cannot be written: a temporary file beside it "
                                               "could not be written; make room on the disk"};
        }
        const auto bytes = static_cast<std::uint64_t>(std::max(std::ftell(file), 0L));
        all += bytes;
        largest = std::max(largest, bytes);
    }
    struct statvfs disk {};
    if (::statvfs(temporary_folder_.c_str(), &disk) != 0) {
        return {};  // it cannot be asked; the library's own errors remain
    }
    const std::uint64_t free = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
    const std::uint64_t needed = largest + all / 4 + (std::uint64_t{1} << 20);
    if (free < needed) {
        return Error{ErrorKind::Fatal,
                     path_.string() + ": cannot be written: closing it needs about " +
                         std::to_string((needed >> 20) + 1) + " MB beside it, and " +
                         std::to_string(free >> 20) + " MB are free; make room on the disk"};
    }
    return {};
}

Result<void> Workbook::close() {
    for (const auto& table : tables_) {
        table->end_sheet();
    }
    COTERIE_TRY_VOID(check_disk());
    const auto code = workbook_close(std::exchange(workbook_, nullptr));  // frees it, come what may
    auto done = checked(code, path_);
    if (done) {
        done = coterie::files::put_in_place(part_, path_);
    }
    if (!done) {
        std::error_code ignored;
        fs::remove(part_, ignored);
    }
    return done;
}

}  // namespace xlsx
