#include "xls_sheet.hpp"

#include "little_endian.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <tuple>
#include <utility>

namespace spreadsheet {

using coterie::Error;
using coterie::ErrorKind;
using coterie::Result;

namespace {

constexpr std::uint16_t kBof = 0x0809;
constexpr std::uint16_t kEof = 0x000A;
constexpr std::uint16_t kRow = 0x0208;
constexpr std::uint16_t kColInfo = 0x007D;
constexpr std::uint16_t kNumber = 0x0203;
constexpr std::uint16_t kRk = 0x027E;
constexpr std::uint16_t kMulRk = 0x00BD;
constexpr std::uint16_t kLabelSst = 0x00FD;
constexpr std::uint16_t kLabel = 0x0204;
constexpr std::uint16_t kRString = 0x00D6;
constexpr std::uint16_t kBoolErr = 0x0205;
constexpr std::uint16_t kFormula = 0x0006;
constexpr std::uint16_t kString = 0x0207;
constexpr std::uint16_t kMergeCells = 0x00E5;
constexpr std::uint16_t kHLink = 0x01B8;

constexpr std::uint32_t kNone = 0xFFFFFFFF;
/// Of the cells' records: row, column and XF.
constexpr std::size_t kCellHeadBytes = 6;
constexpr std::size_t kRowsMaxXls = 65'536;
constexpr std::size_t kLinkBytesMax = 64U << 10;

/// A number in 30 bits: an integer or a double's upper ones, either perhaps times 100.
double number_of_rk(std::uint32_t rk) {
    double value = 0.0;
    if ((rk & 2U) != 0) {
        value = static_cast<double>(static_cast<std::int32_t>(rk) >> 2);
    } else {
        value = std::bit_cast<double>(static_cast<std::uint64_t>(rk & 0xFFFFFFFCU) << 32U);
    }
    return (rk & 1U) != 0 ? value / 100.0 : value;
}

std::string_view name_of_error(std::uint8_t code) {
    switch (code) {
    case 0x00:
        return "#NULL!";
    case 0x07:
        return "#DIV/0!";
    case 0x0F:
        return "#VALUE!";
    case 0x17:
        return "#REF!";
    case 0x1D:
        return "#NAME?";
    case 0x24:
        return "#NUM!";
    default:
        return "#N/A";
    }
}

void set_bool_or_error(Cell& cell, std::uint8_t value, bool is_error) {
    cell.kind = is_error ? CellKind::Error : CellKind::Bool;
    cell.text = is_error ? name_of_error(value) : value != 0 ? "true" : "false";
}

/// Up to the first NUL.
std::string text_with_count(XlsBytes& bytes, std::size_t count) {
    std::string text;
    if (count <= kLinkBytesMax) {
        bytes.append_text(text, count, 1);
    }
    constexpr std::string_view kReplacedNul = "\xEF\xBF\xBD";
    return text.substr(0, text.find(kReplacedNul));
}

/// The URL of a hyperlink object ([MS-OSHARED] 2.3.7.1); empty where it leads into the workbook.
std::string link_target(XlsBytes& bytes) {
    constexpr std::uint32_t kHasMoniker = 0x01;
    constexpr std::uint32_t kHasLocation = 0x08;
    constexpr std::uint32_t kHasDisplayName = 0x10;
    constexpr std::uint32_t kHasFrame = 0x80;
    constexpr std::uint32_t kMonikerIsText = 0x100;
    constexpr std::uint32_t kUrlMoniker = 0x79EAC9E0;  // the class ids' first four bytes
    constexpr std::uint32_t kFileMoniker = 0x00000303;
    bytes.skip(16 + 4);
    const std::uint32_t flags = bytes.u32();
    for (const std::uint32_t flag : {kHasDisplayName, kHasFrame}) {
        if ((flags & flag) != 0) {
            bytes.skip(static_cast<std::size_t>(bytes.u32()) * 2);
        }
    }
    if ((flags & kHasMoniker) == 0) {
        return {};
    }
    std::string target;
    if ((flags & kMonikerIsText) != 0) {
        target = text_with_count(bytes, bytes.u32());
    } else {
        const std::uint32_t moniker = bytes.u32();
        bytes.skip(12);
        if (moniker == kUrlMoniker) {
            target = text_with_count(bytes, bytes.u32() / 2);
        } else if (moniker == kFileMoniker) {
            bytes.skip(2);
            const std::uint32_t size = bytes.u32();
            for (std::uint32_t i = 0; i < size && i < kLinkBytesMax && !bytes.is_at_end(); ++i) {
                const char c = static_cast<char>(bytes.u8());
                target += c > 0 ? std::string(1, c) : "";
            }
            return target;  // behind it the same path again, as Unicode
        }
    }
    if ((flags & kHasLocation) != 0 && !target.empty()) {
        const std::string location = text_with_count(bytes, bytes.u32());
        target += location.empty() ? "" : "#" + location;
    }
    return target;
}

}  // namespace

XlsSheet::XlsSheet(std::shared_ptr<XlsShared> shared, std::string place,
                   const WorkbookLimits& limits)
    : shared_(std::move(shared)), place_(std::move(place)), limits_(limits) {}

Result<std::unique_ptr<XlsSheet>> XlsSheet::open(std::shared_ptr<XlsShared> shared, std::size_t at,
                                                 std::string place, const WorkbookLimits& limits) {
    std::unique_ptr<XlsSheet> sheet(new XlsSheet(std::move(shared), std::move(place), limits));
    COTERIE_TRY_VOID(sheet->scan(at).transform_error(coterie::within(sheet->place_)));
    return sheet;
}

Result<void> XlsSheet::scan(std::size_t at) {
    XlsRecords records(shared_->stream, at);
    XlsRecord record;
    if (!records.next(record) || record.type != kBof) {
        return Error{ErrorKind::Data, "the sheet is not where the file says; the file is damaged: "
                                      "open it and save it as .xlsx"};
    }
    is_row_hidden_.resize(kRowsMaxXls);
    SheetLayout layout;
    std::size_t depth = 1;  // a chart in the sheet has records of its own
    while (depth > 0 && records.next(record)) {
        if (record.type == kBof) {
            ++depth;
        } else if (record.type == kEof) {
            --depth;
        } else if (depth == 1) {
            scan_record(record, layout);
        }
        if (cells_.size() * sizeof(Place) > limits_.text_bytes_max) {
            return Error{ErrorKind::Data,
                         fmt::format("its cells take more than text_bytes_max = {} bytes",
                                     limits_.text_bytes_max)};
        }
    }
    if (is_text_expected_) {
        cells_.pop_back();
        ++formulas_without_value_;
    }
    is_cut_short_ = depth > 0;
    const auto in_order = [](const Place& a, const Place& b) {
        return std::tie(a.row, a.column) < std::tie(b.row, b.column);
    };
    if (!std::is_sorted(cells_.begin(), cells_.end(), in_order)) {
        std::stable_sort(cells_.begin(), cells_.end(), in_order);
    }
    dresser_ = RowDresser(std::move(layout));
    return {};
}

void XlsSheet::scan_record(const XlsRecord& record, SheetLayout& layout) {
    switch (record.type) {
    case kRow:
        if (record.data.size() >= 16) {
            is_row_hidden_[u16_at(record.data, 0)] = (u16_at(record.data, 12) & 0x20U) != 0;
        }
        return;
    case kColInfo:
        if (record.data.size() >= 10 && (u16_at(record.data, 8) & 1U) != 0) {
            layout.hidden_columns.push_back(
                {.first = u16_at(record.data, 0), .last = u16_at(record.data, 2)});
        }
        return;
    case kMulRk:
        scan_numbers(record);
        return;
    case kFormula:
        scan_formula(record);
        return;
    case kString:
        if (is_text_expected_) {
            is_text_expected_ = false;
            cells_.back().type = kString;
            cells_.back().formula = cells_.back().at;
            cells_.back().at = static_cast<std::uint32_t>(record.at);
        }
        return;
    case kNumber:
    case kRk:
    case kLabelSst:
    case kLabel:
    case kRString:
    case kBoolErr:
        scan_cell(record);
        return;
    case kMergeCells:
        scan_merges(record, layout);
        return;
    case kHLink:
        scan_link(record, layout);
        return;
    default:
        return;
    }
}

void XlsSheet::scan_cell(const XlsRecord& record) {
    if (record.data.size() <= kCellHeadBytes) {
        return;
    }
    if (is_text_expected_) {
        is_text_expected_ = false;
        cells_.pop_back();
        ++formulas_without_value_;
    }
    cells_.push_back({.row = u16_at(record.data, 0),
                      .column = u16_at(record.data, 2),
                      .xf = u16_at(record.data, 4),
                      .type = record.type,
                      .at = static_cast<std::uint32_t>(record.at),
                      .formula = kNone});
}

void XlsSheet::scan_numbers(const XlsRecord& record) {
    constexpr std::size_t kEach = 6;
    const std::uint16_t row = u16_at(record.data, 0);
    std::uint16_t column = u16_at(record.data, 2);
    for (std::size_t at = 4; at + kEach + 2 <= record.data.size(); at += kEach) {
        cells_.push_back({.row = row,
                          .column = column++,
                          .xf = u16_at(record.data, at),
                          .type = kMulRk,
                          .at = static_cast<std::uint32_t>(record.at + 4 + at + 2),
                          .formula = kNone});
    }
}

/// Its result stands in it, but for a text, which follows in a STRING.
void XlsSheet::scan_formula(const XlsRecord& record) {
    scan_cell(record);
    is_text_expected_ =
        record.data.size() >= 14 && u16_at(record.data, 12) == 0xFFFF && u8_at(record.data, 6) == 0;
}

void XlsSheet::scan_merges(const XlsRecord& record, SheetLayout& layout) const {
    const std::size_t count = u16_at(record.data, 0);
    for (std::size_t i = 0; i < count && 2 + (i + 1) * 8 <= record.data.size(); ++i) {
        const std::string_view range = record.data.substr(2 + i * 8);
        if (u16_at(range, 0) <= u16_at(range, 2) && u16_at(range, 4) <= u16_at(range, 6)) {
            layout.merges.push_back({.first_column = u16_at(range, 4),
                                     .last_column = u16_at(range, 6),
                                     .first_row = u16_at(range, 0) + 1ULL,
                                     .last_row = u16_at(range, 2) + 1ULL});
        }
    }
}

void XlsSheet::scan_link(const XlsRecord& record, SheetLayout& layout) const {
    const std::string_view range = record.data;
    XlsBytes bytes(shared_->stream, record.at);
    bytes.skip(8);
    std::string target = link_target(bytes);
    if (!target.empty() && u16_at(range, 0) <= u16_at(range, 2) &&
        u16_at(range, 4) <= u16_at(range, 6)) {
        layout.links.push_back({.range = {.first_column = u16_at(range, 4),
                                          .last_column = u16_at(range, 6),
                                          .first_row = u16_at(range, 0) + 1ULL,
                                          .last_row = u16_at(range, 2) + 1ULL},
                                .target = std::move(target)});
    }
}

Result<bool> XlsSheet::next(Row& row) {
    row.cells.clear();
    while (row.cells.empty() && next_cell_ < cells_.size()) {
        const std::uint16_t number = cells_[next_cell_].row;
        row.number = number + 1ULL;
        row.is_hidden = is_row_hidden_[number];
        std::size_t text_bytes = 0;
        for (; next_cell_ < cells_.size() && cells_[next_cell_].row == number; ++next_cell_) {
            const Place& place = cells_[next_cell_];
            Cell cell;
            cell.column = place.column;
            if (!fill(cell, place)) {
                if (is_text_missing(place)) {
                    return Error{ErrorKind::Data,
                                 fmt::format("{}: row {}, column {}: the cell's text is not in the "
                                             "file's table of {} shared strings; open the file and "
                                             "save it as .xlsx",
                                             place_, row.number, place.column + 1,
                                             shared_->strings.count())};
                }
                continue;
            }
            cell.link = link_of(place);
            text_bytes += cell.text.size() + cell.link.size();
            if (!row.cells.empty() && row.cells.back().column == cell.column) {
                row.cells.back() = std::move(cell);
            } else {
                row.cells.push_back(std::move(cell));
            }
            bytes_done_ = std::max<std::uint64_t>(bytes_done_, place.at);
            text_bytes_ += row.cells.back().text.size();
            if (text_bytes > kRowTextBytesMax || text_bytes_ > limits_.unpacked_bytes_max ||
                row.cells.size() > limits_.cells_in_row_max) {
                return Error{ErrorKind::Data,
                             fmt::format("{}: row {} holds more than {} cells or {} bytes of text, "
                                         "or all rows together more than unpacked_bytes_max = {}",
                                         place_, row.number, limits_.cells_in_row_max,
                                         kRowTextBytesMax, limits_.unpacked_bytes_max)};
            }
        }
    }
    if (row.cells.empty()) {
        if (is_cut_short_) {
            return Error{ErrorKind::Data,
                         place_ + ": the sheet is cut short here; get the file again, or open it "
                                  "and save it as .xlsx"};
        }
        return false;
    }
    COTERIE_TRY_VOID(dresser_.dress(row).transform_error(coterie::within(place_)));
    return true;
}

bool XlsSheet::fill(Cell& cell, const Place& place) const {
    const CellFormat format =
        place.xf < shared_->formats.size() ? shared_->formats[place.xf] : CellFormat();
    if (place.type == kMulRk) {
        set_number(cell, number_of_rk(u32_at(shared_->stream, place.at)), format, shared_->epoch);
        return true;
    }
    XlsRecord record;
    XlsRecords(shared_->stream, place.at).next(record);
    switch (place.type) {
    case kNumber:
        set_number(cell, little_endian<double>(record.data, kCellHeadBytes), format,
                   shared_->epoch);
        return true;
    case kRk:
        set_number(cell, number_of_rk(u32_at(record.data, kCellHeadBytes)), format, shared_->epoch);
        return true;
    case kLabelSst: {
        const std::size_t index = u32_at(record.data, kCellHeadBytes);
        cell.text =
            index < shared_->strings.count() ? shared_->strings.at(index) : std::string_view();
        break;
    }
    case kLabel:
    case kRString:
        cell.text = text_at(place.at, kCellHeadBytes);
        break;
    case kString:
        cell.text = text_at(place.at, 0);
        break;
    case kBoolErr:
        set_bool_or_error(cell, u8_at(record.data, kCellHeadBytes),
                          u8_at(record.data, kCellHeadBytes + 1) != 0);
        break;
    case kFormula:
        return fill_formula(cell, record, format);
    default:
        break;
    }
    return !cell.text.empty();
}

bool XlsSheet::is_text_missing(const Place& place) const {
    return place.type == kLabelSst &&
           u32_at(shared_->stream, place.at + 4 + kCellHeadBytes) >= shared_->strings.count();
}

bool XlsSheet::fill_formula(Cell& cell, const XlsRecord& record, CellFormat format) const {
    const std::string_view result =
        record.data.substr(std::min(kCellHeadBytes, record.data.size()));
    if (u16_at(result, 6) != 0xFFFF) {
        set_number(cell, little_endian<double>(result, 0), format, shared_->epoch);
        return true;
    }
    const std::uint8_t kind = u8_at(result, 0);
    if (kind == 1 || kind == 2) {
        set_bool_or_error(cell, u8_at(result, 2), kind == 2);
        return true;
    }
    return false;  // an empty text
}

/// A text that stands by itself in a record: its length, in BIFF8 its flags, its characters.
std::string XlsSheet::text_at(std::size_t at, std::size_t offset) const {
    XlsBytes bytes(shared_->stream, at);
    bytes.skip(offset);
    const std::size_t count = bytes.u16();
    std::string text;
    if (shared_->is_biff8) {
        bytes.append_text(text, count, bytes.u8());
        return text;
    }
    for (std::size_t i = 0; i < count && !bytes.is_at_end(); ++i) {
        text += static_cast<char>(bytes.u8());
    }
    return shared_->code_page.decode(text);
}

/// Of the formula HYPERLINK("…", …), in its tokens: a text, perhaps one more operand, the function.
std::string XlsSheet::link_of(const Place& place) const {
    constexpr std::uint8_t kTextToken = 0x17;
    constexpr std::uint16_t kHyperlink = 359;
    const std::size_t at = place.type == kFormula ? place.at : place.formula;
    XlsRecord record;
    if (at == kNone || !shared_->is_biff8 || !XlsRecords(shared_->stream, at).next(record) ||
        record.data.size() < 23) {
        return {};
    }
    std::string_view tokens = record.data.substr(22);
    tokens = tokens.substr(0, std::min<std::size_t>(tokens.size(), u16_at(record.data, 20)));
    // Its last four bytes: a function with a variable count of arguments, the count, which it is.
    const std::size_t end = tokens.size() < 4 ? 0 : tokens.size() - 4;
    if (u8_at(tokens, 0) != kTextToken || (u8_at(tokens, end) & 0x1FU) != 0x02 ||
        u16_at(tokens, end + 2) != kHyperlink) {
        return {};
    }
    const std::size_t count = u8_at(tokens, 1);
    const std::uint8_t flags = u8_at(tokens, 2);
    const std::size_t bytes = count * ((flags & 1U) != 0 ? 2 : 1);
    if (3 + bytes > end) {
        return {};
    }
    const std::string_view operand = tokens.substr(3 + bytes, end - 3 - bytes);
    const std::uint8_t token = u8_at(operand, 0);
    const std::size_t operand_bytes =
        token == kTextToken ? 3 + u8_at(operand, 1) * ((u8_at(operand, 2) & 1U) != 0 ? 2ULL : 1ULL)
        : (token & 0x1FU) == 0x04 ? 5  // a cell
        : token == 0x1E           ? 3  // a whole number
        : token == 0x1F           ? 9  // a number
                                  : 0;
    if (operand.size() != operand_bytes) {
        return {};  // more is done to the text than to be the target
    }
    XlsBytes characters(shared_->stream, at);
    characters.skip(22 + 3);
    std::string target;
    characters.append_text(target, count, flags);
    return target.starts_with('#') ? std::string() : target;
}

}  // namespace spreadsheet
