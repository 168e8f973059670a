#include "pipeline/match/corpus.hpp"

#include "base/hash.hpp"

#include <algorithm>
#include <array>

namespace coterie::match {

namespace {

/// Custom fields beyond so many are not compared: a CRM may have hundreds.
constexpr std::size_t kCustomColumnsMax = 256;

/// What people write where they have nothing to write.
bool is_placeholder(std::string_view value) {
    constexpr auto kWords = std::to_array<std::string_view>(
        {"unknown", "na",        "n a",     "none", "null",      "nil",      "nan",
         "test",    "tbd",       "todo",    "0",    "x",         "xx",       "xxx",
         "ukendt",  "unbekannt", "inconnu", "no",   "not known", "anonymous"});
    return std::find(kWords.begin(), kWords.end(), value) != kWords.end();
}

}  // namespace

double Column::chance_of_equal() const {
    double same = 0;
    double all = 0;
    for (const std::uint32_t count : counts) {
        same += static_cast<double>(count) * (count - 1.0);
        all += count;
    }
    return all < 2 ? 0 : same / (all * (all - 1));
}

Corpus::Corpus() {
    for (std::size_t kind = 0; kind < static_cast<std::size_t>(FeatureKind::Custom); ++kind) {
        columns_.push_back({static_cast<FeatureKind>(kind), "", {}, {}, {}, {}, 0});
        ids_.emplace_back();
    }
}

std::uint16_t Corpus::custom_column(std::string_view name) {
    const auto [found, is_new] =
        customs_.try_emplace(hash64(name), static_cast<std::uint16_t>(columns_.size()));
    if (is_new) {
        columns_.push_back({FeatureKind::Custom, std::string(name), {}, {}, {}, {}, 0});
        ids_.emplace_back();
    }
    return found->second;
}

void Corpus::add(std::string_view features) {
    for_each_feature(features, [&](const Feature& feature) {
        if (is_placeholder(feature.value)) {
            return;
        }
        auto column = column_of(feature.kind);
        if (feature.kind == FeatureKind::Custom) {
            if (columns_.size() >= column_of(FeatureKind::Custom) + kCustomColumnsMax &&
                !customs_.contains(hash64(feature.name))) {
                return;
            }
            column = custom_column(feature.name);
        }
        Column& values = columns_[column];
        const auto [found, is_new] = ids_[column].try_emplace(
            hash64(feature.value), static_cast<ValueId>(values.texts.size()));
        if (is_new) {
            values.texts.emplace_back(feature.value);
            values.counts.push_back(0);
            values.is_role.push_back(false);
        }
        if (feature.name == kRoleContact && feature.kind != FeatureKind::Custom) {
            values.is_role[found->second] = true;
        }
        entries_.push_back({column, found->second});
    });
    const auto first = entries_.begin() + starts_.back();
    std::sort(first, entries_.end());
    entries_.erase(std::unique(first, entries_.end()), entries_.end());
    for (std::size_t i = starts_.back(); i < entries_.size(); ++i) {
        Column& column = columns_[entries_[i].column];
        ++column.counts[entries_[i].value];
        column.records += i == starts_.back() || entries_[i - 1].column != entries_[i].column;
    }
    described_ += entries_.size() > starts_.back() ? 1U : 0U;
    starts_.push_back(static_cast<std::uint32_t>(entries_.size()));
}

std::span<const Entry> Corpus::values(Rank rank, std::uint16_t column) const {
    const auto all = entries(rank);
    std::size_t first = 0;
    while (first < all.size() && all[first].column < column) {
        ++first;
    }
    std::size_t last = first;
    while (last < all.size() && all[last].column == column) {
        ++last;
    }
    return all.subspan(first, last - first);
}

}  // namespace coterie::match
