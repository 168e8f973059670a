#include "config/codes.hpp"

#include "base/text.hpp"

#include <unicode/ucal.h>
#include <unicode/ucurr.h>
#include <unicode/uenum.h>
#include <unicode/uloc.h>

#include <set>

namespace coterie::config {

namespace {

using Words = std::set<std::string, std::less<>>;

Words countries() {
    Words out;
    for (const char* const* code = uloc_getISOCountries(); *code != nullptr; ++code) {
        out.insert(*code);
    }
    return out;
}

/// All that an ICU enumeration gives; closes it.
Words words_of(UEnumeration* enumeration) {
    Words out;
    UErrorCode status = U_ZERO_ERROR;
    std::int32_t length = 0;
    while (const char* word = uenum_next(enumeration, &length, &status)) {
        out.emplace(word, static_cast<std::size_t>(length));
    }
    uenum_close(enumeration);
    return out;
}

Words currencies() {
    UErrorCode status = U_ZERO_ERROR;
    return words_of(ucurr_openISOCurrencies(UCURR_COMMON | UCURR_NON_DEPRECATED, &status));
}

const Words& timezones() {
    static const Words known = [] {
        UErrorCode status = U_ZERO_ERROR;
        return words_of(ucal_openTimeZones(&status));
    }();
    return known;
}

}  // namespace

bool is_country(std::string_view code) {
    static const Words known = countries();
    return known.contains(code);
}

bool is_currency(std::string_view code) {
    static const Words known = currencies();
    return known.contains(code);
}

bool is_timezone(std::string_view name) {
    return timezones().contains(name);
}

std::optional<std::string> nearest_timezone(std::string_view name) {
    return nearest(name, {timezones().begin(), timezones().end()});
}

}  // namespace coterie::config
