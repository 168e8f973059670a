#include "pipeline/normalize/auto/decide.hpp"
#include "pipeline/normalize/auto/infer.hpp"
#include "pipeline/normalize/auto/write.hpp"
#include "pipeline/normalize/mapping.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <random>

namespace coterie::normalize::automap {
namespace {

using nlohmann::ordered_json;
using testing::AnyOf;
using testing::HasSubstr;

struct Person {
    const char* name;
    const char* handle;
    const char* email;
    const char* followers;
    const char* phone;
};

constexpr std::array kPeople{
    Person{"Ida Holm", "@ida.holm", "ida@holm.example", "12,5K", "+45 20 34 56 78"},
    Person{"Bo Friis", "@bo_friis", "bo@friis.example", "1.204", "+45 22 34 56 78"},
    Person{"Carl Dahl Juul", "@carldahl7", "carl@dahl.example", "105K", "+45 32 34 56 78"},
    Person{"Dorte Lund", "@dorte.l", "dorte@lund.example", "8.300", "+45 42 34 56 78"},
    Person{"Else Krogh", "@else_k", "else@krogh.example", "1,1 mio.", "+45 52 34 56 78"},
    Person{"Finn Juul", "@finn2000", "finn@juul.example", "44K", "+45 62 34 56 78"},
};

using Cell = const char* Person::*;

/// A table with these headers over these values, one record a person.
std::vector<std::string> table(const std::vector<std::pair<std::string, Cell>>& columns) {
    std::vector<std::string> records;
    for (const Person& person : kPeople) {
        ordered_json record;
        for (const auto& [header, cell] : columns) {
            record[header] = person.*cell;
        }
        records.push_back(record.dump());
    }
    return records;
}

Proposal infer_of(const std::vector<std::string>& records, const Hints& hints = {}) {
    const std::vector<std::string_view> views(records.begin(), records.end());
    return infer(views, {}, Lexicon::built_in(), hints);
}

const Finding& finding(const Proposal& proposal, std::string_view column) {
    const auto found = std::find_if(proposal.findings.begin(), proposal.findings.end(),
                                    [&](const Finding& each) { return each.column == column; });
    if (found == proposal.findings.end()) {
        throw std::out_of_range(std::string(column));
    }
    return *found;
}

/// "profiles.handle@instagram", "?", "custom".
std::string answer(const Proposal& proposal, std::string_view column) {
    const Finding& found = finding(proposal, column);
    if (found.outcome == Outcome::Asked) {
        return "?";
    }
    if (found.outcome == Outcome::Custom) {
        return "custom";
    }
    return plain_path(found.target->field) +
           (found.target->platform.empty() ? "" : "@" + found.target->platform);
}

struct HeaderCase {
    const char* name;
    const char* header;
    Cell cell;
    const char* expected;
};
std::ostream& operator<<(std::ostream& out, const HeaderCase& row) {
    return out << row.name;
}

class Headers : public testing::TestWithParam<HeaderCase> {};

TEST_P(Headers, MeanWhatTheyMeanInTheirLanguage) {
    const auto& row = GetParam();
    // Beside a name, so that there are people in it.
    const auto proposal = infer_of(table({{"Full name", &Person::name}, {row.header, row.cell}}));
    EXPECT_EQ(answer(proposal, row.header), row.expected) << finding(proposal, row.header).reason;
}

INSTANTIATE_TEST_SUITE_P(
    Languages, Headers,
    testing::Values(
        HeaderCase{"danish_phone", "Tlf.nr.", &Person::phone, "phones.e164"},
        HeaderCase{"swedish_email", "E-postadress", &Person::email, "emails.address"},
        HeaderCase{"norwegian_account", "Instagram-konto", &Person::handle,
                   "profiles.handle@instagram"},
        HeaderCase{"german_account", "TikTok Benutzername", &Person::handle,
                   "profiles.handle@tiktok"},
        HeaderCase{"french_phone", "Numéro de téléphone", &Person::phone, "phones.e164"},
        HeaderCase{"spanish_email", "CORREO ELECTRÓNICO", &Person::email, "emails.address"},
        HeaderCase{"portuguese_phone", "telemóvel", &Person::phone, "phones.e164"},
        HeaderCase{"snake_case", "twitter_handle", &Person::handle, "profiles.handle@x"},
        HeaderCase{"camel_case", "instagramHandle", &Person::handle, "profiles.handle@instagram"},
        HeaderCase{"compound", "Instagramnavn", &Person::handle, "profiles.handle@instagram"},
        HeaderCase{"agent", "Manager email", &Person::email, "representation.agent.email"},
        HeaderCase{"somebody_else", "Assistant phone", &Person::phone, "custom"},
        HeaderCase{"unknown_text", "Frobnication", &Person::name, "?"},
        HeaderCase{"unknown_email", "Frobnication", &Person::email, "emails.address"},
        HeaderCase{"fax", "Fax number", &Person::phone, "custom"},
        HeaderCase{"owner_of_is_no_owner", "owner of", &Person::name, "?"}),
    [](const auto& row) { return row.param.name; });

TEST(AutoMapping, GivenAWholeTableThenItsMappingCompilesAndReadsThePeople) {
    const auto records = table({{"Navn", &Person::name},
                                {"Insta", &Person::handle},
                                {"Følgere", &Person::followers},
                                {"Booking e-mail", &Person::email},
                                {"Mobil", &Person::phone}});
    const auto proposal = infer_of(records);
    EXPECT_EQ(proposal.refusal, "");
    EXPECT_EQ(proposal.count(Outcome::Mapped), 5U);
    const Mapping mapping = Mapping::compile(to_node(proposal.mapping));
    Mapping::Scratch scratch;
    const auto made = mapping.apply(records.front(), {}, scratch);
    EXPECT_EQ(made.refusal, "");
    const auto has = [&](record::FieldId field, std::string_view value) {
        return std::any_of(made.facts.begin(), made.facts.end(), [&](const record::Fact& fact) {
            return fact.field == field && fact.value == value;
        });
    };
    EXPECT_TRUE(has(record::FieldId::NameDisplay, "Ida Holm"));
    EXPECT_TRUE(has(record::FieldId::ProfileHandle, "ida.holm"));
    EXPECT_TRUE(has(record::FieldId::ProfilePlatform, "instagram"));
    EXPECT_TRUE(has(record::FieldId::ProfileFollowers, "12500"));
    EXPECT_TRUE(has(record::FieldId::EmailRole, "booking"));
    EXPECT_TRUE(has(record::FieldId::PhoneE164, "+4520345678"));
}

TEST(AutoMapping, TheOrderOfRecordsChangesNothing) {
    auto records =
        table({{"Navn", &Person::name}, {"Insta", &Person::handle}, {"Mail", &Person::email}});
    const auto expected = to_json(infer_of(records), true);
    for (const std::uint32_t seed : {1U, 2U, 3U, 4U}) {
        std::shuffle(records.begin(), records.end(), std::mt19937{seed});
        EXPECT_EQ(to_json(infer_of(records), true), expected) << seed;
    }
}

// --- Headers lie -------------------------------------------------------------------------------

TEST(AutoMapping, GivenHandlesUnderNameThenTheValuesWin) {
    const auto proposal = infer_of(table({{"Name", &Person::handle}, {"Email", &Person::email}}),
                                   {{"2026-02-instagram.csv"}});
    EXPECT_EQ(answer(proposal, "Name"), "profiles.handle@instagram");
    EXPECT_THAT(finding(proposal, "Name").reason, HasSubstr("handles"));
}

TEST(AutoMapping, GivenHandlesAndNoPlatformAnywhereThenItAsksWhich) {
    const auto proposal = infer_of(table({{"Name", &Person::handle}, {"Email", &Person::email}}));
    EXPECT_EQ(answer(proposal, "Name"), "?");
    EXPECT_THAT(finding(proposal, "Name").question, HasSubstr("platform"));
}

TEST(AutoMapping, GivenNamesUnderInstaThenTheyAreNames) {
    const auto proposal = infer_of(table({{"Insta", &Person::name}, {"Email", &Person::email}}));
    EXPECT_EQ(answer(proposal, "Insta"), "name.display");
}

TEST(AutoMapping, GivenHandlesUnderFollowersThenTheyAreHandles) {
    const auto proposal =
        infer_of(table({{"Navn", &Person::name}, {"Instagram-følgere", &Person::handle}}));
    EXPECT_EQ(answer(proposal, "Instagram-følgere"), "profiles.handle@instagram");
}

TEST(AutoMapping, GivenColumnsShiftedUnderTheirHeadersThenTheValuesWin) {
    const auto proposal = infer_of(table({{"Nr", &Person::name},
                                          {"Navn", &Person::handle},
                                          {"Insta", &Person::followers},
                                          {"Følgere", &Person::email}}));
    EXPECT_EQ(answer(proposal, "Nr"), "name.display");
    EXPECT_EQ(answer(proposal, "Navn"), "profiles.handle@instagram");
    EXPECT_EQ(answer(proposal, "Insta"), "profiles.followers@instagram");
    EXPECT_EQ(answer(proposal, "Følgere"), "emails.address");
}

TEST(AutoMapping, GivenAHeaderTwiceThenEachColumnIsReadByItsValues) {
    const auto proposal = infer_of(table({{"Name", &Person::name},
                                          {"Name (2)", &Person::handle},
                                          {"Instagram followers", &Person::followers}}));
    EXPECT_EQ(answer(proposal, "Name"), "name.display");
    EXPECT_EQ(answer(proposal, "Name (2)"), "profiles.handle@instagram");
}

TEST(AutoMapping, GivenNoHeaderThenValuesTellWhatTheyCan) {
    const auto proposal = infer_of(table(
        {{"column 1", &Person::name}, {"column 2", &Person::email}, {"column 3", &Person::phone}}));
    EXPECT_EQ(answer(proposal, "column 1"), "name.display");
    EXPECT_EQ(answer(proposal, "column 2"), "emails.address");
    EXPECT_EQ(answer(proposal, "column 3"), "phones.e164");
}

// --- Columns that belong together ---------------------------------------------------------------

TEST(AutoMapping, GivenSeveralPlatformsThenFollowersGoWithTheAccountBesideThem) {
    const auto proposal = infer_of(table({{"Navn", &Person::name},
                                          {"Instagram", &Person::handle},
                                          {"Følgere", &Person::followers},
                                          {"TikTok", &Person::handle},
                                          {"Følgere (2)", &Person::followers}}));
    EXPECT_EQ(answer(proposal, "Følgere"), "profiles.followers@instagram");
    EXPECT_EQ(answer(proposal, "Følgere (2)"), "profiles.followers@tiktok");
}

TEST(AutoMapping, GivenFollowersFarFromSeveralAccountsThenItAsksWhose) {
    const auto proposal = infer_of(table({{"Instagram", &Person::handle},
                                          {"TikTok", &Person::handle},
                                          {"Navn", &Person::name},
                                          {"Følgere", &Person::followers}}));
    EXPECT_EQ(answer(proposal, "Følgere"), "?");
}

TEST(AutoMapping, GivenVornameAndNameThenNameIsTheFamilys) {
    std::vector<std::string> records;
    for (const auto* names : {"Ida|Holm", "Bo|Friis", "Carl|Dahl", "Else|Krogh"}) {
        const std::string both = names;
        const auto bar = both.find('|');
        records.push_back(
            ordered_json{{"Vorname", both.substr(0, bar)}, {"Name", both.substr(bar + 1)}}.dump());
    }
    const auto proposal = infer_of(records);
    EXPECT_EQ(answer(proposal, "Vorname"), "name.given");
    EXPECT_EQ(answer(proposal, "Name"), "name.family");
}

TEST(AutoMapping, GivenNestedJsonThenLeavesAreFoundByTheirPaths) {
    std::vector<std::string> records;
    for (const Person& person : kPeople) {
        records.push_back(ordered_json{
            {"name", {{"full", person.name}}},
            {"social",
             {{{"platform", "instagram"}, {"handle", person.handle}, {"followers", 1200}}}},
            {"contact", {{"emails", {person.email}}}},
            {"manager", {{"email", "agent@agency.example"}}}}
                              .dump());
    }
    const auto proposal = infer_of(records);
    EXPECT_EQ(answer(proposal, "name.full"), "name.display");
    EXPECT_EQ(answer(proposal, "social[*].handle"), "profiles.handle");
    EXPECT_EQ(answer(proposal, "social[*].platform"), "profiles.platform");
    EXPECT_EQ(answer(proposal, "social[*].followers"), "profiles.followers");
    EXPECT_EQ(answer(proposal, "contact.emails"), "emails.address");
    EXPECT_EQ(answer(proposal, "manager.email"), "representation.agent.email");
    Mapping::Scratch scratch;
    const auto made =
        Mapping::compile(to_node(proposal.mapping)).apply(records.front(), {}, scratch);
    EXPECT_TRUE(std::any_of(made.facts.begin(), made.facts.end(), [](const record::Fact& fact) {
        return fact.field == record::FieldId::ProfileHandle && fact.value == "ida.holm";
    }));
}

// --- What a program must not decide --------------------------------------------------------------

TEST(AutoMapping, GivenAPartyOrAnOpinionThenItIsAskedAboutAndDropped) {
    for (const auto* header :
         {"Parti", "Political leaning", "support_level", "Religion", "Partei"}) {
        const auto proposal =
            infer_of(table({{"Name", &Person::name}, {header, &Person::followers}}));
        EXPECT_EQ(answer(proposal, header), "?") << header;
        EXPECT_EQ(proposal.mapping.at("ignore"), ordered_json::array({header}));
        EXPECT_FALSE(proposal.mapping.contains("affinities"));
    }
}

TEST(AutoMapping, GivenNoColumnOfAPersonThenItIsRefusedInWords) {
    const auto numbers = infer_of({R"({"Month":"2026-01","Views":"1200"})"});
    EXPECT_THAT(numbers.refusal, HasSubstr("no table of people"));
    EXPECT_TRUE(numbers.mapping.is_null());
    const auto things = infer_of({R"({"sku":"4711","name":"Blue Chair","price":"20"})",
                                  R"({"sku":"4712","name":"Red Chair","price":"25"})"});
    EXPECT_THAT(things.refusal, HasSubstr("of things"));
    const auto groups =
        infer_of({R"({"name":"Foreningen Norden Association","url":"http://a.example"})",
                  R"({"name":"Example Group Ltd","url":"http://b.example"})"});
    EXPECT_THAT(groups.refusal, HasSubstr("organisations"));
    EXPECT_THAT(infer_of({}).refusal, HasSubstr("no records"));
    EXPECT_THAT(infer_of({"not json", "[1]"}).refusal, HasSubstr("no records"));
}

TEST(AutoMapping, AColumnThatNoPathReachesStaysUnderCustom) {
    std::vector<std::string> records;
    for (const Person& person : kPeople) {
        records.push_back(
            ordered_json{{"name", person.name}, {"x.y", {{"e.mail", person.email}}}}.dump());
    }
    EXPECT_EQ(answer(infer_of(records), "x.y.e.mail"), "custom");
}

// --- Known exports -------------------------------------------------------------------------------

struct ExportCase {
    const char* name;
    const char* record;
    const char* column;
    const char* expected;
};
std::ostream& operator<<(std::ostream& out, const ExportCase& row) {
    return out << row.name;
}
class Exports : public testing::TestWithParam<ExportCase> {};

TEST_P(Exports, AreRecognisedByTheirHeaders) {
    const auto& row = GetParam();
    const auto proposal = infer_of({row.record});
    EXPECT_EQ(proposal.known_export, row.name);
    EXPECT_EQ(answer(proposal, row.column), row.expected);
    EXPECT_EQ(proposal.refusal, "");
    EXPECT_NO_THROW(Mapping::compile(to_node(proposal.mapping)));
}

INSTANTIATE_TEST_SUITE_P(
    Programs, Exports,
    testing::Values(
        ExportCase{"Google Contacts",
                   R"({"First Name":"Ida","Last Name":"Holm","Labels":"* myContacts",
                       "E-mail 1 - Label":"Work","E-mail 1 - Value":"ida@holm.example ::: i@h.example"})",
                   "E-mail 1 - Value", "emails.address"},
        ExportCase{"Google Contacts (old headers)",
                   R"({"Name":"Ida Holm","Given Name":"Ida","Family Name":"Holm",
                       "Group Membership":"* My Contacts","Phone 1 - Type":"Mobile",
                       "Phone 1 - Value":"+45 12 34 56 78"})",
                   "Phone 1 - Value", "phones.e164"},
        ExportCase{"Outlook",
                   R"({"First Name":"Ida","Last Name":"Holm","Company":"Example","E-mail Address":
                       "ida@holm.example","E-mail Type":"SMTP","Business Phone":"+45 12 34 56 78",
                       "Home City":"Aarhus","Priority":"Normal"})",
                   "Business Phone", "phones.e164"},
        ExportCase{"Outlook (German)",
                   R"({"Vorname":"Ida","Nachname":"Holm","Firma":"Beispiel","E-Mail-Adresse":
                       "ida@holm.example","E-Mail-Typ":"SMTP","Telefon geschäftlich":"+49 30 123456"})",
                   "Telefon geschäftlich", "phones.e164"},
        ExportCase{"LinkedIn connections",
                   R"({"First Name":"Ida","Last Name":"Holm","URL":
                       "https://www.linkedin.com/in/idaholm","Connected On":"15 Jan 2024"})",
                   "URL", "profiles.url@linkedin"},
        ExportCase{"HubSpot contacts",
                   R"({"Record ID":"101","First Name":"Ida","Last Name":"Holm","Email":
                       "ida@holm.example","Lifecycle Stage":"lead","Create Date":"2026-01-02 10:00"})",
                   "Record ID", "custom"},
        ExportCase{
            "Salesforce contacts",
            R"({"Salutation":"Ms","First Name":"Ida","Last Name":"Holm","Account Name":"Example",
                       "Title":"Designer","Email":"ida@holm.example","Mailing City":"Aarhus"})",
            "Title", "occupations"},
        ExportCase{"NationBuilder people",
                   R"({"nationbuilder_id":"7","first_name":"Ida","last_name":"Holm","email":
                       "ida@holm.example","support_level":"2","twitter_login":"idaholm"})",
                   "support_level", "?"},
        ExportCase{"Upfluence list",
                   R"({"influencer_id":"9","media_url":"https://www.instagram.com/idaholm/",
                       "profile_name":"Ida Holm","email":"ida@holm.example"})",
                   "media_url", "profiles.url@instagram"},
        ExportCase{"Thunderbird address book",
                   R"({"First Name":"Ida","Last Name":"Holm","Display Name":"Ida Holm",
                       "Primary Email":"ida@holm.example","Custom 1":"x"})",
                   "Custom 1", "custom"}),
    [](const auto& row) {
        std::string name = row.param.name;
        std::erase_if(name,
                      [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; });
        return name;
    });

