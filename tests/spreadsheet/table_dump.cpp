// Reads files with the spreadsheet connector and prints what it hands over, one JSON line each:
// table_dump [--config JSON] < PATHS
// table_dump --count PATH    counts the records and the bytes of their JSON
#include "plugins/spreadsheet/spreadsheet.hpp"
#include "tests/support/recording_host.hpp"

#include <nlohmann/json.hpp>

#include <cstdio>
#include <cstring>
#include <iostream>
#include <string>

namespace {

void print(const nlohmann::ordered_json& line) {
    std::puts(line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
}

void dump(nlohmann::json config, const std::string& path) {
    config["location"] = path;
    spreadsheet::Spreadsheet source(config);
    coterie::test::RecordingHost host;
    const auto read = host.read(source);
    print({{"file", path}});
    for (const auto& record : host.records) {
        print({{"record", nlohmann::ordered_json::parse(record.json)}, {"where", record.where}});
    }
    for (const auto& row : host.quarantined) {
        print({{"quarantined", row.raw}, {"where", row.where}, {"why", row.why}});
    }
    for (const auto& line : host.logs) {
        print({{"log", line}});
    }
    if (!read) {
        print({{"error", read.error().message}});
    }
}

int count_records(const char* path) {
    const nlohmann::json config{{"location", path}};
    spreadsheet::Spreadsheet source(config);
    coterie::test::RecordingHost host;
    host.keep_records = false;
    const auto read = host.read(source);
    print({{"records", host.record_count},
           {"bytes", host.json_bytes},
           {"quarantined", host.quarantined.size()}});
    if (!read) {
        std::fprintf(stderr, "%s\n", read.error().message.c_str());
    }
    return read ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
    if (count == 3 && std::strcmp(arguments[1], "--count") == 0) {
        return count_records(arguments[2]);
    }
    nlohmann::json config = nlohmann::json::object();
    if (count == 3 && std::strcmp(arguments[1], "--config") == 0) {
        config = nlohmann::json::parse(arguments[2]);
    } else if (count != 1) {
        std::fputs("usage: table_dump [--config JSON] < PATHS, or table_dump --count PATH\n",
                   stderr);
        return 2;
    }
    std::string path;
    while (std::getline(std::cin, path)) {
        dump(config, path);
    }
}
