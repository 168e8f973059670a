#include "sdk/http/scrub.hpp"

#include "sdk/net/encode.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <optional>
#include <vector>

namespace coterie::http {

namespace {

constexpr std::size_t kPhoneDigitsMin = 7;
constexpr std::size_t kPhoneDigitsMax = 15;
constexpr std::size_t kEnumBytesMax = 30;
constexpr std::size_t kLocalBytesMin = 8;

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}
bool is_beyond_ascii(char c) {
    return static_cast<unsigned char>(c) >= 0x80;
}
bool is_continuation(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}
bool is_of_word(char c) {
    return is_letter(c) || is_digit(c) || is_beyond_ascii(c);
}
bool is_of_address(char c) {
    return is_of_word(c) || std::string_view("._%+-'").find(c) != std::string_view::npos;
}

std::string lower(std::string_view text) {
    std::string copy(text);
    std::transform(copy.begin(), copy.end(), copy.begin(),
                   [](char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; });
    return copy;
}

/// "next_page-Token" as "nextpagetoken".
std::string plain(std::string_view name) {
    std::string copy = lower(name);
    std::erase_if(copy, [](char c) { return !is_letter(c) && !is_digit(c) && c != '$'; });
    return copy;
}

template <std::size_t count>
bool holds_any(std::string_view text, const std::array<std::string_view, count>& words) {
    return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
        return text.find(word) != std::string_view::npos;
    });
}

template <std::size_t count>
bool is_any(std::string_view text, const std::array<std::string_view, count>& words) {
    return std::find(words.begin(), words.end(), text) != words.end();
}

/// What a key says of its value.
enum class Meaning {
    Unknown,
    Secret,
    Cursor,
    Id,
    Kind,     ///< a word that says what something is
    Columns,  ///< which fields, in which order: no data
    Query,    ///< a text of a query language, or what is searched for
    Person,   ///< a name, an address
    Phone,
    Birth,
};

bool is_id_name(std::string_view name) {
    const std::string low = lower(name);
    static constexpr std::array<std::string_view, 9> kWhole = {
        "id", "ids", "uuid", "guid", "gid", "vid", "sid", "etag", "identifiers"};
    static constexpr std::array<std::string_view, 6> kEnds = {"_id",  "-id",  ".id",
                                                              "_ids", "-ids", ".ids"};
    if (is_any(low, kWhole) || std::any_of(kEnds.begin(), kEnds.end(), [&](std::string_view end) {
            return low.ends_with(end);
        })) {
        return true;
    }
    // ownerId, ownerIDs
    const std::string_view stem = name.ends_with('s') ? name.substr(0, name.size() - 1) : name;
    return stem.size() > 2 && (stem.ends_with("Id") || stem.ends_with("ID")) &&
           !is_upper(stem[stem.size() - 3]);
}

