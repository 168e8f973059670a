#include "waterfall_page.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <string_view>
#include <vector>

namespace coterie::cli {

namespace {

constexpr std::string_view kHead = R"(<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Coterie: two records</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem;
       color: #1c1c1c; background: #fff; }
svg { width: 100%; height: auto; } text { font: 13px system-ui, sans-serif; fill: currentColor; }
.for { fill: #2b8a4b; } .against { fill: #b53a3a; } .start, .sum { fill: #66707a; }
.axis { stroke: currentColor; stroke-opacity: .35; } .quiet { opacity: .7; }
@media (prefers-color-scheme: dark) { body { color: #eee; background: #181818; } }
</style>
)";

struct Step {
    std::string label;
    std::string detail;
    std::string_view look;
    double from;
    double to;
};

std::vector<Step> steps_of(const nlohmann::json& waterfall) {
    double at = waterfall.at("prior").get<double>();
    std::vector<Step> steps{{"start", "two records taken by chance", "start", 0, at}};
    for (const auto& bar : waterfall.at("bars")) {
        const double bits = bar.at("weight").get<double>() + bar.at("rarity").get<double>();
        const auto a = bar.at("a").get<std::string>();
        const auto b = bar.at("b").get<std::string>();
        std::string detail = bar.at("level").get<std::string>();
        if (!a.empty()) {
            detail += ": " + (a == b ? a : a + " / " + b);
        }
        steps.push_back({bar.at("what").get<std::string>(), detail, bits < 0 ? "against" : "for",
                         at, at + bits});
        at += bits;
    }
    steps.push_back({"together",
                     fmt::format("probability {:.4f}", waterfall.at("probability").get<double>()),
                     "sum", 0, at});
    return steps;
}

std::string chart(const std::vector<Step>& steps) {
    constexpr double kLabels = 170;
    constexpr double kWidth = 980;
    constexpr double kRow = 30;
    double low = 0;
    double high = 0;
    for (const Step& step : steps) {
        low = std::min({low, step.from, step.to});
        high = std::max({high, step.from, step.to});
    }
    const double scale = (kWidth - kLabels - 380) / std::max(high - low, 1.0);
    const auto x = [&](double bits) { return kLabels + (bits - low) * scale; };
    std::string svg =
        fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"match weights\">\n"
                    "<line class=\"axis\" x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"0\" y2=\"{}\"/>\n",
                    kWidth, kRow * static_cast<double>(steps.size()), x(0), x(0),
                    kRow * static_cast<double>(steps.size()));
    double y = 0;
    for (const Step& step : steps) {
        const double left = x(std::min(step.from, step.to));
        const double width = std::max(std::abs(step.to - step.from) * scale, 1.0);
        fmt::format_to(std::back_inserter(svg),
                       "<text x=\"0\" y=\"{:.0f}\">{}</text><rect class=\"{}\" x=\"{:.1f}\" "
                       "y=\"{:.0f}\" width=\"{:.1f}\" height=\"20\"/><text x=\"{:.1f}\" "
                       "y=\"{:.0f}\">{:+.1f}  {}</text>\n",
                       y + 19, html_escaped(step.label), step.look, left, y + 4, width,
                       left + width + 8, y + 19, step.look == "sum" ? step.to : step.to - step.from,
                       html_escaped(step.detail));
        y += kRow;
    }
    return svg + "</svg>\n";
}

}  // namespace

std::string waterfall_page(const std::string& a, const std::string& b, bool is_same,
                           const nlohmann::json& waterfall, const nlohmann::json& evidence) {
    std::string page(kHead);
    fmt::format_to(std::back_inserter(page), "<h1>{} and {}</h1>\n<p>{} golden record.</p>\n",
                   html_escaped(a), html_escaped(b), is_same ? "In one" : "Not in one");
    page += chart(steps_of(waterfall));
    page += "<p class=\"quiet\">Bits: each doubles the odds. Brought together by: ";
    std::string rules;
    for (const auto& rule : waterfall.at("rules")) {
        rules += (rules.empty() ? "" : "; ") + html_escaped(rule.get<std::string>());
    }
    page += (rules.empty() ? "no blocking rule" : rules) + ".</p>\n<ul>\n";
    for (const auto& one : evidence) {
        const auto detail = one.at("detail").get<std::string>();
        fmt::format_to(std::back_inserter(page), "<li>{} {}{}</li>\n",
                       one.at("joins").get<bool>() ? "+" : "−",
                       html_escaped(one.at("what").get<std::string>()),
                       detail.empty() ? "" : ": " + html_escaped(detail));
    }
    return page + "</ul>\n</html>\n";
}

}  // namespace coterie::cli
