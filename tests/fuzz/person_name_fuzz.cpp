/// No bytes break the normalizer, and what it gives it reads as the same again.
#include "base/check.hpp"
#include "pipeline/normalize/identity_values.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

using namespace coterie::normalize;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto name = read_person_name(text);
    if (name.has_value() && !name.value().display.empty()) {
        const auto again = read_person_name(name.value().display);
        COTERIE_CHECK(again.has_value() && again.value().display == name.value().display);
    }
    const auto part = read_name_part(text);
    if (part.has_value()) {
        const auto again = read_name_part(part.value());
        COTERIE_CHECK(again.has_value() && again.value() == part.value());
    }
    return 0;
}