Meaning meaning_of(std::string_view name) {
    static constexpr std::array<std::string_view, 8> kCursors = {
        "cursor",    "pagetoken",  "nexttoken", "continuation",
        "skiptoken", "deltatoken", "deltalink", "nextlink"};
    static constexpr std::array<std::string_view, 12> kWholeCursors = {
        "after", "before", "next",          "prev", "previous", "offset",
        "page",  "$skip",  "startingafter", "href", "self",     "nextrecordsurl"};
    static constexpr std::array<std::string_view, 12> kSecrets = {
        "accesstoken", "refreshtoken", "idtoken",       "clientsecret", "password",  "assertion",
        "apikey",      "secret",       "authorization", "privatekey",   "signature", "credential"};
    static constexpr std::array<std::string_view, 3> kWholeSecrets = {"token", "sig", "pwd"};
    static constexpr std::array<std::string_view, 9> kKinds = {
        "type",     "object",    "kind",      "status",   "objecttype",
        "operator", "direction", "granttype", "tokentype"};
    static constexpr std::array<std::string_view, 20> kColumns = {
        "$select",      "$expand", "$orderby", "$top",         "select",    "expand",     "fields",
        "sort",         "sortby",  "sortdir",  "order",        "orderby",   "properties", "include",
        "associations", "columns", "format",   "propertyname", "fieldname", "scope"};
    static constexpr std::array<std::string_view, 7> kQueries = {
        "q", "query", "$filter", "filter", "filterbyformula", "soql", "where"};
    static constexpr std::array<std::string_view, 7> kPhones = {
        "phone", "mobile", "whatsapp", "msisdn", "fax", "telephone", "cellnumber"};
    static constexpr std::array<std::string_view, 25> kPersons = {
        "name",    "first",   "last",    "given", "family",  "middle", "handle", "user",    "login",
        "display", "address", "street",  "city",  "town",    "mail",   "note",   "comment", "title",
        "company", "agency",  "contact", "label", "surname", "owner",  "person"};
    const std::string low = plain(name);
    if (holds_any(low, kCursors) || is_any(low, kWholeCursors)) {
        return Meaning::Cursor;
    }
    if (holds_any(low, kSecrets) || is_any(low, kWholeSecrets)) {
        return Meaning::Secret;
    }
    if (is_id_name(name)) {
        return Meaning::Id;
    }
    if (is_any(low, kColumns)) {
        return Meaning::Columns;
    }
    if (is_any(low, kQueries)) {
        return Meaning::Query;
    }
    if (is_any(low, kKinds)) {
        return Meaning::Kind;
    }
    if (holds_any(low, kPhones)) {
        return Meaning::Phone;
    }
    if (low.find("birth") != std::string::npos || low == "dob") {
        return Meaning::Birth;
    }
    return holds_any(low, kPersons) ? Meaning::Person : Meaning::Unknown;
}

bool fits(std::string_view text, std::string_view pattern) {  // 0: a digit; others themselves
    return text.size() >= pattern.size() &&
           std::equal(pattern.begin(), pattern.end(), text.begin(),
                      [](char p, char c) { return p == '0' ? is_digit(c) : p == c; });
}

/// "2026-11-08", "2026-11-08T01:02:03.000+00:00".
bool is_time(std::string_view text) {
    if (!fits(text, "0000-00-00") || text.size() > 40) {
        return false;
    }
    text.remove_prefix(10);
    if (text.empty()) {
        return true;
    }
    return (text[0] == 'T' || text[0] == ' ' || text[0] == 't') && fits(text.substr(1), "00:00") &&
           text.substr(1).find_first_not_of("0123456789:.+-Zz ") == std::string_view::npos;
}

bool is_uuid(std::string_view text) {
    if (text.size() != 36) {
        return false;
    }
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (is_dash ? text[i] != '-' : std::isxdigit(static_cast<unsigned char>(text[i])) == 0) {
            return false;
        }
    }
    return true;
}

bool is_enum_word(std::string_view text) {
    return text.size() >= 2 && text.size() <= kEnumBytesMax && is_upper(text.front()) &&
           std::all_of(text.begin(), text.end(),
                       [](char c) { return is_upper(c) || is_digit(c) || c == '_'; });
}

bool is_one_word(std::string_view text) {
    return text.size() <= kEnumBytesMax && std::all_of(text.begin(), text.end(), [](char c) {
               return is_letter(c) || c == '_' || c == '-' || c == ':';
           });
}

std::size_t count_digits(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), is_digit));
}

bool is_number(std::string_view text) {
    return !text.empty() && count_digits(text) > 0 &&
           text.find_first_not_of("0123456789.-") == std::string_view::npos &&
           text.rfind('-') != text.size() - 1 && text.find('-', 1) == std::string_view::npos &&
           text.find('.') == text.rfind('.');
}

/// Seconds or milliseconds since 1970, of this century's first half.
bool is_epoch(std::string_view digits) {
    return (digits.size() == 10 || digits.size() == 13) && digits.front() == '1';
}

bool is_phone(std::string_view text) {
    const std::size_t digits = count_digits(text);
    if (digits < kPhoneDigitsMin || digits > kPhoneDigitsMax || text.find('@') != text.npos ||
        text.find_first_not_of("0123456789+-(). /") != std::string_view::npos) {
        return false;
    }
    const bool is_plain = digits == text.size();
    return !(is_plain && is_epoch(text)) && !is_time(text) &&
           !(is_number(text) && text.find('.') != std::string_view::npos);
}

