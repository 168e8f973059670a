#include "synth/spelling.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>

namespace coterie::synth {
namespace {

using std::string;
using std::string_view;

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Of a name in Latin letters; æ, ö and their kin have capitals one bit away, as ASCII has.
string upper(string_view name) {
    string text(name);
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto byte = static_cast<unsigned char>(text[at]);
        const bool follows_c3 = at > 0 && static_cast<unsigned char>(text[at - 1]) == 0xc3;
        const bool is_sharp_s = byte == 0x9f;
        if ((byte >= 'a' && byte <= 'z') || (follows_c3 && byte >= 0xa0 && !is_sharp_s)) {
            text[at] = static_cast<char>(byte - 0x20);
        }
    }
    return text;
}

string lower(string_view name) {
    string text(name);
    for (char& c : text) {
        if (c >= 'A' && c <= 'Z') {
            c = static_cast<char>(c + 0x20);
        }
    }
    return text;
}

/// 𝗜𝗱𝗮: mathematical bold letters, which some take for styling.
string bold(string_view name) {
    string text;
    for (const char c : name) {
        if (!is_letter(c)) {
            text.push_back(c);
            continue;
        }
        const unsigned code = c >= 'a' ? 0x1d5eeU + static_cast<unsigned>(c - 'a')
                                       : 0x1d5d4U + static_cast<unsigned>(c - 'A');
        text.push_back(static_cast<char>(0xf0));
        text.push_back(static_cast<char>(0x80U | ((code >> 12U) & 0x3fU)));
        text.push_back(static_cast<char>(0x80U | ((code >> 6U) & 0x3fU)));
        text.push_back(static_cast<char>(0x80U | (code & 0x3fU)));
    }
    return text;
}

/// UTF-8 read as windows-1252 and written again: "Søren" → "SÃ¸ren". Only letters of U+00C0 to
/// U+00FF whose second byte is a printed character there too.
string mojibake(string_view name) {
    string text;
    for (std::size_t at = 0; at < name.size(); ++at) {
        const auto byte = static_cast<unsigned char>(name[at]);
        const bool is_pair = byte == 0xc3 && at + 1 < name.size() &&
                             static_cast<unsigned char>(name[at + 1]) >= 0xa1;
        if (is_pair) {
            text.append("\xc3\x83\xc2").push_back(name[++at]);
        } else {
            text.push_back(name[at]);
        }
    }
    return text;
}

/// "Søren Bæk" → "Soeren Baek".
string without_danish_letters(string_view name) {
    constexpr std::array<std::pair<string_view, string_view>, 6> kPairs{
        {{"æ", "ae"}, {"ø", "oe"}, {"å", "aa"}, {"Æ", "Ae"}, {"Ø", "Oe"}, {"Å", "Aa"}}};
    string text(name);
    for (const auto& [from, to] : kPairs) {
        for (auto at = text.find(from); at != string::npos; at = text.find(from, at)) {
            text.replace(at, from.size(), to);
        }
    }
    return text;
}

string full_name(const Entity& entity, bool with_middle) {
    string name = entity.given;
    if (with_middle && !entity.middle.empty()) {
        name.append(" ").append(entity.middle);
    }
    if (!entity.family.empty()) {
        name.append(" ").append(entity.family);
    }
    return name;
}

string first_letter(string_view name) {
    const bool is_wide = !name.empty() && static_cast<unsigned char>(name[0]) >= 0xc0;
    return string(name.substr(0, is_wide ? 2 : 1));
}

/// A person's name in one of the orders that lists use.
string ordered_name(const Entity& entity, Dice& dice) {
    const auto way = dice.below(100);
    if (entity.family.empty() || way < 62) {
        return full_name(entity, dice.chance(600));
    }
    if (way < 74) {
        return full_name(entity, false);
    }
    if (way < 80) {
        return entity.family + ", " + entity.given;
    }
    if (way < 84) {
        return upper(entity.family) + ", " + entity.given;
    }
    if (way < 88) {
        return upper(entity.family) + " " + entity.given;
    }
    if (way < 91) {
        return first_letter(entity.given) + ". " + entity.family;
    }
    if (way < 94) {
        return string(dice.pick(honorifics())) + " " + full_name(entity, true);
    }
    return entity.given + (way < 97 ? "" : " " + first_letter(entity.family) + ".");
}

string decorated(string name, const Entity& entity, Dice& dice) {
    const auto way = dice.below(1000);
    if (way < 40) {
        return lower(name);
    }
    if (way < 70) {
        return upper(name);
    }
    if (way < 110) {
        return name + " " + string(dice.pick(emoji()));
    }
    if (way < 125) {
        name.insert(0, dice.pick(emoji()));
        return name.append(dice.pick(emoji()));
    }
    if (way < 155) {
        return name + " (@" + entity.handle + ")";
    }
    if (way < 160) {
        return bold(name);
    }
    if (way < 168) {
        return mojibake(name);
    }
    if (way < 210) {
        return without_danish_letters(name);
    }
    if (way < 220) {
        return "  " + name + " ";
    }
    return name;
}

string grouped(std::uint32_t count, string_view separator) {
    string text = std::to_string(count);
    for (auto at = text.size(); at > 3; at -= 3) {
        text.insert(at - 3, separator);
    }
    return text;
}

/// "12,5K", "1.2M": as many digits as people write.
string shortened(std::uint32_t count, char decimal, bool upper_case) {
    const bool millions = count >= 1000000;
    const auto unit = millions ? 100000U : 100U;
    const auto tenths = count / unit;
    string text = std::to_string(tenths / 10);
    if (tenths % 10 != 0) {
        text += decimal;
        text += std::to_string(tenths % 10);
    }
    return text + (millions ? (upper_case ? "M" : "m") : (upper_case ? "K" : "k"));
}

string in_pairs(string_view digits, std::size_t size, char separator) {
    string text;
    for (std::size_t at = 0; at < digits.size(); at += size) {
        text.append(at == 0 ? string_view{} : string_view(&separator, 1))
            .append(digits.substr(at, size));
    }
    return text;
}

std::chrono::year_month_day civil(Day day) {
    using namespace std::chrono;
    return sys_days(year(2025) / January / 1) + days(day.number);
}

}  // namespace

