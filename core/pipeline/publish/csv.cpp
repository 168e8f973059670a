#include "pipeline/publish/csv.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unicode/ucnv.h>
#include <unicode/ucnv_cb.h>
#include <unicode/ustring.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace coterie::publish {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

struct NamedDialect {
    const char* name;
    CsvDialect dialect;
};

const std::vector<NamedDialect>& named_dialects() {
    static const std::vector<NamedDialect> dialects = [] {
        CsvDialect excel;
        excel.line_end = "\r\n";
        excel.encoding = "utf-8-bom";  // without the mark Excel takes UTF-8 for Windows-1252
        CsvDialect comma_decimal = excel;
        comma_decimal.delimiter = ';';
        comma_decimal.decimal = ',';
        return std::vector<NamedDialect>{
            {"rfc4180", {}}, {"excel", excel}, {"excel-da", comma_decimal}};
    }();
    return dialects;
}

/// "+4512345678", "-3", "12.5": no formula, and needed as they stand.
bool looks_like_number(std::string_view text) {
    const std::string_view digits = text.substr(text.front() == '+' || text.front() == '-' ? 1 : 0);
    return !digits.empty() && digits.find_first_not_of("0123456789.") == std::string_view::npos;
}

/// Whether a spreadsheet may take the text for a formula: = + - @, their full-width twins, and
/// control characters, which some skip.
bool may_be_formula(std::string_view text) {
    static constexpr std::array<std::string_view, 11> kOpenings{
        "=", "+", "-", "@", "\t", "\r", "\n", "\uFF1D", "\uFF0B", "\uFF0D", "\uFF20"};
    return std::any_of(kOpenings.begin(), kOpenings.end(),
                       [&](std::string_view opening) { return text.starts_with(opening); });
}

Error config_error(std::string message) {
    return Error{ErrorKind::Config, std::move(message)};
}

Result<void> check_dialect(const CsvDialect& dialect) {
    const auto is_taken = [](char c) { return c == '"' || c == '\n' || c == '\r' || c == '\''; };
    const auto is_plain = [](char c) { return c >= ' ' && c <= '~'; };
    const char delimiter = dialect.delimiter;
    if (is_taken(delimiter) || !(is_plain(delimiter) || delimiter == '\t')) {
        return config_error("the delimiter is one ASCII character, and no quote or line end");
    }
    if (delimiter == dialect.decimal) {
        return config_error(fmt::format("delimiter and decimal sign are both '{}'; choose another "
                                        "delimiter",
                                        delimiter));
    }
    return {};
}

}  // namespace

