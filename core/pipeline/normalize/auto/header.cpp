#include "pipeline/normalize/auto/header.hpp"

#include "base/text.hpp"
#include "pipeline/normalize/characters.hpp"
#include "pipeline/normalize/identity_values.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace coterie::normalize::automap {
namespace {

using record::FieldId;
using Words = std::vector<std::string>;

/// Words that name a platform on their own, but mean something else among others.
bool is_doubtful_platform(std::string_view word) {
    static constexpr std::array<std::string_view, 19> kDoubtful{
        "of",     "li",         "sc",         "pin",      "pins", "meta", "other",
        "andet",  "andre",      "web",        "site",     "blog", "snap", "tweet",
        "tweets", "newsletter", "nyhedsbrev", "homepage", "at"};
    return std::find(kDoubtful.begin(), kDoubtful.end(), word) != kDoubtful.end();
}

std::string platform_of_word(std::string_view word) {
    const auto platform = is_doubtful_platform(word) ? std::string() : platform_of(word);
    return platform == "other" || platform == "unknown" ? std::string() : platform;
}

struct PlatformInWords {
    std::string platform;
    Words rest;
};

/// "instagram followers" → instagram, "followers"; also "instagramfoelgere".
std::optional<PlatformInWords> take_platform(const Words& words) {
    for (std::size_t size : {std::size_t{2}, std::size_t{1}}) {
        for (std::size_t i = 0; i + size <= words.size(); ++i) {
            // "tik tok", "linked in"; in "youtube id" one word is the platform already.
            if (size == 2 && !platform_of_word(words[i]).empty()) {
                continue;
            }
            const std::string word = size == 2 ? words[i] + words[i + 1] : words[i];
            const auto platform = platform_of_word(word);
            // "x" is a platform where it leads or stands alone; else it counts something.
            if (platform.empty() || (word == "x" && i > 0)) {
                continue;
            }
            PlatformInWords found{platform, words};
            const auto begin = found.rest.begin() + static_cast<std::ptrdiff_t>(i);
            found.rest.erase(begin, begin + static_cast<std::ptrdiff_t>(size));
            std::erase_if(found.rest, [&](const std::string& other) {
                return platform_of_word(other) == platform;  // "X (Twitter)"
            });
            return found;
        }
    }
    static constexpr std::array<std::string_view, 7> kLeading{
        "instagram", "tiktok", "youtube", "facebook", "twitter", "linkedin", "insta"};
    for (std::size_t i = 0; i < words.size(); ++i) {
        for (const auto leading : kLeading) {
            if (words[i].starts_with(leading) && words[i].size() > leading.size() + 1) {
                PlatformInWords found{platform_of(leading), words};
                found.rest[i].erase(0, leading.size());
                return found;
            }
        }
    }
    return std::nullopt;
}

Meaning field_meaning(FieldId field, std::string_view phrase) {
    return {Meaning::Kind::Field, field, "", "", "", std::string(phrase)};
}

Meaning other_meaning(std::string_view what, std::string_view phrase) {
    return {Meaning::Kind::Other, FieldId::Custom, "", std::string(what), "", std::string(phrase)};
}

/// Reads one header.
class Reader {
  public:
    Reader(const Column& column, const Lexicon& lexicon) : column_(column), lexicon_(lexicon) {}

    HeaderReading read() {
        Words words = header_words(without_copy_number(column_.key));
        if (is_account_id(words)) {
            found(Match::Exact, {field_meaning(FieldId::ProfileUserId, column_.key)});
            add_platform_of_parents();
            return result_;
        }
        result_.is_positional = words.size() == 2 && words[0] == "column" && has_digit(words[1]);
        if (result_.is_positional || words.empty()) {
            return result_;
        }
        take_unit(words);
        if (!read_words(words)) {
            read_with_parents(words);
        }
        add_platform_of_parents();
        doubt_what_lies_elsewhere();
        return result_;
    }

