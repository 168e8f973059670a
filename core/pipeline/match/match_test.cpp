#include "base/hash.hpp"
#include "pipeline/match/keys.hpp"
#include "pipeline/match/match.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <set>

namespace coterie::match {
namespace {

using record::Fact;
using record::FieldId;

/// A record put together field by field: person("Ida", "Holm").email("ida@example.dk").
struct Person {
    std::vector<Fact> facts;
    std::uint16_t items = 0;

    Person& set(FieldId field, std::string value, std::uint16_t item = 0) {
        if (!value.empty()) {
            facts.push_back({field, item, std::move(value), ""});
        }
        return *this;
    }
    Person& email(const std::string& address, const std::string& role = "") {
        ++items;
        return set(FieldId::EmailAddress, address, items).set(FieldId::EmailRole, role, items);
    }
    Person& phone(const std::string& number, const std::string& role = "") {
        ++items;
        return set(FieldId::PhoneE164, number, items).set(FieldId::PhoneRole, role, items);
    }
    Person& handle(const std::string& platform, const std::string& name,
                   const std::string& user_id = "") {
        ++items;
        return set(FieldId::ProfilePlatform, platform, items)
            .set(FieldId::ProfileHandle, name, items)
            .set(FieldId::ProfileUserId, user_id, items);
    }
};

Person person(const std::string& given, const std::string& family) {
    return Person().set(FieldId::NameGiven, given).set(FieldId::NameFamily, family);
}
Person shown(const std::string& display) {
    return Person().set(FieldId::NameDisplay, display);
}
Person account(const std::string& platform, const std::string& handle) {
    return Person().handle(platform, handle);
}

/// Which records are together, as sets of their rows.
using Partition = std::set<std::set<Row>>;

struct Outcome {
    Partition clusters;
    std::vector<SharedIdentifier> shared;
};

Outcome cluster_keys(const std::vector<std::string>& keys, const std::vector<Row>& order,
                     const MatchOptions& options) {
    std::vector<KeyedRecord> records;
    for (const Row row : order) {
        records.push_back({row, hash64("crm/" + std::to_string(row)), keys[row]});
    }
    const Clusters clusters = cluster(records, options);
    Outcome outcome{{}, clusters.shared};
    for (std::size_t i = 0; i < clusters.size(); ++i) {
        const auto rows = clusters.cluster(i);
        EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end()));
        outcome.clusters.emplace(rows.begin(), rows.end());
    }
    return outcome;
}

Outcome clustered(const std::vector<Person>& people, const MatchOptions& options = {}) {
    std::vector<std::string> keys;
    std::vector<Row> order;
    for (const Person& one : people) {
        order.push_back(static_cast<Row>(keys.size()));
        keys.push_back(make_keys(one.facts));
    }
    return cluster_keys(keys, order, options);
}

bool joined(const Person& a, const Person& b) {
    return clustered({a, b}).clusters.size() == 1;
}

const char* const kMail = "ida@example.dk";
const char* const kPhone = "+4512345678";

TEST(Match, JoinsByUserIdWhateverTheNames) {
    EXPECT_TRUE(joined(person("Ida", "Holm").handle("youtube", "", "UC1"),
                       person("Bo", "Lund").handle("youtube", "", "UC1")));
    EXPECT_FALSE(joined(person("Ida", "Holm").handle("youtube", "", "1"),
                        person("Ida", "Holm").handle("instagram", "", "1")));
}

TEST(Match, ComparesHandlesAsTheirPlatformDoes) {
    EXPECT_TRUE(joined(account("instagram", "IdaHolm"), account("instagram", "idaholm")));
    EXPECT_FALSE(joined(account("instagram", "ida.holm"), account("instagram", "idaholm")));
    EXPECT_TRUE(joined(account("facebook", "ida.holm"), account("facebook", "IdaHolm")));
    EXPECT_FALSE(joined(account("instagram", "idaholm"), account("tiktok", "idaholm")));
    EXPECT_FALSE(joined(account("youtube", "c/idaholm"), account("youtube", "idaholm")));
    EXPECT_FALSE(joined(account("unknown", "idaholm"), account("unknown", "idaholm")));
}

