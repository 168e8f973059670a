/// No bytes break the normalizer, and what it gives it reads as the same again.
#include "base/check.hpp"
#include "pipeline/normalize/identity_values.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

using namespace coterie::normalize;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto emails = read_emails(text);
    if (emails.has_value()) {
        for (const auto& email : emails.value()) {
            const auto again = read_emails(email.address);
            COTERIE_CHECK(again.has_value() && again.value().size() == 1 &&
                          again.value().front().address == email.address);
        }
    }
    return 0;
}
