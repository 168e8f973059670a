#include "coterie/text/input.hpp"

#include "charset.hpp"

#include <unicode/ucnv.h>
#include <unicode/ucnv_cb.h>
#include <unicode/ucnv_err.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace coterie::text {

using coterie::Error;
using coterie::ErrorKind;
using coterie::Result;
using namespace std::string_view_literals;

namespace {

constexpr std::size_t kRawBytes = 256U << 10;
constexpr std::size_t kUtf16ProbeBytes = 4096;
/// Stands for what cannot be decoded: a lone surrogate, which decoded text never holds otherwise.
constexpr char16_t kUndecodable = 0xDC00;

struct Mark {
    std::string_view bytes;
    const char* encoding;
};

/// The longest first: UTF-32's mark opens with UTF-16's.
const Mark* mark_of(std::string_view head) {
    static constexpr Mark kMarks[] = {{"\xEF\xBB\xBF"sv, "utf-8"},
                                      {"\xFF\xFE\0\0"sv, "utf-32le"},
                                      {"\0\0\xFE\xFF"sv, "utf-32be"},
                                      {"\xFF\xFE"sv, "utf-16le"},
                                      {"\xFE\xFF"sv, "utf-16be"}};
    for (const Mark& mark : kMarks) {
        if (head.starts_with(mark.bytes)) {
            return &mark;
        }
    }
    return nullptr;
}

/// UTF-16 without a mark: mostly Latin text has a NUL in every other byte.
const char* utf16_by_nuls(std::string_view head) {
    head = head.substr(0, std::min(head.size(), kUtf16ProbeBytes) & ~std::size_t{1});
    std::size_t nuls[2] = {0, 0};
    for (std::size_t i = 0; i < head.size(); ++i) {
        nuls[i % 2] += head[i] == '\0' ? 1 : 0;
    }
    const std::size_t most = head.size() / 2 * 7 / 10;
    if (head.size() < 4 || std::min(nuls[0], nuls[1]) > head.size() / 20) {
        return nullptr;
    }
    return nuls[1] > most ? "utf-16le" : nuls[0] > most ? "utf-16be" : nullptr;
}

/// Multi-byte text seen so far.
struct Utf8Evidence {
    std::uint64_t valid = 0;
    std::uint64_t invalid = 0;

    void add(const char* at, const char* end) {
        while (at != end) {
            std::uint64_t eight = 0;
            if (end - at >= 8) {
                std::memcpy(&eight, at, 8);
                if ((eight & 0x8080808080808080ULL) == 0) {  // ASCII says nothing
                    at += 8;
                    continue;
                }
            }
            const std::size_t length = coterie::files::utf8_sequence(at, end);
            valid += length > 1 ? 1 : 0;
            invalid += length == 0 ? 1 : 0;
            at += length == 0 ? 1 : length;
        }
    }
};

Result<Encoding> utf8_or_another(coterie::files::Reader& file) {
    COTERIE_TRY_VOID(file.seek(0));
    Utf8Evidence evidence;
    std::string unlike;  // the first text that is no UTF-8
    std::vector<char> block(kRawBytes);
    std::size_t kept = 0;  // a sequence may be cut by the block's end
    for (std::uint64_t probed = 0; probed < kEncodingProbeBytesMax;) {
        COTERIE_TRY(const std::size_t got, file.read(block.data() + kept, block.size() - kept));
        const bool last = got < block.size() - kept;
        const std::size_t filled = kept + got;
        std::size_t whole = filled;
        while (!last && filled - whole < 4 &&
               (static_cast<unsigned char>(block[whole - 1]) & 0x80U) != 0) {
            --whole;
        }
        const std::uint64_t invalid_before = evidence.invalid;
        evidence.add(block.data(), block.data() + whole);
        if (unlike.empty() && evidence.invalid > invalid_before) {
            unlike.assign(block.data(), whole);
        }
        kept = filled - whole;
        std::memmove(block.data(), block.data() + whole, kept);
        probed += got;
        if (last) {
            break;
        }
    }
    if (evidence.valid >= evidence.invalid) {
        return Encoding{"utf-8", 0, "its text is valid UTF-8"};
    }
    Charset charset = charset_of(unlike);
    return Encoding{std::move(charset.name), 0, std::move(charset.why)};
}

bool same_name(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [&](char x, char y) { return lower(x) == lower(y); });
}

