// Reads any bytes as a yes or no and a state: nothing may break, and what is read must read as
// itself.
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
    const auto flag = read_flag(text);
    if (flag.has_value()) {
        check(read_flag(flag.value() ? "true" : "false").value() == flag.value());
    }
    const auto status = read_relationship_status(text);
    check(!status.has_value() || !status.value().empty());
    return 0;
}
