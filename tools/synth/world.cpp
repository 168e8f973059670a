#include "synth/world.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace coterie::synth {
namespace {

using std::string;
using std::string_view;

constexpr std::uint32_t kPhoneNumbers = 9999991;  // the greatest prime of seven digits

bool is_odd(std::uint64_t number) {
    return number % 2 == 1;
}

string_view latin(string_view word) {
    const auto bar = word.find('|');
    return bar == string_view::npos ? word : word.substr(bar + 1);
}

string_view native(string_view word) {
    return word.substr(0, word.find('|'));
}

const Culture& culture_of(Dice dice) {
    auto at = dice.below(1000);
    for (const Culture& culture : cultures()) {
        if (at < culture.weight) {
            return culture;
        }
        at -= culture.weight;
    }
    return cultures().front();
}

struct FamilyName {
    string text;
    string_view native_text;
};

/// Half of all people bear one of the common names.
FamilyName family_name(const Culture& culture, Dice& dice) {
    if (culture.family_heads.empty() || dice.chance(450)) {
        const string_view word = dice.pick(culture.family);
        return {string(latin(word)), native(word)};
    }
    string text(dice.pick(culture.family_heads));
    text.append(dice.pick(culture.family_tails));
    return {text, {}};
}

string base36(std::uint64_t number) {
    constexpr string_view kDigits = "0123456789abcdefghijklmnopqrstuvwxyz";
    string text;
    do {
        text.insert(text.begin(), kDigits[number % 36]);
        number /= 36;
    } while (number != 0);
    return text;
}

string replaced(string text, char from, char to) {
    std::replace(text.begin(), text.end(), from, to);
    return text;
}

/// The ways in which people write their name as a handle.
string handle_stem(const Entity& entity, Dice& dice) {
    const string given = ascii_letters(entity.given);
    const string family = ascii_letters(entity.family);
    if (family.empty()) {
        return given.substr(0, 18);
    }
    string stem;
    switch (dice.below(7)) {
    case 0:
        stem = given + "." + family;
        break;
    case 1:
        stem = given + "_" + family;
        break;
    case 2:
        stem = family + "." + given;
        break;
    case 3:
        stem = given.substr(0, 1) + family;
        break;
    case 4:
        stem = given + "." + family.substr(0, 1);
        break;
    case 5:
        stem = "the" + given + family;
        break;
    default:
        stem = given + family;
        break;
    }
    return stem.substr(0, 18);
}

/// An account that is taken for another: one letter replaced by one that looks like it.
string look_alike(string stem) {
    constexpr std::array<std::pair<char, char>, 4> kPairs{
        {{'l', '1'}, {'o', '0'}, {'i', 'l'}, {'e', '3'}}};
    for (const auto& [from, to] : kPairs) {
        const auto at = stem.find(from);
        if (at != string::npos) {
            stem[at] = to;
            break;
        }
    }
    return stem;
}

/// From some hundreds to some millions; most have few.
std::uint32_t followers_of(Dice dice) {
    constexpr std::array<std::uint32_t, 12> kBases{300,   800,   1500,  3000,   6000,   12000,
                                                   20000, 40000, 90000, 250000, 800000, 3000000};
    const auto place = std::min(dice.below(12), dice.below(12));
    const auto base = kBases[place];
    const auto more = dice.below(base);
    return base + more + dice.below(97);
}

/// What Latin letters beyond ASCII become; each is two bytes of UTF-8, but the last two.
constexpr std::array<std::pair<string_view, string_view>, 60> kFolds{{
    {"æ", "ae"}, {"ø", "oe"}, {"å", "aa"}, {"Æ", "ae"}, {"Ø", "oe"}, {"Å", "aa"}, {"ä", "ae"},
    {"ö", "oe"}, {"ü", "ue"}, {"Ä", "ae"}, {"Ö", "oe"}, {"Ü", "ue"}, {"ß", "ss"}, {"é", "e"},
    {"É", "e"},  {"è", "e"},  {"á", "a"},  {"Á", "a"},  {"í", "i"},  {"Í", "i"},  {"ó", "o"},
    {"Ó", "o"},  {"ú", "u"},  {"Ú", "u"},  {"ñ", "n"},  {"Ñ", "n"},  {"ą", "a"},  {"Ą", "a"},
    {"ć", "c"},  {"Ć", "c"},  {"ę", "e"},  {"Ę", "e"},  {"ł", "l"},  {"Ł", "l"},  {"ń", "n"},
    {"Ń", "n"},  {"ś", "s"},  {"Ś", "s"},  {"ź", "z"},  {"Ź", "z"},  {"ż", "z"},  {"Ż", "z"},
    {"à", "a"},  {"â", "a"},  {"ç", "c"},  {"ë", "e"},  {"ï", "i"},  {"ô", "o"},  {"ò", "o"},
    {"ù", "u"},  {"û", "u"},  {"ê", "e"},  {"î", "i"},  {"ì", "i"},  {"ã", "a"},  {"õ", "o"},
    {"ý", "y"},  {"š", "s"},  {"ž", "z"},  {"č", "c"},
}};

string_view fold(string_view letter) {
    for (const auto& [from, to] : kFolds) {
        if (from == letter) {
            return to;
        }
    }
    return {};
}

}  // namespace

