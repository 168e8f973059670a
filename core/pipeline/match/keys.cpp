#include "pipeline/match/keys.hpp"

#include "base/hash.hpp"
#include "base/text.hpp"
#include "pipeline/match/features.hpp"
#include "pipeline/match/match.hpp"
#include "pipeline/match/nicknames.hpp"
#include "record/identity_keys.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <tuple>

namespace coterie::match {

namespace {

using record::FactView;
using record::FieldId;
using record::ListId;

// --- Reading facts ---------------------------------------------------------------------------

/// The values of one item of a list of objects.
struct ItemValues {
    std::uint16_t item = 0;
    std::string_view platform, handle, url, user_id, address, role;
};

std::string_view& slot(ItemValues& item, FieldId field) {
    switch (field) {
    case FieldId::ProfilePlatform:
        return item.platform;
    case FieldId::ProfileHandle:
        return item.handle;
    case FieldId::ProfileUrl:
        return item.url;
    case FieldId::ProfileUserId:
        return item.user_id;
    case FieldId::EmailRole:
    case FieldId::PhoneRole:
        return item.role;
    default:
        return item.address;
    }
}

std::vector<ItemValues> items_of(std::span<const FactView> facts, ListId list) {
    std::vector<ItemValues> items;
    const auto fields = record::fields_of(list);
    for (const FactView& fact : facts) {
        if (fact.field < fields.front().id || fact.field > fields.back().id) {
            continue;
        }
        auto item = std::find_if(items.begin(), items.end(),
                                 [&](const ItemValues& one) { return one.item == fact.item; });
        if (item == items.end()) {
            items.push_back({fact.item, {}, {}, {}, {}, {}, {}});
            item = items.end() - 1;
        }
        switch (fact.field) {
        case FieldId::EmailAddress:
        case FieldId::EmailRole:
        case FieldId::PhoneE164:
        case FieldId::PhoneRole:
        case FieldId::ProfilePlatform:
        case FieldId::ProfileHandle:
        case FieldId::ProfileUrl:
        case FieldId::ProfileUserId:
            slot(*item, fact.field) = fact.value;
            break;
        default:
            break;
        }
    }
    return items;
}

bool is_role_contact(std::string_view role) {
    return role == "booking" || role == "agent";
}

std::vector<ContactValues> contacts_of(std::span<const FactView> facts, ListId list) {
    std::vector<ContactValues> contacts;
    for (const ItemValues& item : items_of(facts, list)) {
        contacts.push_back({item.address, is_role_contact(item.role)});
    }
    return contacts;
}

std::uint16_t platform_tag(std::string_view platform) {
    return static_cast<std::uint16_t>(hash64(platform));
}

class IdentifierReader {
  public:
    explicit IdentifierReader(std::span<const FactView> facts) {
        for (const ItemValues& item : items_of(facts, ListId::Profiles)) {
            add_profile(item);
        }
        for (const ItemValues& item : items_of(facts, ListId::Emails)) {
            add_contact(IdentifierKind::Email, "e-mail", ascii_lower(item.address), item.role);
        }
        for (const ItemValues& item : items_of(facts, ListId::Phones)) {
            add_contact(IdentifierKind::Phone, "phone", std::string(item.address), item.role);
        }
    }

    std::vector<ReadableIdentifier> take() && {
        const auto order = [](const ReadableIdentifier& one) {
            return std::tuple(one.identifier.kind, one.identifier.hash);
        };
        std::sort(found_.begin(), found_.end(),
                  [&](const auto& a, const auto& b) { return order(a) < order(b); });
        found_.erase(
            std::unique(found_.begin(), found_.end(),
                        [&](const auto& a, const auto& b) { return order(a) == order(b); }),
            found_.end());
        found_.resize(std::min(found_.size(), kIdentifiersMax));
        return std::move(found_);
    }