std::optional<std::string> decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+') {
            out += ' ';
        } else if (text[i] != '%') {
            out += text[i];
        } else {
            const std::string hex(text.substr(i + 1, 2));
            if (hex.size() != 2 || hex.find_first_not_of("0123456789abcdefABCDEF") != hex.npos) {
                return std::nullopt;
            }
            out += static_cast<char>(std::stoi(hex, nullptr, 16));
            i += 2;
        }
    }
    return out;
}

/// Text of a query language (OData, SOQL, a formula, GraphQL): what is quoted in it is data.
bool is_query_text(std::string_view text) {
    static constexpr std::array<std::string_view, 8> kOps = {" eq ", " gt ", " ge ", " lt ",
                                                             " le ", " ne ", "()",   ">="};
    const std::string low = lower(text.substr(0, 4096));
    return low.starts_with("query ") || low.starts_with("query{") || low.starts_with("mutation") ||
           low.starts_with("select ") || low.starts_with("{") || holds_any(low, kOps);
}

/// "email,firstname", "modified desc", "emails($select=address)".
bool are_columns(std::string_view text) {
    while (!text.empty()) {
        const std::size_t end = std::min(text.find_first_of(" ,"), text.size());
        const std::string part = lower(text.substr(0, end));
        const bool is_after_space = text.data() != nullptr && end < text.size() && text[end] == ' ';
        if (part.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_.:$()=/;-*") !=
            std::string::npos) {
            return false;
        }
        text.remove_prefix(std::min(end + 1, text.size()));
        if (is_after_space && !text.starts_with("asc") && !text.starts_with("desc") &&
            !text.starts_with("ASC") && !text.starts_with("DESC") && !part.empty()) {
            return false;
        }
    }
    return true;
}

}  // namespace

bool Scrubber::make(Key& key) {
    return ::RAND_bytes(key.data(), static_cast<int>(key.size())) == 1;
}

// --- Texts ---------------------------------------------------------------------------------------

std::string Scrubber::stream(std::string_view text, std::size_t bytes) const {
    std::string out;
    for (unsigned block = 0; out.size() < bytes; ++block) {
        const std::string message = std::to_string(block) + ":" + std::string(text);
        std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
        unsigned size = 0;
        ::HMAC(::EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
               reinterpret_cast<const unsigned char*>(message.data()), message.size(), hash.data(),
               &size);
        out.append(reinterpret_cast<const char*>(hash.data()), size);
    }
    return out;
}

/// Letters for letters, digits for digits; case as it was.
std::string Scrubber::word(std::string_view text) const {
    const std::string random = stream(lower(text), text.size());
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const auto byte = static_cast<unsigned char>(random[i]);
        if (is_digit(c)) {
            out += static_cast<char>('0' + byte % 10);
        } else if (is_upper(c)) {
            out += static_cast<char>('A' + byte % 26);
        } else if (!is_continuation(c)) {
            out += static_cast<char>('a' + byte % 26);
        }
    }
    return out;
}

std::string Scrubber::words(std::string_view text) const {
    if (put_ == Put::AsItWas) {
        return std::string(text);
    }
    if (put_ == Put::Stars) {
        return "*";
    }
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        if (!is_of_word(text[i])) {
            out += text[i++];
            continue;
        }
        std::size_t end = i;
        while (end < text.size() && is_of_word(text[end])) {
            ++end;
        }
        out += word(text.substr(i, end - i));
        i = end;
    }
    return out;
}

/// All digits but the first two of a number with a +, and the first of others.
std::string Scrubber::digits(std::string_view text) const {
    if (put_ != Put::MadeUp) {
        return put_ == Put::Stars ? "*" : std::string(text);
    }
    std::string bare;
    std::copy_if(text.begin(), text.end(), std::back_inserter(bare), is_digit);
    const std::string random = stream("phone:" + bare, bare.size());
    const std::size_t kept = text.find('+') != std::string_view::npos ? 2 : 1;
    std::string out(text);
    std::size_t digit = 0;
    for (char& c : out) {
        if (is_digit(c)) {
            const auto byte = static_cast<unsigned char>(random[digit]);
            c = digit < kept ? c : static_cast<char>('0' + byte % 10);
            ++digit;
        }
    }
    return out;
}