  private:
    /// "id" in a list of accounts.
    [[nodiscard]] bool is_account_id(const Words& words) const {
        if (words != Words{"id"} || column_.parents.empty()) {
            return false;
        }
        Words parent = header_words(column_.parents.back());
        if (!parent.empty() && parent.back().size() > 1 && parent.back().back() == 's') {
            parent.back().pop_back();
        }
        return lexicon_.is_word("account", letter_key(parent));
    }

    /// The header without the number that a connector gives a second one of its name: "Mail (2)".
    static std::string_view without_copy_number(std::string_view header) {
        const auto open = header.rfind(" (");
        const bool is_copy = open != std::string_view::npos && header.back() == ')' &&
                             header.size() > open + 3 &&
                             std::all_of(header.begin() + static_cast<std::ptrdiff_t>(open) + 2,
                                         header.end() - 1, is_digit);
        return is_copy ? header.substr(0, open) : header;
    }

    void take_unit(Words& words) {
        result_.is_percent = column_.key.find('%') != std::string::npos;
        const auto take = [&](std::string_view list) {
            for (std::size_t size = std::min<std::size_t>(2, words.size()); size > 0; --size) {
                const auto begin = words.end() - static_cast<std::ptrdiff_t>(size);
                const bool is_unit =
                    words.size() > size && lexicon_.is_word(list, letter_key({begin, words.end()}));
                if (is_unit) {
                    words.erase(begin, words.end());
                    return true;
                }
            }
            return false;
        };
        result_.is_percent = take("percent") || result_.is_percent;
        if (take("thousands")) {
            result_.unit = "K";
        } else if (take("millions")) {
            result_.unit = "M";
        }
    }

    bool found(Match match, std::vector<Meaning> meanings) {
        result_.match = match;
        result_.meanings = std::move(meanings);
        return true;
    }

    [[nodiscard]] std::vector<Meaning> lookup(const Words& words) const {
        const auto meanings = lexicon_.find(letter_key(words));
        return {meanings.begin(), meanings.end()};
    }

    static Words without_numbers(Words words) {
        if (words.size() > 1) {
            std::erase_if(words, [](const std::string& word) {
                return std::all_of(word.begin(), word.end(), is_digit);
            });
        }
        return words;
    }

    /// Whose account it is at work or at home makes no difference.
    [[nodiscard]] Words without_roles(Words words) const {
        std::erase_if(words, [&](const std::string& word) {
            return lexicon_.is_word("work", word) || lexicon_.is_word("personal", word);
        });
        return words;
    }

    /// "Primary email" is an email; but "owner of" is no owner.
    [[nodiscard]] Words without_fillers(const Words& words) const {
        if (words.empty() || lexicon_.is_word("prepositions", words.back())) {
            return words;
        }
        Words rest = words;
        std::erase_if(rest,
                      [&](const std::string& word) { return lexicon_.is_word("fillers", word); });
        return rest.empty() ? words : rest;
    }

    bool read_words(const Words& given) {
        const Words words = without_numbers(given);
        if (auto meanings = lookup(given); !meanings.empty()) {
            return found(Match::Exact, std::move(meanings));
        }
        if (auto meanings = lookup(words); !meanings.empty()) {
            return found(Match::Exact, std::move(meanings));
        }
        if (read_platform(words) || read_role(words)) {
            return true;
        }
        const Words core = without_fillers(words);
        if (core.size() < words.size()) {
            if (auto meanings = lookup(core); !meanings.empty()) {
                return found(Match::Fits, std::move(meanings));
            }
            if (read_platform(core) || read_role(core)) {
                result_.match = Match::Fits;
                return true;
            }
        }
        return read_part(words);
    }

