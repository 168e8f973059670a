#include "pipeline/match/comparisons.hpp"

#include "base/hash.hpp"
#include "base/text.hpp"
#include "pipeline/match/nicknames.hpp"
#include "pipeline/match/strings.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <optional>

namespace coterie::match {

namespace {

constexpr auto kGivenLevels = std::to_array<std::string_view>(
    {"same", "a name in common", "nickname or initial", "almost the same", "alike", "different"});
constexpr auto kFamilyLevels = std::to_array<std::string_view>(
    {"same", "a name in common", "almost the same", "alike", "different"});
constexpr auto kOrderLevels =
    std::to_array<std::string_view>({"both in common", "same order", "swapped"});
constexpr auto kSourceLevels = std::to_array<std::string_view>({"one source", "two sources"});
constexpr auto kWordLevels =
    std::to_array<std::string_view>({"same", "a word in common", "alike", "different"});
constexpr auto kEmailLevels = std::to_array<std::string_view>(
    {"same, of one name", "same, of a few names", "same, shared by many", "same before the @",
     "almost the same", "different"});
constexpr auto kPhoneLevels =
    std::to_array<std::string_view>({"same, of one name", "same, of a few names",
                                     "same, shared by many", "one digit off", "different"});
constexpr auto kHandleLevels = std::to_array<std::string_view>(
    {"same, of one name", "same, of a few names", "same, shared by many",
     "same on another platform", "alike", "different on one platform"});
constexpr auto kUserIdLevels =
    std::to_array<std::string_view>({"same", "different on one platform"});
constexpr auto kPlaceLevels = std::to_array<std::string_view>({"same", "alike", "different"});
constexpr auto kCustomLevels =
    std::to_array<std::string_view>({"same", "one letter off", "alike", "different"});

/// The level from which on names are no more than alike.
constexpr Level kGivenDiffers = 5;
constexpr Level kFamilyDiffers = 4;

/// "kate52" and "kate9" are two: numbers are put behind names to tell them apart.
bool have_the_same_digits(std::string_view a, std::string_view b) {
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    auto x = a.begin();
    auto y = b.begin();
    while (true) {
        x = std::find_if(x, a.end(), is_digit);
        y = std::find_if(y, b.end(), is_digit);
        if (x == a.end() || y == b.end()) {
            return x == a.end() && y == b.end();
        }
        if (*x++ != *y++) {
            return false;
        }
    }
}

bool shares_word(std::string_view a, std::string_view b) {
    if (a.find(' ') == std::string_view::npos && b.find(' ') == std::string_view::npos) {
        return false;
    }
    for (const std::string_view one : split(a, ' ')) {
        if (one.size() < 2) {
            continue;
        }
        for (const std::string_view other : split(b, ' ')) {
            if (one == other) {
                return true;
            }
        }
    }
    return false;
}

/// "maria", "m", and "mike" for "michael": the first words of two given names.
bool is_form_of(std::string_view a, std::string_view b) {
    const auto first = [](std::string_view text) { return text.substr(0, text.find(' ')); };
    const std::string_view x = first(a);
    const std::string_view y = first(b);
    const std::string_view shorter = x.size() < y.size() ? x : y;
    if (shorter.size() == 1) {
        return x.front() == y.front();
    }
    if (shorter.size() >= 3 && shorter.size() <= 5 &&
        x.substr(0, shorter.size()) == y.substr(0, shorter.size())) {
        return true;
    }
    return are_nicknames(static_cast<std::uint32_t>(hash64(x)),
                         static_cast<std::uint32_t>(hash64(y)));
}

Level compare_words(std::string_view a, std::string_view b) {
    if (a == b) {
        return 1;
    }
    if (shares_word(a, b)) {
        return 2;
    }
    return have_the_same_digits(a, b) && jaro_winkler(a, b) >= 0.9 ? 3 : 4;
}

/// Which of the exact levels of an identifier: by how many names carry it.
Level exact_of(const Column& column, ValueId value) {
    const std::uint32_t names = column.names.empty() ? 1 : column.names[value];
    return names >= kManyNames ? 3 : names >= kFewNames ? 2 : 1;
}

std::string_view before_at(std::string_view address) {
    return address.substr(0, address.find('@'));
}

Level compare_email(std::string_view a, std::string_view b) {
    const std::string_view x = before_at(a);
    const std::string_view y = before_at(b);
    constexpr std::size_t kTellingMin = 5;  // "info" and "mail" are everybody's
    if (x == y && x.size() >= kTellingMin) {
        return 4;
    }
    const std::size_t shorter = std::min(x.size(), y.size());
    constexpr std::size_t kLong = 8;  // of a short one two letters are most of it
    const std::size_t slips = shorter >= kLong ? 2 : 1;
    if (have_the_same_digits(x, y) && (edit_distance(a, b, slips) <= slips ||
                                       (shorter >= kTellingMin && jaro_winkler(x, y) >= 0.93))) {
        return 5;
    }
    return 6;
}

/// The letters and digits that are left of an address or handle without its owner's name; nothing
/// where it does not hold a word of the name.
std::optional<std::string> without_name(std::string_view value, std::string_view given,
                                        std::string_view family) {
    std::string rest;
    for (const char c : fold_latin(value)) {
        if (c != ' ') {
            rest.push_back(c);
        }
    }
    constexpr std::size_t kWordMin = 3;
    bool holds_name = false;
    for (const std::string_view name : {family, given}) {
        for (const std::string_view word : split(name, ' ')) {
            const auto found = word.size() < kWordMin ? std::string::npos : rest.find(word);
            if (found != std::string::npos) {
                rest.erase(found, word.size());
                holds_name = true;
            }
        }
    }
    return holds_name ? std::optional(rest) : std::nullopt;
}

Level compare_phone(std::string_view a, std::string_view b) {
    return edit_distance(a, b, 1) <= 1 ? 4 : 5;
}

/// "instagram" and "ida.holm" of what a handle's feature holds.
std::pair<std::string_view, std::string_view> parts_of_account(std::string_view account) {
    const auto slash = account.find('/');
    return {account.substr(0, slash), account.substr(slash + 1)};
}

Level compare_user_id(std::string_view a, std::string_view b) {
    return parts_of_account(a).first == parts_of_account(b).first ? 2 : kMissing;
}

Level compare_handle(std::string_view account_a, std::string_view account_b) {
    const auto [platform_a, a] = parts_of_account(account_a);
    const auto [platform_b, b] = parts_of_account(account_b);
    if (a == b) {
        return 4;
    }
    const std::string_view shorter = a.size() < b.size() ? a : b;
    const std::string_view longer = a.size() < b.size() ? b : a;
    if ((shorter.size() >= 5 && longer.find(shorter) != std::string_view::npos) ||
        (have_the_same_digits(a, b) && jaro_winkler(a, b) >= 0.9)) {
        return 5;
    }
    // Another name on another platform tells nothing.
    return platform_a == platform_b ? 6 : kMissing;
}

Level compare_place(std::string_view a, std::string_view b) {
    if (a.size() >= 4 && b.size() >= 4 &&
        (edit_distance(a, b, 1) <= 1 || shares_word(a, b) || jaro_winkler(a, b) >= 0.92)) {
        return 2;
    }
    return 3;
}

Level compare_custom(std::string_view a, std::string_view b) {
    const std::size_t shorter = std::min(a.size(), b.size());
    if (shorter >= 4 && edit_distance(a, b, 1) <= 1) {
        return 2;
    }
    if (shorter >= 6 && (edit_distance(a, b, 2) <= 2 || shares_word(a, b))) {
        return 3;
    }
    return shorter >= 4 && jaro_winkler(a, b) >= 0.9 ? 3 : 4;
}

bool is_identifier(ComparisonKind kind) {
    return kind == ComparisonKind::Email || kind == ComparisonKind::Phone ||
           kind == ComparisonKind::Handle;
}

Level compare_texts(ComparisonKind kind, std::string_view a, std::string_view b) {
    switch (kind) {
    case ComparisonKind::Given:
        return compare_given(a, b);
    case ComparisonKind::Family:
        return compare_family(a, b);
    case ComparisonKind::Word:
        return compare_words(a, b);
    case ComparisonKind::Email:
        return compare_email(a, b);
    case ComparisonKind::Phone:
        return compare_phone(a, b);
    case ComparisonKind::Handle:
        return compare_handle(a, b);
    case ComparisonKind::UserId:
        return compare_user_id(a, b);
    case ComparisonKind::Place:
        return compare_place(a, b);
    case ComparisonKind::Custom:
        return compare_custom(a, b);
    case ComparisonKind::Source:
        return 2;
    case ComparisonKind::NameOrder:
        break;
    }
    return kMissing;
}

/// As many places as a few records need, and not more than fit a processor's cache.
unsigned known_bits(std::size_t records) {
    constexpr unsigned kLeast = 8;
    constexpr unsigned kMost = 18;
    return std::clamp(static_cast<unsigned>(std::bit_width(records)) + 3, kLeast, kMost);
}

/// How much a column tells: bits of a typical value, times how often there is one.
double telling(const Column& column, std::size_t records) {
    const double chance = column.chance_of_equal();
    return chance <= 0 ? 0 : -std::log2(chance) * column.records / static_cast<double>(records);
}

}  // namespace

std::span<const std::string_view> levels_of(ComparisonKind kind) {
    switch (kind) {
    case ComparisonKind::Given:
        return kGivenLevels;
    case ComparisonKind::Family:
        return kFamilyLevels;
    case ComparisonKind::NameOrder:
        return kOrderLevels;
    case ComparisonKind::Word:
        return kWordLevels;
    case ComparisonKind::Email:
        return kEmailLevels;
    case ComparisonKind::Phone:
        return kPhoneLevels;
    case ComparisonKind::Handle:
        return kHandleLevels;
    case ComparisonKind::UserId:
        return kUserIdLevels;
    case ComparisonKind::Place:
        return kPlaceLevels;
    case ComparisonKind::Custom:
        return kCustomLevels;
    case ComparisonKind::Source:
        return kSourceLevels;
    }
    return {};
}

bool is_exact(ComparisonKind kind, Level level) {
    return kind != ComparisonKind::NameOrder &&
           (level == 1 || (is_identifier(kind) && (level == 2 || level == 3)));
}

Level compare_given(std::string_view a, std::string_view b) {
    if (a == b) {
        return a.size() == 1 ? 3 : 1;
    }
    if (shares_word(a, b)) {
        return 2;
    }
    if (is_form_of(a, b)) {
        return 3;
    }
    const double likeness = have_the_same_digits(a, b) ? jaro_winkler(a, b) : 0;
    if (likeness >= 0.92 ||
        (likeness > 0 && std::min(a.size(), b.size()) >= 4 && edit_distance(a, b, 1) <= 1)) {
        return 4;
    }
    return likeness >= 0.82 ? 5 : 6;
}

Level compare_family(std::string_view a, std::string_view b) {
    if (a == b) {
        return 1;
    }
    if (shares_word(a, b)) {
        return 2;
    }
    const double likeness = have_the_same_digits(a, b) ? jaro_winkler(a, b) : 0;
    if (likeness >= 0.92 ||
        (likeness > 0 && std::min(a.size(), b.size()) >= 4 && edit_distance(a, b, 1) <= 1)) {
        return 3;
    }
    return likeness >= 0.82 ? 4 : 5;
}

std::vector<ComparisonSpec> comparisons_for(const Corpus& corpus) {
    using enum FeatureKind;
    const auto column = [](FeatureKind kind) { return Corpus::column_of(kind); };
    std::vector<ComparisonSpec> specs{
        {ComparisonKind::Given, "given name", column(Given)},
        {ComparisonKind::Family, "family name", column(Family)},
        {ComparisonKind::NameOrder, "order of names", column(Given)},
        {ComparisonKind::Word, "name", column(Word)},
        {ComparisonKind::Email, "e-mail", column(Email)},
        {ComparisonKind::Phone, "phone", column(Phone)},
        {ComparisonKind::Handle, "handle", column(Handle)},
        {ComparisonKind::UserId, "user id", column(UserId)},
        {ComparisonKind::Place, "city", column(City)},
        {ComparisonKind::Place, "region", column(Region)},
        {ComparisonKind::Place, "country", column(Country)},
        {ComparisonKind::Place, "agency", column(Agency)},
        {ComparisonKind::Source, "source", column(Source)},
    };
    constexpr std::size_t kCustomsMax = 9;
    constexpr double kTellingMin = 0.3;
    constexpr double kShareMin = 0.1;  // of the records: what fewer have is hardly ever compared
    std::vector<std::pair<double, std::uint16_t>> customs;
    for (std::size_t i = column(Custom); i < corpus.columns().size(); ++i) {
        const double bits = telling(corpus.columns()[i], corpus.described());
        const double share = corpus.columns()[i].records / static_cast<double>(corpus.described());
        if (bits >= kTellingMin && share >= kShareMin) {
            customs.emplace_back(-bits, static_cast<std::uint16_t>(i));
        }
    }
    std::sort(customs.begin(), customs.end(), [&](const auto& a, const auto& b) {
        return a.first != b.first
                   ? a.first < b.first
                   : corpus.columns()[a.second].name < corpus.columns()[b.second].name;
    });
    customs.resize(std::min(customs.size(), kCustomsMax));
    for (const auto& [bits, at] : customs) {
        specs.push_back({ComparisonKind::Custom, "custom." + corpus.columns()[at].name, at});
    }
    return specs;
}

Level level_in(Pattern pattern, std::size_t i, std::size_t count) {
    for (std::size_t behind = count - 1; behind > i; --behind) {
        pattern /= kLevelsMax + 1;
    }
    return static_cast<Level>(pattern % (kLevelsMax + 1));
}

Comparer::Comparer(const Corpus& corpus, std::span<const ComparisonSpec> specs)
    : corpus_(corpus), specs_(specs), compared_at_(corpus.columns().size(), kNotCompared),
      known_bits_(known_bits(corpus.size())), known_(std::size_t{1} << known_bits_) {
    for (std::size_t i = 0; i < specs.size(); ++i) {
        if (specs[i].kind != ComparisonKind::NameOrder) {
            compared_at_[specs[i].column] = static_cast<std::uint8_t>(i);
        }
    }
}

Agreed Comparer::compare(Rank a, Rank b) {
    Agreed agreed;
    auto left = corpus_.entries(a);
    auto right = corpus_.entries(b);
    while (!left.empty() && !right.empty()) {
        const std::uint16_t column = left.front().column;
        const auto behind = [](std::span<const Entry> entries, std::uint16_t one) {
            std::size_t count = 0;
            while (count < entries.size() && entries[count].column == one) {
                ++count;
            }
            return count;
        };
        if (column != right.front().column) {
            auto& earlier = column < right.front().column ? left : right;
            earlier = earlier.subspan(1);
            continue;
        }
        const std::size_t of_left = behind(left, column);
        const std::size_t of_right = behind(right, column);
        if (const std::uint8_t at = compared_at_[column]; at != kNotCompared) {
            compare_values(at, left.first(of_left), right.first(of_right), agreed);
        }
        left = left.subspan(of_left);
        right = right.subspan(of_right);
    }
    compare_order(a, b, agreed);
    compare_word(a, b, agreed);
    forget_handles_that_passed_on(agreed);
    forget_what_names_explain(a, b, agreed);
    forget_what_agencies_explain(agreed);
    forget_what_places_explain(agreed);
    return agreed;
}

/// The best level of any two.
void Comparer::compare_values(std::size_t at, std::span<const Entry> left,
                              std::span<const Entry> right, Agreed& agreed) {
    const ComparisonSpec& spec = specs_[at];
    for (const Entry& one : left) {
        for (const Entry& other : right) {
            Level level = 1;
            if (one.value != other.value) {
                // What several names share is nobody's own: another address beside it is no news.
                const bool is_own = !is_identifier(spec.kind) ||
                                    (exact_of(corpus_.columns()[spec.column], one.value) < 3 &&
                                     exact_of(corpus_.columns()[spec.column], other.value) < 3);
                level = is_own ? level_of(spec, one, other) : kMissing;
            } else if (is_identifier(spec.kind)) {
                level = exact_of(corpus_.columns()[spec.column], one.value);
            } else if (spec.kind == ComparisonKind::Given) {
                level = compare_given(corpus_.text(one), corpus_.text(one));
            }
            if (level != kMissing && (agreed.levels[at] == kMissing || level < agreed.levels[at])) {
                agreed.levels[at] = level;
                agreed.values[at] = one.value;
                agreed.others[at] = other.value;
            }
        }
    }
}

/// The same two values meet again and again: what came out is kept.
Level Comparer::level_of(const ComparisonSpec& spec, const Entry& a, const Entry& b) {
    const auto [low, high] = std::minmax({a.value, b.value});
    const std::uint64_t pair = std::uint64_t{low} << 32 | high;
    // Fibonacci hashing: the high bits of the product are well spread.
    const std::uint64_t hash = (pair * 31 + spec.column) * 0x9e3779b97f4a7c15;
    Known& known = known_[hash >> (64 - known_bits_)];
    if (known.pair != pair || known.column != spec.column) {
        known = {pair, spec.column, compare_texts(spec.kind, corpus_.text(a), corpus_.text(b))};
    }
    return known.level;
}

std::string_view Comparer::text(Rank rank, FeatureKind kind) const {
    const auto values = corpus_.values(rank, Corpus::column_of(kind));
    return values.empty() ? std::string_view{} : std::string_view(corpus_.text(values.front()));
}

/// "Moffa Matteo" is Matteo Moffa: given and family name are compared crosswise where they do not
/// fit as they stand.
void Comparer::compare_order(Rank a, Rank b, Agreed& agreed) const {
    const Level given = agreed.levels[kGivenAt];
    const Level family = agreed.levels[kFamilyAt];
    if (given == kMissing || family == kMissing) {
        return;
    }
    constexpr Level kInCommon = 2;
    agreed.levels[kOrderAt] = given <= kInCommon && family <= kInCommon ? 1 : 2;
    constexpr Level kFits = 3;
    if (given < kGivenDiffers || family < kFamilyDiffers) {
        return;
    }
    using enum FeatureKind;
    if (compare_family(text(a, Given), text(b, Family)) <= kFits &&
        compare_family(text(a, Family), text(b, Given)) <= kFits) {
        agreed.levels[kGivenAt] = 2;
        agreed.levels[kFamilyAt] = 2;
        agreed.levels[kOrderAt] = 3;
    }
}

/// A handle that stands on another account by now tells nothing.
void Comparer::forget_handles_that_passed_on(Agreed& agreed) const {
    constexpr Level kDifferentIds = 2;
    if (agreed.levels[kUserIdAt] != kDifferentIds) {
        return;
    }
    if (is_exact(ComparisonKind::Handle, agreed.levels[kHandleAt])) {
        agreed.levels[kHandleAt] = kMissing;
    }
}

/// People of one agency have its address, its number and its name in common: one of the three tells
/// that, the others no more.
void Comparer::forget_what_agencies_explain(Agreed& agreed) const {
    const auto is_shared = [](Level level) { return level == 2 || level == 3; };
    const bool has_email = is_shared(agreed.levels[kEmailAt]);
    const bool has_phone = is_shared(agreed.levels[kPhoneAt]);
    if (has_email && has_phone) {
        agreed.levels[kPhoneAt] = kMissing;
    }
    if ((has_email || has_phone) && agreed.levels[kAgencyAt] == 1) {
        agreed.levels[kAgencyAt] = kMissing;
    }
}

/// A city lies in its region, a region in its country, and names are of a country as well.
void Comparer::forget_what_places_explain(Agreed& agreed) const {
    const bool have_family_name = agreed.levels[kFamilyAt] == 1 || agreed.levels[kFamilyAt] == 2;
    if (have_family_name && agreed.levels[kCountryAt] == 1) {
        agreed.levels[kCountryAt] = kMissing;
    }
    for (std::size_t inner = kCityAt; inner < kCountryAt; ++inner) {
        if (agreed.levels[inner] == 1) {
            for (std::size_t outer = inner + 1; outer <= kCountryAt; ++outer) {
                agreed.levels[outer] = agreed.levels[outer] == 1 ? kMissing : agreed.levels[outer];
            }
        }
    }
}

/// Addresses and handles are made of names: that "kate.turner52" is like "kate.turner9" tells no
/// more than that both are Kate Turner.
void Comparer::forget_what_names_explain(Rank a, Rank b, Agreed& agreed) const {
    for (const std::size_t at : {kEmailAt, kHandleAt}) {
        constexpr Level kSameElsewhere = 4;
        constexpr Level kAlike = 5;
        const Level level = agreed.levels[at];
        if (level != kSameElsewhere && level != kAlike) {
            continue;
        }
        const bool names_differ =
            agreed.levels[kGivenAt] >= kGivenDiffers || agreed.levels[kFamilyAt] >= kFamilyDiffers;
        if (names_differ || are_made_of_names(a, b, at, agreed)) {
            agreed.levels[at] = kMissing;
        }
    }
}

/// Whether the two values hold their records' names, and not much else in common.
bool Comparer::are_made_of_names(Rank a, Rank b, std::size_t at, const Agreed& agreed) const {
    const std::uint16_t column = specs_[at].column;
    const std::vector<std::string>& texts = corpus_.columns()[column].texts;
    if (at == kEmailAt && agreed.values[at] != agreed.others[at] &&
        edit_distance(texts[agreed.values[at]], texts[agreed.others[at]], 1) <= 1) {
        return false;  // a slip of the pen
    }
    const auto rest_of = [&](Rank rank, ValueId value) {
        const std::string& all = texts[value];
        return without_name(at == kEmailAt ? before_at(all) : parts_of_account(all).second,
                            text(rank, FeatureKind::Given), text(rank, FeatureKind::Family));
    };
    const auto left = rest_of(a, agreed.values[at]);
    const auto right = rest_of(b, agreed.others[at]);
    constexpr std::size_t kOwnMin = 3;  // what is one's own: "kate.turner5288"
    return left && right && (*left != *right || left->size() < kOwnMin);
}

/// A name of one word beside a full one.
void Comparer::compare_word(Rank a, Rank b, Agreed& agreed) const {
    using enum FeatureKind;
    const std::string_view left = text(a, Word);
    const std::string_view right = text(b, Word);
    if (left.empty() == right.empty()) {
        return;
    }
    const Rank full = left.empty() ? a : b;
    const std::string_view word = left.empty() ? right : left;
    Level best = kMissing;
    for (const FeatureKind kind : {Given, Family}) {
        if (const std::string_view name = text(full, kind); !name.empty()) {
            const Level level = std::max(compare_words(word, name), Level{2});
            best = best == kMissing ? level : std::min(best, level);
        }
    }
    agreed.levels[kWordAt] = best;
}

}  // namespace coterie::match