string ascii_letters(string_view name) {
    string letters;
    for (std::size_t at = 0; at < name.size(); ++at) {
        const char c = name[at];
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
            letters.push_back(c);
        } else if (c >= 'A' && c <= 'Z') {
            letters.push_back(static_cast<char>(c - 'A' + 'a'));
        } else if (static_cast<unsigned char>(c) >= 0xc0 && at + 1 < name.size()) {
            letters.append(fold(name.substr(at, 2)));
            ++at;
        }
    }
    return letters;
}

World::World(std::uint64_t seed, std::uint64_t people)
    : seed_(seed), numbers_(2 * people + 1000),
      agencies_(static_cast<std::uint32_t>(people / 150 + 3)) {}

EntityKind World::kind(std::uint64_t number) const {
    if (!is_odd(number)) {
        return EntityKind::Person;  // so that the one before an odd number always is one
    }
    const auto at = Dice(seed_, Purpose::Kind, number).below(1000);
    return at < 40    ? EntityKind::Duo
           : at < 100 ? EntityKind::FanPage
           : at < 180 ? EntityKind::Channel
                      : EntityKind::Person;
}

/// Relatives have the family name and the phone of the person before them.
std::uint64_t World::household(std::uint64_t number) const {
    const bool is_relative = is_odd(number) && Dice(seed_, Purpose::Household, number).chance(80);
    return is_relative ? number - 1 : number;
}

/// Namesakes have the given name of the person before them as well.
std::uint64_t World::namesake(std::uint64_t number) const {
    const auto at = Dice(seed_, Purpose::Household, number).below(1000);
    return is_odd(number) && at >= 80 && at < 110 ? number - 1 : number;
}

/// Differs between any two entities and versions, so that no two accounts are called the same.
string World::unique_tail(std::uint64_t number, std::uint64_t version) const {
    const auto words = handle_words();
    const std::uint64_t code = number + version * numbers_;
    const std::uint64_t digits = code / words.size();
    string tail(words[code % words.size()]);
    if (digits != 0) {
        tail += std::to_string(digits);
    }
    return tail;
}

void World::give_person_name(Entity& entity) const {
    const auto base = namesake(entity.number);
    const auto family_base = std::min(base, household(entity.number));
    entity.culture = &culture_of(Dice(seed_, Purpose::Place, family_base));
    Dice family_dice(seed_, Purpose::Household, family_base * 2 + 1);
    const auto family = family_name(*entity.culture, family_dice);
    entity.family = family.text;

    Dice dice(seed_, Purpose::Name, base);
    const string_view given = dice.pick(entity.culture->given);
    entity.given = latin(given);
    if (given.find('|') != string_view::npos) {
        entity.native_name = string(native(given)) + " " + string(family.native_text);
        return;
    }
    if (dice.chance(350)) {
        entity.middle = dice.chance(500) ? family_name(*entity.culture, dice).text
                                         : string(dice.pick(entity.culture->given));
    }
}

