#include "pipeline/extract/pairing.hpp"

#include "base/hash.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <tuple>
#include <unordered_set>

namespace coterie::extract {

namespace {

// The most bits that sharing a value of a form can give. What changes by itself from night to night
// (a count, a date) hardly counts, shared or not: that it differs says as little.
constexpr unsigned kBitsOfIdentity = 20;  // an address, a link, a handle with its @, a phone
constexpr unsigned kBitsOfText = 16;
constexpr unsigned kBitsOfLongText = 8;  // a note: rewritten more often than copied
constexpr unsigned kBitsOfNumber = 1;
constexpr double kBitsOfCharacter = 1.5;
constexpr std::size_t kLongTextBytes = 80;
constexpr std::size_t kWordBytesMin = 3;

// A pair is made when it has in common most of what is there, or a fair part with a rare value, or
// a smaller part that weighs much. Chosen on the measurements in
// docs/decisions/0011-row-identity.md.
constexpr double kShareOfMost = 0.75;
constexpr double kShareOfPart = 0.4;
constexpr double kShareLeast = 0.25;
constexpr double kBitsOfLeast = 14;
constexpr double kBitsOfRareMost = 10;
constexpr double kRecordsOfRare = 2.5;

/// A sample counts as if it held this many records more, which have each value as often as its form
/// lets expect.
constexpr double kPriorRecords = 2;

/// A value on more elders than this finds none of them; rarer ones do, or the record is new.
constexpr std::size_t kBlockRecordsMax = 32;
constexpr std::size_t kCandidatesMax = 64;

constexpr double kTypoLikenessMin = 0.75;
constexpr double kTypoLikenessOfIdentityMin = 0.85;
constexpr double kWordsLikenessMin = 0.5;
/// What is alike and not equal weighs a little less.
constexpr double kAlikeDiscount = 0.9;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string folded(std::string_view text) {
    if (!is_ascii(text)) {
        return fold(text);
    }
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        const bool is_blank = static_cast<unsigned char>(c) <= ' ';
        if (!is_blank) {
            out.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c);
        } else if (!out.empty() && out.back() != ' ') {
            out.push_back(' ');
        }
    }
    while (!out.empty() && out.back() == ' ') {
        out.pop_back();
    }
    return out;
}

bool drop_prefix(std::string_view& text, std::string_view prefix) {
    if (!text.starts_with(prefix)) {
        return false;
    }
    text.remove_prefix(prefix.size());
    return true;
}

/// A link as what it leads to: the handle where its path is one, else host and path. Nothing where
/// the text is no link.
std::string_view link_target(std::string_view text) {
    const bool has_scheme = drop_prefix(text, "https://") || drop_prefix(text, "http://");
    const bool has_www = drop_prefix(text, "www.");
    const auto slash = text.find('/');
    const bool looks_like_host = slash != std::string_view::npos && slash > 3 &&
                                 text.substr(0, slash).find('.') != std::string_view::npos;
    if ((!has_scheme && !has_www && !looks_like_host) || text.find(' ') != std::string_view::npos) {
        return {};
    }
    text = text.substr(0, text.find_first_of("?#"));
    while (text.ends_with('/')) {
        text.remove_suffix(1);
    }
    if (slash == std::string_view::npos || slash >= text.size()) {
        return text;
    }
    std::string_view path = text.substr(slash + 1);
    drop_prefix(path, "@");
    return path.find('/') == std::string_view::npos ? path : text;
}

/// Digits with what stands between the digits of numbers, dates and times, and a short unit.
bool is_number_or_date(std::string_view text) {
    std::size_t digits = 0;
    std::size_t letters = 0;
    for (const char c : text) {
        digits += is_digit(c) ? 1 : 0;
        if (!is_digit(c) && std::strchr(" .,:-/+%'", c) == nullptr) {
            ++letters;
        }
    }
    const bool begins_as_one = is_digit(text.front()) || text.front() == '-' || text.front() == '+';
    return digits > 0 && letters <= 4 && (begins_as_one || digits >= letters);
}

/// A phone number's digits; empty where the text is none. Without a + or a 0 in front, or the pairs
/// that Danish numbers are written in, eight digits are as good a count.
std::string phone_digits(std::string_view text) {
    std::string digits;
    std::size_t blanks = 0;
    for (const char c : text) {
        if (is_digit(c)) {
            digits.push_back(c);
        } else if (c == ' ') {
            ++blanks;
        } else if (std::strchr("+()-./", c) == nullptr) {
            return {};
        }
    }
    const bool is_international = text.starts_with('+') || text.starts_with("00");
    const bool is_paired = digits.size() == 8 && blanks == 3 && text.size() == 11;
    const bool is_national = text.starts_with('0') && digits.size() >= 8 &&
                             text.find_first_of(".-/") == std::string_view::npos;
    if (digits.size() > 15 ||
        !((is_international && digits.size() >= 8) || is_paired || is_national)) {
        return {};
    }
    return digits;
}