string spelled_name(const Entity& entity, Dice& dice) {
    if (!entity.native_name.empty() && dice.chance(400)) {
        return entity.native_name;
    }
    if (!entity.stage_name.empty() && dice.chance(300)) {
        return entity.stage_name;
    }
    string name = ordered_name(entity, dice);
    if (dice.chance(25)) {
        name = with_typo(std::move(name), dice);
    }
    return decorated(std::move(name), entity, dice);
}

string with_typo(string text, Dice& dice) {
    if (text.size() < 4) {
        return text;
    }
    const auto at = 1 + dice.below(static_cast<std::uint32_t>(text.size() - 2));
    const auto way = dice.below(3);
    if (!is_letter(text[at]) || !is_letter(text[at + 1])) {
        return text;
    }
    switch (way) {
    case 0:
        std::swap(text[at], text[at + 1]);
        break;
    case 1:
        text.insert(at, 1, text[at]);
        break;
    default:
        text.erase(at, 1);
        break;
    }
    return text;
}

string spelled_count(std::uint32_t count, Dice& dice) {
    switch (count < 1000 ? dice.below(4) : dice.below(16)) {
    case 0:
    case 1:
    case 2:
        return std::to_string(count);
    case 3:
        return dice.chance(900) ? std::to_string(count) : string(dice.pick(nothings()));
    case 4:
    case 5:
        return grouped(count, ".");
    case 6:
        return grouped(count, ",");
    case 7:
        return grouped(count, " ");
    case 8:
        return grouped(count, "\u00a0");
    case 9:
        return shortened(count, ',', true);
    case 10:
        return shortened(count, '.', false);
    case 11:
        return shortened(count, '.', true);
    case 12:
        return "ca. " + grouped(count / 100 * 100, ".");
    case 13:
        return ">" + shortened(count, ',', false);
    case 14:
        return std::to_string(count / 1000) + "k-" + std::to_string(count / 1000 + 5) + "k";
    default:
        return std::to_string(count / 1000) + "K+";
    }
}

