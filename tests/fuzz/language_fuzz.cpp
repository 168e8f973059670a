// Reads any bytes as languages: nothing may break, and what is read must read as itself.
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
    const auto languages = read_languages(text);
    if (languages.has_value()) {
        check(!languages.value().empty());
        for (const auto& tag : languages.value()) {
            const auto again = read_languages(tag);
            // "na" and "nan" are languages to ISO and "nothing there" to most programs.
            check(again.is_absent() || again.value().front() == tag);
        }
    }
    return 0;
}
