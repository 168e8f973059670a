// Records, a line each, into the inference of a mapping: it never crashes, the order of the lines
// does not matter, and what it proposes compiles and can be written down and read again.
#include "base/check.hpp"
#include "base/text.hpp"
#include "config/fault.hpp"
#include "pipeline/normalize/auto/drift.hpp"
#include "pipeline/normalize/auto/write.hpp"

#include <algorithm>

using namespace coterie;
namespace automap = coterie::normalize::automap;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    auto records = split(text, '\n');
    const auto proposal = automap::infer(records, {}, automap::Lexicon::built_in());
    const auto document = automap::to_json(proposal, true);
    std::reverse(records.begin(), records.end());
    COTERIE_CHECK(automap::to_json(automap::infer(records, {}, automap::Lexicon::built_in()),
                                   true) == document);
    if (!proposal.refusal.empty()) {
        return 0;
    }
    const auto mapping = normalize::Mapping::compile(automap::to_node(proposal.mapping));
    normalize::Mapping::compile(config::parse_yaml(automap::to_yaml(proposal, "fuzz"), "fuzz"));
    const auto profile = automap::profile(records, mapping, {});
    const auto kept = automap::profile_from(automap::to_json(profile).dump());
    COTERIE_CHECK(kept.has_value());
    COTERIE_CHECK(automap::compare(*kept, profile, profile).holds.empty());
    return 0;
}
