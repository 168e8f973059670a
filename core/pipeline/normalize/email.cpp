#include "base/text.hpp"
#include "pipeline/normalize/characters.hpp"
#include "pipeline/normalize/identity_values.hpp"

#include <fmt/format.h>
#include <unicode/uchar.h>

#include <algorithm>
#include <array>

namespace coterie::normalize {
namespace {

constexpr std::size_t kCellBytesMax = 4096;
constexpr std::size_t kAddressesMax = 20;
constexpr std::size_t kLocalBytesMax = 64;
constexpr std::size_t kLabelBytesMax = 63;
constexpr std::size_t kDomainBytesMax = 253;
constexpr std::size_t kAddressBytesMax = 254;

/// Where anybody can get an address: such a one is a person's own.
constexpr auto kFreemail = std::to_array<std::string_view>({
    "aol.com",       "bluewin.ch",     "comcast.net", "free.fr",       "gmail.com",
    "gmx.at",        "gmx.ch",         "gmx.de",      "gmx.net",       "googlemail.com",
    "hotmail.co.uk", "hotmail.com",    "hotmail.de",  "hotmail.dk",    "hotmail.es",
    "hotmail.fr",    "hotmail.it",     "hotmail.no",  "hotmail.se",    "icloud.com",
    "interia.pl",    "jubii.dk",       "laposte.net", "libero.it",     "live.co.uk",
    "live.com",      "live.dk",        "live.no",     "live.se",       "mac.com",
    "mail.com",      "mail.dk",        "mail.ru",     "me.com",        "msn.com",
    "o2.pl",         "ofir.dk",        "orange.fr",   "outlook.com",   "outlook.de",
    "outlook.dk",    "outlook.es",     "outlook.fr",  "pm.me",         "post.tele.dk",
    "proton.me",     "protonmail.com", "qq.com",      "sbcglobal.net", "seznam.cz",
    "sol.dk",        "stofanet.dk",    "t-online.de", "telia.com",     "tutanota.com",
    "tuta.io",       "virgilio.it",    "wanadoo.fr",  "web.de",        "wp.pl",
    "yahoo.co.uk",   "yahoo.com",      "yahoo.de",    "yahoo.dk",      "yahoo.es",
    "yahoo.fr",      "yahoo.it",       "yahoo.no",    "yahoo.se",      "yandex.com",
    "yandex.ru",     "youmail.dk",     "ymail.com",   "zoho.com",      "163.com",
    "126.com",
});

struct RoleWord {
    std::string_view word;
    std::string_view role;
};
/// Words of local parts, of labels before an address ("Booking: …") and of remarks behind it.
constexpr auto kRoleWords = std::to_array<RoleWord>({
    {"booking", "booking"},
    {"bookings", "booking"},
    {"book", "booking"},
    {"agent", "agent"},
    {"agency", "agent"},
    {"bureau", "agent"},
    {"manager", "agent"},
    {"management", "agent"},
    {"mgmt", "agent"},
    {"mgt", "agent"},
    {"talent", "agent"},
    {"talents", "agent"},
    {"representation", "agent"},
    {"admin", "work"},
    {"ads", "work"},
    {"arbejde", "work"},
    {"biz", "work"},
    {"brand", "work"},
    {"brands", "work"},
    {"business", "work"},
    {"collab", "work"},
    {"collabs", "work"},
    {"collaboration", "work"},
    {"collaborations", "work"},
    {"contact", "work"},
    {"contacto", "work"},
    {"firma", "work"},
    {"hej", "work"},
    {"hello", "work"},
    {"hi", "work"},
    {"info", "work"},
    {"inquiries", "work"},
    {"job", "work"},
    {"kontakt", "work"},
    {"kontor", "work"},
    {"mail", "work"},
    {"media", "work"},
    {"office", "work"},
    {"partnership", "work"},
    {"partnerships", "work"},
    {"post", "work"},
    {"pr", "work"},
    {"press", "work"},
    {"presse", "work"},
    {"redaktion", "work"},
    {"sales", "work"},
    {"salg", "work"},
    {"samarbejde", "work"},
    {"sponsor", "work"},
    {"support", "work"},
    {"team", "work"},
    {"work", "work"},
    {"business email", "work"},
    {"private", "personal"},
    {"privat", "personal"},
    {"personal", "personal"},
    {"personlig", "personal"},
    {"home", "personal"},
    {"hjem", "personal"},
});
/// Found at the end of a local part written in one word ("idaholmbooking"). Only long words: a
/// short one ends many names.
constexpr auto kRoleEndings = std::to_array<std::string_view>(
    {"booking", "bookings", "management", "mgmt", "agency", "business", "collabs", "collab"});
/// Words that say that an address follows, and no more.
constexpr auto kLabels = std::to_array<std::string_view>(
    {"mailto", "email", "e-mail",  "mail",    "epost",   "e-post",  "e-mailadresse",
     "m",      "e",     "adresse", "address", "contact", "kontakt", "or",
     "og",     "and",   "eller",   "&",       "-",       "–"});

std::string_view role_of_word(std::string_view word) {
    for (const auto& row : kRoleWords) {
        if (equals_ignoring_case(row.word, word))
            return row.role;
    }
    return {};
}

bool is_label(std::string_view word) {
    return std::any_of(kLabels.begin(), kLabels.end(),
                       [&](std::string_view label) { return equals_ignoring_case(label, word); });
}

/// The role that a word of the local part names, "+tag" left out.
std::string_view role_of_local(std::string_view local) {
    local = local.substr(0, local.find('+'));
    std::size_t start = 0;
    std::string_view role;
    for (std::size_t i = 0; i <= local.size(); ++i) {
        if (i < local.size() && local[i] != '.' && local[i] != '-' && local[i] != '_')
            continue;
        const auto word = local.substr(start, i - start);
        start = i + 1;
        const auto found = role_of_word(word);
        if (found.empty() || found == "personal")
            continue;
        // "booking.team": the narrower word wins over the general one.
        if (role.empty() || role == "work")
            role = found;
    }
    if (!role.empty())
        return role;
    for (const auto ending : kRoleEndings) {
        if (local.size() > ending.size() &&
            equals_ignoring_case(local.substr(local.size() - ending.size()), ending)) {
            return role_of_word(ending);
        }
    }
    return {};
}

bool is_local_character(char c) {
    constexpr std::string_view kAlso = "!#$%&'*+/=?^_`{|}~-.";
    return is_ascii_letter(c) || is_digit(c) || kAlso.find(c) != std::string_view::npos;
}

/// "" where the text is a local part, otherwise what is wrong.
std::string_view fault_of_local(std::string_view local) {
    if (local.empty())
        return "nothing before the @";
    if (local.size() > kLocalBytesMax)
        return "more than 64 characters before the @";
    if (local.front() == '.' || local.back() == '.')
        return "a dot beside the @ or at the start";
    if (local.find("..") != std::string_view::npos)
        return "two dots in a row";
    if (local.front() == '"')
        return "a quoted local part, which no mailbox in use has";
    if (std::all_of(local.begin(), local.end(), is_local_character))
        return {};
    return is_letters_digits_or(local, "!#$%&'*+/=?^_`{|}~-.") ? std::string_view()
                                                               : "a character no address has";
}

bool is_domain_label(std::string_view label) {
    return !label.empty() && label.size() <= kLabelBytesMax && label.front() != '-' &&
           label.back() != '-' && is_letters_digits_or(label, "-");
}

std::string_view fault_of_domain(std::string_view domain) {
    if (domain.empty())
        return "nothing after the @";
    if (domain.front() == '[')
        return "an address literal, which no mailbox in use has";
    if (domain.size() > kDomainBytesMax)
        return "a domain of more than 253 characters";
    std::size_t labels = 0;
    std::string_view last;
    for (std::size_t start = 0; start <= domain.size(); ++labels) {
        const auto end = std::min(domain.find('.', start), domain.size());
        last = domain.substr(start, end - start);
        if (!is_domain_label(last))
            return "no domain after the @";
        start = end + 1;
    }
    if (labels < 2)
        return "a domain without a dot";
    const bool is_coded = starts_with_ignoring_case(last, "xn--");
    if (last.size() < 2 || (!is_coded && last.find('-') != std::string_view::npos) ||
        (!is_coded && has_digit(last))) {
        return "no top-level domain";
    }
    return {};
}

/// A domain in lower case, letters beyond ASCII too.
std::string lower_domain(std::string_view domain) {
    return is_ascii(domain) ? ascii_lower(domain) : fold(domain);
}

std::string role_of(std::string_view local, std::string_view domain, std::string_view remark) {
    if (!remark.empty())
        return std::string(remark);
    if (const auto role = role_of_local(local); !role.empty())
        return std::string(role);
    const bool is_freemail =
        std::find(kFreemail.begin(), kFreemail.end(), domain) != kFreemail.end();
    return is_freemail ? "personal" : "";
}

/// Takes marks off that people and programs put around an address.
std::string_view without_wrapping(std::string_view text) {
    constexpr std::string_view kLeading = "<([{\"'`:*-";
    constexpr std::string_view kTrailing = ">)]}\"':*.!?";
    const auto whole = text;
    while (!text.empty() && kLeading.find(text.front()) != std::string_view::npos) {
        text.remove_prefix(1);
    }
    while (!text.empty() && kTrailing.find(text.back()) != std::string_view::npos) {
        text.remove_suffix(1);
    }
    const auto front = static_cast<std::size_t>(text.data() - whole.data());
    const auto back = whole.size() - front - text.size();
    // `"a b"@x.dk`, `(remark)ida@x.dk`: marks inside say that this is no plain address.
    const bool has_marks_inside = text.find_first_of("\"()<>[]") != std::string_view::npos;
    return (front != 0 || back != 0) && has_marks_inside ? whole : text;
}

/// The address of one word, or why it is none.
Reading<EmailAddress> read_address(std::string_view word, std::string_view remark) {
    word = without_wrapping(word);
    if (starts_with_ignoring_case(word, "mailto:")) {
        word.remove_prefix(7);
        word = word.substr(0, word.find('?'));
    }
    const auto at = word.rfind('@');
    if (at == std::string_view::npos) {
        return Reading<EmailAddress>::not_understood("no e-mail address: no @");
    }
    const auto local = word.substr(0, at);
    const auto domain = word.substr(at + 1);
    auto fault = fault_of_local(local);
    if (fault.empty() && local.find('@') != std::string_view::npos)
        fault = "more than one @";
    if (fault.empty())
        fault = fault_of_domain(domain);
    if (fault.empty() && word.size() > kAddressBytesMax)
        fault = "more than 254 characters";
    if (!fault.empty()) {
        return Reading<EmailAddress>::not_understood(fmt::format("no e-mail address: {}", fault));
    }
    const auto lower = lower_domain(domain);
    return Reading<EmailAddress>::of(
        {fmt::format("{}@{}", local, lower), role_of(local, lower, remark)});
}

/// What people write so that programs do not find their address, and what it means.
struct Disguise {
    std::string_view written;
    std::string_view meant;
};
constexpr auto kDisguises = std::to_array<Disguise>({
    {"[at]", "@"},       {"(at)", "@"},       {"{at}", "@"},      {"<at>", "@"},
    {"[snabel-a]", "@"}, {"(snabel-a)", "@"}, {"[snabela]", "@"}, {"(snabela)", "@"},
    {"[a]", "@"},        {"(a)", "@"},        {"[@]", "@"},       {"(@)", "@"},
    {"_at_", "@"},       {"[dot]", "."},      {"(dot)", "."},     {"{dot}", "."},
    {"[punktum]", "."},  {"(punktum)", "."},  {"[.]", "."},       {"(.)", "."},
    {" snabel-a ", "@"}, {" snabela ", "@"},  {" dot ", "."},     {" punktum ", "."},
    {" at ", "@"},       {"＠", "@"},         {"﹫", "@"},
});

void trim_end(std::string& text) {
    while (!text.empty() && is_ascii_blank(text.back()))
        text.pop_back();
}

/// "ida [at] x [dot] dk" as "ida@x.dk".
/// \param has_address  then " at " and " dot " are words, and only marks in brackets are meant.
std::string undisguised(std::string_view cell, bool has_address) {
    std::string out;
    out.reserve(cell.size());
    for (std::size_t i = 0; i < cell.size();) {
        const auto* found =
            std::find_if(kDisguises.begin(), kDisguises.end(), [&](const auto& row) {
                return !(has_address && row.written.front() == ' ') &&
                       starts_with_ignoring_case(cell.substr(i), row.written);
            });
        if (found == kDisguises.end()) {
            out += cell[i++];
            continue;
        }
        trim_end(out);
        out += found->meant;
        i += found->written.size();
        while (i < cell.size() && is_ascii_blank(cell[i]))
            ++i;
    }
    return out;
}

/// The addresses of a cell, gathered word by word; words may be labels and remarks only.
class Cell {
  public:
    void word(std::string_view word);
    void remark(std::string_view text);
    Reading<std::vector<EmailAddress>> take();

