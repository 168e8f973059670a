// Reads any bytes as an amount of money: nothing may break, and what is read must read as itself.
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
    ReadingContext context;
    context.country = "DK";
    const auto money = read_money(text, context);
    if (money.has_value()) {
        const auto again = read_money(money.value().amount + " " + money.value().currency, context);
        check(again.value().amount == money.value().amount);
        check(again.value().currency == money.value().currency);
    }
    const auto currency = read_currency(text, context);
    if (currency.has_value()) {
        check(read_currency(currency.value()).value() == currency.value());
    }
    return 0;
}
