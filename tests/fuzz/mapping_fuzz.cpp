/// The mapping language: whatever the bytes, a mapping or a ConfigError whose every fault has a
/// place; and whatever the record, applying the mapping twice gives the same, refused or not. The
/// input is the mapping's text, a zero byte, and the record; without a zero byte a fixed mapping
/// reads the whole.
#include "base/check.hpp"
#include "base/text.hpp"
#include "pipeline/normalize/mapping.hpp"
#include "pipeline/normalize/preview.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

using namespace coterie;
using namespace coterie::normalize;

namespace {

constexpr std::string_view kFixedMapping = R"(
name.display: {from: [n, name], platform: instagram}
emails: [{address: e, role: r}]
phones: {all: [p, q]}
profiles: [{platform: k, url: u, handle: h, user_id: i, followers: f}, {each: 's[*]', url: .u}]
notes: {from: t, split: ';', regex: '^(.*?)x?$', table: {a: b}}
collaborations: [{campaign: c, fee: m, currency: v}]
)";

std::optional<Mapping> compile(std::string_view text) {
    try {
        return Mapping::compile(config::parse_yaml(text, "m.yaml"));
    } catch (const config::ConfigError& error) {
        COTERIE_CHECK(!error.faults().empty());
        for (const auto& fault : error.faults()) {
            COTERIE_CHECK(!fault.message.empty());
        }
        return std::nullopt;
    }
}

void apply(const Mapping& mapping, std::string_view json) {
    static Mapping::Scratch used;
    Mapping::Scratch fresh;
    MappingOptions options;
    options.context.country = "DK";
    const auto first = mapping.apply(json, options, used);
    const auto second = mapping.apply(json, options, fresh);
    COTERIE_CHECK(first.facts == second.facts && first.refusal == second.refusal);
    for (const auto& fact : first.facts) {
        COTERIE_CHECK(!fact.value.empty() && is_utf8(fact.value) && is_utf8(fact.from));
    }
    const std::array<std::string_view, 1> records{json};
    (void)preview(records, mapping, options).dump();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto zero = input.find('\0');
    static const auto fixed = compile(kFixedMapping);
    apply(*fixed, zero == std::string_view::npos ? input : input.substr(zero + 1));
    if (zero != std::string_view::npos) {
        if (const auto mapping = compile(input.substr(0, zero))) {
            apply(*mapping, input.substr(zero + 1));
        }
    }
    return 0;
}
