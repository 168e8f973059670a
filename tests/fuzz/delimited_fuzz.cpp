// Any bytes as a delimited file. The first bytes choose the config, the rest is the file. What must
// hold: no crash, each record is JSON, the same bytes read the same, and every checkpoint resumes.
#include "plugins/delimited/delimited.hpp"
#include "tests/support/memory_file.hpp"
#include "tests/support/recording_host.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

nlohmann::json config_of(std::uint8_t dialect, std::uint8_t layout) {
    static const char* const kDelimiters[] = {"auto", ",", "tab", "ab"};
    static const char* const kEncodings[] = {"auto", "utf-8", "utf-16", "shift_jis"};
    nlohmann::json config = {{"delimiter", kDelimiters[dialect & 3U]},
                             {"escape", (dialect & 4U) != 0 ? "backslash" : "doubled"},
                             {"trim", (dialect & 8U) != 0},
                             {"encoding", kEncodings[(dialect >> 4U) & 3U]},
                             {"record_bytes_max", (dialect & 64U) != 0 ? 1024 : 65536}};
    if ((dialect & 128U) != 0) {
        config["comment"] = "#";
    }
    static const nlohmann::json kHeaders[] = {"auto", true, false, "auto"};
    config["header"] = kHeaders[layout & 3U];
    if ((layout & 4U) != 0) {
        config["columns"] = {"a", "b"};
    }
    config["short_rows"] = (layout & 8U) != 0 ? "fill" : "quarantine";
    config["skip_rows"] = (layout >> 4U) & 3U;
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
    if (size < 2) {
        return 0;
    }
    nlohmann::json config = config_of(data[0], data[1]);
    const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
    config["location"] = file.write(text);
    delimited::Delimited source(config);
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
