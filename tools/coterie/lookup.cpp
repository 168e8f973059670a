#include "lookup.hpp"

#include "base/text.hpp"
#include "cli.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
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

StoreWeigher::StoreWeigher(const Store& store) {
    const std::string model = or_end(store.match_model());
    if (model.empty()) {
        throw CommandError(Nothing, "nothing was matched yet; 'coterie run' does it");
    }
    keys_ = or_end(pipeline::load_keys(store));
    weigher_ = or_end(match::Weigher::make(keys_->records, model));
}

nlohmann::json StoreWeigher::weigh(store::Row a, store::Row b) {
    const match::Waterfall waterfall = weigher_->weigh(a, b);
    const auto rounded = [](double bits) { return std::round(bits * 1000) / 1000; };
    nlohmann::json bars = nlohmann::json::array();
    for (const match::WeightBar& bar : waterfall.bars) {
        bars.push_back({{"what", bar.what},
                        {"level", bar.level},
                        {"weight", rounded(bar.weight)},
                        {"rarity", rounded(bar.rarity)},
                        {"a", bar.a},
                        {"b", bar.b},
                        {"note", bar.note}});
    }
    return {{"prior", rounded(waterfall.prior)},
            {"weight", rounded(waterfall.weight)},
            {"probability", waterfall.probability},
            {"learnt", waterfall.is_learnt},
            {"bars", std::move(bars)},
            {"rules", waterfall.rules}};
}

std::string waterfall_text(const nlohmann::json& waterfall) {
    const auto bar_of = [](double bits) {
        const auto length = static_cast<std::size_t>(std::min(std::abs(bits), 24.0) + 0.5);
        std::string bar;
        for (std::size_t i = 0; i < length; ++i) {
            bar += bits < 0 ? "░" : "█";
        }
        return bar;
    };
    std::string text =
        fmt::format("  match weight {:+.1f} bits, probability {:.4f}{}\n",
                    waterfall.at("weight").get<double>(), waterfall.at("probability").get<double>(),
                    waterfall.at("learnt").get<bool>()
                        ? ""
                        : "; the built-in model, since there are too few records to learn from");
    const auto line = [&](std::string_view what, double bits, const std::string& detail) {
        fmt::format_to(std::back_inserter(text), "  {:<24} {:+6.1f}  {}{}{}\n", what, bits,
                       bar_of(bits), bar_of(bits).empty() || detail.empty() ? "" : "  ", detail);
    };
    line("start", waterfall.at("prior").get<double>(), "two records taken by chance");
    for (const auto& bar : waterfall.at("bars")) {
        std::string detail = bar.at("level").get<std::string>();
        const auto a = bar.at("a").get<std::string>();
        const auto b = bar.at("b").get<std::string>();
        if (!a.empty()) {
            detail += a == b ? ": " + printable(a, 60)
                             : ": " + printable(a, 40) + " and " + printable(b, 40);
        }
        if (const auto note = bar.at("note").get<std::string>(); !note.empty()) {
            detail += ", " + note;
        }
        line(bar.at("what").get<std::string>(),
             bar.at("weight").get<double>() + bar.at("rarity").get<double>(), detail);
    }
    const auto& rules = waterfall.at("rules");
    std::string found;
    for (const auto& rule : rules) {
        found += (found.empty() ? "" : "; ") + rule.get<std::string>();
    }
    return text + (found.empty() ? "  no blocking rule brings the two together\n"
                                 : "  brought together by: " + found + "\n");
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
