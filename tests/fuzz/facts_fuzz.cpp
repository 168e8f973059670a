/// Stored facts, whatever became of their bytes: facts or an error. Those that are read, encoded
/// again, read as the same.
#include "base/check.hpp"
#include "record/facts.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

using namespace coterie::record;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto facts = decode_facts({reinterpret_cast<const char*>(data), size});
    if (!facts) {
        return 0;
    }
    std::vector<Fact> copies;
    for (const FactView& fact : *facts) {
        copies.push_back({fact.field, fact.item, std::string(fact.value), std::string(fact.from)});
    }
    std::string encoded;
    encode_facts(copies, encoded);
    const auto again = decode_facts(encoded);
    COTERIE_CHECK(again.has_value() && *again == *facts);
    return 0;
}