/// Replaces ICU's substitution by a mark of ours.
void U_CALLCONV mark_undecodable(const void*, UConverterToUnicodeArgs* to, const char*, int32_t,
                                 UConverterCallbackReason reason, UErrorCode* status) {
    if (reason <= UCNV_IRREGULAR) {
        *status = U_ZERO_ERROR;
        ucnv_cbToUWriteUChars(to, &kUndecodable, 1, 0, status);
    }
}

}  // namespace

Result<Encoding> settle_encoding(coterie::files::Reader& file, const std::string& wanted) {
    COTERIE_TRY_VOID(file.seek(0));
    std::string head(kUtf16ProbeBytes, '\0');
    COTERIE_TRY(const std::size_t got, file.read(head.data(), head.size()));
    head.resize(got);
    const Mark* const mark = mark_of(head);
    const bool any_utf16 = same_name(wanted, "utf-16") || same_name(wanted, "utf16");
    if (wanted == "auto" || any_utf16) {
        if (mark != nullptr) {
            return Encoding{mark->encoding, mark->bytes.size(), "its byte order mark says so"};
        }
        if (const char* const utf16 = utf16_by_nuls(head)) {
            return Encoding{utf16, 0, "every other byte is NUL"};
        }
        return any_utf16 ? Encoding{"utf-16le", 0, "no byte order mark"} : utf8_or_another(file);
    }
    if (same_name(wanted, "utf-8") || same_name(wanted, "utf8")) {
        const bool marked = mark != nullptr && mark->encoding == "utf-8"sv;
        return Encoding{"utf-8", marked ? mark->bytes.size() : 0, ""};
    }
    UErrorCode status = U_ZERO_ERROR;
    UConverter* const converter = ucnv_open(wanted.c_str(), &status);
    if (U_FAILURE(status)) {
        return Error{ErrorKind::Config,
                     "unknown encoding '" + coterie::files::printable(wanted) +
                         "'; allowed: auto, utf-8, utf-16, windows-1252, latin-1, iso-8859-15, "
                         "macintosh, shift_jis and ICU's other names"};
    }
    ucnv_close(converter);
    const bool marked = mark != nullptr && same_name(mark->encoding, wanted);
    return Encoding{wanted, marked ? mark->bytes.size() : 0, ""};
}

void Input::CloseConverter::operator()(UConverter* converter) const {
    ucnv_close(converter);
}

Input::Input(coterie::files::Reader file, Encoding encoding)
    : file_(std::move(file)), encoding_(std::move(encoding)) {}
Input::Input(Input&&) noexcept = default;
Input& Input::operator=(Input&&) noexcept = default;
Input::~Input() = default;

Result<Input> Input::open(const coterie::files::Found& found, const Encoding& encoding) {
    COTERIE_TRY(auto file, coterie::files::Reader::open(found));
    Input input(std::move(file), encoding);
    if (!encoding.is_utf8()) {
        UErrorCode status = U_ZERO_ERROR;
        input.converter_.reset(ucnv_open(encoding.name.c_str(), &status));
        ucnv_setToUCallBack(input.converter_.get(), mark_undecodable, nullptr, nullptr, nullptr,
                            &status);
        if (U_FAILURE(status)) {
            return Error{ErrorKind::Config, "cannot decode " + encoding.name + ": " +
                                                std::string(u_errorName(status))};
        }
        input.raw_ = std::make_unique_for_overwrite<char[]>(kRawBytes);
        input.wide_ = std::make_unique_for_overwrite<char16_t[]>(kRawBytes);
    }
    COTERIE_TRY_VOID(input.rewind());
    return input;
}