  private:
    void add_profile(const ItemValues& item) {
        const std::string platform(item.platform);
        if (is_platform(platform) && platform != "website") {
            if (!item.user_id.empty()) {
                add(IdentifierKind::UserId, IdentifierKind::UserId, platform, platform + " user id",
                    std::string(item.user_id));
            }
            if (!item.handle.empty()) {
                add(IdentifierKind::Handle, IdentifierKind::Handle, platform, platform + " handle",
                    record::handle_key(platform, item.handle));
            }
        } else if (!item.url.empty()) {
            add(IdentifierKind::Website, IdentifierKind::Website, "", "website",
                record::url_key(item.url));
        }
    }

    void add_contact(IdentifierKind kind, const char* what, std::string value,
                     std::string_view role) {
        if (value.empty()) {
            return;
        }
        const bool is_role = is_role_contact(role);
        add(is_role ? IdentifierKind::RoleContact : kind, kind, "",
            is_role ? std::string(role) + ' ' + what : what, std::move(value));
    }

    void add(IdentifierKind kind, IdentifierKind seed, const std::string& platform,
             std::string what, std::string value) {
        const std::uint64_t hash =
            hash64(platform + '\x1f' + value, static_cast<std::uint64_t>(seed) + 1);
        found_.push_back(
            {{hash, kind, platform.empty() ? std::uint16_t{0} : platform_tag(platform)},
             std::move(what),
             std::move(value)});
    }