TEST(Match, AHandleJoinsUnlessTheFamilyNamesDifferAndNothingElseAgrees) {
    const auto with = [](Person one) { return one.handle("instagram", "idaholm"); };
    const auto with_mail = [&](const Person& one) { return with(one).email(kMail); };
    EXPECT_TRUE(joined(with(person("Ida", "Holm")), with(person("Ida Marie", "Holm"))));
    EXPECT_TRUE(joined(with(person("William", "Holm")), with(person("Bill", "Holm"))));
    EXPECT_TRUE(joined(with(person("Ida", "Holm")), with(shown("Strikkemor"))));
    EXPECT_FALSE(joined(with(person("Ida", "Holm")), with(person("Bo", "Lund"))));
    EXPECT_FALSE(joined(with(person("Ida", "Holm")), with(person("Ida", "Lund"))));
    EXPECT_TRUE(joined(with_mail(person("Ida", "Holm")), with_mail(person("Bo", "Lund"))));
}

TEST(Match, AWebsiteAloneJoinsNobodyEvenUnderOneName) {
    // A congressman's page passes to his namesake: fathers and sons, and mere chance.
    const auto with = [](Person one) {
        return one.set(FieldId::ProfilePlatform, "website", 9)
            .set(FieldId::ProfileUrl, "https://holm.house.gov/", 9);
    };
    EXPECT_FALSE(joined(with(person("Ida", "Holm")), with(person("Ida", "Holm"))));
}

TEST(Match, ARecordWithoutANameDoesNotBridgeTwoFamilyNamesByAHandle) {
    const auto with = [](Person one) { return one.handle("instagram", "ida"); };
    const auto outcome =
        clustered({with(person("Ida", "Holm")), with(Person()), with(person("Ida", "Lund"))});
    EXPECT_EQ(outcome.clusters.size(), 2U);
}

TEST(Match, APersonAndABrandAreNotOneWhateverTheyShare) {
    const auto with = [](Person one, const char* kind) {
        return one.set(FieldId::Kind, kind)
            .handle("youtube", "ida", "UC1")
            .handle("instagram", "ida")
            .email(kMail);
    };
    const Person ida = with(person("Ida", "Holm"), "person");
    EXPECT_FALSE(joined(ida, with(shown("Ida Holm"), "brand")));
    EXPECT_FALSE(joined(ida, with(shown("Ida & Bo"), "group")));
    EXPECT_TRUE(joined(ida, with(shown("Ida Holm"), "unknown")));
    EXPECT_EQ(clustered({ida, with(shown("Ida Holm"), ""), with(shown("Ida Holm"), "brand")})
                  .clusters.size(),
              2U)
        << "a record without a kind must not bridge them";
}

TEST(Match, OfManyRecordsUnderOneAddressEachKindIsJoined) {
    std::vector<Person> people;
    for (int i = 0; i < 12; ++i) {
        people.push_back(shown("Ida Holm").set(FieldId::Kind, i % 2 == 0 ? "person" : "brand"));
        people.back().email(kMail);
    }
    EXPECT_EQ(clustered(people).clusters, (Partition{{0, 2, 4, 6, 8, 10}, {1, 3, 5, 7, 9, 11}}));
}

TEST(Match, DifferentUserIdsVetoTheHandleThatTheyShare) {
    const auto ida = [](const char* user_id) {
        return person("Ida", "Holm").handle("instagram", "ida", user_id);
    };
    EXPECT_FALSE(joined(ida("1"), ida("2")));
    EXPECT_TRUE(joined(ida("1"), ida("")));
    EXPECT_EQ(clustered({ida("1"), ida(""), ida("2")}).clusters.size(), 2U)
        << "a record without an id must not bridge two accounts";
}

struct NamePair {
    const char* what;
    Person a, b;
    bool by_email, by_phone;
    friend std::ostream& operator<<(std::ostream& out, const NamePair& pair) {
        return out << pair.what;
    }
};

class MatchNames : public testing::TestWithParam<NamePair> {};

