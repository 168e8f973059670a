// Any bytes as a CSV file whose dialect is found out. What must hold: no crash, each record is
// JSON, the same bytes read the same, and every checkpoint resumes.
#include "plugins/spreadsheet/spreadsheet.hpp"
#include "tests/support/memory_file.hpp"
#include "tests/support/recording_host.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

nlohmann::json config_of(std::uint8_t bits) {
    static const char* const kEncodings[] = {"auto", "auto", "utf-16", "macintosh"};
    nlohmann::json config = {{"encoding", kEncodings[bits & 3U]}};
    if ((bits & 4U) != 0) {
        config["header_row"] = (bits >> 6U) & 3U;
    }
    if ((bits & 8U) != 0) {
        config["range"] = "B2:D9";
    }
    if ((bits & 16U) != 0) {
        config["transposed"] = true;
    }
    if ((bits & 32U) != 0) {
        config["fill_down"] = {"a", "Name"};
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
    if (text.starts_with("PK") || text.starts_with("\xD0\xCF")) {
        return 0;  // workbooks have targets of their own
    }
    config["location"] = file.write(text);
    spreadsheet::Spreadsheet source(config);
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