    bool read_platform(const Words& words) {
        const auto taken = take_platform(words);
        if (!taken) {
            return false;
        }
        const Words rest = without_numbers(taken->rest);
        const std::string key = letter_key(rest);
        if (taken->platform == "website") {
            // "Website", "Blog": what else is said must be a word for an address.
            if (!rest.empty() && !lexicon_.is_word("link", key)) {
                return false;
            }
            result_.platform = taken->platform;
            return found(Match::Exact, {field_meaning(FieldId::ProfileUrl, column_.key)});
        }
        result_.platform = taken->platform;
        if (rest.empty() || lexicon_.is_word("account", key)) {
            result_.is_account = rest.empty();
            return found(Match::Exact, {field_meaning(FieldId::ProfileHandle, column_.key)});
        }
        if (lexicon_.is_word("link", key)) {
            return found(Match::Exact, {field_meaning(FieldId::ProfileUrl, column_.key)});
        }
        if (lexicon_.is_word("id", key)) {
            return found(Match::Exact, {field_meaning(FieldId::ProfileUserId, column_.key)});
        }
        const Words core = without_roles(without_fillers(rest));
        if (lexicon_.is_word("id", letter_key(core))) {
            return found(Match::Exact, {field_meaning(FieldId::ProfileUserId, column_.key)});
        }
        if (lexicon_.is_word("account", letter_key(core))) {
            return found(Match::Exact, {field_meaning(FieldId::ProfileHandle, column_.key)});
        }
        for (const Words& phrase : {rest, core}) {
            if (auto meanings = lookup(phrase); !meanings.empty()) {
                return found(Match::Exact, std::move(meanings));
            }
        }
        return read_part(rest);
    }

