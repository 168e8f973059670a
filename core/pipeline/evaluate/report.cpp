#include "pipeline/evaluate/report.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <iterator>

namespace coterie::evaluate {

namespace {

constexpr std::size_t kShownBytesMax = 200;

nlohmann::json rates_json(const Rates& rates) {
    return {{"precision", rates.precision}, {"recall", rates.recall}, {"f1", rates.f1()}};
}

nlohmann::json record_json(const ShownRecord& record) {
    nlohmann::json json{
        {"source", record.source}, {"record_id", record.record_id}, {"entity", record.entity}};
    const auto add = [&](const char* key, const std::string& text) {
        if (!text.empty()) {
            json[key] = text;
        }
    };
    add("stream", record.stream);
    add("name", record.name);
    add("golden_id", record.golden);
    add("state", record.state);
    return json;
}

nlohmann::json examples_json(const std::vector<Example>& examples) {
    auto list = nlohmann::json::array();
    for (const Example& example : examples) {
        auto evidence = nlohmann::json::array();
        for (const ShownEvidence& one : example.evidence) {
            evidence.push_back({{"what", one.what}, {"joins", one.joins}, {"detail", one.detail}});
        }
        list.push_back({{"pairs", example.pairs},
                        {"a", record_json(example.a)},
                        {"b", record_json(example.b)},
                        {"records_a", example.size_a},
                        {"records_b", example.size_b},
                        {"evidence", evidence}});
    }
    return list;
}

std::string shown(const std::string& text) {
    return printable(text, kShownBytesMax);
}

std::string title_of(const ShownRecord& record) {
    return fmt::format("{}/{} ({})", shown(record.source), shown(record.record_id),
                       record.name.empty() ? "no name" : shown(record.name));
}

std::string about(const Example& example, bool is_false_link) {
    const auto records = [](std::size_t count) {
        return fmt::format("{} record{}", count, count == 1 ? "" : "s");
    };
    return is_false_link
               ? fmt::format("{} wrong: {} of '{}' and {} of '{}' in one golden record",
                             example.pairs, records(example.size_a), shown(example.a.entity),
                             records(example.size_b), shown(example.b.entity))
               : fmt::format("{} missed: of '{}', {} and {} apart", example.pairs,
                             shown(example.a.entity), records(example.size_a),
                             records(example.size_b));
}

/// What is said in place of evidence.
std::string why_no_evidence(const Example& example) {
    const auto& away = example.a.state.empty() ? example.b : example.a;
    return away.state.empty()
               ? "nothing is known of why"
               : fmt::format("{}/{} is {}", shown(away.source), shown(away.record_id), away.state);
}

void add_examples(std::string& text, const char* title, const std::vector<Example>& examples,
                  bool is_false_link) {
    if (examples.empty()) {
        return;
    }
    fmt::format_to(std::back_inserter(text), "\n{}\n", title);
    for (const Example& example : examples) {
        fmt::format_to(std::back_inserter(text), "{} {} {}\n  {}\n", title_of(example.a),
                       is_false_link ? "=" : "/", title_of(example.b),
                       about(example, is_false_link));
        for (const ShownEvidence& one : example.evidence) {
            fmt::format_to(std::back_inserter(text), "  {} {}{}\n", one.joins ? "+" : "-",
                           shown(one.what), one.detail.empty() ? "" : ": " + shown(one.detail));
        }
        if (example.evidence.empty()) {
            text += "  " + why_no_evidence(example) + "\n";
        }
    }
}

std::string rates_line(const char* name, const Rates& rates) {
    return fmt::format("{:<9} precision {:.4f}  recall {:.4f}  F1 {:.4f}\n", name, rates.precision,
                       rates.recall, rates.f1());
}

std::string listed(const std::vector<std::string>& names, std::uint64_t count) {
    std::string text;
    for (const std::string& name : names) {
        text += (text.empty() ? "" : ", ") + shown(name);
    }
    return count > names.size() ? text + ", …" : text;
}

// --- The page --------------------------------------------------------------------------------

constexpr std::string_view kPageHead = R"(<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Coterie: evaluation</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
       color: #1c1c1c; background: #fff; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { text-align: left; padding: .3rem .9rem .3rem 0; border-bottom: 1px solid #ddd; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
article { border-left: 4px solid #bbb; padding: .2rem 0 .2rem 1rem; margin: 1.2rem 0; }
article p { margin: .2rem 0; }
ul { list-style: none; padding: 0; margin: .3rem 0; }
.for { color: #11602f; } .against { color: #8a1c1c; } .quiet { color: #555; }
@media (prefers-color-scheme: dark) {
  body { color: #eee; background: #181818; } th, td { border-color: #444; }
  .for { color: #7fd89d; } .against { color: #ff9d9d; } .quiet { color: #aaa; }
}
</style>
)";

std::string rates_row(const char* name, const Rates& rates) {
    return fmt::format("<tr><th>{}</th><td class=\"number\">{:.4f}</td><td class=\"number\">"
                       "{:.4f}</td><td class=\"number\">{:.4f}</td></tr>\n",
                       name, rates.precision, rates.recall, rates.f1());
}

std::string count_row(const char* name, std::uint64_t count) {
    return fmt::format("<tr><th>{}</th><td class=\"number\">{}</td></tr>\n", name, count);
}

void add_articles(std::string& page, const char* title, const std::vector<Example>& examples,
                  bool is_false_link) {
    fmt::format_to(std::back_inserter(page), "<h2>{}</h2>\n", title);
    if (examples.empty()) {
        page += "<p>None.</p>\n";
    }
    for (const Example& example : examples) {
        fmt::format_to(std::back_inserter(page),
                       "<article>\n<p><strong>{}</strong> {} <strong>{}</strong></p>\n<p "
                       "class=\"quiet\">{}</p>\n<ul>\n",
                       html_escaped(title_of(example.a)), is_false_link ? "and" : "apart from",
                       html_escaped(title_of(example.b)),
                       html_escaped(about(example, is_false_link)));
        for (const ShownEvidence& one : example.evidence) {
            fmt::format_to(std::back_inserter(page), "<li class=\"{}\">{} {}{}</li>\n",
                           one.joins ? "for" : "against", one.joins ? "+" : "−",
                           html_escaped(one.what),
                           one.detail.empty() ? "" : ": " + html_escaped(shown(one.detail)));
        }
        if (example.evidence.empty()) {
            page += "<li>" + html_escaped(why_no_evidence(example)) + "</li>\n";
        }
        page += "</ul>\n</article>\n";
    }
}

}  // namespace

nlohmann::json to_json(const Report& report) {
    const Score& score = report.score;
    return {{"truth", report.truth},
            {"records", score.records},
            {"clusters", score.clusters},
            {"entities", score.entities},
            {"pairs",
             {{"true", score.true_pairs},
              {"found", score.found_pairs},
              {"right", score.right_pairs},
              {"false", score.false_pairs()},
              {"missed", score.missed_pairs()}}},
            {"pairwise", rates_json(score.pairs())},
            {"b_cubed", rates_json(score.b_cubed)},
            {"in_no_cluster", report.in_no_cluster},
            {"not_in_store", report.not_in_store},
            {"not_in_store_listed", report.not_in_store_listed},
            {"not_in_truth", report.not_in_truth},
            {"false_links", examples_json(report.false_links)},
            {"misses", examples_json(report.misses)}};
}

std::string to_text(const Report& report) {
    const Score& score = report.score;
    std::string text = rates_line("pairs", score.pairs()) + rates_line("B-cubed", score.b_cubed);
    fmt::format_to(std::back_inserter(text),
                   "{} records of {} people in {} clusters; {} true pairs, {} found, {} right, {} "
                   "false, {} missed\n",
                   score.records, score.entities, score.clusters, score.true_pairs,
                   score.found_pairs, score.right_pairs, score.false_pairs(), score.missed_pairs());
    if (report.in_no_cluster > 0) {
        fmt::format_to(std::back_inserter(text),
                       "{} of the records are in no golden record, and stand alone\n",
                       report.in_no_cluster);
    }
    if (report.not_in_store > 0) {
        fmt::format_to(std::back_inserter(text), "of those, {} are not in the store: {}\n",
                       report.not_in_store,
                       listed(report.not_in_store_listed, report.not_in_store));
    }
    if (report.not_in_truth > 0) {
        fmt::format_to(std::back_inserter(text),
                       "{} records of the roster are not in the truth, and count for nothing\n",
                       report.not_in_truth);
    }
    add_examples(text, "worst false links", report.false_links, true);
    add_examples(text, "worst misses", report.misses, false);
    return text;
}

std::string to_html(const Report& report) {
    const Score& score = report.score;
    std::string page(kPageHead);
    fmt::format_to(std::back_inserter(page), "<h1>Evaluation</h1>\n<p>The links beside {}.</p>\n",
                   html_escaped(report.truth));
    page += "<table>\n<tr><th></th><th class=\"number\">precision</th><th "
            "class=\"number\">recall</th><th class=\"number\">F1</th></tr>\n";
    page += rates_row("pairs of records", score.pairs()) + rates_row("B-cubed", score.b_cubed);
    page += "</table>\n<table>\n";
    page += count_row("records", score.records) + count_row("people", score.entities) +
            count_row("clusters", score.clusters) + count_row("true pairs", score.true_pairs) +
            count_row("pairs found", score.found_pairs) +
            count_row("of them false", score.false_pairs()) +
            count_row("pairs missed", score.missed_pairs()) +
            count_row("records in no golden record", report.in_no_cluster) +
            count_row("records not in the store", report.not_in_store) +
            count_row("records not in the truth", report.not_in_truth);
    page += "</table>\n";
    if (report.not_in_store > 0) {
        fmt::format_to(std::back_inserter(page), "<p>Not in the store: {}</p>\n",
                       html_escaped(listed(report.not_in_store_listed, report.not_in_store)));
    }
    add_articles(page, "The worst false links", report.false_links, true);
    add_articles(page, "The worst misses", report.misses, false);
    return page + "</html>\n";
}

}  // namespace coterie::evaluate
