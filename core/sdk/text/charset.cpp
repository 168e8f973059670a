#include "charset.hpp"

#include <unicode/ucnv.h>
#include <unicode/ucsdet.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>

namespace coterie::text {

namespace {

/// ICU's confidence, of 100, from which on it is believed where Latin letters explain nothing.
constexpr std::int32_t kConfidenceMin = 10;
/// The share of usual characters from which on an encoding explains the bytes.
constexpr double kUsualShareMin = 0.8;

bool is_word(unsigned char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte >= 0x80;
}

/// The letters of Danish, Swedish, Norwegian, German, French, Spanish and Portuguese.
bool is_usual_letter(char16_t c) {
    static constexpr std::u16string_view kLetters =
        u"æøåÆØÅäöüßÄÖÜàâçéèêëîïôùûœÀÂÇÉÈÊËÎÏÔÙÛŒáíñóúÁÍÑÓÚãõÃÕŸÿ";
    return kLetters.find(c) != std::u16string_view::npos;
}

/// What stands beside words: quotes, dashes, signs of money.
bool is_usual_sign(char16_t c) {
    static constexpr std::u16string_view kSigns =
        u"\u2018\u2019\u201C\u201D\u201E\u2013\u2014\u2026"
        u"\u2022\u20AC\u00A3\u00A0\u00B0\u00AB\u00BB"
        u"\u00B4\u00A9\u00AE\u2122\u00BD\u00A7";
    return kSigns.find(c) != std::u16string_view::npos;
}

struct CloseConverter {
    void operator()(UConverter* converter) const { ucnv_close(converter); }
};
struct CloseDetector {
    void operator()(UCharsetDetector* detector) const { ucsdet_close(detector); }
};

/// What each byte from 80 on is in an encoding of one byte a character; 0: nothing.
std::array<char16_t, 128> upper_half(const char* name) {
    std::array<char16_t, 128> half{};
    UErrorCode status = U_ZERO_ERROR;
    const std::unique_ptr<UConverter, CloseConverter> converter(ucnv_open(name, &status));
    for (std::size_t i = 0; i < half.size() && U_SUCCESS(status); ++i) {
        const char byte = static_cast<char>(0x80 + i);
        UErrorCode one = U_ZERO_ERROR;
        UChar to[2] = {0, 0};
        ucnv_toUChars(converter.get(), to, 2, &byte, 1, &one);
        half[i] = U_SUCCESS(one) && to[0] != 0xFFFD ? to[0] : char16_t{0};
    }
    return half;
}

bool is_ascii_small(char c) {
    return c >= 'a' && c <= 'z';
}

bool is_capital(char16_t c) {
    static constexpr std::u16string_view kCapitals = u"ÆØÅÄÖÜÀÂÇÉÈÊËÎÏÔÙÛŒÁÍÑÓÚÃÕŸ";
    return kCapitals.find(c) != std::u16string_view::npos;
}

/// How usual a character is between two others, from 0 to 1.2.
double usual(char16_t c, char before, char behind, char behind_that) {
    const auto word = [](char at) { return is_word(static_cast<unsigned char>(at)); };
    if (is_usual_letter(c)) {
        if (is_capital(c) && is_ascii_small(before)) {
            return 0;  // "LawalÕs"
        }
        return word(before) || word(behind) ? 1 : 0.5;
    }
    if (c == u'\u2019') {
        const bool ends_word = behind == 's' && !word(behind_that);  // "Lawal’s"
        const bool after_one = before == 'D' || before == 'L' || before == 'O';
        return ends_word || after_one ? 1.2 : 0.7;
    }
    return is_usual_sign(c) && !(word(before) && word(behind)) ? 0.7 : 0;
}

/// The share of bytes beyond ASCII that are usual where they stand; 0 where most of the letters are
/// beyond ASCII, as in no language that is written in Latin letters.
double usual_share(std::string_view sample, const std::array<char16_t, 128>& half) {
    std::size_t seen = 0;
    std::size_t words = 0;
    double all = 0;
    const auto at = [&](std::size_t i) { return i < sample.size() ? sample[i] : '\n'; };
    for (std::size_t i = 0; i < sample.size(); ++i) {
        const auto byte = static_cast<unsigned char>(sample[i]);
        words += is_word(byte) ? 1 : 0;
        if (byte >= 0x80) {
            ++seen;
            all += usual(half[byte - 0x80U], i > 0 ? sample[i - 1] : '\n', at(i + 1), at(i + 2));
        }
    }
    if (seen == 0) {
        return 1;
    }
    return seen * 2 > words ? 0 : all / static_cast<double>(seen);
}

/// What ICU's detector says; empty where it is not sure.
std::string detected(std::string_view sample) {
    UErrorCode status = U_ZERO_ERROR;
    const std::unique_ptr<UCharsetDetector, CloseDetector> detector(ucsdet_open(&status));
    ucsdet_setText(detector.get(), sample.data(), static_cast<std::int32_t>(sample.size()),
                   &status);
    std::int32_t count = 0;
    const UCharsetMatch** const matches = ucsdet_detectAll(detector.get(), &count, &status);
    // UTF-16 has been looked for by its NULs; the rest are what is tried here with better means.
    static constexpr std::string_view kOthers[] = {
        "UTF-8", "UTF-16BE", "UTF-16LE", "UTF-32BE", "UTF-32LE", "ISO-8859-1", "windows-1252"};
    for (std::int32_t i = 0; U_SUCCESS(status) && i < count; ++i) {
        const char* const name = ucsdet_getName(matches[i], &status);
        const std::int32_t confidence = ucsdet_getConfidence(matches[i], &status);
        if (U_SUCCESS(status) && confidence >= kConfidenceMin && name != nullptr &&
            std::find(std::begin(kOthers), std::end(kOthers), name) == std::end(kOthers)) {
            return name;
        }
    }
    return {};
}

}  // namespace

Charset charset_of(std::string_view sample) {
    static const auto kWindows = upper_half("windows-1252");
    static const auto kMac = upper_half("macintosh");
    const double windows = usual_share(sample, kWindows);
    const double mac = usual_share(sample, kMac);
    if (std::max(windows, mac) < kUsualShareMin) {
        std::string name = detected(sample);
        if (!name.empty()) {
            return {std::move(name), "it is no UTF-8, and its bytes are most like it"};
        }
    }
    if (mac > windows) {
        return {"macintosh", "it is no UTF-8, and its letters make words in it"};
    }
    return {"windows-1252", "it is no UTF-8"};
}

}  // namespace coterie::text
