// Any bytes as a vCard file. The first byte chooses the config, the rest is the file. What must
// hold: no crash, each record is a JSON object, the same bytes read the same, every checkpoint
// resumes.
#include "plugins/vcard/vcard.hpp"
#include "tests/support/memory_file.hpp"
#include "tests/support/recording_host.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

nlohmann::json config_of(std::uint8_t choice) {
    nlohmann::json config = {{"card_bytes_max", (choice & 1U) != 0 ? 1024 : 65536}};
    if ((choice & 2U) != 0) {
        config["encoding"] = (choice & 4U) != 0 ? "shift_jis" : "iso-8859-1";
    }
    return config;
}

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const coterie::test::MemoryFile file;
    if (size < 1) {
        return 0;
    }
    nlohmann::json config = config_of(data[0]);
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    config["location"] = file.write(text);
    vcard::Vcard source(config);
    coterie::test::RecordingHost once;
    coterie::test::RecordingHost twice;
    const bool read = once.read(source).has_value();
    require(read == twice.read(source).has_value());
    require(once.records == twice.records && once.quarantined == twice.quarantined);
    for (const auto& record : once.records) {
        require(nlohmann::json::accept(record.json) && record.json.front() == '{');
    }
    for (const auto& checkpoint : once.checkpoints) {
        coterie::test::RecordingHost rest;
        require(rest.read(source, checkpoint.cursor).has_value() == read && rest.restarts == 0);
        require(checkpoint.records + rest.records.size() == once.records.size());
    }
    return 0;
}
