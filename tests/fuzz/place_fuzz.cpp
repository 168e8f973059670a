// Reads any bytes as countries, a region and a city: nothing may break, and what is read must read
// as itself.
#include "pipeline/normalize/fact_values.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace coterie::normalize;

namespace {

void check(bool holds) {
    if (!holds) {
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto country = read_country(text);
    if (country.has_value()) {
        check(country.value().size() == 2);
        // "NA" is Namibia to ISO and "nothing there" to most programs that write it.
        check(country.value() == "NA" || read_country(country.value()).value() == country.value());
    }
    const auto countries = read_countries(text);
    check(!countries.has_value() || !countries.value().empty());
    const auto region = read_region(text);
    if (region.has_value()) {
        check(read_region(region.value()).value() == region.value());
    }
    const auto city = read_city(text);
    check(!city.has_value() || !city.value().empty());
    return 0;
}