TEST_P(MatchNames, DecideWhetherASharedContactJoins) {
    NamePair mail = GetParam();
    NamePair phone = GetParam();
    EXPECT_EQ(joined(mail.a.email(kMail), mail.b.email("IDA@example.dk")), GetParam().by_email);
    EXPECT_EQ(joined(phone.a.phone(kPhone), phone.b.phone(kPhone)), GetParam().by_phone);
}

INSTANTIATE_TEST_SUITE_P(
    Table, MatchNames,
    testing::Values(
        NamePair{"equal", person("Ida", "Holm"), person("IDA", "Holm"), true, true},
        NamePair{"spelling", person("Søren", "Aagaard"), person("Soeren", "Ågård"), true, true},
        NamePair{"middle name", person("Ida", "Holm"), person("Ida Marie", "Holm"), true, true},
        NamePair{"order swapped", person("Holm", "Ida"), person("Ida", "Holm"), true, true},
        NamePair{"typing slip", person("Matteo", "Moffa"), person("Mateo", "Mofa"), true, true},
        NamePair{"letters swapped", person("Rafa", "Lara"), person("Raaf", "Lara"), true, true},
        NamePair{"initial", person("I.", "Holm"), person("Ida", "Holm"), true, true},
        NamePair{"other initial", person("B.", "Holm"), person("Ida", "Holm"), false, false},
        NamePair{"short form", person("Matt", "Moffa"), person("Matteo", "Moffa"), true, true},
        NamePair{"nickname", person("Michael", "Moffa"), person("Mike", "Moffa"), true, true},
        NamePair{"two nicknames", person("Bob", "Holm"), person("Robbie", "Holm"), true, true},
        NamePair{"first letter lost", person("Ieter", "Dyring"), person("Dieter", "Dyring"), true,
                 true},
        NamePair{"siblings", person("Hans", "Holm"), person("Jens", "Holm"), false, false},
        NamePair{"one more family name", person("César", "Luena"), person("César Luena", "López"),
                 true, true},
        NamePair{"family name at other ends", person("Javier", "Zarzalejos"),
                 person("Francisco Javier", "Zarzalejos Nieto"), true, true},
        NamePair{"written apart", person("John", "Mc Nally"), person("John", "McNally"), true,
                 true},
        NamePair{"written together", person("Jan", "Vanderberg"), person("Jan", "van der Berg"),
                 true, true},
        NamePair{"only a particle in common", person("Jan", "van Dijk"), person("Jan", "van Berg"),
                 true, false},
        NamePair{"duo and one of its two", shown("Signe & Bo"), person("Signe", "Holm"), false,
                 false},
        NamePair{"duo and a given name", shown("Signe & Bo"), shown("Signe"), false, false},
        NamePair{"duo and its stage name", shown("Signe & Bo"), shown("Strikkerne"), true, true},
        NamePair{"one duo", shown("Signe & Bo"), shown("Bo og Signe"), true, true},
        NamePair{"two duos", shown("Signe & Bo"), shown("Signe og Emil"), false, false},
        NamePair{"more than one slip", person("Laura", "Holm"), person("Clara", "Holm"), false,
                 false},
        NamePair{"alias", person("William", "Holm").set(FieldId::NameAlias, "Bill"),
                 person("Bill", "Holm"), true, true},
        NamePair{"display", shown("Ida Holm"), person("Ida", "Holm"), true, true},
        NamePair{"one has none", Person(), person("Ida", "Holm"), true, true},
        NamePair{"stage name", shown("Madglad"), person("Ida", "Holm"), true, true},
        NamePair{"brand and who may run it", shown("Daily Woodwork").set(FieldId::Kind, "brand"),
                 person("Ida", "Holm"), true, true},
        NamePair{"brand and a person", shown("Daily Woodwork").set(FieldId::Kind, "brand"),
                 person("Ida", "Holm").set(FieldId::Kind, "person"), false, false},
        NamePair{"brand of a person's name", shown("Ida Holm").set(FieldId::Kind, "brand"),
                 person("Ida", "Holm").set(FieldId::Kind, "person"), false, false},
        NamePair{"group and a person", shown("Strikkerne").set(FieldId::Kind, "group"),
                 shown("Strikkerne").set(FieldId::Kind, "person"), false, false},
        NamePair{"marriage", person("Ida", "Holm"), person("Ida", "Lund"), true, false},
        NamePair{"relatives", person("Ida", "Holm"), person("Bo", "Holm"), false, false},
        NamePair{"others", person("Ida", "Holm"), person("Bo", "Lund"), false, false}));

