// Reads any bytes as a share: nothing may break, and what is read must read as itself.
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
    for (const bool is_percent : {false, true}) {
        const auto share = read_share(text, {}, is_percent);
        if (share.has_value()) {
            check(read_share(share.value(), {}, false).value() == share.value());
        }
    }
    return 0;
}