    std::vector<ReadableIdentifier> found_;
};

// --- Names -----------------------------------------------------------------------------------

/// Letters of a word with the very last in the lowest bits.
std::uint16_t packed(std::string_view letters) {
    constexpr unsigned kNoLetter = 27;
    unsigned code = 0;
    for (const char c : letters) {
        const bool is_letter = c >= 'a' && c <= 'z';
        code = (code << kLetterBits) | (is_letter ? static_cast<unsigned>(c - 'a') + 1 : kNoLetter);
    }
    return static_cast<std::uint16_t>(code);
}

NameToken token_of(std::string_view word, NamePart part) {
    NameToken token;
    token.hash = static_cast<std::uint32_t>(hash64(word));
    for (const char c : word) {
        if (c >= 'a' && c <= 'z') {
            token.letters |= 1U << (c - 'a');
        }
    }
    token.prefix = packed(word.substr(0, 3));
    token.suffix = packed(word.substr(word.size() - std::min<std::size_t>(word.size(), 3)));
    token.first = word.front();
    token.size = static_cast<std::uint8_t>(std::min<std::size_t>(word.size(), 63));
    token.part = part;
    return token;
}

/// Words that the name has already, and initials of further names, add nothing.
bool is_idle(const Name& name, const NameToken& token) {
    return token.part == NamePart::Alias &&
           (token.size < 2 || std::any_of(name.all().begin(), name.all().end(),
                                          [&](const auto& one) { return one.hash == token.hash; }));
}

void add_words(Name& name, std::string_view folded, NamePart part) {
    while (!folded.empty() && name.count < kNameTokensMax) {
        const auto end = std::min(folded.find(' '), folded.size());
        if (end > 0) {
            const NameToken token = token_of(folded.substr(0, end), part);
            if (!is_idle(name, token)) {
                name.tokens[name.count++] = token;
            }
        }
        folded.remove_prefix(std::min(end + 1, folded.size()));
    }
}

/// The family name's words without its particles, and all of it as one word: "Mc Nally" is
/// "McNally" elsewhere, "van der Berg" "Vanderberg".
void add_family(Name& name, std::string_view folded) {
    if (folded.find(' ') == std::string_view::npos) {
        return add_words(name, folded, NamePart::Family);
    }
    std::string words;
    std::string whole;
    for (const std::string_view word : split(folded, ' ')) {
        whole += word;
        if (!is_particle(word)) {
            words.append(words.empty() ? "" : " ").append(word);
        }
    }
    add_words(name, words.empty() ? folded : words, NamePart::Family);
    add_words(name, whole, NamePart::Family);
}

/// "Signe & Bo", "Emil og Nanna": the words that stand between two people's names.
bool is_between_people(std::string_view word) {
    constexpr auto kWords =
        std::to_array<std::string_view>({"&", "+", "og", "and", "und", "och", "et", "en"});
    return std::find(kWords.begin(), kWords.end(), word) != kWords.end();
}

/// Reads a display name that no source or normalizer could part as that of two people, if it is.
bool add_several(Name& name, std::string_view display) {
    const std::string lower = ascii_lower(display);
    const auto words = split(lower, ' ');
    const auto between = std::find_if(words.begin(), words.end(), is_between_people);
    if (between == words.begin() || words.end() - between < 2) {
        return false;
    }
    for (const std::string_view word : words) {
        if (!is_between_people(word)) {
            add_words(name, fold_latin(word), NamePart::Word);
        }
    }
    name.is_several = true;
    return true;
}

Kind kind_of(std::string_view value) {
    return value == "person"  ? Kind::Person
           : value == "group" ? Kind::Group
           : value == "brand" ? Kind::Brand
                              : Kind::Unknown;
}

bool holds_letter(std::string_view folded) {
    return std::any_of(folded.begin(), folded.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

/// The smallest of several, so that the order of facts does not matter.
std::string_view first_value(std::span<const FactView> facts, FieldId field) {
    std::string_view value;
    for (const FactView& fact : facts) {
        if (fact.field == field && !fact.value.empty() && (value.empty() || fact.value < value)) {
            value = fact.value;
        }
    }
    return value;
}

/// Words of so many letters are known whole from their beginning and end.
constexpr std::size_t kSpelledMax = 6;

/// \pre the word has 3 to kSpelledMax letters
std::array<unsigned, kSpelledMax> spelled(const NameToken& token) {
    constexpr unsigned kLetter = (1U << kLetterBits) - 1;
    std::array<unsigned, kSpelledMax> letters{};
    for (std::size_t i = 0; i < 3; ++i) {
        const auto shift = kLetterBits * (2 - i);
        letters[token.size - 3U + i] = (token.suffix >> shift) & kLetter;
        letters[i] = (token.prefix >> shift) & kLetter;
    }
    return letters;
}

/// Whether one letter more, less, changed or swapped with its neighbour makes one word the other.
/// \pre both have 3 to kSpelledMax letters
bool is_one_edit(const NameToken& a, const NameToken& b) {
    const auto& [longer, shorter] = a.size < b.size ? std::tie(b, a) : std::tie(a, b);
    const auto x = spelled(longer);
    const auto y = spelled(shorter);
    std::size_t first = 0;
    while (first < shorter.size && x[first] == y[first]) {
        ++first;
    }
    std::size_t behind = 0;  // letters that both end with, behind the first difference
    while (behind < shorter.size - first &&
           x[longer.size - 1U - behind] == y[shorter.size - 1U - behind]) {
        ++behind;
    }
    const std::size_t differ = longer.size - first - behind;
    return differ <= 1 || (differ == 2 && longer.size == shorter.size && x[first] == y[first + 1] &&
                           x[first + 1] == y[first]);
}

/// Whether the words are the same but for one typing slip; for long ones as far as their ends and
/// the set of their letters tell.
bool is_slip(const NameToken& a, const NameToken& b) {
    const int longer = std::abs(static_cast<int>(a.size) - static_cast<int>(b.size));
    if (std::min(a.size, b.size) < 4 || longer > 1) {
        return false;
    }
    if (std::max(a.size, b.size) <= kSpelledMax) {
        return is_one_edit(a, b);
    }
    const int letters = std::popcount(a.letters ^ b.letters);
    return (letters <= 2 && (a.prefix == b.prefix || a.suffix == b.suffix)) ||
           (letters == 0 && longer == 0 && a.first == b.first);
}

bool is_alike(const NameToken& a, const NameToken& b) {
    return a.hash == b.hash || is_slip(a, b);
}

/// The same, a slip, or a nickname: "Mike" for Michael.
bool is_same_given(const NameToken& a, const NameToken& b) {
    return is_alike(a, b) || are_nicknames(a.hash, b.hash);
}

/// Initials ("I." for Ida) and short forms ("Matt" for Matteo) of given names.
bool is_short_form(const NameToken& a, const NameToken& b) {
    const NameToken& shorter = a.size < b.size ? a : b;
    if (shorter.size == 1) {
        return a.first == b.first;
    }
    return shorter.size >= 3 && shorter.size <= 5 && a.prefix == b.prefix;
}

struct Parts {
    explicit Parts(const Name& name) {
        for (const NameToken& token : name.all()) {
            lists[static_cast<std::size_t>(token.part)]
                 [counts[static_cast<std::size_t>(token.part)]++] = &token;
        }
    }
    [[nodiscard]] std::span<const NameToken* const> operator[](NamePart part) const {
        return {lists[static_cast<std::size_t>(part)], counts[static_cast<std::size_t>(part)]};
    }
    const NameToken* lists[4][kNameTokensMax]{};
    std::size_t counts[4]{};
};

using Tokens = std::span<const NameToken* const>;

template <class Same>
bool any_pair(Tokens a, Tokens b, Same&& same) {
    return std::any_of(a.begin(), a.end(), [&](const NameToken* left) {
        return std::any_of(b.begin(), b.end(),
                           [&](const NameToken* right) { return same(*left, *right); });
    });
}

bool given_fits(const Parts& a, const Parts& b) {
    const Tokens ga = a[NamePart::Given];
    const Tokens gb = b[NamePart::Given];
    if (any_pair(ga, gb, is_same_given) || is_short_form(*ga.front(), *gb.front())) {
        return true;
    }
    return any_pair(a[NamePart::Alias], gb, is_alike) || any_pair(ga, b[NamePart::Alias], is_alike);
}

/// Whether given and family names of one, at least two words, all stand somewhere in the other:
/// "Roberta Metsola" in "Roberta Metsola Tedesco Triccas", whichever word the source or the
/// normalizer took for the family name.
bool stands_within(const Name& part, const Name& whole) {
    std::size_t words = 0;
    std::array<bool, kNameTokensMax> is_taken{};
    for (const NameToken& word : part.all()) {
        if (word.part == NamePart::Alias || word.size < 2) {
            continue;
        }
        const auto found =
            std::find_if(whole.all().begin(), whole.all().end(), [&](const NameToken& other) {
                const auto at = &other - whole.tokens;
                return !is_taken[static_cast<std::size_t>(at)] && is_alike(word, other);
            });
        if (found == whole.all().end()) {
            return false;
        }
        is_taken[static_cast<std::size_t>(found - whole.all().begin())] = true;
        ++words;
    }
    return words >= 2;
}

NameRelation relate_full(const Parts& a, const Parts& b) {
    const bool given = given_fits(a, b);
    const bool family = any_pair(a[NamePart::Family], b[NamePart::Family], is_alike);
    if (given && family) {
        return NameRelation::Agree;
    }
    if (any_pair(a[NamePart::Given], b[NamePart::Family], is_alike) &&
        any_pair(a[NamePart::Family], b[NamePart::Given], is_alike)) {
        return NameRelation::Agree;
    }
    return given    ? NameRelation::SameGiven
           : family ? NameRelation::SameFamily
                    : NameRelation::Conflict;
}

void append_bytes(std::string& out, std::uint64_t value, unsigned bytes) {
    for (unsigned i = 0; i < bytes; ++i) {
        out.push_back(static_cast<char>(value >> (8 * i)));
    }
}

}  // namespace

bool is_particle(std::string_view word) {
    constexpr auto kParticles = std::to_array<std::string_view>(
        {"af",  "al", "av",  "bin", "da",  "das", "de", "del", "den", "der", "des",
         "di",  "do", "dos", "du",  "el",  "ibn", "la", "las", "le",  "les", "los",
         "mac", "mc", "o",   "of",  "san", "st",  "te", "ten", "ter", "van", "vom",
         "von", "zu", "zum", "zur", "y",   "e",   "i",  "d"});
    return word.size() <= 3 &&
           std::find(kParticles.begin(), kParticles.end(), word) != kParticles.end();
}

bool is_platform(std::string_view platform) {
    return !platform.empty() && platform != "unknown" && platform != "other";
}

std::vector<ProfileValues> profiles_of(std::span<const FactView> facts) {
    std::vector<ProfileValues> profiles;
    for (const ItemValues& item : items_of(facts, ListId::Profiles)) {
        profiles.push_back({item.platform, item.handle, item.url, item.user_id});
    }
    return profiles;
}

std::vector<ContactValues> emails_of(std::span<const FactView> facts) {
    return contacts_of(facts, ListId::Emails);
}

std::vector<ContactValues> phones_of(std::span<const FactView> facts) {
    return contacts_of(facts, ListId::Phones);
}

std::vector<ReadableIdentifier> identifiers_of(std::span<const FactView> facts) {
    return IdentifierReader(facts).take();
}

std::string_view belongs_to(std::span<const FactView> facts) {
    return first_value(facts, FieldId::SourceBelongsTo);
}

std::vector<ReadableIdentifier> records_of(std::span<const FactView> facts,
                                           const RecordName& name) {
    const auto make = [&name](std::string_view id, IdentifierKind kind, const char* what) {
        std::string value(name.source);
        value.append("/").append(id);
        const std::uint64_t hash = hash64(std::string(name.source).append("\x1f").append(id),
                                          static_cast<std::uint64_t>(IdentifierKind::Record) + 1);
        return ReadableIdentifier{{hash, kind, 0}, what, std::move(value)};
    };
    if (const std::string_view other = belongs_to(facts); !other.empty()) {
        // What was merged into an activity are activities, which nothing belongs to.
        return {make(other, IdentifierKind::RecordLink, "activity of")};
    }
    std::vector<ReadableIdentifier> records{make(name.record_id, IdentifierKind::Record, "record")};
    std::vector<std::string_view> merged;
    for (const FactView& fact : facts) {
        if (fact.field == FieldId::SourceMergedId && fact.value != name.record_id) {
            merged.push_back(fact.value);
        }
    }
    std::sort(merged.begin(), merged.end());
    merged.erase(std::unique(merged.begin(), merged.end()), merged.end());
    merged.resize(std::min(merged.size(), kRecordsMax - 1));
    for (const std::string_view id : merged) {
        records.push_back(make(id, IdentifierKind::RecordLink, "merged"));
    }
    return records;
}

Name name_of(std::span<const FactView> facts) {
    Name name;
    name.kind = kind_of(first_value(facts, FieldId::Kind));
    const std::string given = fold_latin(first_value(facts, FieldId::NameGiven));
    const std::string family = fold_latin(first_value(facts, FieldId::NameFamily));
    const std::string display = fold_latin(first_value(facts, FieldId::NameDisplay));
    if (name.kind == Kind::Brand || name.kind == Kind::Group) {
        add_words(name, display, NamePart::Word);
        name.is_several = name.kind == Kind::Group;
        return name;
    }
    if (given.empty() && family.empty() &&
        add_several(name, first_value(facts, FieldId::NameDisplay))) {
        return name;
    }
    if (!given.empty() || !family.empty()) {
        add_words(name, given, NamePart::Given);
        add_family(name, family);
    } else if (const auto last = display.rfind(' '); last != std::string::npos) {
        add_words(name, display.substr(0, last), NamePart::Given);
        add_words(name, display.substr(last + 1), NamePart::Family);
    } else {
        add_words(name, display, NamePart::Word);
    }
    const Parts parts(name);
    name.is_full = !parts[NamePart::Given].empty() && !parts[NamePart::Family].empty() &&
                   (holds_letter(given) || holds_letter(display));
    if (const auto alias = first_value(facts, FieldId::NameAlias); !alias.empty()) {
        add_words(name, fold_latin(alias), NamePart::Alias);
    }
    if (name.is_full && (!given.empty() || !family.empty())) {
        add_words(name, display, NamePart::Alias);
    }
    return name;
}

NameRelation relate(const Name& a, const Name& b) {
    const Parts left(a);
    const Parts right(b);
    if (a.is_several && b.is_several) {
        return stands_within(a, b) || stands_within(b, a) ? NameRelation::Agree
                                                          : NameRelation::SameFamily;
    }
    if (a.is_full && b.is_full) {
        const NameRelation relation = relate_full(left, right);
        const bool is_order =
            relation != NameRelation::Agree && (stands_within(a, b) || stands_within(b, a));
        return is_order ? NameRelation::Agree : relation;
    }
    const bool shares = std::any_of(a.all().begin(), a.all().end(), [&](const NameToken& one) {
        return std::any_of(b.all().begin(), b.all().end(),
                           [&](const NameToken& other) { return is_alike(one, other); });
    });
    // A duo and one of its two share an address, and are not one.
    if (a.is_several != b.is_several && (shares || a.is_full || b.is_full)) {
        return NameRelation::SameFamily;
    }
    return shares ? NameRelation::Agree : NameRelation::Unknown;
}

void Agreement::add(IdentifierKind kind) {
    const auto count_one = [](std::uint8_t& count) {
        count = static_cast<std::uint8_t>(std::min(count + 1, 255));
    };
    switch (kind) {
    case IdentifierKind::UserId:
        return count_one(user_ids);
    case IdentifierKind::Handle:
        return count_one(handles);
    case IdentifierKind::Email:
        return count_one(emails);
    case IdentifierKind::Phone:
        return count_one(phones);
    case IdentifierKind::Website:
        return count_one(websites);
    case IdentifierKind::Record:
    case IdentifierKind::RecordLink:
        return count_one(records);
    case IdentifierKind::RoleContact:
        return;
    }
}

Strength strength_of(const Agreement& agreement, NameRelation names) {
    using enum NameRelation;
    if (agreement.records > 0) {
        return {kStrengthOfRecords, true};
    }
    if (agreement.user_ids > 0) {
        return {100, true};
    }
    const int handles = std::min<int>(agreement.handles, 3);
    const int weak = (agreement.emails > 0) + (agreement.phones > 0);
    // A website supports a handle but joins nobody alone: offices, agencies and families share one.
    const bool several = handles + weak + (agreement.websites > 0) > 1;
    const auto by_names = [names](int agree, int unknown, int other) {
        return names == Agree ? agree : names == Unknown ? unknown : other;
    };
    // A handle joins unless the family names differ and nothing else agrees: handles are taken over
    // by others. Given names may differ, since nicknames do, and stage names tell nothing.
    if (handles > 0 && ((names != Conflict && names != SameGiven) || several)) {
        return {static_cast<std::uint8_t>(40 + by_names(30, 10, 0) + 5 * (handles - 1) + 3 * weak),
                several};
    }
    // What households and offices share joins only where the names fit; the same e-mail address
    // under another family name is a marriage.
    const bool joins =
        names == Agree || names == Unknown || (names == SameGiven && agreement.emails > 0);
    if (weak == 0 || !joins) {
        return {};
    }
    return {static_cast<std::uint8_t>(by_names(50, 20, 30) + 6 * weak + (agreement.emails > 0)),
            false};
}

std::string encode_keys(const Name& name, std::span<const Identifier> identifiers,
                        std::span<const Identifier> records, std::string_view features) {
    std::string out;
    const std::size_t count = std::min(identifiers.size(), kIdentifiersMax);
    out.reserve(kKeysHeaderBytes + name.count * kNameTokenBytes + count * kIdentifierBytes);
    out.push_back(kKeysVersion);
    records = records.first(std::min(records.size(), kRecordsMax));
    const bool belongs = !records.empty() && records.front().kind == IdentifierKind::RecordLink;
    out.push_back(static_cast<char>(
        (name.is_full ? kFullName : 0) | (name.is_several ? kOfSeveral : 0) |
        (records.empty() ? 0 : kHasRecords) | (belongs ? kBelongs : 0) |
        (features.empty() ? 0 : kHasFeatures) | (static_cast<int>(name.kind) << kKindShift)));
    out.push_back(static_cast<char>(name.count));
    out.push_back(static_cast<char>(count));
    for (const NameToken& token : name.all()) {
        append_bytes(out, token.hash, 4);
        append_bytes(out, token.letters, 4);
        append_bytes(out, token.prefix, 2);
        append_bytes(out, token.suffix, 2);
        out.push_back(token.first);
        out.push_back(static_cast<char>(token.size));
        out.push_back(static_cast<char>(token.part));
    }
    for (const Identifier& identifier : identifiers.first(count)) {
        append_bytes(out, identifier.hash, 8);
        out.push_back(static_cast<char>(identifier.kind));
        append_bytes(out, identifier.platform, 2);
    }
    if (!records.empty()) {
        append_bytes(out, records.size(), kRecordCountBytes);
        for (const Identifier& record : records) {
            append_bytes(out, record.hash, kRecordBytes);
        }
    }
    if (!features.empty()) {
        append_bytes(out, features.size(), kFeatureSizeBytes);
        out += features;
    }
    return out;
}

bool decode_name(std::string_view keys, Name& name) {
    name.count = 0;
    name.is_full = false;
    name.is_several = false;
    name.kind = decode_kind(keys);
    if (!is_well_formed(keys)) {
        return false;
    }
    name.is_full = (keys[1] & kFullName) != 0;
    name.is_several = (keys[1] & kOfSeveral) != 0;
    name.count = static_cast<std::uint8_t>(keys[2]);
    const char* at = keys.data() + kKeysHeaderBytes;
    bool has_given = false;
    bool has_family = false;
    for (NameToken& token : std::span(name.tokens, name.count)) {
        token.hash = static_cast<std::uint32_t>(read_bytes(at, 4));
        token.letters = static_cast<std::uint32_t>(read_bytes(at + 4, 4));
        token.prefix = static_cast<std::uint16_t>(read_bytes(at + 8, 2));
        token.suffix = static_cast<std::uint16_t>(read_bytes(at + 10, 2));
        token.first = at[12];
        token.size = static_cast<std::uint8_t>(at[13]);
        token.part = static_cast<NamePart>(at[14] & 3);
        has_given = has_given || token.part == NamePart::Given;
        has_family = has_family || token.part == NamePart::Family;
        at += kNameTokenBytes;
    }
    name.is_full = name.is_full && has_given && has_family;
    return true;
}

std::string make_keys(std::span<const record::Fact> facts, std::string_view source,
                      const std::optional<RecordName>& name) {
    std::vector<FactView> views;
    views.reserve(facts.size());
    for (const record::Fact& fact : facts) {
        views.push_back({fact.field, fact.item, fact.value, fact.from});
    }
    std::vector<Identifier> identifiers;
    for (const ReadableIdentifier& one : identifiers_of(views)) {
        identifiers.push_back(one.identifier);
    }
    std::vector<Identifier> records;
    if (name) {
        for (const ReadableIdentifier& one : records_of(views, *name)) {
            records.push_back(one.identifier);
        }
    }
    if (!belongs_to(views).empty()) {
        return encode_keys(name_of(views), identifiers, records);  // an activity is nobody
    }
    return encode_keys(name_of(views), identifiers, records,
                       encode_features(features_of(views, source)));
}

}  // namespace coterie::match
