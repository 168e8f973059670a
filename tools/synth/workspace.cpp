#include "synth/workspace.hpp"

#include "synth/formats.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

namespace coterie::synth {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{1} << 20U;
/// One broken row to so many sound ones.
constexpr std::uint32_t kSoundToBroken = 2000;

/// A file that is written in large pieces.
class Output {
  public:
    explicit Output(const std::filesystem::path& path)
        : path_(path), file_(std::fopen(path.c_str(), "wb"), &std::fclose) {
        if (!file_) {
            fail();
        }
    }

    std::string buffer;

    void flush_if_full() {
        if (buffer.size() >= kBufferBytes) {
            flush();
        }
    }
    /// \return The bytes written in all.
    std::uint64_t close() {
        flush();
        if (std::fclose(file_.release()) != 0) {
            fail();
        }
        return bytes_;
    }

  private:
    void flush() {
        if (std::fwrite(buffer.data(), 1, buffer.size(), file_.get()) != buffer.size()) {
            fail();
        }
        bytes_ += buffer.size();
        buffer.clear();
    }
    [[noreturn]] void fail() const {
        throw std::system_error(errno, std::generic_category(),
                                fmt::format("cannot write '{}'", path_.string()));
    }

    std::filesystem::path path_;
    std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
    std::uint64_t bytes_ = 0;
};

bool is_sheet(std::uint32_t source) {
    return source % 2 == 0;
}

std::string source_name(std::uint32_t source) {
    return fmt::format("{}{}", is_sheet(source) ? "sheet" : "crm", source / 2 + 1);
}

std::string file_name(std::uint32_t source) {
    return source_name(source) + (is_sheet(source) ? ".csv" : ".jsonl");
}

std::string record_id(const Request& request, std::uint64_t number, std::uint32_t source) {
    const auto place = number / request.sources;
    return is_sheet(source) ? std::to_string(place + 1) : fmt::format("c{:07}", place + 1);
}

std::string config(const Request& request, int night) {
    std::string text =
        fmt::format("# Made-up people: coterie-synth, seed {}, night {}.\nversion: 1\n"
                    "store: sqlite:{}coterie.db\n"
                    "defaults: {{country: DK, timezone: Europe/Copenhagen, "
                    "currency: DKK, dates: day_first}}\nsources:\n",
                    request.seed, night, night == 2 ? "../" : "");
    for (std::uint32_t source = 0; source < request.sources; ++source) {
        const bool sheet = is_sheet(source);
        text += fmt::format("  {}:\n    connector: {}\n    config: {{location: {}, key: {}}}\n"
                            "    trust: {}\n    mapping:\n{}",
                            source_name(source), sheet ? "delimited" : "jsonl", file_name(source),
                            sheet ? "Nr." : "id", sheet ? "0.5" : "0.8",
                            sheet ? csv_mapping() : json_mapping());
    }
    return text;
}

void append_record(std::string& out, const Record& record, std::uint32_t source,
                   const std::string& id) {
    if (is_sheet(source)) {
        append_csv(out, record, id);
    } else {
        append_json(out, record, id);
    }
}

/// The same rows are broken in both nights.
bool append_broken_row(std::string& out, const Request& request, std::uint64_t number,
                       std::uint32_t source) {
    Dice dice(request.seed, Purpose::Broken, number);
    if (dice.below(kSoundToBroken) != 0) {
        return false;
    }
    if (is_sheet(source)) {
        append_broken_csv(out, dice);
    } else {
        append_broken_json(out, dice);
    }
    return true;
}

std::vector<Output> open_sources(const Request& request, const std::filesystem::path& folder) {
    std::vector<Output> files;
    files.reserve(request.sources);
    for (std::uint32_t source = 0; source < request.sources; ++source) {
        files.emplace_back(folder / file_name(source));
        if (is_sheet(source)) {
            files.back().buffer.append(csv_header());
        }
    }
    return files;
}

}  // namespace

Written write_workspace(const Request& request, int night, const std::filesystem::path& folder) {
    std::filesystem::create_directories(folder);
    const Records records(request);
    auto files = open_sources(request, folder);
    Output truth(folder / "truth.csv");
    truth.buffer.append("source,record_id,entity\n");
    Written written;
    std::vector<bool> seen_entities(2 * records.end(night) + 2);
    for (std::uint64_t number = 0; number < records.end(night); ++number) {
        if (!records.is_there(number, night)) {
            continue;
        }
        const auto source = records.source_of(number);
        const auto record = records.record(number, night);
        const auto id = record_id(request, number, source);
        Output& file = files[source];
        append_record(file.buffer, record, source, id);
        written.broken_rows += append_broken_row(file.buffer, request, number, source) ? 1U : 0U;
        file.flush_if_full();
        fmt::format_to(std::back_inserter(truth.buffer), "{},{},e{}\n", source_name(source), id,
                       record.entity_number);
        truth.flush_if_full();
        ++written.records;
        written.entities += seen_entities[record.entity_number] ? 0U : 1U;
        seen_entities[record.entity_number] = true;
    }
    Output yaml(folder / "coterie.yaml");
    yaml.buffer = config(request, night);
    yaml.close();
    truth.close();
    for (Output& file : files) {
        written.bytes += file.close();
    }
    return written;
}

}  // namespace coterie::synth
