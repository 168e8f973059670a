// Reads any bytes as topics, text, an address and a choice: nothing may break, and what is read
// must read as itself.
#include "pipeline/normalize/fact_values.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

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
    const auto topics = read_topics(text);
    if (topics.has_value()) {
        for (const auto& topic : topics.value()) {
            check(!topic.empty());
            check(read_topics(topic).value() == std::vector{topic});
        }
    }
    const auto note = read_text(text);
    if (note.has_value()) {
        check(read_text(note.value()).value() == note.value());
    }
    const auto url = read_url(text);
    if (url.has_value()) {
        check(read_url(url.value()).value() == url.value());
    }
    check(!read_choice(text, "").has_value());
    return 0;
}
