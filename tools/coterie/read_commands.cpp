// show, diff, explain: looking at the roster.
#include "base/text.hpp"
#include "cli.hpp"
#include "lookup.hpp"
#include "pipeline/match/match.hpp"
#include "pipeline/merge/golden.hpp"
#include "pipeline/publish/read_golden.hpp"
#include "record/facts.hpp"
#include "waterfall_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <numeric>

namespace coterie::cli {

namespace {

using store::Store;

nlohmann::json document_of(const publish::GoldenView& golden) {
    std::string text;
    merge::write_json(golden.heading, golden.record, golden.keys, text);
    return nlohmann::json::parse(text);
}

/// Every value of the document with its provenance, by JSON Pointer.
std::string provenance_table(const nlohmann::json& document, std::size_t width) {
    std::vector<std::vector<std::string>> rows;
    for (const auto& [pointer, from] : document.at("provenance").items()) {
        const auto& value = document.at(nlohmann::json::json_pointer(pointer));
        rows.push_back(
            {pointer, printable(value.is_string() ? value.get<std::string>() : value.dump(), 50),
             fmt::format("{}/{}", from.at("source").get<std::string>(),
                         printable(from.at("record_id").get<std::string>(), 24)),
             printable(from.value("field", ""), 24), from.at("rule").get<std::string>()});
    }
    return table({"field", "value", "from", "source field", "rule"}, rows, width);
}

/// Adds to the document's `sources` where each of them stands, and whether it was corrected.
void add_places(const Store& store, const publish::GoldenView& golden, nlohmann::json& document) {
    nlohmann::json& sources = document.at("sources");
    for (std::size_t i = 0; i < golden.record.members.size(); ++i) {
        const auto record = or_end(store.record(golden.record.members[i].row, true));
        const auto listed =
            std::find_if(sources.begin(), sources.end(), [&](const nlohmann::json& source) {
                return source.at("record_id") == record.record_id &&
                       source.at("stream") == record.stream &&
                       source.at("source") == golden.keys[i].source;
            });
        if (listed == sources.end()) {
            continue;
        }
        if (!record.where.empty()) {
            (*listed)["where"] = record.where;
        }
        if (record.corrected_at) {
            (*listed)["corrected_at"] = to_rfc3339(*record.corrected_at);
        }
    }
}

std::string source_table(const nlohmann::json& document, std::size_t width) {
    std::vector<std::vector<std::string>> rows;
    for (const auto& source : document.at("sources")) {
        rows.push_back({fmt::format("{}/{}", source.at("source").get<std::string>(),
                                    printable(source.at("record_id").get<std::string>(), 40)),
                        printable(source.value("where", ""), 80),
                        source.contains("corrected_at")
                            ? "corrected by hand on " +
                                  source.at("corrected_at").get<std::string>().substr(0, 10)
                            : ""});
    }
    return table({"source record", "where it stands", ""}, rows, width);
}

std::string change_text(const nlohmann::json& change) {
    std::string text = fmt::format("{} {}", change.at("kind").get<std::string>(),
                                   change.at("id").get<std::string>());
    const auto& detail = change.at("detail");
    if (detail.is_array()) {
        for (const auto& difference : detail) {
            const auto side = [&](const char* name) {
                return difference.contains(name) && !difference.at(name).is_null()
                           ? printable(difference.at(name).is_string()
                                           ? difference.at(name).get<std::string>()
                                           : difference.at(name).dump(),
                                       60)
                           : std::string("(nothing)");
            };
            fmt::format_to(std::back_inserter(text), "\n    {}: {} → {}",
                           difference.at("path").get<std::string>(), side("before"), side("after"));
        }
    } else if (detail.contains("into")) {
        text += " into " + detail.at("into").get<std::string>();
    } else if (detail.contains("from")) {
        text += " from " + detail.at("from").get<std::string>();
    }
    return text + "\n";
}

int explain_pair(const Context& context, const Store& store, const std::string& a,
                 const std::string& b, const match::MatchOptions& options,
                 const std::string& page) {
    const auto record_a = need_record(store, a);
    const auto record_b = need_record(store, b);
    const auto list = evidence_between(store, record_a.row, record_b.row, options);
    const auto golden_a = or_end(store.link_of(record_a.row));
    const auto golden_b = or_end(store.link_of(record_b.row));
    const bool is_same = golden_a && golden_b && *golden_a == *golden_b;
    const auto waterfall = StoreWeigher(store).weigh(record_a.row, record_b.row);
    if (!page.empty()) {
        write_file(page, waterfall_page(a, b, is_same, waterfall, list));
    }
    print_text(context, fmt::format("{} and {} are {} golden record\n{}", a, b,
                                    is_same ? "in one" : "not in one",
                                    evidence_text(list) + waterfall_text(waterfall)));
    if (context.json) {
        print_json(
            {{"a", a}, {"b", b}, {"same", is_same}, {"evidence", list}, {"waterfall", waterfall}});
    }
    return Done;
}

/// Two members by their places.
struct WeighedMembers {
    std::size_t a, b;
    double weight;
};

/// Of the strongest links that together hold all members, the weakest; nothing where the pairs do
/// not reach all.
std::optional<WeighedMembers> weakest_link(std::vector<WeighedMembers> pairs, std::size_t members) {
    std::sort(pairs.begin(), pairs.end(),
              [](const auto& x, const auto& y) { return x.weight > y.weight; });
    std::vector<std::size_t> group(members);
    std::iota(group.begin(), group.end(), std::size_t{0});
    std::size_t links = 0;
    for (const WeighedMembers& pair : pairs) {
        const std::size_t from = group[pair.b];
        const std::size_t to = group[pair.a];
        if (from == to) {
            continue;
        }
        std::replace(group.begin(), group.end(), from, to);
        if (++links + 1 == members) {
            return pair;
        }
    }
    return std::nullopt;
}

/// What holds a golden record's members together: each pair that is joined directly.
int explain_golden(const Context& context, const Store& store, const std::string& name,
                   const match::MatchOptions& options) {
    const auto golden = find_golden(store, name);
    constexpr std::size_t kPairsMax = 200;
    StoreWeigher weigher(store);
    std::string text =
        fmt::format("{}: {} source records\n", golden.heading.id, golden.keys.size());
    std::vector<WeighedMembers> weighed;
    nlohmann::json pairs = nlohmann::json::array();
    const auto key = [&](std::size_t i) {
        return golden.keys[i].source + "/" + golden.keys[i].record_id;
    };
    for (std::size_t i = 0; i < golden.keys.size(); ++i) {
        for (std::size_t j = i + 1; j < golden.keys.size() && pairs.size() < kPairsMax; ++j) {
            const auto list = evidence_between(store, golden.record.members[i].row,
                                               golden.record.members[j].row, options);
            const auto waterfall =
                weigher.weigh(golden.record.members[i].row, golden.record.members[j].row);
            const double weight = waterfall.at("weight").get<double>();
            weighed.push_back({i, j, weight});
            text += fmt::format("{} and {}, match weight {:+.1f} bits\n{}", key(i), key(j), weight,
                                evidence_text(list));
            pairs.push_back(
                {{"a", key(i)}, {"b", key(j)}, {"evidence", list}, {"waterfall", waterfall}});
        }
    }
    nlohmann::json document{{"id", golden.heading.id}, {"pairs", pairs}};
    if (const auto weakest = weakest_link(weighed, golden.keys.size())) {
        text += fmt::format("weakest link: {} and {}, {:+.1f} bits\n", key(weakest->a),
                            key(weakest->b), weakest->weight);
        document["weakest"] = {
            {"a", key(weakest->a)}, {"b", key(weakest->b)}, {"weight", weakest->weight}};
    }
    print_text(context, text);
    if (context.json) {
        print_json(document);
    }
    return Done;
}

}  // namespace

int show(const Context& context, const std::string& id) {
    const config::Config config = load_config(context);
    const auto store = open_store(config, Store::Access::ReadOnly);
    const auto golden = find_golden(*store, id);
    auto document = document_of(golden);
    add_places(*store, golden, document);
    if (context.json) {
        print_json(document);
        return Done;
    }
    std::string text = fmt::format("{}{}, revision {}, {} source records\n\n", golden.heading.id,
                                   golden.heading.id == id ? "" : fmt::format(" ({})", id),
                                   golden.heading.revision, golden.keys.size());
    text += provenance_table(document, terminal_width());
    text += "\n" + source_table(document, terminal_width());
    print_text(context, text);
    return Done;
}

int diff(const Context& context, std::uint32_t number) {
    const config::Config config = load_config(context);
    const auto store = open_store(config, Store::Access::ReadOnly);
    if (number == 0) {
        const auto last = or_end(store->runs(1));
        if (last.empty()) {
            throw CommandError(Nothing, "no run yet; 'coterie run' makes the first");
        }
        number = last.front().number;
    } else if (!or_end(store->run(number))) {
        throw CommandError(Nothing, fmt::format("no run {}", number));
    }
    nlohmann::json changes = nlohmann::json::array();
    std::string text;
    or_end(store->for_each_change(number, [&](const store::Change& change) {
        nlohmann::json entry{{"id", change.golden_id}, {"kind", change.kind}};
        entry["detail"] = nlohmann::json::parse(change.detail);
        if (!context.json) {
            text += change_text(entry);
        } else {
            changes.push_back(std::move(entry));
        }
    }));
    if (context.json) {
        print_json({{"run", number}, {"changes", changes}});
    } else {
        print_text(context,
                   fmt::format("run {}\n{}", number, text.empty() ? "nothing changed\n" : text));
    }
    return Done;
}

int explain(const Context& context, const std::string& a, const std::string& b,
            const std::string& page) {
    if (!page.empty() && b.empty()) {
        throw CommandError(Usage, "--html draws a pair: name two source records");
    }
    const config::Config config = load_config(context);
    const auto store = open_store(config, Store::Access::ReadOnly);
    match::MatchOptions options;
    options.shared_names_max = config.shared_names_max;
    return b.empty() ? explain_golden(context, *store, a, options)
                     : explain_pair(context, *store, a, b, options, page);
}

}  // namespace coterie::cli
