/// A stored golden record, whatever became of its bytes: a record or an error. One that is read can
/// be written as JSON and compared with itself, and encoded again it reads as the same.
#include "base/check.hpp"
#include "pipeline/merge/golden.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

using namespace coterie::merge;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto golden = decode({reinterpret_cast<const char*>(data), size});
    if (!golden) {
        return 0;
    }
    std::string encoded;
    encode(*golden, encoded);
    const auto again = decode(encoded);
    COTERIE_CHECK(again.has_value() && again->facts == golden->facts &&
                  again->members.size() == golden->members.size());
    const std::vector<MemberKey> keys(golden->members.size(), {"crm", "contacts", "1", {}, {}, {}});
    std::string json;
    write_json({"inf_1", 1, {}, {}, {}}, *golden, keys, json);
    COTERIE_CHECK(!json.empty());
    COTERIE_CHECK(differences(*golden, *again) == "[]");
    return 0;
}