std::string Scrubber::birthday(std::string_view text) const {
    if (put_ != Put::MadeUp) {
        return put_ == Put::Stars ? "*" : std::string(text);
    }
    const std::string random = stream("birthday:" + std::string(text), 3);
    char made[16];
    std::snprintf(made, sizeof made, "%04d-%02d-%02d",
                  1950 + static_cast<unsigned char>(random[0]) % 50,
                  1 + static_cast<unsigned char>(random[1]) % 12,
                  1 + static_cast<unsigned char>(random[2]) % 28);
    return made;
}

std::string Scrubber::address(std::string_view text) const {
    const std::string low = lower(text);
    const std::size_t local = text.find('@');
    const std::string random = stream("address:" + low, std::max(local, kLocalBytesMin));
    std::string out;
    for (std::size_t i = 0; i < std::max(local, kLocalBytesMin); ++i) {
        const bool is_mark = i < local && !is_of_word(text[i]);
        if (i < local && is_continuation(text[i])) {
            continue;
        }
        out +=
            is_mark ? text[i] : static_cast<char>('a' + static_cast<unsigned char>(random[i]) % 26);
    }
    return out + "@example.com";
}

/// Every e-mail address in a text, and nothing else of it.
std::string Scrubber::addresses(std::string_view text) const {
    if (put_ == Put::AsItWas) {
        return std::string(text);
    }
    std::string out;
    std::size_t done = 0;
    for (std::size_t at = text.find('@'); at != std::string_view::npos;
         at = text.find('@', at + 1)) {
        std::size_t begin = at;
        std::size_t end = at + 1;
        while (begin > done && is_of_address(text[begin - 1])) {
            --begin;
        }
        while (end < text.size() && is_of_address(text[end])) {
            ++end;
        }
        if (begin == at || end == at + 1) {
            continue;
        }
        out += text.substr(done, begin - done);
        out += put_ == Put::Stars ? "*" : address(text.substr(begin, end - begin));
        done = end;
        at = end - 1;
    }
    return out + std::string(text.substr(done));
}

/// What is quoted in a text of a query language.
std::string Scrubber::literals(std::string_view text) const {
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        const char quote = text[i];
        const std::size_t end =
            quote == '\'' || quote == '"' ? text.find(quote, i + 1) : std::string_view::npos;
        if (end == std::string_view::npos) {
            out += text[i++];
            continue;
        }
        out += quote + value("", std::string(text.substr(i + 1, end - i - 1))) + quote;
        i = end + 1;
    }
    return out;
}

std::string Scrubber::value(std::string_view name, const std::string& text) const {
    const Meaning meaning = meaning_of(name);
    if (text.empty() || text == "true" || text == "false" || text == "null") {
        return text;
    }
    // "key" is many things; a long one is an API key.
    if (meaning == Meaning::Secret || (lower(name) == "key" && text.size() >= 16)) {
        return "***";
    }
    const std::string clean = secrets_.clean(text);
    if (is_time(clean) && meaning != Meaning::Birth) {
        return clean;
    }
    if (clean.starts_with("http://") || clean.starts_with("https://")) {
        return url(clean);
    }
    const bool has_address =
        clean.find('@') != std::string::npos || lower(clean).find("%40") != std::string::npos;
    if (meaning == Meaning::Cursor && !has_address) {
        const auto question = clean.find('?');
        return question == std::string::npos || clean[0] != '/'
                   ? clean
                   : path(std::string_view(clean).substr(0, question)) + "?" +
                         query(std::string_view(clean).substr(question + 1));
    }
    const bool may_be_phone = meaning == Meaning::Phone || clean.starts_with('+');
    if (is_uuid(clean) ||
        (meaning == Meaning::Id && !has_address && !(may_be_phone && is_phone(clean)) &&
         clean.find(' ') == std::string::npos)) {
        return clean;
    }
    if ((meaning == Meaning::Columns && are_columns(clean)) ||
        (meaning == Meaning::Query && is_query_text(clean))) {
        return addresses(literals(clean));
    }
    if (meaning == Meaning::Kind && is_one_word(clean)) {
        return clean;
    }
    if (meaning == Meaning::Unknown && is_enum_word(clean)) {
        return clean;
    }
    if ((meaning == Meaning::Phone && count_digits(clean) > 0) || is_phone(clean)) {
        return digits(clean);
    }
    if (meaning == Meaning::Birth) {
        return is_time(clean) ? birthday(clean) : digits(clean);
    }
    if (is_number(clean)) {
        return clean;
    }
    if (clean.front() == '{' || clean.front() == '[') {  // JSON in a text
        auto inner = Json::parse(clean, nullptr, false);
        if (!inner.is_discarded()) {
            scrub(name, inner);
            return inner.dump(-1, ' ', false, Json::error_handler_t::replace);
        }
    }
    const auto at = clean.find('@');
    if (at != std::string::npos && at > 0 && std::all_of(clean.begin(), clean.end(), [](char c) {
            return c == '@' || is_of_address(c);
        })) {
        return addresses(clean);
    }
    return words(clean);
}