/// A long number that is written without separators: an account's number, not a count.
bool is_account_number(std::string_view text) {
    return text.size() >= 10 && std::all_of(text.begin(), text.end(), is_digit);
}

unsigned bits_of_text(std::string_view text) {
    if (text.size() > kLongTextBytes) {
        return kBitsOfLongText;
    }
    return static_cast<unsigned>(
        std::min<double>(kBitsOfText, kBitsOfCharacter * static_cast<double>(text.size())));
}

template <class Visit>
void for_each_word(std::string_view text, Visit&& visit) {
    std::size_t begin = 0;
    for (std::size_t at = 0; at <= text.size(); ++at) {
        const bool is_part =
            at < text.size() && (static_cast<unsigned char>(text[at]) >= 0x80 ||
                                 is_digit(text[at]) || (text[at] >= 'a' && text[at] <= 'z'));
        if (!is_part) {
            if (at - begin >= kWordBytesMin) {
                visit(text.substr(begin, at - begin));
            }
            begin = at + 1;
        }
    }
}

RowValue value_of(std::string_view text, unsigned bits_max) {
    return (hash64(text) & ~std::uint64_t{0xff}) | bits_max;
}

/// Of each value the form that gives the most.
template <class Values, class Value>
void sort_out(Values& values, Value&& value) {
    std::sort(values.begin(), values.end(),
              [&](const auto& a, const auto& b) { return value(a) > value(b); });
    values.erase(std::unique(values.begin(), values.end(),
                             [&](const auto& a, const auto& b) {
                                 return identity_of(value(a)) == identity_of(value(b));
                             }),
                 values.end());
    std::reverse(values.begin(), values.end());
}

double words_likeness(std::string_view a, std::string_view b) {
    std::vector<std::string_view> in_a, in_b, common;
    for_each_word(a, [&](std::string_view word) { in_a.push_back(word); });
    for_each_word(b, [&](std::string_view word) { in_b.push_back(word); });
    std::sort(in_a.begin(), in_a.end());
    std::sort(in_b.begin(), in_b.end());
    std::set_intersection(in_a.begin(), in_a.end(), in_b.begin(), in_b.end(),
                          std::back_inserter(common));
    const double words = static_cast<double>(in_a.size() + in_b.size());
    return words == 0 ? 0 : 2 * static_cast<double>(common.size()) / words;
}

bool have_same_digits(std::string_view a, std::string_view b) {
    std::string in_a, in_b;
    std::copy_if(a.begin(), a.end(), std::back_inserter(in_a), is_digit);
    std::copy_if(b.begin(), b.end(), std::back_inserter(in_b), is_digit);
    return in_a == in_b;
}

/// How alike two texts are that are not equal: 0 where they are not. Addresses, links and handles
/// differ by a slip at most: those of two people are often alike.
double text_likeness(std::string_view a, std::string_view b, bool is_identity) {
    if (!have_same_digits(a, b)) {
        return 0;  // contact794@… and contact741@…, 8.000 kr. and 16.000 kr.
    }
    const std::size_t longer = std::max(a.size(), b.size());
    const std::size_t shorter = std::min(a.size(), b.size());
    double found = 0;
    if (shorter >= kWordBytesMin && longer <= kLongTextBytes && longer - shorter <= longer / 4) {
        const double typo =
            1 - static_cast<double>(edit_distance(a, b)) / static_cast<double>(longer);
        const double least = is_identity ? kTypoLikenessOfIdentityMin : kTypoLikenessMin;
        found = typo >= least ? typo : 0;
    }
    if (is_identity) {
        return found;
    }
    const double words = words_likeness(a, b);
    return words >= kWordsLikenessMin ? std::max(found, words) : found;
}

}  // namespace

void RowReader::read(std::string_view json, std::vector<RowValue>& values) {
    collect(json);
    values.clear();
    for (const Text& text : texts_) {
        values.push_back(text.value);
        if (text.folded.size() <= kLongTextBytes && (text.value & 0xffU) > kBitsOfNumber) {
            for_each_word(text.folded, [&](std::string_view word) {
                if (word.size() != text.folded.size()) {
                    values.push_back(value_of(word, 0));
                }
            });
        }
    }
    sort_out(values, [](RowValue value) { return value; });
}

