// Reads any bytes as a time, and the first line as a format of the rest: nothing may break, and
// what is read must read as itself.
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
    context.timezone = "Europe/Copenhagen";
    for (const std::string_view format : {"", "excel", "excel1904", "epoch", "epoch_ms"}) {
        const auto time = read_time(text, context, format);
        if (time.has_value()) {
            check(read_time(time.value(), context).value() == time.value());
        }
    }
    const auto line = text.substr(0, text.find('\n'));
    const auto rest = text.substr(line.size());
    const bool is_good_format = time_format_fault(line).empty();
    const auto time = read_time(rest, context, line);
    if (time.has_value()) {
        check(is_good_format);
        check(read_time(time.value(), context).value() == time.value());
    }
    return 0;
}
