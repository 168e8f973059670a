/// All records' features in columns, each value once: what comparisons, blocking and training read.
#pragma once

#include "pipeline/match/features.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace coterie::match {

/// A record's place in the order of stable keys: all work is done on ranks, so the order in which
/// the records came cannot matter.
using Rank = std::uint32_t;
constexpr Rank kNobody = 0xffffffff;

/// A value's number within its field.
using ValueId = std::uint32_t;

/// One field's values.
struct Column {
    FeatureKind kind{};
    std::string name;                   ///< of custom fields
    std::vector<std::string> texts;     ///< by ValueId
    std::vector<std::uint32_t> counts;  ///< records that have it
    /// Of e-mails, phones and handles: how many distinct names carry it, 1 where nothing is known;
    /// empty before the names were counted.
    std::vector<std::uint32_t> names;
    /// Of e-mails and phones: whether some record calls it a booker's or an agent's.
    std::vector<bool> is_role;
    std::uint32_t records = 0;  ///< that have any
    /// Share of pairs of records with a value that have the same one.
    [[nodiscard]] double chance_of_equal() const;
};

/// What a record has of a field.
struct Entry {
    std::uint16_t column = 0;
    ValueId value = 0;
    friend auto operator<=>(const Entry&, const Entry&) = default;
};

/// Features of all records. Made once, then read from any thread.
class Corpus {
  public:
    Corpus();
    /// The next record's; its rank is how many were added before.
    void add(std::string_view features);
    [[nodiscard]] std::size_t size() const { return starts_.size() - 1; }
    /// Records that tell anything of a person; activities do not.
    [[nodiscard]] std::size_t described() const { return described_; }
    [[nodiscard]] const std::vector<Column>& columns() const { return columns_; }
    [[nodiscard]] std::vector<Column>& columns() { return columns_; }
    [[nodiscard]] std::span<const Entry> entries(Rank rank) const {
        return std::span(entries_).subspan(starts_[rank], starts_[rank + 1] - starts_[rank]);
    }
    /// The values of one column.
    [[nodiscard]] std::span<const Entry> values(Rank rank, std::uint16_t column) const;
    [[nodiscard]] const std::string& text(const Entry& entry) const {
        return columns_[entry.column].texts[entry.value];
    }
    /// The column of a kind other than Custom.
    static std::uint16_t column_of(FeatureKind kind) { return static_cast<std::uint16_t>(kind); }

  private:
    std::uint16_t custom_column(std::string_view name);
    std::vector<Column> columns_;
    std::vector<std::unordered_map<std::uint64_t, ValueId>> ids_;  ///< by column: hash → value
    std::unordered_map<std::uint64_t, std::uint16_t> customs_;
    std::vector<Entry> entries_;
    std::vector<std::uint32_t> starts_{0};
    std::size_t described_ = 0;
};

}  // namespace coterie::match