TEST(Match, AnAddressOfManyNamesIsSharedAndJoinsNobodyOfAnotherName) {
    std::vector<Person> people;
    for (const char* family : {"Holm", "Lund", "Krogh", "Friis"}) {
        people.push_back(person(std::string(family, 2), family).email(kMail));
        people.push_back(person(std::string(family, 2), family).email(kMail));
    }
    const auto outcome = clustered(people);
    EXPECT_EQ(outcome.clusters, (Partition{{0, 1}, {2, 3}, {4, 5}, {6, 7}}));
    ASSERT_EQ(outcome.shared.size(), 1U);
    EXPECT_EQ(outcome.shared[0].names, 4U);
    EXPECT_EQ(outcome.shared[0].records, 8U);
    EXPECT_EQ(clustered(people, {4}).clusters.size(), 4U) << "with four names allowed, by name";
}

TEST(Match, StageNamesCountAsNamesOfASharedAddress) {
    std::vector<Person> people;
    for (const char* name : {"Madglad", "Loebetossen", "Strikkemor", "Bogormen"}) {
        people.push_back(shown(name).email(kMail));
    }
    EXPECT_EQ(clustered(people).clusters.size(), 4U);
}

TEST(Match, ABookersAddressJoinsNobodyOfAnotherNameAndIsReported) {
    for (const char* role : {"booking", "agent"}) {
        const auto outcome =
            clustered({person("Ida", "Holm").email(kMail, role).phone(kPhone, role),
                       person("Bo", "Holm").email(kMail).phone(kPhone)});
        EXPECT_EQ(outcome.clusters.size(), 2U);
        EXPECT_EQ(outcome.shared.size(), 2U);
    }
}

TEST(Match, AWeakChainDoesNotJoinTwoPeopleButUserIdsDo) {
    const auto weak =
        clustered({person("Ida", "Holm").email(kMail), Person().email(kMail).phone(kPhone),
                   person("Bo", "Lund").phone(kPhone)});
    EXPECT_EQ(weak.clusters.size(), 2U);
    const auto strong = clustered({person("Ida", "Holm").handle("youtube", "", "1"),
                                   Person().handle("youtube", "", "1").handle("tiktok", "", "2"),
                                   person("Bo", "Lund").handle("tiktok", "", "2")});
    EXPECT_EQ(strong.clusters.size(), 1U);
}

TEST(Match, AStageNameJoinsHowOftenTheOneNameBesideItStandsThere) {
    const Person ida = person("Ida", "Holm").email(kMail);
    const Person stage = shown("Strikkemor").email(kMail);
    EXPECT_EQ(clustered({ida, stage}).clusters.size(), 1U);
    EXPECT_EQ(clustered({ida, ida, stage}).clusters.size(), 1U);
    const Person bo = person("Bo", "Lund").email(kMail);
    EXPECT_EQ(clustered({ida, bo, stage}).clusters.size(), 3U) << "whose stage name it is is open";
}

TEST(Match, ARecordWithoutANameIsNotGivenToOneOfTwoPeople) {
    const auto outcome = clustered({person("Ida", "Holm").phone(kPhone),
                                    person("Bo", "Holm").phone(kPhone), Person().phone(kPhone)});
    EXPECT_EQ(outcome.clusters, (Partition{{0}, {1}, {2}}));
}