void RowReader::read_texts(std::string_view json, std::vector<Text>& texts) {
    collect(json);
    texts = texts_;
    sort_out(texts, [](const Text& text) { return text.value; });
}

void RowReader::collect(std::string_view json) {
    texts_.clear();
    simdjson::dom::element element;
    if (parser_.parse(json.data(), json.size()).get(element) == simdjson::SUCCESS) {
        walk(element);
    }
}

void RowReader::walk(simdjson::dom::element element) {
    using simdjson::dom::element_type;
    switch (element.type()) {
    case element_type::OBJECT:
        for (const auto field : simdjson::dom::object(element)) {
            walk(field.value);
        }
        break;
    case element_type::ARRAY:
        for (const auto item : simdjson::dom::array(element)) {
            walk(item);
        }
        break;
    case element_type::STRING:
        add_text(std::string_view(element));
        break;
    case element_type::BOOL:
        add(bool(element) ? "true" : "false", kBitsOfNumber);
        break;
    case element_type::NULL_VALUE:
        break;
    default: {
        const std::string digits = simdjson::to_string(element);
        add(digits, is_account_number(digits) ? kBitsOfText : kBitsOfNumber);
    }
    }
}

void RowReader::add_text(std::string_view raw) {
    const std::string text = folded(raw);
    if (text.empty()) {
        return;
    }
    if (const auto target = link_target(text); !target.empty()) {
        add(target, kBitsOfIdentity);
    } else if (const auto digits = phone_digits(text); !digits.empty()) {
        add(digits, kBitsOfIdentity);
    } else if (is_account_number(text)) {
        add(text, kBitsOfText);
    } else if (is_number_or_date(text)) {
        add(text, kBitsOfNumber);
    } else if (text.front() == '@' && text.size() > 1) {
        add(std::string_view(text).substr(1), kBitsOfIdentity);
    } else if (text.find('@') != std::string::npos && text.find(' ') == std::string::npos) {
        add(text, kBitsOfIdentity);
    } else {
        add(text, bits_of_text(text));
    }
}

void RowReader::add(std::string_view text, unsigned bits_max) {
    texts_.push_back({value_of(text, bits_max), std::string(text)});
}

void ValueRarity::add(std::span<const RowValue> values) {
    ++records_;
    for (const RowValue value : values) {
        if ((value & 0xffU) > kBitsOfNumber) {
            ++counts_[identity_of(value)];
        }
    }
}

double ValueRarity::bits(RowValue value) const {
    const double most = static_cast<double>(value & 0xffU);
    if (most <= kBitsOfNumber) {
        return most;
    }
    const auto found = counts_.find(identity_of(value));
    // One of those that have it is the record itself.
    const double others = found == counts_.end() ? 0 : static_cast<double>(found->second - 1);
    const double share = (others + kPriorRecords * std::exp2(-most)) /
                         (static_cast<double>(records_) + kPriorRecords);
    return std::clamp(-std::log2(share), 0.0, most);
}

double ValueRarity::bits_of_rare() const {
    return std::min(kBitsOfRareMost,
                    std::log2((static_cast<double>(records_) + kPriorRecords) / kRecordsOfRare));
}

bool RowLikeness::is_enough() const {
    return share >= kShareOfMost || (has_rare && share >= kShareOfPart) ||
           (has_rare && share >= kShareLeast && bits >= kBitsOfLeast);
}

RowLikeness likeness(std::span<const RowValue> a, std::span<const RowValue> b,
                     const ValueRarity& rarity) {
    double all = 0;
    double common = 0;
    double rarest = 0;
    for (std::size_t i = 0, j = 0; i < a.size() || j < b.size();) {
        if (j == b.size() || (i < a.size() && identity_of(a[i]) < identity_of(b[j]))) {
            all += rarity.bits(a[i++]);
        } else if (i == a.size() || identity_of(b[j]) < identity_of(a[i])) {
            all += rarity.bits(b[j++]);
        } else {
            const double bits = rarity.bits(std::max(a[i++], b[j++]));
            all += 2 * bits;
            common += bits;
            rarest = std::max(rarest, bits);
        }
    }
    return {all == 0 ? 0 : 2 * common / all, common, rarest >= rarity.bits_of_rare()};
}

