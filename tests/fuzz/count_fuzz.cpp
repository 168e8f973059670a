// Reads any bytes as a count: nothing may break, and what is read must read as itself.
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
    for (const auto decimal : {ReadingContext::Decimal::Unknown, ReadingContext::Decimal::Comma,
                               ReadingContext::Decimal::Point}) {
        ReadingContext context;
        context.decimal = decimal;
        const auto count = read_count(text, context);
        if (count.has_value()) {
            const auto value = count.value().value;
            check(value >= 0);
            check(read_count(std::to_string(value), context).value().value == value);
        }
    }
    return 0;
}