TEST(Match, NoRecordsGiveNoClustersAndDamagedKeysStandAlone) {
    EXPECT_EQ(cluster({}, {}).size(), 0U);
    const std::string good = make_keys(person("Ida", "Holm").email(kMail).facts);
    const std::vector<std::string> keys{good, good, "", good.substr(0, good.size() - 1),
                                        "\x02" + good};
    EXPECT_EQ(cluster_keys(keys, {0, 1, 2, 3, 4}, {}).clusters, (Partition{{0, 1}, {2}, {3}, {4}}));
    std::mt19937 random(1);
    for (int i = 0; i < 5000; ++i) {
        std::string damaged = good;
        damaged[random() % damaged.size()] = static_cast<char>(random());
        std::size_t rows = 0;
        for (const auto& members : cluster_keys({good, damaged, damaged}, {0, 1, 2}, {}).clusters) {
            rows += members.size();
        }
        EXPECT_EQ(rows, 3U);
    }
}

TEST(Match, KeysAreCompact) {
    const std::string keys = make_keys(
        person("Ida", "Holm").email(kMail).phone(kPhone).handle("instagram", "idaholm").facts);
    EXPECT_LE(keys.size(), 160U);
}

TEST(Match, MoreIdentifiersThanKeysHoldAreLeftOut) {
    Person many = person("Ida", "Holm");
    for (int i = 0; i < 300; ++i) {
        many.email("ida" + std::to_string(i) + "@example.dk");
    }
    EXPECT_TRUE(joined(many, many));
}

/// People from small pools of names and identifiers, so that everything collides with everything.
std::vector<Person> random_people(std::mt19937& random, bool with_kinds = false) {
    const auto below = [&](std::size_t end) { return random() % end; };
    static constexpr std::array kGiven{"Ida", "Ida Marie", "I", "Bo", "Mette", ""};
    static constexpr std::array kFamily{"Holm", "Holmm", "Lund", "Jensen", ""};
    std::vector<Person> people(2 + below(40));
    for (Person& one : people) {
        one = person(kGiven[below(kGiven.size())], kFamily[below(kFamily.size())]);
        if (with_kinds && below(3) == 0) {
            static constexpr std::array kKinds{"person", "brand", "group", "unknown"};
            one.set(FieldId::Kind, kKinds[below(kKinds.size())]);
        }
        if (below(2) == 0) {
            one.email("m" + std::to_string(below(8)), below(9) == 0 ? "booking" : "");
        }
        if (below(2) == 0) {
            one.phone("+45" + std::to_string(below(8)));
        }
        if (below(2) == 0) {
            one.handle("instagram", "h" + std::to_string(below(8)),
                       below(4) == 0 ? std::to_string(below(6)) : "");
        }
    }
    return people;
}

TEST(Match, AnyOrderOfRecordsAndFactsGivesTheSameClusters) {
    for (std::uint32_t seed = 0; seed < 300; ++seed) {
        SCOPED_TRACE(seed);
        std::mt19937 random(seed);
        std::vector<Person> people = random_people(random, true);
        std::vector<std::string> keys;
        std::vector<Row> order;
        for (Person& one : people) {
            order.push_back(static_cast<Row>(keys.size()));
            keys.push_back(make_keys(one.facts));
            std::shuffle(one.facts.begin(), one.facts.end(), random);
            EXPECT_EQ(make_keys(one.facts), keys.back());
        }
        const auto expected = cluster_keys(keys, order, {});
        std::shuffle(order.begin(), order.end(), random);
        EXPECT_EQ(cluster_keys(keys, order, {}).clusters, expected.clusters);
    }
}