// --- What a person keeps -------------------------------------------------------------------------

TEST(AutoMappingYaml, IsTheSameMappingAgainWhateverTheHeadersHold) {
    const std::vector<std::pair<std::string, Cell>> columns{{"Navn \"kælenavn\"", &Person::name},
                                                            {"E-mail ${env:HOME}", &Person::email},
                                                            {"Mobil\\nr: {1}", &Person::phone},
                                                            {"Insta # @", &Person::handle}};
    const auto proposal = infer_of(table(columns));
    const std::string yaml = to_yaml(proposal, "roster");
    const auto again = config::parse_yaml(yaml, "roster.yaml");
    const auto records = table(columns);
    Mapping::Scratch scratch;
    EXPECT_EQ(
        Mapping::compile(again).apply(records.front(), {}, scratch).facts,
        Mapping::compile(to_node(proposal.mapping)).apply(records.front(), {}, scratch).facts);
    for (const Person& person : kPeople) {
        EXPECT_THAT(yaml, testing::Not(HasSubstr(person.name)));
        EXPECT_THAT(yaml, testing::Not(HasSubstr(person.email)));
    }
}

TEST(Lexicons, AreSoundAndOfEightLanguages) {
    EXPECT_THAT(Lexicon::built_in().languages(),
                testing::UnorderedElementsAre("en", "da", "sv", "nb", "de", "fr", "es", "pt"));
    EXPECT_GE(Lexicon::built_in().exports().size(), 10U);
}

}  // namespace
}  // namespace coterie::normalize::automap
