/// The config loader: whatever the bytes, a config or a ConfigError whose every fault has a place
/// and says what is allowed. What loads goes on through the check of plugins' configs.
#include "base/check.hpp"
#include "config/config.hpp"
#include "config/redact.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace {

const nlohmann::json& schema() {
    static const auto parsed = nlohmann::json::parse(R"json({
      "type": "object", "required": ["path"], "additionalProperties": false,
      "properties": {
        "path": {"type": "string", "pattern": "^[a-z.*/]+$", "minLength": 1},
        "token": {"type": "string", "secret": true},
        "size": {"type": "integer", "minimum": 1, "maximum": 100, "default": 50},
        "mode": {"enum": ["a", "b", 3]},
        "files": {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
        "auth": {"type": "object", "properties": {"user": {"type": "string"}, "key": {}},
                 "oneOf": [{"required": ["user"]}, {"required": ["key"]}]},
        "headers": {"type": "object", "additionalProperties": {"type": ["string", "null"]}}
      }
    })json");
    return parsed;
}

void check_faults(const std::vector<coterie::config::Fault>& faults) {
    for (const auto& fault : faults) {
        COTERIE_CHECK(!fault.place.file.empty());
        COTERIE_CHECK(fault.message.find("allowed: ") != std::string::npos);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace coterie::config;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    try {
        // A folder that is not there: includes and ${file:…} find nothing of this machine's.
        const Node root = parse_yaml(text, "no-such-folder/c.yaml");
        std::vector<Fault> faults;
        const auto plugin_config = validate_plugin_config(root, schema(), "source 'a'", faults);
        check_faults(faults);
        const auto dumped = plugin_config.dump();
        const auto redacted = redact(dumped, secrets_of(plugin_config, schema()));
        COTERIE_CHECK(dumped.empty() == redacted.empty());
        from_node(root, "/workspace/c.yaml");
    } catch (const ConfigError& error) {
        COTERIE_CHECK(!error.faults().empty());
        check_faults(error.faults());
    }
    return 0;
}