    /// "work phone", "manager email", "audience country".
    bool read_role(const Words& words) {
        for (const auto* role :
             {"somebody_else", "agent", "booking", "work", "personal", "audience"}) {
            for (std::size_t size = std::min<std::size_t>(3, words.size() - 1); size > 0; --size) {
                for (std::size_t i = 0; i + size <= words.size(); ++i) {
                    const auto begin = words.begin() + static_cast<std::ptrdiff_t>(i);
                    const auto end = begin + static_cast<std::ptrdiff_t>(size);
                    if (!lexicon_.is_word(role, letter_key(Words(begin, end)))) {
                        continue;
                    }
                    Words rest(words.begin(), begin);
                    rest.insert(rest.end(), end, words.end());
                    if (apply_role(role, without_numbers(rest))) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    bool apply_role(std::string_view role, const Words& rest) {
        auto meanings = lookup(rest);
        if (meanings.empty()) {
            meanings = lookup(without_fillers(rest));
        }
        if (meanings.empty()) {
            return false;
        }
        if (role == "somebody_else") {
            return found(Match::Exact, {other_meaning("somebody else's", column_.key)});
        }
        for (Meaning& meaning : meanings) {
            meaning = with_role(role, meaning);
        }
        result_.role = std::string(role);
        return found(Match::Exact, std::move(meanings));
    }

    [[nodiscard]] Meaning with_role(std::string_view role, const Meaning& meaning) const {
        if (meaning.kind != Meaning::Kind::Field) {
            return meaning;
        }
        if (role == "agent") {
            switch (meaning.field) {
            case FieldId::NameDisplay:
                return field_meaning(FieldId::RepresentationAgentName, meaning.phrase);
            case FieldId::EmailAddress:
                return field_meaning(FieldId::RepresentationAgentEmail, meaning.phrase);
            case FieldId::PhoneE164:
                return field_meaning(FieldId::RepresentationAgentPhone, meaning.phrase);
            default:
                return other_meaning("the agent's", meaning.phrase);
            }
        }
        if (role == "audience") {
            switch (meaning.field) {
            case FieldId::LocationCountry:
                return field_meaning(FieldId::AudienceCountry, meaning.phrase);
            case FieldId::Language:
                return field_meaning(FieldId::AudienceLanguage, meaning.phrase);
            default:
                return other_meaning("the audience's", meaning.phrase);
            }
        }
        switch (meaning.field) {
        case FieldId::EmailAddress:
        case FieldId::PhoneE164:
        case FieldId::LocationCity:
        case FieldId::LocationRegion:
        case FieldId::LocationCountry:
            return meaning;
        case FieldId::ProfileUrl:
            return meaning;
        default:
            return other_meaning(role == "work" ? "of the person's work"
                                                : "of a part of the person's life",
                                 meaning.phrase);
        }
    }

    /// The longest phrase in it that is known.
    bool read_part(const Words& words) {
        for (std::size_t size = words.size() - (words.empty() ? 0 : 1); size > 0; --size) {
            for (std::size_t i = 0; i + size <= words.size(); ++i) {
                const auto begin = words.begin() + static_cast<std::ptrdiff_t>(i);
                const Words part(begin, begin + static_cast<std::ptrdiff_t>(size));
                if (letter_key(part).size() < 3 ||
                    (size == 1 && lexicon_.is_word("fillers", part[0]))) {
                    continue;
                }
                if (auto meanings = lookup(part); !meanings.empty()) {
                    return found(Match::Contains, std::move(meanings));
                }
            }
        }
        // "bioguide_id", "Kunde-ID"
        if (!words.empty() &&
            (words.back() == "id" || words.back() == "ids" || words.front() == "id")) {
            return found(Match::Contains, {other_meaning("an identifier", "id")});
        }
        return false;
    }

    /// "first" in "name": the words of what it lies in may tell more than its own.
    void read_with_parents(const Words& words) {
        if (column_.parents.empty()) {
            return;
        }
        // "first" in "name" is the name first, "full" in "name" the full name.
        const Words parent = header_words(column_.parents.back());
        for (const auto& [begin, end] : {std::pair(parent, words), std::pair(words, parent)}) {
            Words longer = begin;
            longer.insert(longer.end(), end.begin(), end.end());
            auto meanings = lookup(longer);
            if (!meanings.empty()) {
                found(Match::Fits, std::move(meanings));
                return;
            }
        }
    }

    void add_platform_of_parents() {
        for (const auto& parent : column_.parents) {
            const auto words = header_words(parent);
            const auto taken = take_platform(words);
            if (result_.platform.empty() && taken && taken->rest.empty()) {
                result_.platform = taken->platform;
            }
        }
    }

    /// "company.name" names no person, "manager.email" another one.
    void doubt_what_lies_elsewhere() {
        if (result_.meanings.empty() || result_.meanings.front().kind != Meaning::Kind::Field) {
            return;
        }
        for (const auto& parent : column_.parents) {
            const auto words = header_words(parent);
            const auto key = letter_key(words);
            if (lexicon_.is_word("somebody_else", key)) {
                found(Match::Exact, {other_meaning("somebody else's", column_.key)});
                return;
            }
            for (const auto* role : {"agent", "audience"}) {
                if (lexicon_.is_word(role, key)) {
                    for (Meaning& meaning : result_.meanings) {
                        meaning = with_role(role, meaning);
                    }
                    return;
                }
            }
            const auto of_parent = lookup(words);
            if (!of_parent.empty() && of_parent.front().kind == Meaning::Kind::Other &&
                of_parent.front().what != "a street address") {
                found(Match::Contains, {of_parent.front()});
                return;
            }
        }
    }

    const Column& column_;
    const Lexicon& lexicon_;
    HeaderReading result_;
};

}  // namespace

HeaderReading read_header(const Column& column, const Lexicon& lexicon) {
    return Reader(column, lexicon).read();
}

std::vector<std::string> platforms_in(std::string_view text) {
    std::vector<std::string> found;
    const Words words = header_words(text);
    for (std::size_t i = 0; i < words.size(); ++i) {
        const auto platform =
            words[i].size() < 3 && words[i] != "ig" ? std::string() : platform_of_word(words[i]);
        if (!platform.empty() && platform != "website" &&
            std::find(found.begin(), found.end(), platform) == found.end()) {
            found.push_back(platform);
        }
    }
    return found;
}

}  // namespace coterie::normalize::automap
