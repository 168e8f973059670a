/// How much two records agree in each thing that is compared, as levels.
#pragma once

#include "pipeline/match/corpus.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace coterie::match {

/// 0: one of the two has no value, which tells nothing. 1 is the best, the last "all other".
using Level = std::uint8_t;
constexpr Level kMissing = 0;
/// The most levels of a comparison, without kMissing.
constexpr std::size_t kLevelsMax = 6;
/// The most comparisons of a model.
constexpr std::size_t kComparisonsMax = 22;

/// The levels of all comparisons as one number, the same for all pairs that agree alike.
using Pattern = std::uint64_t;

enum class ComparisonKind : std::uint8_t {
    Given,
    Family,
    NameOrder,
    Word,
    Email,
    Phone,
    Handle,
    UserId,
    Place,  ///< city, region, country, agency: a word or few
    Custom,
    Source,  ///< whether the two are of one source: some never have a person twice
};

/// One thing that is compared.
struct ComparisonSpec {
    ComparisonKind kind{};
    std::string name;          ///< "given name", "custom.birth_date"
    std::uint16_t column = 0;  ///< of the corpus
};

/// What the levels of a kind mean, best first.
std::span<const std::string_view> levels_of(ComparisonKind kind);
/// The levels at which the two have one and the same value: how rare it is counts there.
bool is_exact(ComparisonKind kind, Level level);

/// Where comparisons that depend on each other stand among a model's.
constexpr std::size_t kGivenAt = 0;
constexpr std::size_t kFamilyAt = 1;
constexpr std::size_t kOrderAt = 2;
constexpr std::size_t kWordAt = 3;
constexpr std::size_t kEmailAt = 4;
constexpr std::size_t kPhoneAt = 5;
constexpr std::size_t kHandleAt = 6;
constexpr std::size_t kUserIdAt = 7;
constexpr std::size_t kCityAt = 8;  ///< then region
constexpr std::size_t kCountryAt = 10;
constexpr std::size_t kAgencyAt = 11;

/// The comparisons that a corpus gives reason for: those of people, then up to eight of its custom
/// fields that tell the most.
std::vector<ComparisonSpec> comparisons_for(const Corpus& corpus);

/// From how many distinct names on a value is of a few, and shared by many.
constexpr std::uint32_t kFewNames = 2;
constexpr std::uint32_t kManyNames = 4;

/// What came out for one pair.
struct Agreed {
    std::array<Level, kComparisonsMax> levels{};
    /// The two values that agreed so, one of each record: ValueIds of the column.
    std::array<ValueId, kComparisonsMax> values{};
    std::array<ValueId, kComparisonsMax> others{};
    [[nodiscard]] Pattern pattern(std::size_t count) const {
        Pattern all = 0;
        for (std::size_t i = 0; i < count; ++i) {
            all = all * (kLevelsMax + 1) + levels[i];
        }
        return all;
    }
};
/// The level of the i-th of `count` comparisons in a pattern.
Level level_in(Pattern pattern, std::size_t i, std::size_t count);

/// Compares pairs. One thread.
class Comparer {
  public:
    Comparer(const Corpus& corpus, std::span<const ComparisonSpec> specs);
    /// Symmetric.
    Agreed compare(Rank a, Rank b);

  private:
    /// What came out for two values.
    struct Known {
        std::uint64_t pair = 0;  ///< both ValueIds; 0 is no pair
        std::uint16_t column = 0;
        Level level = kMissing;
    };
    static constexpr std::uint8_t kNotCompared = 0xff;

    void compare_values(std::size_t at, std::span<const Entry> left, std::span<const Entry> right,
                        Agreed& agreed);
    Level level_of(const ComparisonSpec& spec, const Entry& a, const Entry& b);
    void compare_order(Rank a, Rank b, Agreed& agreed) const;
    void compare_word(Rank a, Rank b, Agreed& agreed) const;
    void forget_handles_that_passed_on(Agreed& agreed) const;
    void forget_what_agencies_explain(Agreed& agreed) const;
    void forget_what_places_explain(Agreed& agreed) const;
    void forget_what_names_explain(Rank a, Rank b, Agreed& agreed) const;
    [[nodiscard]] bool are_made_of_names(Rank a, Rank b, std::size_t at,
                                         const Agreed& agreed) const;
    [[nodiscard]] std::string_view text(Rank rank, FeatureKind kind) const;

    const Corpus& corpus_;
    std::span<const ComparisonSpec> specs_;
    std::vector<std::uint8_t> compared_at_;  ///< by column: which comparison, or kNotCompared
    unsigned known_bits_;
    std::vector<Known> known_;  ///< by hash of both values; the last two that met there
};

/// Levels of two folded texts; pure, symmetric.
Level compare_given(std::string_view a, std::string_view b);
Level compare_family(std::string_view a, std::string_view b);

}  // namespace coterie::match