string spelled_phone(string_view calling_code, string_view digits, Dice& dice) {
    const std::size_t group = calling_code == "45" ? 2 : 3;
    const string code(calling_code);
    const bool is_danish = calling_code == "45";
    switch (dice.below(20)) {
    case 0:
    case 1:
    case 2:
    case 3:
        return "+" + code + " " + in_pairs(digits, group, ' ');
    case 4:
    case 5:
    case 6:
        return "+" + code + string(digits);
    case 7:
        return "00" + code + string(digits);
    case 8:
        return "(+" + code + ") " + in_pairs(digits, group, ' ');
    case 9:
        return "+" + code + "-" + in_pairs(digits, group, '-');
    case 10:
        return "+" + code + "." + in_pairs(digits, group, '.');
    case 11:
        return is_danish
                   ? fmt::format("{}.{}E9", code.substr(0, 1), code.substr(1) + string(digits))
                   : "+" + code + string(digits);
    default:
        return is_danish ? in_pairs(digits, dice.chance(500) ? 2 : 8, ' ')
                         : "+" + code + " " + string(digits);
    }
}

string spelled_date(Day day, Dice& dice) {
    constexpr std::array<string_view, 12> kMonths{"januar",    "februar", "marts",    "april",
                                                  "maj",       "juni",    "juli",     "august",
                                                  "september", "oktober", "november", "december"};
    constexpr std::uint32_t kExcelOfFirstDay = 45658;
    const auto date = civil(day);
    const int y = static_cast<int>(date.year());
    const unsigned m = static_cast<unsigned>(date.month());
    const unsigned d = static_cast<unsigned>(date.day());
    switch (dice.below(12)) {
    case 0:
    case 1:
    case 2:
        return fmt::format("{:02}-{:02}-{}", d, m, y);
    case 3:
    case 4:
        return fmt::format("{:02}.{:02}.{}", d, m, y);
    case 5:
        return fmt::format("{:02}.{:02}.{:02}", d, m, y % 100);
    case 6:
        return fmt::format("{}/{}-{:02}", d, m, y % 100);
    case 7:
        return fmt::format("{}. {} {}", d, kMonths[m - 1], y);
    case 8:
        return fmt::format("{}/{}/{}", d, m, y);
    case 9:
        return std::to_string(kExcelOfFirstDay + day.number);
    default:
        return iso_date(day);
    }
}

string iso_date(Day day) {
    const auto date = civil(day);
    return fmt::format("{}-{:02}-{:02}", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

string spelled_handle(string_view handle, string_view link, Dice& dice) {
    const string bare(handle);
    switch (dice.below(12)) {
    case 0:
    case 1:
    case 2:
    case 3:
        return "@" + bare;
    case 4:
        return string(link) + bare;
    case 5:
        return string(link) + bare + "?hl=da";
    case 6:
        return string(link.substr(link.find("//") + 2)) + bare + "/";
    case 7:
        return "@" + upper(bare.substr(0, 1)) + bare.substr(1);
    case 8:
        return " " + bare + " ";
    default:
        return bare;
    }
}

string spelled_fee(std::uint32_t kroner, Dice& dice) {
    switch (dice.below(7)) {
    case 0:
        return grouped(kroner, ".") + " kr.";
    case 1:
        return "DKK " + std::to_string(kroner);
    case 2:
        return grouped(kroner, ".") + ",00";
    case 3:
        return shortened(kroner, ',', false).insert(0, "kr ");
    case 4:
        return grouped(kroner, ".") + " kr. ekskl. moms";
    case 5:
        return std::to_string(kroner / 7) + " EUR";
    default:
        return std::to_string(kroner);
    }
}

}  // namespace coterie::synth