RowLikeness likeness(std::span<const RowReader::Text> a, std::span<const RowReader::Text> b,
                     const ValueRarity& rarity) {
    double all = 0;
    double common = 0;
    double rarest = 0;
    std::vector<const RowReader::Text*> only_a, only_b;
    for (std::size_t i = 0, j = 0; i < a.size() || j < b.size();) {
        if (j == b.size() || (i < a.size() && identity_of(a[i].value) < identity_of(b[j].value))) {
            all += rarity.bits(a[i].value);
            only_a.push_back(&a[i++]);
        } else if (i == a.size() || identity_of(b[j].value) < identity_of(a[i].value)) {
            all += rarity.bits(b[j].value);
            only_b.push_back(&b[j++]);
        } else {
            const double bits = rarity.bits(std::max(a[i++].value, b[j++].value));
            all += 2 * bits;
            common += bits;
            rarest = std::max(rarest, bits);
        }
    }
    for (const auto* text : only_a) {
        if ((text->value & 0xffU) <= kBitsOfNumber) {
            continue;
        }
        double best = 0;
        auto best_at = only_b.end();
        for (auto other = only_b.begin(); other != only_b.end(); ++other) {
            const double alike =
                ((*other)->value & 0xffU) <= kBitsOfNumber
                    ? 0
                    : text_likeness(text->folded, (*other)->folded,
                                    std::max(text->value & 0xffU, (*other)->value & 0xffU) ==
                                        kBitsOfIdentity) *
                          std::min(rarity.bits(text->value), rarity.bits((*other)->value));
            if (alike > best) {
                best = alike;
                best_at = other;
            }
        }
        if (best_at != only_b.end()) {
            common += kAlikeDiscount * best;
            rarest = std::max(rarest, kAlikeDiscount * best);
            only_b.erase(best_at);
        }
    }
    return {all == 0 ? 0 : 2 * common / all, common, rarest >= rarity.bits_of_rare()};
}

void RowBlocks::add(std::uint32_t number, std::span<const RowValue> values) {
    numbers_.push_back(number);
    values_.insert(values_.end(), values.begin(), values.end());
    begins_.push_back(values_.size());
}

void RowBlocks::index() {
    for (std::uint32_t position = 0; position < numbers_.size(); ++position) {
        for (const RowValue value : values(position)) {
            if ((value & 0xffU) != kBitsOfNumber) {
                postings_.push_back({identity_of(value), position});
            }
        }
    }
    std::sort(postings_.begin(), postings_.end());
}

std::span<const RowValue> RowBlocks::values(std::uint32_t position) const {
    return std::span(values_).subspan(begins_[position], begins_[position + 1] - begins_[position]);
}

void RowBlocks::candidates(std::span<const RowValue> values,
                           std::vector<std::uint32_t>& positions) const {
    positions.clear();
    struct Block {
        std::size_t size;
        std::vector<Posting>::const_iterator begin;
    };
    std::vector<Block> blocks;
    for (const RowValue value : values) {
        const auto [begin, end] = std::equal_range(
            postings_.begin(), postings_.end(), Posting{identity_of(value), 0},
            [](const Posting& a, const Posting& b) { return a.identity < b.identity; });
        const auto size = static_cast<std::size_t>(end - begin);
        if (size > 0 && size <= kBlockRecordsMax) {
            blocks.push_back({size, begin});
        }
    }
    // The rarest first, and whole blocks only: which elders are found depends on no order.
    std::stable_sort(blocks.begin(), blocks.end(),
                     [](const Block& a, const Block& b) { return a.size < b.size; });
    for (const Block& block : blocks) {
        if (positions.size() + block.size > kCandidatesMax) {
            break;
        }
        for (std::size_t i = 0; i < block.size; ++i) {
            positions.push_back((block.begin + static_cast<std::ptrdiff_t>(i))->position);
        }
    }
    std::sort(positions.begin(), positions.end());
    positions.erase(std::unique(positions.begin(), positions.end()), positions.end());
}

std::vector<RowPair> choose_pairs(std::vector<RowPair> candidates) {
    std::sort(candidates.begin(), candidates.end(), [](const RowPair& a, const RowPair& b) {
        return std::tie(b.share, a.elder_tie, a.younger_tie, a.elder, a.younger) <
               std::tie(a.share, b.elder_tie, b.younger_tie, b.elder, b.younger);
    });
    std::unordered_set<std::uint32_t> elders, youngers;
    std::vector<RowPair> chosen;
    for (const RowPair& pair : candidates) {
        if (!elders.contains(pair.elder) && !youngers.contains(pair.younger)) {
            elders.insert(pair.elder);
            youngers.insert(pair.younger);
            chosen.push_back(pair);
        }
    }
    return chosen;
}

}  // namespace coterie::extract