void World::give_name(Entity& entity) const {
    Dice dice(seed_, Purpose::Name, entity.number * 2 + 1);
    if (entity.kind == EntityKind::Channel) {
        entity.culture = &culture_of(Dice(seed_, Purpose::Place, entity.number));
        entity.given = dice.pick(channel_heads());
        entity.given.append(" ").append(dice.pick(channel_tails()));
        return;
    }
    if (entity.kind == EntityKind::Person) {
        give_person_name(entity);
        if (dice.chance(80)) {
            entity.stage_name = entity.given + " " + string(dice.pick(channel_tails()));
        }
        return;
    }
    Entity other;
    other.number = entity.number - 1;
    give_person_name(other);
    entity.culture = other.culture;
    if (entity.kind == EntityKind::Duo) {
        const string_view partner = latin(dice.pick(other.culture->given));
        entity.given = other.given + (dice.chance(500) ? " & " : " og ") + string(partner);
        return;
    }
    entity.given = other.given;
    entity.family = other.family;
}

void World::give_accounts(Entity& entity) const {
    Dice dice(seed_, Purpose::Handle, entity.number);
    string stem = handle_stem(entity, dice);
    string end;
    if (entity.kind == EntityKind::FanPage) {
        stem = look_alike(stem);
        end = dice.chance(500) ? "_fans" : dice.chance(500) ? ".fc" : "";
    }
    // A dot before the tail: "theo" + "2" and "theo2" never meet.
    const string tail = unique_tail(entity.number, 0);
    entity.handle = stem + (tail.empty() ? "" : ".") + tail + end;
    if (entity.handle.size() > 30) {
        entity.handle = "x" + base36(entity.number) + end;
    }
    if (dice.chance(120)) {
        entity.earlier_handle =
            handle_stem(entity, dice).substr(0, 12) + "_" + base36(entity.number + numbers_);
    }
    if (dice.chance(550)) {
        entity.tiktok = dice.chance(600) ? entity.handle : replaced(entity.handle, '.', '_');
        entity.tiktok.resize(std::min<std::size_t>(entity.tiktok.size(), 24));
        if (entity.tiktok.size() == 24) {
            entity.tiktok = "tt_" + base36(entity.number);
        }
    }
    if (dice.chance(300)) {
        entity.youtube = stem + "-" + base36(entity.number);
    }
    if (dice.chance(300)) {
        entity.x = ascii_letters(stem).substr(0, 6) + "_" + base36(entity.number);
    }
    entity.user_id = std::to_string(17840000000000000U + entity.number * 7919 + 13);
    entity.followers = followers_of(Dice(seed_, Purpose::Audience, entity.number));
}

void World::give_contacts(Entity& entity) const {
    Dice dice(seed_, Purpose::Contact, entity.number);
    const bool shares_mail = entity.kind == EntityKind::Duo && dice.chance(300);
    if (shares_mail) {
        entity.email = this->entity(entity.number - 1).email;
    } else if (dice.chance(entity.kind == EntityKind::FanPage ? 300 : 850)) {
        const auto name = ascii_letters(entity.given).substr(0, 20) + "." +
                          ascii_letters(entity.family).substr(0, 20);
        const string number = std::to_string(entity.number + 11);
        entity.email = name + number + "@" + string(dice.pick(mail_domains()));
        if (dice.chance(80)) {
            entity.earlier_email = "kontakt" + number + "@" + string(dice.pick(mail_domains()));
        }
    }
    if (entity.kind != EntityKind::FanPage && dice.chance(800)) {
        string digits =
            std::to_string((household(entity.number) * 4637947 + 1234577) % kPhoneNumbers);
        digits.insert(0, 7 - digits.size(), '0');
        entity.phone = string(entity.culture->mobile_prefix) + digits;
    }
    if (entity.kind != EntityKind::FanPage && dice.chance(160)) {
        entity.agency = dice.below(agencies_);
    }
    entity.city = dice.pick(entity.culture->cities);
}

Entity World::entity(std::uint64_t number) const {
    Entity entity;
    entity.number = number;
    entity.kind = kind(number);
    give_name(entity);
    give_accounts(entity);
    give_contacts(entity);
    return entity;
}

Agency World::agency(std::uint32_t number) const {
    const auto words = agency_words();
    const auto tails = agency_tails();
    const string_view head = words[number % words.size()];
    const string_view tail = tails[number / words.size() % tails.size()];
    const string domain = ascii_letters(head) + std::to_string(number) + ".example";
    string digits = std::to_string(1000000 + number);
    return {string(head) + " " + string(tail), "booking@" + domain, "3" + digits};
}

}  // namespace coterie::synth
