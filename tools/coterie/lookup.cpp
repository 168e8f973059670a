#include "lookup.hpp"

#include "base/text.hpp"
#include "cli.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace coterie::cli {

using store::Store;

std::optional<store::SourceRecord> find_source_record(const Store& store, const std::string& name) {
    const auto slash = name.find('/');
    if (slash == std::string::npos) {
        return std::nullopt;
    }
    const std::string source = name.substr(0, slash);
    const std::string id = name.substr(slash + 1);
    auto found = or_end(store.find_record(source, id));
    const auto second = id.find('/');
    if (!found && second != std::string::npos) {
        found = or_end(store.find_record(source, id.substr(second + 1), id.substr(0, second)));
    }
    return found;
}

publish::GoldenView find_golden(const Store& store, const std::string& name) {
    const auto reader = or_end(publish::GoldenReader::create(store));
    std::string id = name;
    if (const auto record = find_source_record(store, name)) {
        const auto number = or_end(store.link_of(record->row));
        if (!number) {
            throw CommandError(Nothing, fmt::format("record '{}' is in no golden record: {}", name,
                                                    record->state == store::RecordState::Gone
                                                        ? "its source has it no more"
                                                        : "it is in quarantine"));
        }
        id = or_end(store.golden(*number))->id;
    }
    auto golden = or_end(reader.find(id));
    if (!golden) {
        throw CommandError(Nothing, fmt::format("no golden record '{}'; give an id such as "
                                                "inf_…, or SOURCE/RECORD_ID",
                                                printable(name, 80)));
    }
    return *std::move(golden);
}

store::SourceRecord need_record(const Store& store, const std::string& name) {
    auto record = find_source_record(store, name);
    if (!record) {
        throw CommandError(Nothing, fmt::format("no source record '{}'; write SOURCE/RECORD_ID",
                                                printable(name, 80)));
    }
    if (record->state != store::RecordState::Live) {
        throw CommandError(Nothing, fmt::format("record '{}' is not in use: it is {}", name,
                                                record->state == store::RecordState::Gone
                                                    ? "gone from its source"
                                                    : "in quarantine"));
    }
    return *std::move(record);
}

ReadRecord::ReadRecord(const Store& store, store::Row row)
    : stored_(std::move(or_end(store.facts(std::span(&row, 1))).front())),
      source_(or_end(store.source_names()).at(stored_.record.source - 1)),
      facts_(stored_.facts.empty() ? std::vector<record::FactView>()
                                   : or_end(record::decode_facts(stored_.facts))) {}

std::string ReadRecord::name() const {
    std::string display;
    std::string given;
    std::string family;
    for (const record::FactView& fact : facts_) {
        if (fact.field == record::FieldId::NameDisplay) {
            display = fact.value;
        } else if (fact.field == record::FieldId::NameGiven) {
            given = fact.value;
        } else if (fact.field == record::FieldId::NameFamily) {
            family = fact.value;
        }
    }
    if (!display.empty()) {
        return display;
    }
    return given.empty() || family.empty() ? given + family : given + ' ' + family;
}

bool ReadRecord::belongs_to_another() const {
    return std::any_of(facts_.begin(), facts_.end(), [](const auto& fact) {
        return fact.field == record::FieldId::SourceBelongsTo;
    });
}

nlohmann::json evidence_between(const Store& store, store::Row a, store::Row b,
                                const match::MatchOptions& options) {
    const ReadRecord read_a(store, a);
    const ReadRecord read_b(store, b);
    nlohmann::json list = nlohmann::json::array();
    for (const auto& evidence : match::explain(read_a.explained(), read_b.explained(), options)) {
        list.push_back(
            {{"what", evidence.what}, {"joins", evidence.joins}, {"detail", evidence.detail}});
    }
    return list;
}

std::string evidence_text(const nlohmann::json& list) {
    std::string text;
    for (const auto& evidence : list) {
        fmt::format_to(std::back_inserter(text), "  {} {}{}\n",
                       evidence.at("joins").get<bool>() ? "+" : "-",
                       evidence.at("what").get<std::string>(),
                       evidence.at("detail").get<std::string>().empty()
                           ? ""
                           : ": " + printable(evidence.at("detail").get<std::string>(), 200));
    }
    return text.empty() ? "  nothing speaks for them being one person\n" : text;
}

}  // namespace coterie::cli
