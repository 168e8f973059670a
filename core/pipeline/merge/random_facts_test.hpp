/// Random contributions with canonical values, for property tests of the merge.
#pragma once

#include "pipeline/merge/survivorship.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace coterie::merge {

/// Contributions that own what they borrow.
struct RandomPerson {
    std::vector<std::unique_ptr<std::string>> texts;
    std::vector<Contribution> contributions;
    std::vector<MemberKey> keys;  ///< by member row

    std::string_view own(std::string text) {
        return *texts.emplace_back(std::make_unique<std::string>(std::move(text)));
    }
};

/// Few different values of each kind, so that records often agree and often do not.
class FactMaker {
  public:
    explicit FactMaker(std::uint32_t seed) : random_(seed) {}

    RandomPerson person() {
        RandomPerson person;
        const std::size_t records = 1 + below(5);
        for (std::size_t i = 0; i < records; ++i) {
            add_record(person, static_cast<std::uint32_t>(i));
        }
        return person;
    }

    std::size_t below(std::size_t end) { return random_() % end; }

  private:
    template <std::size_t N>
    std::string one_of(const std::array<const char*, N>& words) {
        return words[below(N)];
    }

    std::string choice_of(std::string_view choices) {
        std::vector<std::string> words;
        while (!choices.empty()) {
            const auto end = std::min(choices.find('|'), choices.size());
            words.emplace_back(choices.substr(0, end));
            choices.remove_prefix(std::min(end + 1, choices.size()));
        }
        return words[below(words.size())];
    }

    std::string value_of(const record::FieldInfo& field) {
        using record::ValueKind;
        switch (field.kind) {
        case ValueKind::Choice:
            return choice_of(field.choices);
        case ValueKind::Flag:
            return one_of<2>({"true", "false"});
        case ValueKind::Count:
            return one_of<5>({"0", "9999", "10000", "512345", "88312004"});
        case ValueKind::Share:
            return one_of<3>({"0", "0.0452", "1"});
        case ValueKind::Money:
            return one_of<3>({"1500", "1500.50", "0"});
        case ValueKind::Currency:
            return one_of<2>({"DKK", "EUR"});
        case ValueKind::Time:
            return one_of<3>({"2026-01-31", "2026-01-31T02:30:00Z", "2025-12-01T00:00:00Z"});
        case ValueKind::Country:
            return one_of<2>({"DK", "NO"});
        case ValueKind::Language:
            return one_of<2>({"da", "en-GB"});
        case ValueKind::Email:
            return one_of<3>({"ida@example.dk", "Ida@example.dk", "booking@agency.example"});
        case ValueKind::Phone:
            return one_of<2>({"+4512345678", "+4587654321"});
        case ValueKind::Platform:
            return one_of<3>({"instagram", "youtube", "website"});
        case ValueKind::Handle:
            return one_of<3>({"idaholm", "IdaHolm", "ida.holm"});
        case ValueKind::UserId:
            return one_of<2>({"17841400000000001", "UC0123456789012345678901"});
        case ValueKind::Url:
            return one_of<2>({"https://idaholm.example/", "http://www.idaholm.example"});
        case ValueKind::Json:
            return one_of<4>({"\"x\"", "12.5", "{\"a\":\n[1]}", "null"});
        default:
            return one_of<6>({"Ida Holm", "IDA HOLM", "Ida Marie Holm", "Idas \"køkken\"\n✨",
                              "Food/~tips", "food/~tips"});
        }
    }

    void add_record(RandomPerson& person, std::uint32_t row) {
        Contribution contribution;
        contribution.member = {row, 1 + row, 4};
        contribution.trust = std::array{0.5, 0.5, 0.9}[below(3)];
        contribution.changed_run = static_cast<std::uint32_t>(1 + below(3));
        const std::string source = one_of<3>({"crm", "agency", "man/ual~"});
        contribution.source = person.own(source);
        contribution.stable_key =
            person.own(source + "\x1f" + "contacts\x1f" + std::to_string(row));
        for (const record::FieldInfo& field : record::all_fields()) {
            const std::size_t items = field.list == record::ListId::None ? 1 : 3;
            for (std::size_t item = 0; item < items; ++item) {
                if (below(3) == 0) {
                    const std::string from = field.id == record::FieldId::Custom
                                                 ? one_of<3>({"Score", "a/b", "c~d"})
                                                 : std::string(field.path);
                    contribution.facts.push_back({field.id, static_cast<std::uint16_t>(item),
                                                  person.own(value_of(field)), person.own(from)});
                }
            }
        }
        person.contributions.push_back(std::move(contribution));
        const Timestamp seen{std::chrono::seconds(1'700'000'000 + row * 86'400)};
        person.keys.push_back({source, "contacts", std::to_string(row), seen, seen, seen});
    }

    std::mt19937 random_;
};

/// The keys in the order of the golden record's members.
inline std::vector<MemberKey> keys_of(const RandomPerson& person, const GoldenRecord& golden) {
    std::vector<MemberKey> keys;
    for (const Member& member : golden.members) {
        keys.push_back(person.keys[member.row]);
    }
    return keys;
}

}  // namespace coterie::merge