struct CsvWriter::Impl {
    explicit Impl(CsvDialect chosen) : dialect(std::move(chosen)) {}
    ~Impl() {
        if (converter != nullptr) {
            ucnv_close(converter);
        }
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    Result<void> open() {
        if (dialect.encoding == "utf-8" || dialect.encoding == "utf-8-bom") {
            return {};
        }
        UErrorCode status = U_ZERO_ERROR;
        converter = ucnv_open(dialect.encoding.c_str(), &status);
        if (U_FAILURE(status)) {
            return config_error(fmt::format("encoding '{}' is not known; such as utf-8, "
                                            "utf-8-bom, windows-1252, utf-16le",
                                            printable(dialect.encoding, 40)));
        }
        // "Nearly the same character" is another one: what is not there counts as missing.
        ucnv_setFallback(converter, 0);
        ucnv_setFromUCallBack(converter, &missing, this, nullptr, nullptr, &status);
        return U_SUCCESS(status) ? Result<void>() : config_error("ICU cannot be set up");
    }

    static void U_CALLCONV missing(const void* context, UConverterFromUnicodeArgs* arguments,
                                   const UChar*, std::int32_t, UChar32,
                                   UConverterCallbackReason reason, UErrorCode* status) {
        if (reason > UCNV_IRREGULAR) {
            return;
        }
        auto* self = static_cast<Impl*>(const_cast<void*>(context));
        ++self->replaced;
        if (self->dialect.replaces_unencodable) {
            static constexpr UChar kQuestionMark = u'?';
            const UChar* at = &kQuestionMark;
            *status = U_ZERO_ERROR;
            ucnv_cbFromUWriteUChars(arguments, &at, at + 1, 0, status);
        }
    }

    Result<void> encode(std::string& out) {
        if (converter == nullptr) {
            out += row;
            return {};
        }
        UErrorCode status = U_ZERO_ERROR;
        units.resize(row.size() + 1);
        std::int32_t length = 0;
        u_strFromUTF8WithSub(units.data(), static_cast<std::int32_t>(units.size()), &length,
                             row.data(), static_cast<std::int32_t>(row.size()), 0xFFFD, nullptr,
                             &status);
        const std::size_t before = out.size();
        const auto room = UCNV_GET_MAX_BYTES_FOR_STRING(length, ucnv_getMaxCharSize(converter));
        out.resize(before + static_cast<std::size_t>(room));
        const auto bytes =
            ucnv_fromUChars(converter, out.data() + before, room, units.data(), length, &status);
        if (U_FAILURE(status)) {
            out.resize(before);
            return Error{ErrorKind::Data,
                         fmt::format("the encoding {} lacks a character of the roster; choose "
                                     "utf-8, or let it be replaced",
                                     dialect.encoding)};
        }
        out.resize(before + static_cast<std::size_t>(bytes));
        return {};
    }

    CsvDialect dialect;
    UConverter* converter = nullptr;
    std::u16string units;
    std::string row;
    std::uint64_t replaced = 0;
};

Result<CsvDialect> CsvDialect::named(const std::string& name) {
    for (const auto& each : named_dialects()) {
        if (each.name == name) {
            return each.dialect;
        }
    }
    return config_error(fmt::format("no CSV dialect '{}'; there are {}", printable(name, 40),
                                    fmt::join(names(), ", ")));
}

std::vector<std::string> CsvDialect::names() {
    std::vector<std::string> all;
    for (const auto& each : named_dialects()) {
        all.emplace_back(each.name);
    }
    return all;
}

CsvWriter::CsvWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CsvWriter::~CsvWriter() = default;
CsvWriter::CsvWriter(CsvWriter&&) noexcept = default;
CsvWriter& CsvWriter::operator=(CsvWriter&&) noexcept = default;

Result<CsvWriter> CsvWriter::create(const CsvDialect& dialect) {
    COTERIE_TRY_VOID(check_dialect(dialect));
    auto impl = std::make_unique<Impl>(dialect);
    COTERIE_TRY_VOID(impl->open());
    return CsvWriter(std::move(impl));
}

std::string_view CsvWriter::preamble() const {
    return impl_->dialect.encoding == "utf-8-bom" ? kByteOrderMark : std::string_view();
}

Result<void> CsvWriter::append(std::string& out, std::span<const CsvCell> cells) {
    std::string& row = impl_->row;
    row.clear();
    for (std::size_t i = 0; i < cells.size(); ++i) {
        if (i > 0) {
            row.push_back(impl_->dialect.delimiter);
        }
        row += csv_cell(cells[i], impl_->dialect);
    }
    row += impl_->dialect.line_end;
    return impl_->encode(out);
}

std::uint64_t CsvWriter::replaced() const {
    return impl_->replaced;
}

std::string csv_cell(const CsvCell& cell, const CsvDialect& dialect) {
    std::string text;
    if (dialect.guards_formulas && !cell.is_number && may_be_formula(cell.text) &&
        !looks_like_number(cell.text)) {
        text.push_back('\'');
    }
    text += cell.text;
    if (cell.is_number) {
        std::replace(text.begin(), text.end(), '.', dialect.decimal);
    }
    if (text.find_first_of("\"\n\r") == std::string::npos &&
        text.find(dialect.delimiter) == std::string::npos &&
        (text.empty() || (text.front() != ' ' && text.back() != ' '))) {
        return text;
    }
    std::string quoted = "\"";
    for (const char c : text) {
        quoted.push_back(c);
        if (c == '"') {
            quoted.push_back('"');
        }
    }
    quoted.push_back('"');
    return quoted;
}

}  // namespace coterie::publish