Result<void> Input::rewind() {
    if (converter_ != nullptr) {
        ucnv_resetToUnicode(converter_.get());
    }
    decoded_.clear();
    decoded_at_ = 0;
    high_surrogate_ = 0;
    ended_ = false;
    file_bytes_ = encoding_.mark_bytes;
    return file_.seek(encoding_.mark_bytes);
}

Result<std::size_t> Input::read(char* out, std::size_t bytes) {
    if (converter_ == nullptr) {
        COTERIE_TRY(const std::size_t got, file_.read(out, bytes));
        file_bytes_ += got;
        return got;
    }
    std::size_t filled = 0;
    while (filled < bytes) {
        if (decoded_at_ == decoded_.size()) {
            if (ended_) {
                break;
            }
            COTERIE_TRY_VOID(decode_more());
            continue;
        }
        const std::size_t some = std::min(bytes - filled, decoded_.size() - decoded_at_);
        std::memcpy(out + filled, decoded_.data() + decoded_at_, some);
        filled += some;
        decoded_at_ += some;
    }
    return filled;
}

Result<void> Input::decode_more() {
    decoded_.clear();
    decoded_at_ = 0;
    COTERIE_TRY(const std::size_t got, file_.read(raw_.get(), kRawBytes));
    file_bytes_ += got;
    ended_ = got < kRawBytes;
    const char* from = raw_.get();
    UErrorCode status = U_BUFFER_OVERFLOW_ERROR;
    while (status == U_BUFFER_OVERFLOW_ERROR) {
        status = U_ZERO_ERROR;
        UChar* to = wide_.get();
        ucnv_toUnicode(converter_.get(), &to, wide_.get() + kRawBytes, &from, raw_.get() + got,
                       nullptr, static_cast<UBool>(ended_), &status);
        append_utf8(wide_.get(), to);
    }
    if (U_FAILURE(status)) {
        return Error{ErrorKind::Fatal,
                     "cannot decode " + encoding_.name + ": " + std::string(u_errorName(status))};
    }
    if (ended_ && high_surrogate_ != 0) {
        high_surrogate_ = 0;
        decoded_.push_back('\xFF');
    }
    return {};
}

void Input::append_utf8(const char16_t* at, const char16_t* end) {
    const auto put = [this](std::uint32_t bits) { decoded_.push_back(static_cast<char>(bits)); };
    for (; at != end; ++at) {
        std::uint32_t point = *at;
        const bool low = point >= 0xDC00 && point <= 0xDFFF;
        if (high_surrogate_ != 0) {
            if (low) {
                point = 0x10000 + ((high_surrogate_ - 0xD800U) << 10U) + (point - 0xDC00U);
                high_surrogate_ = 0;
                put(0xF0U | (point >> 18U));
                put(0x80U | ((point >> 12U) & 0x3FU));
                put(0x80U | ((point >> 6U) & 0x3FU));
                put(0x80U | (point & 0x3FU));
                continue;
            }
            high_surrogate_ = 0;
            put(0xFF);
        }
        if (point < 0x80) {
            put(point);
        } else if (point < 0x800) {
            put(0xC0U | (point >> 6U));
            put(0x80U | (point & 0x3FU));
        } else if (point >= 0xD800 && point <= 0xDBFF) {
            high_surrogate_ = *at;
        } else if (low) {
            put(0xFF);
        } else {
            put(0xE0U | (point >> 12U));
            put(0x80U | ((point >> 6U) & 0x3FU));
            put(0x80U | (point & 0x3FU));
        }
    }
}

Result<void> Input::go_to(std::uint64_t offset) {
    if (converter_ == nullptr) {
        file_bytes_ = encoding_.mark_bytes + offset;
        return file_.seek(file_bytes_);
    }
    COTERIE_TRY_VOID(rewind());
    std::vector<char> skipped(kRawBytes);
    while (offset > 0) {
        const auto some = static_cast<std::size_t>(std::min<std::uint64_t>(offset, skipped.size()));
        COTERIE_TRY(const std::size_t got, read(skipped.data(), some));
        if (got == 0) {
            break;
        }
        offset -= got;
    }
    return {};
}

}  // namespace coterie::text
