#include "xls_records.hpp"

#include "little_endian.hpp"
#include "ooxml_text.hpp"

#include <fmt/format.h>
#include <unicode/ucnv.h>

#include <algorithm>

namespace spreadsheet {

bool XlsRecords::next(XlsRecord& record) {
    if (at_ > stream_.size() || stream_.size() - at_ < 4) {
        return false;
    }
    const std::size_t size = u16_at(stream_, at_ + 2);
    if (stream_.size() - at_ - 4 < size) {
        return false;
    }
    record = {.type = u16_at(stream_, at_), .data = stream_.substr(at_ + 4, size), .at = at_};
    at_ += 4 + size;
    return true;
}

XlsBytes::XlsBytes(std::string_view stream, std::size_t at) {
    XlsRecords records(stream, at);
    XlsRecord record;
    while (records.next(record) && (pieces_.empty() || record.type == kXlsContinue)) {
        pieces_.push_back(record.data);
    }
}

std::string_view XlsBytes::rest() {
    while (piece_ < pieces_.size() && at_ >= pieces_[piece_].size()) {
        ++piece_;
        at_ = 0;
    }
    return piece_ < pieces_.size() ? pieces_[piece_].substr(at_) : std::string_view();
}

bool XlsBytes::is_at_end() const {
    for (std::size_t i = piece_; i < pieces_.size(); ++i) {
        if (pieces_[i].size() > (i == piece_ ? at_ : 0)) {
            return false;
        }
    }
    return true;
}

std::uint8_t XlsBytes::u8() {
    const std::uint8_t value = u8_at(rest(), 0);
    ++at_;
    return value;
}

std::uint16_t XlsBytes::u16() {
    const unsigned low = u8();
    return static_cast<std::uint16_t>(low | static_cast<unsigned>(u8()) << 8U);
}

std::uint32_t XlsBytes::u32() {
    const std::uint32_t low = u16();
    return low | static_cast<std::uint32_t>(u16()) << 16U;
}

void XlsBytes::skip(std::size_t bytes) {
    while (bytes > 0) {
        const std::size_t here = std::min(bytes, rest().size());
        if (here == 0) {
            return;
        }
        at_ += here;
        bytes -= here;
    }
}

void XlsBytes::append_text(std::string& out, std::size_t count, std::uint8_t flags) {
    char32_t high = 0;
    std::size_t piece = piece_;
    while (count > 0) {
        std::string_view bytes = rest();
        if (bytes.empty()) {
            break;
        }
        if (piece_ != piece) {
            piece = piece_;
            flags = u8();
            bytes = rest();
            if (piece_ != piece) {
                continue;
            }
        }
        const bool is_wide = (flags & 1U) != 0;
        const std::size_t width = is_wide ? 2 : 1;
        const std::size_t here = std::min(count, bytes.size() / width);
        if (here == 0) {  // half a character
            at_ += bytes.size();
            continue;
        }
        for (std::size_t i = 0; i < here; ++i) {
            const char32_t unit = is_wide ? u16_at(bytes, i * 2) : u8_at(bytes, i);
            if (high != 0 && unit >= 0xDC00 && unit < 0xE000) {
                append_utf8(out, 0x10000 + ((high - 0xD800) << 10U) + (unit - 0xDC00));
                high = 0;
                continue;
            }
            if (high != 0) {
                append_utf8(out, high);  // alone: shown as U+FFFD
                high = 0;
            }
            if (unit >= 0xD800 && unit < 0xDC00) {
                high = unit;
            } else {
                append_utf8(out, unit);
            }
        }
        at_ += here * width;
        count -= here;
    }
    if (high != 0) {
        append_utf8(out, high);
    }
}

XlsCodePage::~XlsCodePage() {
    if (converter_ != nullptr) {
        ucnv_close(converter_);
    }
}

void XlsCodePage::choose(std::uint16_t code_page) {
    const std::string name = code_page == 10000 || code_page == 0x8000 ? "macintosh"
                             : code_page == 367                        ? "us-ascii"
                             : code_page < 1000 ? fmt::format("ibm-{}", code_page)
                                                : fmt::format("windows-{}", code_page);
    for (const char* candidate : {name.c_str(), "windows-1252"}) {
        UErrorCode status = U_ZERO_ERROR;
        UConverter* const converter = ucnv_open(candidate, &status);
        if (U_SUCCESS(status)) {
            if (converter_ != nullptr) {
                ucnv_close(converter_);
            }
            converter_ = converter;
            return;
        }
    }
}

std::string XlsCodePage::decode(std::string_view bytes) {
    if (converter_ == nullptr) {
        choose(1252);
    }
    std::string out;
    const char* source = bytes.data();
    const char* const end = source + bytes.size();
    UErrorCode status = U_ZERO_ERROR;
    ucnv_reset(converter_);
    while (source < end && U_SUCCESS(status)) {
        const UChar32 c = ucnv_getNextUChar(converter_, &source, end, &status);
        if (U_SUCCESS(status)) {
            append_utf8(out, static_cast<char32_t>(c));
        }
    }
    return out;
}

}  // namespace spreadsheet