/// Every record is in one cluster, and what an unshared user id joins lies within one.
TEST(Match, EveryRecordIsInOneClusterAndAUserIdInOne) {
    for (std::uint32_t seed = 1000; seed < 1200; ++seed) {
        SCOPED_TRACE(seed);
        std::mt19937 random(seed);
        const std::vector<Person> people = random_people(random);
        const auto outcome = clustered(people);
        std::set<std::uint64_t> shared;
        for (const SharedIdentifier& one : outcome.shared) {
            shared.insert(one.identifier);
        }
        std::map<std::uint64_t, std::vector<Row>> by_user_id;
        for (Row row = 0; row < people.size(); ++row) {
            for_each_identifier(make_keys(people[row].facts), [&](const Identifier& identifier) {
                if (identifier.kind == IdentifierKind::UserId &&
                    !shared.contains(identifier.hash)) {
                    by_user_id[identifier.hash].push_back(row);
                }
            });
        }
        std::map<Row, const std::set<Row>*> home;
        for (const auto& members : outcome.clusters) {
            for (const Row row : members) {
                EXPECT_TRUE(home.emplace(row, &members).second);
            }
        }
        EXPECT_EQ(home.size(), people.size());
        for (const auto& [id, rows] : by_user_id) {
            for (const Row row : rows) {
                EXPECT_EQ(home.at(row), home.at(rows.front()));
            }
        }
    }
}

std::string explained(const Person& a, const Person& b) {
    const auto views = [](const Person& one) {
        std::vector<record::FactView> out;
        for (const Fact& fact : one.facts) {
            out.push_back({fact.field, fact.item, fact.value, fact.from});
        }
        return out;
    };
    std::string out;
    const auto facts_a = views(a);
    const auto facts_b = views(b);
    for (const Evidence& one : explain({{"crm", "1"}, facts_a}, {{"crm", "2"}, facts_b}, {})) {
        out += (one.joins ? "+ " : "- ") + one.what + " (" + one.detail + ")\n";
    }
    return out;
}

TEST(MatchExplanation, SaysWhatSpeaksForAndAgainst) {
    EXPECT_EQ(explained(person("Ida", "Holm").handle("instagram", "IdaHolm"),
                        shown("Ida Marie Holm").handle("instagram", "idaholm")),
              "+ same instagram handle (idaholm)\n"
              "+ names agree ('Ida Holm' and 'Ida Marie Holm')\n");
    EXPECT_EQ(explained(person("Ida", "Holm").phone(kPhone), person("Bo", "Holm").phone(kPhone)),
              "- same phone (+4512345678)\n"
              "- family names agree, given names differ: relatives, or a nickname ('Ida Holm' and "
              "'Bo Holm')\n");
    EXPECT_EQ(explained(person("Ida", "Holm").email(kMail, "booking"),
                        person("Ida", "Holm").email(kMail)),
              "- same booking e-mail, which stands on many people (ida@example.dk)\n"
              "- names agree ('Ida Holm' and 'Ida Holm')\n");
    EXPECT_EQ(explained(person("Ida", "Holm").handle("instagram", "ida", "1"),
                        person("Ida", "Holm").handle("instagram", "ida", "2")),
              "- same instagram handle, but the accounts' user ids differ (ida)\n"
              "- names agree ('Ida Holm' and 'Ida Holm')\n");
    EXPECT_EQ(explained(person("Ida", "Holm").email(kMail).set(FieldId::Kind, "person"),
                        shown("Holm Studio").email(kMail).set(FieldId::Kind, "brand")),
              "- same e-mail (ida@example.dk)\n"
              "- names agree ('Ida Holm' and 'Holm Studio')\n"
              "- one is a person, the other is not (a person and a brand)\n");
    EXPECT_EQ(explained(person("Ida", "Holm"), Person()),
              "- no identifier in common ()\n"
              "- names tell nothing: one is missing or no person's full name ('Ida Holm' and "
              "'')\n");
}

// --- Records that belong to each other ---------------------------------------------------------

/// A record of a source that tells how its records hang together.
struct Linked {
    std::string source, id;
    Person person;
};
Linked contact(const std::string& id, const Person& who,
               const std::vector<std::string>& merged = {}) {
    Linked linked{"crm", id, who};
    for (const std::string& other : merged) {
        linked.person.set(FieldId::SourceMergedId, other, ++linked.person.items);
    }
    return linked;
}
Linked activity(const std::string& id, const std::string& of) {
    return {"crm", id, Person().set(FieldId::SourceBelongsTo, of)};
}
Linked of_source(Linked linked, const std::string& source) {
    linked.source = source;
    return linked;
}

