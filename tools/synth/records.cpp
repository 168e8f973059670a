#include "synth/records.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace coterie::synth {
namespace {

constexpr std::uint32_t kFirstNightDays = 500;

std::uint64_t people_for(std::uint64_t records) {
    return std::max<std::uint64_t>(records / 2, 1);
}

/// A number that has no divisor in common with `size`, about 0.618 of it: multiples of it modulo
/// `size` visit every number once, far apart.
std::uint64_t coprime_stride(std::uint64_t size) {
    std::uint64_t stride = std::max<std::uint64_t>(size * 618 / 1000, 1);
    while (std::gcd(stride, size) != 1) {
        ++stride;
    }
    return stride;
}

}  // namespace

Records::Records(const Request& request)
    : request_(request), people_(people_for(request.records)),
      stride_(coprime_stride(std::max<std::uint64_t>(request.records, 1))),
      world_(request.seed, people_) {}

std::uint64_t Records::end(int night) const {
    const auto added = request_.records * request_.change_per_million / 4000000;
    return request_.records + (night == 2 ? added : 0);
}

bool Records::is_there(std::uint64_t number, int night) const {
    if (night == 1) {
        return number < request_.records;
    }
    Dice dice(request_.seed, Purpose::Night, number);
    return number >= request_.records || dice.below(4000000) >= request_.change_per_million;
}

bool Records::is_changed(std::uint64_t number, int night) const {
    if (night == 1) {
        return false;
    }
    Dice dice(request_.seed, Purpose::Night, number);
    dice.next();
    return dice.below(1000000) < request_.change_per_million;
}

/// The first half of the (scattered) records gives each person one, the rest go anywhere.
std::uint64_t Records::entity_of(std::uint64_t number) const {
    Dice dice(request_.seed, Purpose::RecordEntity, number);
    const auto limit = static_cast<std::uint32_t>(std::min<std::uint64_t>(people_, 0xffffffffU));
    if (number >= request_.records) {
        return dice.chance(500) ? dice.below(limit) : people_ + (number - request_.records);
    }
    const auto place = number * stride_ % request_.records;
    if (place < people_) {
        return place;
    }
    auto entity = dice.below(limit);
    if (request_.skewed) {
        for (int i = 0; i < 4; ++i) {
            entity = std::min(entity, dice.below(entity + 1));
        }
    }
    return entity;
}

/// Each run of as many records as there are sources gives one to each.
std::uint32_t Records::source_of(std::uint64_t number) const {
    return static_cast<std::uint32_t>((number + number / request_.sources) % request_.sources);
}

void Records::add_contacts(Record& record) const {
    Dice dice(request_.seed, Purpose::RecordContact, record.number);
    const Entity& entity = record.entity;
    if (dice.chance(650)) {
        const bool is_old = !entity.earlier_email.empty() && dice.chance(300);
        record.email = is_old ? entity.earlier_email : entity.email;
    }
    if (dice.chance(550)) {
        record.phone = entity.phone;
        record.calling_code = entity.culture->calling_code;
    }
    if (!entity.agency || !dice.chance(700)) {
        return;
    }
    const Agency agency = world_.agency(*entity.agency);
    record.agency = agency.name;
    if (dice.chance(400)) {
        record.email = agency.email;  // the shared address, in the column of the person's own
    } else {
        record.booking_email = agency.email;
    }
    if (dice.chance(300)) {
        record.phone = agency.phone;
        record.calling_code = "45";
    }
}

void Records::add_accounts(Record& record) const {
    Dice dice(request_.seed, Purpose::RecordProfiles, record.number);
    const Entity& entity = record.entity;
    const auto seen = [&](std::uint32_t share) {
        const auto all = entity.followers / share + 12;
        return all + dice.below(all / 20 + 1);
    };
    const auto engagement = [&] { return 20 + dice.below(900); };
    const bool has_contact = !record.email.empty() || !record.phone.empty();
    if (dice.chance(has_contact ? 800 : 970)) {
        const bool is_old = !entity.earlier_handle.empty() && dice.chance(350);
        record.accounts.push_back({"instagram", "https://www.instagram.com/",
                                   is_old ? entity.earlier_handle : entity.handle,
                                   dice.chance(500) ? entity.user_id : "", seen(1), engagement()});
    }
    if (!entity.tiktok.empty() && dice.chance(600)) {
        record.accounts.push_back(
            {"tiktok", "https://www.tiktok.com/@", entity.tiktok, "", seen(2), engagement()});
    }
    if (!entity.youtube.empty() && dice.chance(600)) {
        record.accounts.push_back(
            {"youtube", "https://www.youtube.com/@", entity.youtube, "", seen(5), engagement()});
    }
    if (!entity.x.empty() && dice.chance(500)) {
        record.accounts.push_back({"x", "https://x.com/", entity.x, "", seen(7), engagement()});
    }
}

void Records::add_relationship(Record& record) const {
    Dice dice(request_.seed, Purpose::RecordDeal, record.number);
    record.has_status = dice.chance(700);
    record.status = dice.below(static_cast<std::uint32_t>(statuses_danish().size()));
    if (dice.chance(600)) {
        record.last_contact = Day{dice.below(kFirstNightDays)};
    }
    if (dice.chance(400)) {
        record.owner = dice.pick(owners());
    }
    if (dice.chance(200)) {
        record.campaign = dice.pick(campaigns());
        record.fee = (5 + dice.below(600)) * 100;
    }
}

void Records::add_texts(Record& record) const {
    Dice dice(request_.seed, Purpose::RecordTexts, record.number);
    const Culture& culture = *record.entity.culture;
    if (dice.chance(750)) {
        record.country = dice.pick(culture.countries);
    }
    if (dice.chance(500)) {
        record.city = dice.chance(900) ? record.entity.city : dice.pick(culture.cities);
    }
    if (dice.chance(400)) {
        record.language = dice.pick(culture.languages);
    }
    for (auto left = dice.below(4); left > 0; --left) {
        record.topics.push_back(dice.pick(topics()));
    }
    if (dice.chance(120)) {
        record.note = dice.pick(notes());
    }
}

/// The second night's values: always another date of contact, and one thing more.
void Records::change(Record& record) const {
    Dice dice(request_.seed, Purpose::NightFields, record.number);
    record.last_contact = Day{kFirstNightDays + dice.below(60)};
    switch (dice.below(5)) {
    case 0:
        record.status = (record.status + 1) % static_cast<std::uint32_t>(statuses_danish().size());
        break;
    case 1:
        record.email = record.entity.email;
        break;
    case 2:
        record.phone.clear();
        break;
    case 3:
        record.note = dice.pick(notes());
        break;
    default:
        for (Account& account : record.accounts) {
            account.followers += account.followers / 50 + 3;
        }
    }
}

Record Records::record(std::uint64_t number, int night) const {
    Record record{.number = number,
                  .entity_number = entity_of(number),
                  .entity = {},
                  .accounts = {},
                  .email = {},
                  .booking_email = {},
                  .calling_code = {},
                  .phone = {},
                  .agency = {},
                  .country = {},
                  .city = {},
                  .language = {},
                  .topics = {},
                  .last_contact = {},
                  .owner = {},
                  .note = {},
                  .campaign = {},
                  .spelling = Dice(request_.seed, Purpose::RecordNames, number)};
    record.entity = world_.entity(record.entity_number);
    record.has_name = record.spelling.chance(960);
    add_contacts(record);
    add_accounts(record);
    add_relationship(record);
    add_texts(record);
    if (is_changed(number, night)) {
        change(record);
    }
    return record;
}

}  // namespace coterie::synth