// --- Addresses -----------------------------------------------------------------------------------

std::string Scrubber::query(std::string_view text) const {
    std::string out;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('&'), text.size());
        const std::string_view pair = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const std::size_t equals = std::min(pair.find('='), pair.size());
        const auto name = decoded(pair.substr(0, equals));
        const auto before = equals < pair.size() ? decoded(pair.substr(equals + 1)) : std::string();
        out += out.empty() ? "" : "&";
        if (!name || !before) {  // no percent-encoding
            out += words(pair);
            continue;
        }
        const std::string after = value(*name, *before);
        out += pair.substr(0, std::min(equals + 1, pair.size()));
        out += after == *before ? std::string(pair.substr(std::min(equals + 1, pair.size())))
                                : net::encode_part(after);
    }
    return out;
}

std::string Scrubber::path(std::string_view text) const {
    std::string out;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('/', begin + 1), text.size());
        const std::string part(text.substr(begin, end - begin));
        const auto plain_part = decoded(part);
        const bool is_person = plain_part && plain_part->find('@') != std::string::npos;
        out += is_person ? "/" + net::encode_part(addresses(plain_part->substr(1))) : part;
        begin = end;
    }
    return secrets_.clean(std::move(out));
}

std::string Scrubber::url(std::string_view text) const {
    const auto parsed = Url::parse(std::string(text));
    if (!parsed) {
        return words(text);
    }
    Url made = *parsed;
    made.query = query(parsed->query);
    if (hosts_.has(*parsed)) {
        made.path = path(parsed->path);
    } else {
        made.path = put_ == Put::Stars ? "/*" : words(parsed->path);
    }
    return made.text();
}

std::string Scrubber::links(std::string_view text) const {
    std::string out;
    while (!text.empty()) {
        const auto begin = text.find('<');
        const auto end = begin == std::string_view::npos ? begin : text.find('>', begin);
        if (end == std::string_view::npos) {
            break;
        }
        out += text.substr(0, begin + 1);
        const std::string target(text.substr(begin + 1, end - begin - 1));
        out += value("href", target) + ">";
        text.remove_prefix(end + 1);
    }
    return out + std::string(text);
}

// --- Bodies --------------------------------------------------------------------------------------

void Scrubber::scrub(std::string_view name, Json& json) const {
    if (json.is_object()) {
        for (auto& [key, inner] : json.items()) {
            scrub(key, inner);
        }
    } else if (json.is_array()) {
        for (auto& inner : json) {
            scrub(name, inner);
        }
    } else if (json.is_string()) {
        json = value(name, json.get<std::string>());
    } else if (json.is_number_integer()) {
        const Meaning meaning = meaning_of(name);
        const std::string text = json.dump();
        const bool is_phone_like =
            meaning == Meaning::Phone || (meaning != Meaning::Id && meaning != Meaning::Cursor &&
                                          text.size() >= kPhoneDigitsMin + 1 && is_phone(text));
        if (is_phone_like && put_ != Put::AsItWas) {
            const std::string made = digits(text);
            json = put_ == Put::Stars ? Json("*") : Json::parse(made, nullptr, false);
        }
    }
}