Clusters linked(const std::vector<Linked>& records, std::uint32_t seed = 0) {
    std::vector<std::string> keys;
    std::vector<KeyedRecord> keyed;
    for (const Linked& one : records) {
        keys.push_back(make_keys(one.person.facts, one.source, RecordName{one.source, one.id}));
    }
    for (Row row = 0; row < keys.size(); ++row) {
        keyed.push_back({row, hash64(std::to_string(row)), keys[row]});
    }
    std::shuffle(keyed.begin(), keyed.end(), std::mt19937{seed});
    return cluster(keyed, {});
}

Partition sets_of(const Clusters& clusters) {
    Partition sets;
    for (std::size_t i = 0; i < clusters.size(); ++i) {
        sets.emplace(clusters.cluster(i).begin(), clusters.cluster(i).end());
    }
    return sets;
}

TEST(MatchOfRecords, AnActivityGoesWithItsContactThoughAnotherActivityHasThatId) {
    const auto found =
        linked({contact("1", person("Ida", "Holm")), contact("2", person("Bo", "Lund")),
                activity("1", "2"), activity("2", "1"), activity("3", "1")});
    EXPECT_EQ(sets_of(found), (Partition{{0, 3, 4}, {1, 2}}));
    EXPECT_EQ(found.belonging, (std::vector<Row>{2, 3, 4}));
    EXPECT_TRUE(found.strays.empty());
}

TEST(MatchOfRecords, AThousandActivitiesAreOneContactsAndShareNothing) {
    std::vector<Linked> records{contact("1", person("Ida", "Holm"))};
    for (int i = 0; i < 1000; ++i) {
        records.push_back(activity(std::to_string(i), "1"));
    }
    const auto found = linked(records);
    EXPECT_EQ(found.size(), 1U);
    EXPECT_TRUE(found.shared.empty());
}

TEST(MatchOfRecords, WhatBelongsToNobodyThereIsAStray) {
    const auto found = linked({contact("1", person("Ida", "Holm")), activity("7", "9"),
                               activity("8", "9"), activity("9", "1")});
    EXPECT_EQ(sets_of(found), (Partition{{0, 3}}));
    EXPECT_EQ(found.strays, (std::vector<Stray>{{1, false}, {2, false}}));
    EXPECT_EQ(found.belonging, std::vector<Row>{3});
}

TEST(MatchOfRecords, TwoSourcesHaveTheirOwnIds) {
    const auto found = linked({contact("1", person("Ida", "Holm")),
                               of_source(contact("1", person("Bo", "Lund")), "agency"),
                               of_source(activity("5", "1"), "agency"),
                               of_source(activity("6", "1"), "elsewhere")});
    EXPECT_EQ(sets_of(found), (Partition{{0}, {1, 2}}));
    EXPECT_EQ(found.strays, (std::vector<Stray>{{3, false}}));
}

TEST(MatchOfRecords, MergedContactsAreOneWhateverTheirNamesAndKinds) {
    const auto brand =
        person("", "").set(FieldId::Kind, "brand").set(FieldId::NameDisplay, "Nordlys");
    const auto found =
        linked({contact("1", person("Ida", "Holm"), {"2", "3"}), contact("2", person("Bo", "Lund")),
                activity("9", "3"), contact("4", brand, {"1"})});
    EXPECT_EQ(sets_of(found), (Partition{{0, 1, 2, 3}}));
}

TEST(MatchOfRecords, NeitherIsThereNorMergedIsNoReasonToJoin) {
    EXPECT_EQ(sets_of(linked({contact("1", person("Ida", "Holm"), {"1", "8"}),
                              contact("2", person("Bo", "Lund"), {"9"})})),
              (Partition{{0}, {1}}));
}

/// A person and a company, say, which a source counts both from 1.
TEST(MatchOfRecords, TwoRecordsOfOneIdAreNotOneAndNobodyKnowsWhoseAnActivityIs) {
    const auto found = linked({contact("1", person("Ida", "Holm")),
                               contact("1", person("Bo", "Lund")), activity("5", "1")});
    EXPECT_EQ(sets_of(found), (Partition{{0}, {1}}));
    EXPECT_EQ(found.strays, (std::vector<Stray>{{2, true}}));
}