  private:
    void address(std::string_view word);
    std::vector<EmailAddress> addresses_;
    std::string reason_;
    std::string_view label_role_;
};

void Cell::word(std::string_view word) {
    if (word.find('@') != std::string_view::npos)
        return address(word);
    while (!word.empty() && (word.back() == ':' || word.back() == '.'))
        word.remove_suffix(1);
    if (word.empty())
        return;
    if (const auto role = role_of_word(word); !role.empty()) {
        label_role_ = role;
    } else if (!is_label(word) && reason_.empty()) {
        reason_ = addresses_.empty() ? "no e-mail address: no @"
                                     : "no e-mail address: other words in the cell";
    }
}

void Cell::address(std::string_view word) {
    // "Booking:ida@x.dk"; a label of its own is more than a colon inside an address, which is none.
    const auto colon = word.find(':');
    if (colon != std::string_view::npos && !starts_with_ignoring_case(word, "mailto:") &&
        word.find('@') > colon) {
        const auto label = word.substr(0, colon);
        const auto role = role_of_word(label);
        if (!role.empty())
            label_role_ = role;
        if (!role.empty() || is_label(label))
            word.remove_prefix(colon + 1);
    }
    auto read = read_address(word, label_role_);
    label_role_ = {};
    if (read.is_not_understood()) {
        if (reason_.empty())
            reason_ = read.reason();
        return;
    }
    const bool is_known = std::any_of(addresses_.begin(), addresses_.end(), [&](const auto& known) {
        return equals_ignoring_case(known.address, read.value().address);
    });
    if (!is_known)
        addresses_.push_back(std::move(read.value()));
}

void Cell::remark(std::string_view text) {
    const auto words = words_of(text);
    for (const auto word : words) {
        const auto role = role_of_word(word);
        if (role.empty())
            continue;
        if (addresses_.empty()) {
            label_role_ = role;
        } else {
            addresses_.back().role = role;
        }
    }
}

Reading<std::vector<EmailAddress>> Cell::take() {
    using Result = Reading<std::vector<EmailAddress>>;
    if (!reason_.empty())
        return Result::not_understood(std::move(reason_));
    if (addresses_.empty())
        return Result::not_understood("no e-mail address: no @");
    if (addresses_.size() > kAddressesMax) {
        return Result::not_understood(fmt::format("{} e-mail addresses in one cell, at most {}",
                                                  addresses_.size(), kAddressesMax));
    }
    return Result::of(std::move(addresses_));
}

/// Where the bracket that opens at `open` closes, on this level; npos if it does not.
std::size_t closing_of(std::string_view cell, std::size_t open) {
    const char close = cell[open] == '(' ? ')' : ']';
    return cell.find(close, open + 1);
}

bool is_separator(std::string_view cell, std::size_t i) {
    const char c = cell[i];
    if (is_ascii_blank(c) || c == ';' || c == ',')
        return true;
    if (c != '/' && c != '|')
        return false;
    // These two may stand in an address; between two addresses they part them.
    const auto word_end = std::min(cell.find_first_of(" \t\r\n;,", i), cell.size());
    const auto word_start = cell.find_last_of(" \t\r\n;,", i);
    const auto before =
        cell.substr(word_start == std::string_view::npos ? 0 : word_start + 1,
                    i - (word_start == std::string_view::npos ? 0 : word_start + 1));
    const auto after = cell.substr(i + 1, word_end - i - 1);
    const bool stands_alone = before.empty() && after.empty();
    return stands_alone || (before.find('@') != std::string_view::npos &&
                            after.find('@') != std::string_view::npos);
}

void read_words(Cell& out, std::string_view cell) {
    for (std::size_t i = 0; i < cell.size();) {
        if (is_separator(cell, i)) {
            ++i;
            continue;
        }
        if (cell[i] == '(' || cell[i] == '[') {
            const auto close = closing_of(cell, i);
            // Only a remark that stands alone: "(remark)ida@x.dk" is the standard's comment.
            if (close != std::string_view::npos &&
                (close + 1 == cell.size() || is_separator(cell, close + 1)) &&
                cell.substr(i, close - i).find('@') == std::string_view::npos) {
                out.remark(cell.substr(i + 1, close - i - 1));
                i = close + 1;
                continue;
            }
        }
        const auto start = i;
        while (i < cell.size() && !is_separator(cell, i))
            ++i;
        out.word(cell.substr(start, i - start));
    }
}

/// "Ida Holm <ida@x.dk>, Bo <bo@x.dk>": what stands outside the marks is names.
void read_angles(Cell& out, std::string_view cell) {
    while (true) {
        const auto open = cell.find('<');
        const auto close = cell.find('>', open == std::string_view::npos ? 0 : open);
        const auto outside = cell.substr(0, open);
        if (outside.find('@') != std::string_view::npos &&
            outside.find('"') == std::string_view::npos)
            read_words(out, outside);
        if (open == std::string_view::npos || close == std::string_view::npos)
            return;
        read_words(out, cell.substr(open + 1, close - open - 1));
        cell.remove_prefix(close + 1);
    }
}

}  // namespace

Reading<std::vector<EmailAddress>> read_emails(std::string_view raw) {
    using Result = Reading<std::vector<EmailAddress>>;
    const auto cell = trim(raw);
    if (says_nothing(cell))
        return Result::absent();
    if (cell.size() > kCellBytesMax) {
        return Result::not_understood("no e-mail address: the text is too long for one");
    }
    if (!is_utf8(cell))
        return Result::not_understood("no e-mail address: not UTF-8 text");
    Cell out;
    const bool has_address = cell.find('@') != std::string_view::npos;
    if (!has_address || !is_ascii(cell) || cell.find_first_of("[({") != std::string_view::npos) {
        const std::string plain = undisguised(plain_text(cell), has_address);
        plain.find('<') == std::string::npos ? read_words(out, plain) : read_angles(out, plain);
    } else if (cell.find('<') != std::string_view::npos) {
        read_angles(out, cell);
    } else {
        read_words(out, cell);
    }
    return out.take();
}

}  // namespace coterie::normalize