std::string Scrubber::json_or_words(std::string_view text) const {
    auto whole = Json::parse(text, nullptr, false);
    if (!whole.is_discarded()) {
        scrub("", whole);
        return whole.dump(-1, ' ', false, Json::error_handler_t::replace);
    }
    std::string out;  // JSON Lines, or nothing that is known
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        auto line = Json::parse(text.substr(0, end), nullptr, false);
        if (line.is_discarded()) {
            out += words(secrets_.clean(std::string(text.substr(0, end))));
        } else {
            scrub("", line);
            out += line.dump(-1, ' ', false, Json::error_handler_t::replace);
        }
        out += end < text.size() ? "\n" : "";
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
}

std::string Scrubber::csv(std::string_view text) const {
    const std::string_view first = text.substr(0, text.find('\n'));
    char delimiter = ',';
    for (const char c : {';', '\t', '|'}) {
        if (std::count(first.begin(), first.end(), c) >
            std::count(first.begin(), first.end(), delimiter)) {
            delimiter = c;
        }
    }
    std::vector<std::string> names;
    std::string out;
    std::size_t column = 0;
    bool is_header = true;
    for (std::size_t i = 0; i < text.size();) {
        std::string cell;
        const bool is_quoted = text[i] == '"';
        if (is_quoted) {
            for (++i; i < text.size(); ++i) {
                if (text[i] == '"' && i + 1 < text.size() && text[i + 1] == '"') {
                    cell += text[++i];
                } else if (text[i] == '"') {
                    ++i;
                    break;
                } else {
                    cell += text[i];
                }
            }
        }
        while (i < text.size() && text[i] != delimiter && text[i] != '\n' && text[i] != '\r') {
            cell += text[i++];
        }
        if (is_header) {
            names.push_back(cell);
        } else {
            cell = value(column < names.size() ? names[column] : "", cell);
        }
        if (is_quoted) {
            for (std::size_t q = 0; (q = cell.find('"', q)) != std::string::npos; q += 2) {
                cell.insert(q, 1, '"');
            }
            cell = "\"" + cell + "\"";
        }
        out += cell;
        ++column;
        while (i < text.size() && text[i] == '\r') {
            out += text[i++];
        }
        if (i < text.size()) {
            is_header = is_header && text[i] != '\n';
            column = text[i] == '\n' ? 0 : column;
            out += text[i++];
        }
    }
    return out;
}

/// XML and HTML: what stands between the tags and in quotes.
std::string Scrubber::markup(std::string_view text) const {
    std::string out;
    std::string name;
    while (!text.empty()) {
        if (text.front() == '<') {
            const std::size_t end = std::min(text.find('>'), text.size() - 1) + 1;
            const std::string_view tag = text.substr(0, end);
            name = tag.substr(1, tag.find_first_of(" />", 1) - 1);
            out += literals(tag);
            text.remove_prefix(end);
            continue;
        }
        const std::size_t end = std::min(text.find('<'), text.size());
        const std::string inner(text.substr(0, end));
        const bool is_blank = inner.find_first_not_of(" \t\r\n") == std::string::npos;
        out += is_blank ? inner : value(name, inner);
        text.remove_prefix(end);
    }
    return out;
}

std::string Scrubber::body(std::string_view content_type, std::string_view text) const {
    const std::string type = lower(content_type.substr(0, content_type.find(';')));
    const auto has = [&](std::string_view word) { return type.find(word) != std::string::npos; };
    if (has("csv") || has("tab-separated")) {
        return csv(text);
    }
    if (has("x-www-form-urlencoded")) {
        return query(text);
    }
    if (has("json")) {
        return json_or_words(text);
    }
    if (has("xml") || has("html")) {
        return markup(text);
    }
    if (has("text/")) {
        return words(secrets_.clean(std::string(text)));
    }
    const auto first = text.find_first_not_of(" \t\r\n");
    const bool may_be_json =
        first != std::string_view::npos && (text[first] == '{' || text[first] == '[');
    return may_be_json ? json_or_words(text) : std::string();
}

}  // namespace coterie::http