TEST(MatchOfRecords, AsManyMergedIdsAsAreKeptJoinAndMoreAreLeftOut) {
    std::vector<std::string> ids;
    std::vector<Linked> records;
    for (int i = 0; i < 300; ++i) {
        ids.push_back(std::to_string(1000 + i));
        records.push_back(activity("x" + ids.back(), ids.back()));
    }
    Person crowded = person("Ida", "Holm");
    for (int i = 0; i < 50; ++i) {
        crowded.email("mail" + std::to_string(i) + "@example.dk");
    }
    records.push_back(contact("1", crowded, ids));
    const auto found = linked(records);
    EXPECT_EQ(found.size(), 1U);
    EXPECT_EQ(found.belonging.size(), 256U);
    EXPECT_EQ(found.strays.size(), 44U);
}

TEST(MatchOfRecords, TheOrderOfRecordsChangesNothing) {
    std::mt19937 random(7);
    std::vector<Linked> records;
    for (int i = 0; i < 60; ++i) {
        const auto id = std::to_string(random() % 40);
        switch (random() % 3) {
        case 0:
            records.push_back(contact(std::to_string(100 + i), person("Ida", "Holm" + id), {id}));
            break;
        case 1:
            records.push_back(contact(id, person("Bo", "Lund" + id)));
            break;
        default:
            records.push_back(activity(id, std::to_string(random() % 40)));
        }
    }
    const auto expected = linked(records);
    for (std::uint32_t seed = 1; seed < 30; ++seed) {
        SCOPED_TRACE(seed);
        const auto found = linked(records, seed);
        EXPECT_EQ(sets_of(found), sets_of(expected));
        EXPECT_EQ(found.strays, expected.strays);
        EXPECT_EQ(found.belonging, expected.belonging);
    }
}

TEST(MatchOfRecords, OtherSourcesPayNothingAndOlderKeysAreRead) {
    const Person ida = person("Ida", "Holm").email(kMail);
    const std::string plain = make_keys(ida.facts, "crm");
    const std::string own = make_keys(ida.facts, "crm", RecordName{"crm", "1"});
    EXPECT_EQ(own.size(), plain.size() + 10);
    EXPECT_EQ(cluster_keys({plain, own}, {0, 1}, {}).clusters, (Partition{{0, 1}}));
    for (std::size_t size = 0; size < own.size(); ++size) {
        EXPECT_EQ(is_well_formed(own.substr(0, size)), false) << size;
    }
}

std::string linked_explained(const Linked& a, const Linked& b) {
    const auto views = [](const Linked& one) {
        std::vector<record::FactView> facts;
        for (const Fact& fact : one.person.facts) {
            facts.push_back({fact.field, fact.item, fact.value, fact.from});
        }
        return facts;
    };
    const auto facts_a = views(a);
    const auto facts_b = views(b);
    const auto evidence =
        explain({{a.source, a.id}, facts_a}, {{b.source, b.id}, facts_b}, MatchOptions{});
    return (evidence.front().joins ? "+ " : "- ") + evidence.front().what;
}

TEST(MatchOfRecords, AreExplainedInWords) {
    const Linked ida = contact("123", person("Ida", "Holm"), {"45"});
    EXPECT_EQ(linked_explained(activity("7", "123"), ida), "+ activity of crm/123");
    EXPECT_EQ(linked_explained(activity("7", "123"), activity("8", "123")),
              "+ both are activities of crm/123");
    EXPECT_EQ(linked_explained(ida, contact("45", person("Bo", "Lund"))),
              "+ crm/45 was merged into crm/123 by the CRM");
    EXPECT_EQ(linked_explained(contact("45", person("Bo", "Lund")), ida),
              "+ crm/45 was merged into crm/123 by the CRM");
    EXPECT_EQ(linked_explained(activity("7", "45"), ida),
              "+ activity of crm/45, which was merged into crm/123 by the CRM");
    EXPECT_EQ(linked_explained(activity("7", "9"), ida), "- no identifier in common");
}

}  // namespace
}  // namespace coterie::match
