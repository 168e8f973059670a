/// No bytes break the normalizer, and what it gives it reads as the same again.
#include "base/check.hpp"
#include "pipeline/normalize/identity_values.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

using namespace coterie::normalize;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    for (const char* country : {"", "DK", "US"}) {
        ReadingContext context;
        context.country = country;
        const auto phones = read_phones(text, context);
        if (!phones.has_value())
            continue;
        for (const auto& phone : phones.value()) {
            const auto again = read_phones(phone, context);
            COTERIE_CHECK(again.has_value() && again.value().size() == 1 &&
                          again.value().front() == phone);
        }
    }
    return 0;
}
