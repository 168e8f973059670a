#include "assembler.hpp"
#include "tests/support/recording_host.hpp"
#include "tests/support/scratch_folder.hpp"
#include "tests/support/shared_data.hpp"
#include "text.hpp"
#include "vcard.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

namespace vcard {
namespace {

using coterie::ErrorKind;
using coterie::test::RecordingHost;
using coterie::test::ScratchFolder;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Reads one text as a file.
class VcardFile : public testing::Test {
  protected:
    coterie::Result<void> read(std::string_view text, json config = json::object()) {
        config["location"] = folder_.write("people.vcf", text);
        config_ = config;
        host_ = RecordingHost();
        Vcard source(config);
        return host_.read(source);
    }
    /// The one record of a card with these lines.
    json card(const std::string& version, const std::string& lines) {
        const auto result =
            read("BEGIN:VCARD\r\nVERSION:" + version + "\r\n" + lines + "END:VCARD\r\n");
        EXPECT_TRUE(result);
        EXPECT_THAT(host_.quarantined, IsEmpty()) << host_.quarantined.front().why;
        return host_.records.size() == 1 ? json::parse(host_.records[0].json) : json();
    }
    json record(std::size_t index) { return json::parse(host_.records.at(index).json); }
    std::string where(std::size_t index) {
        return std::filesystem::path(host_.quarantined.at(index).where).filename();
    }

    ScratchFolder folder_;
    json config_;
    RecordingHost host_;
};

// --- Lines ---------------------------------------------------------------------------------------

TEST_F(VcardFile, AllEndsOfLinesAreTheSame) {
    for (const std::string end : {"\n", "\r\n", "\r\r\n", "\r"}) {
        SCOPED_TRACE(testing::PrintToString(end));
        ASSERT_TRUE(read("BEGIN:VCARD" + end + "VERSION:3.0" + end + "FN:Ida" + end + " Holm" +
                         end + "END:VCARD" + end));
        ASSERT_EQ(host_.records.size(), 1U);
        EXPECT_EQ(record(0)["name"]["formatted"], "IdaHolm");
    }
}

TEST_F(VcardFile, ACarriageReturnInsideOfALineStaysWhereOtherLinesEndInLineFeeds) {
    EXPECT_EQ(card("4.0", "X-CUSTOM3:a\rb\r\n")["other"][0]["value"], "a\rb");
}

TEST_F(VcardFile, Utf16WithAndWithoutAMarkIsRead) {
    const std::string text = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:A\r\nUID:1\r\nEND:VCARD\r\n";
    for (const bool little : {true, false}) {
        for (const bool marked : {true, false}) {
            std::string wide = !marked ? "" : little ? "\xFF\xFE" : "\xFE\xFF";
            for (const char c : text) {
                wide += little ? std::string{c, '\0'} : std::string{'\0', c};
            }
            // "Å" in place of the name's "A".
            const auto at = wide.find('A', wide.find('F', 30));
            wide[at] = '\xC5';
            ASSERT_TRUE(read(wide));
            ASSERT_EQ(host_.records.size(), 1U);
            EXPECT_EQ(record(0)["name"]["formatted"], "Å");
            EXPECT_EQ(host_.records[0].id, "1");
        }
    }
}

TEST_F(VcardFile, BlankLinesAreNothing) {
    ASSERT_TRUE(read("\n\n BEGIN:vCard \nVERSION:3.0\n\nFN:Ida\n\n\nEND:vCard\n \n"));
    EXPECT_EQ(host_.records.size(), 1U);
    EXPECT_THAT(host_.quarantined, IsEmpty());
    ASSERT_TRUE(read(""));
    EXPECT_THAT(host_.records, IsEmpty());
}

TEST_F(VcardFile, FoldsDropOneBlankInLaterVersionsAndKeepItIn21) {
    EXPECT_EQ(card("3.0", "NOTE:an\r\n other\r\n  one\r\n\tmore\r\n")["notes"][0],
              "another onemore");
    EXPECT_EQ(card("2.1", "NOTE:an\r\n other\r\n   one\r\n")["notes"][0], "an other one");
}

TEST_F(VcardFile, AFoldMayCutACharacterOfSeveralBytes) {
    EXPECT_EQ(card("3.0", "FN:S\xC3\r\n \xB8ren\r\n")["name"]["formatted"], "Søren");
}

TEST_F(VcardFile, QuotedPrintableGoesOnBehindASoftBreak) {
    const json record = card("2.1", "NOTE;ENCODING=QUOTED-PRINTABLE:one=0D=0A=\r\ntwo=20=\r\n"
                                    " three =C3=\r\n=A6\r\nTEL;CELL:1\r\n");
    EXPECT_EQ(record["notes"][0], "one\ntwo  three æ");
    EXPECT_EQ(record["phones"][0]["number"], "1");
}

TEST_F(VcardFile, ASoftBreakDoesNotSwallowTheEndOfTheCard) {
    EXPECT_EQ(card("2.1", "NOTE;QUOTED-PRINTABLE:one=\r\n")["notes"][0], "one");
}

// --- Text ----------------------------------------------------------------------------------------

TEST_F(VcardFile, ADeclaredCharsetIsUsed) {
    EXPECT_EQ(
        card("2.1",
             "FN;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:S=F8ren\r\n")["name"]["formatted"],
        "Søren");
    EXPECT_EQ(card("2.1", "FN;CHARSET=SHIFT_JIS:\x96\xBC\r\n")["name"]["formatted"], "名");
    EXPECT_EQ(card("2.1", "FN;CHARSET=windows-1251:\xC8\xE2\xE0\xED\r\n")["name"]["formatted"],
              "Иван");
}

TEST_F(VcardFile, UndeclaredTextIsUtf8OrTheConfiguredEncoding) {
    EXPECT_EQ(card("2.1", "FN:S\xC3\xB8ren\r\n")["name"]["formatted"], "Søren");
    EXPECT_EQ(card("2.1", "FN:S\xF8ren \x96 Aarhus\r\n")["name"]["formatted"], "Søren – Aarhus");
    EXPECT_EQ(card("2.1", "FN;CHARSET=UTF-8:S\xF8ren\r\n")["name"]["formatted"], "Søren");
    EXPECT_EQ(card("2.1", "FN;CHARSET=NO-SUCH:S\xF8ren\r\n")["name"]["formatted"], "Søren");
    ASSERT_TRUE(read("BEGIN:VCARD\nFN:\x96\xBC\nEND:VCARD\n", {{"encoding", "shift_jis"}}));
    EXPECT_EQ(record(0)["name"]["formatted"], "名");
}

TEST_F(VcardFile, OneDamagedByteDoesNotTurnTheTextToMojibake) {
    EXPECT_EQ(card("2.1",
                   "NOTE;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=C3=91=C3=B8 =80\r\n")["notes"][0],
              "Ñø \xEF\xBF\xBD");
}

TEST_F(VcardFile, AnUnknownEncodingIsAConfigError) {
    const auto result = read("", {{"encoding", "no-such"}});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, ErrorKind::Config);
    EXPECT_THAT(result.error().message, HasSubstr("unknown encoding 'no-such'"));
}

TEST_F(VcardFile, BackslashesAreTakenAwayByTheVersionsRules) {
    EXPECT_EQ(card("3.0", "NOTE:a\\, b\\; c\\nd\\Ne\\\\n\\:\\\"x\\y\r\n")["notes"][0],
              "a, b; c\nd\ne\\n:\"x\\y");
    EXPECT_EQ(card("2.1", "NOTE:C:\\new\\\\a\\;b\r\n")["notes"][0], "C:\\new\\\\a;b");
}

TEST_F(VcardFile, Base64TextIsReadAndBinariesAreOnlyMeasured) {
    const json record = card("2.1", "FN;ENCODING=B;CHARSET=UTF-8:U8O4cmVu\r\n"
                                    "PHOTO;ENCODING=BASE64;JPEG:AAAA\r\n AAAA\r\nAAA=\r\n\r\n"
                                    "TEL;CELL:1\r\nKEY;X509;ENCODING=BASE64:\r\n    AAAA\r\n"
                                    "  AAAA\r\n\r\nEMAIL:a@b.example\r\n");
    EXPECT_EQ(record["name"]["formatted"], "Søren");
    EXPECT_EQ(record["binaries"][0],
              json({{"property", "PHOTO"}, {"media_type", "JPEG"}, {"bytes", 8}}));
    EXPECT_EQ(record["binaries"][1]["bytes"], 6);
    EXPECT_EQ(record["phones"][0]["number"], "1");
    EXPECT_EQ(record["emails"][0]["address"], "a@b.example");
}

TEST_F(VcardFile, DataAddressesAreBinariesAndLinksAreKept) {
    const json record = card("4.0", "PHOTO:data:image/png;base64,AAAA\r\n AAAA\r\n"
                                    "LOGO:https://a.example/b.png\r\n");
    EXPECT_EQ(record["binaries"], json::parse(R"([{"property":"PHOTO","media_type":"image/png",
                                                   "bytes":6}])"));
    EXPECT_EQ(record["other"][0]["value"], "https://a.example/b.png");
}

TEST_F(VcardFile, APhotoLargerThanACardMayBeIsNoHarm) {
    const std::string photo(3'000'000, 'A');
    ASSERT_TRUE(read("BEGIN:VCARD\nVERSION:3.0\nFN:Ida\nPHOTO;ENCODING=b:" + photo +
                         "\nLOGO;ENCODING=b:" + photo.substr(0, 70) + "\n " + photo +
                         "\nEND:VCARD\n",
                     {{"card_bytes_max", 4096}}));
    ASSERT_EQ(host_.records.size(), 1U);
    EXPECT_EQ(record(0)["binaries"][0]["bytes"], 2'250'000);
    EXPECT_EQ(record(0)["binaries"][1]["bytes"], (3'000'000 + 70) * 3 / 4);
    EXPECT_LT(host_.records[0].json.size(), 400U);
}

// --- Parameters ----------------------------------------------------------------------------------

TEST_F(VcardFile, TypesAreReadInAllTheirForms) {
    for (const std::string types : {"TYPE=WORK,FAX", "TYPE=work;TYPE=fax", "WORK;FAX",
                                    "type=\"work,fax\"", "Type = work , fax", "TYPE=work;FAX;;"}) {
        SCOPED_TRACE(types);
        const json record = card("3.0", "TEL;" + types + ":12\r\n");
        EXPECT_EQ(record["faxes"],
                  json::parse(R"([{"number":"12","use":"work","types":["fax"]}])"));
    }
}

TEST_F(VcardFile, QuotedParametersMayHoldWhatEndsThem) {
    const json record =
        card("4.0", "ADR;LABEL=\"A: b; c^nd^'e^'\";X-A=1:;;Gade 1;By;;;Danmark\r\n");
    EXPECT_EQ(record["addresses"][0]["formatted"], "A: b; c\nd\"e\"");
    EXPECT_EQ(record["addresses"][0]["parameters"]["X-A"], "1");
    EXPECT_EQ(record["addresses"][0]["street"], "Gade 1");
}

TEST_F(VcardFile, AQuoteThatNeverClosesIsNoQuote) {
    EXPECT_EQ(card("3.0", "TEL;X-A=\"b:12\r\n")["phones"][0]["number"], "12");
}

TEST_F(VcardFile, PreferenceIsANumber) {
    const json record = card("4.0", "EMAIL;PREF=1:a@a.example\r\nEMAIL;TYPE=pref:b@a.example\r\n"
                                    "EMAIL;PREF=7:c@a.example\r\nEMAIL:d@a.example\r\n");
    EXPECT_EQ(record["emails"][0]["preference"], 1);
    EXPECT_EQ(record["emails"][1]["preference"], 1);
    EXPECT_EQ(record["emails"][2]["preference"], 7);
    EXPECT_FALSE(record["emails"][3].contains("preference"));
}

// --- The record ----------------------------------------------------------------------------------

TEST_F(VcardFile, NamesHaveTheirParts) {
    const json record = card("3.0", "N:Stevenson;John;Philip,Paul;Dr.;Jr.,M.D.\r\n"
                                    "FN;LANGUAGE=da:Dr. John\r\nFN:John\r\nNICKNAME:Jo,J\\,P\r\n");
    EXPECT_EQ(record["name"], json::parse(R"({"formatted":"Dr. John","family":"Stevenson",
        "given":"John","additional":"Philip Paul","prefixes":"Dr.","suffixes":"Jr. M.D."})"));
    EXPECT_EQ(record["nicknames"], json({"Jo", "J,P"}));
    EXPECT_EQ(record["parameters"],
              json::parse(R"([{"property":"FN","values":{"LANGUAGE":"da"}}])"));
    EXPECT_EQ(record["other"], json::parse(R"([{"property":"FN","value":"John"}])"));
    EXPECT_EQ(card("2.1", "N:Holm, cand.mag.;Ida\r\n")["name"]["family"], "Holm, cand.mag.");
}

TEST_F(VcardFile, ACardWithoutANameIsItsOrganizations) {
    const json record = card("3.0", "N:;;;;\r\nFN:\r\nORG:Bryghus\\, ApS;Salg;\r\n");
    EXPECT_EQ(record["name"], json({{"formatted", "Bryghus, ApS"}}));
    EXPECT_EQ(record["kind"], "org");
    EXPECT_EQ(record["organizations"],
              json::parse(R"([{"name":"Bryghus, ApS","units":["Salg"]}])"));
    EXPECT_FALSE(card("3.0", "N:Holm\r\nORG:Bryghus\r\n")["name"].contains("formatted"));
}

TEST_F(VcardFile, LabelsOfAGroupStandWithTheirProperty) {
    const json record =
        card("3.0", "item1.EMAIL:b@b.example\r\nITEM1.X-ABLabel:Booking\r\n"
                    "item2.URL:https\\://b.example\r\nitem2.X-ABLabel:_$!<HomePage>!$_\r\n"
                    "item3.X-ABRELATEDNAMES:Bo\r\nitem3.X-ABLabel:_$!<Friend>!$_\r\n"
                    "item4.X-ABLabel:alone\r\n");
    EXPECT_EQ(record["emails"][0]["label"], "Booking");
    EXPECT_EQ(record["urls"], json::parse(R"([{"url":"https://b.example","label":"HomePage"}])"));
    EXPECT_EQ(record["other"][0],
              json::parse(R"({"property":"X-ABRELATEDNAMES","value":"Bo","label":"Friend",
                              "group":"item3"})"));
    EXPECT_EQ(record["other"][1]["value"], "alone");
}

TEST_F(VcardFile, PhonesFaxesAndPagersAreApart) {
    const json record = card("4.0", "TEL;VALUE=uri;TYPE=\"work,voice\":tel:+45-1;ext=102\r\n"
                                    "TEL;TYPE=fax:2\r\nTEL;TYPE=PAGER:3\r\nTEL;TYPE=cell:4\r\n");
    EXPECT_EQ(record["phones"], json::parse(R"([{"number":"+45-1","extension":"102","use":"work"},
                              {"number":"4","types":["cell"]}])"));
    EXPECT_EQ(record["faxes"][0]["number"], "2");
    EXPECT_EQ(record["pagers"][0]["number"], "3");
}

TEST_F(VcardFile, ProfilesComeFromAllThatNamesOne) {
    const json record = card(
        "3.0", "X-SOCIALPROFILE;type=twitter;x-user=ida:http://twitter.com/ida\r\n"
               "X-SOCIALPROFILE;type=pref;type=Instagram;x-userid=17:x-apple:ida.h\r\n"
               "SOCIALPROFILE;SERVICE-TYPE=Mastodon;USERNAME=@ida@mas.to:https://mas.to/@ida\r\n"
               "IMPP;X-SERVICE-TYPE=Telegram:x-apple:idaholm\r\nX-TIKTOK:@ida\r\n"
               "IMPP;TYPE=home:xmpp:ida@jabber.example\r\nX-AIM;TYPE=WORK:ida1\r\n"
               "IMPP:ida@chat.example\r\nX-SKYPE-USERNAME:ida.holm\r\n");
    EXPECT_EQ(record["profiles"],
              json::parse(R"([{"service":"twitter","user":"ida","url":"http://twitter.com/ida"},
                   {"service":"instagram","user":"ida.h","user_id":"17","preference":1},
                   {"service":"mastodon","user":"@ida@mas.to","url":"https://mas.to/@ida"},
                   {"service":"telegram","user":"idaholm"},{"service":"tiktok","user":"@ida"}])"));
    EXPECT_EQ(record["messengers"],
              json::parse(R"([{"service":"xmpp","user":"ida@jabber.example","use":"home"},
                              {"service":"aim","user":"ida1","use":"work"},
                              {"user":"ida@chat.example"},
                              {"service":"skype","user":"ida.holm"}])"));
}

TEST_F(VcardFile, TheFirstAddressIsWhereThePersonLives) {
    const json record =
        card("3.0", "ADR;TYPE=WORK,PREF:;;A 1\\, 2;Odense;;5000;Danmark\r\n"
                    "item1.ADR;TYPE=HOME:;;B 2;Aarhus;;8000;\r\nitem1.X-ABADR:dk\r\n"
                    "ADR:;;;;;;\r\n");
    EXPECT_EQ(record["addresses"],
              json::parse(R"([{"street":"B 2","city":"Aarhus","postal_code":"8000",
                               "country_code":"DK","use":"home"},
                              {"street":"A 1, 2","city":"Odense","postal_code":"5000",
                               "country":"Danmark","use":"work","preference":1}])"));
}

TEST_F(VcardFile, TheRestHasItsPlaces) {
    const json record =
        card("4.0", "KIND:Individual\r\nLANG;PREF=2:en\r\nLANG;PREF=1:da\r\nLANG:\r\n"
                    "REV:20260201T101500Z\r\nBDAY;ALTID=1:19960606\r\nBDAY;ALTID=1:1996-06-06\r\n"
                    "GENDER:F\r\nCATEGORIES:mad,rejser\r\nTITLE:Youtuber\r\nROLE:Vært\r\n"
                    "MEMBER:urn:uuid:1\r\nX-EVOLUTION-SPOUSE;X-B=c,d:Bo\\nHolm;x\r\n"
                    "UID: urn:uuid:7 \r\n");
    EXPECT_EQ(record["kind"], "individual");
    EXPECT_EQ(record["languages"], json({"da", "en"}));
    EXPECT_EQ(record["revision"], "2026-02-01T10:15:00Z");
    EXPECT_EQ(record["birthday"], "19960606");
    EXPECT_EQ(record["gender"], "F");
    EXPECT_EQ(record["categories"], json({"mad", "rejser"}));
    EXPECT_EQ(record["titles"], json({"Youtuber"}));
    EXPECT_EQ(record["roles"], json({"Vært"}));
    EXPECT_EQ(record["members"], json({"urn:uuid:1"}));
    EXPECT_EQ(record["other"][0], json::parse(R"({"property":"BDAY","value":"1996-06-06",
                              "parameters":{"ALTID":["1"]}})"));
    EXPECT_EQ(record["other"][1],
              json::parse(R"({"property":"X-EVOLUTION-SPOUSE","value":"Bo\\nHolm;x",
                              "parameters":{"X-B":["c","d"]}})"));
    EXPECT_EQ(host_.records[0].id, "urn:uuid:7");
}

TEST_F(VcardFile, AgentsAreCardsInsideOfCards) {
    const json inside = card("2.1", "FN:Ida\r\nAGENT:\r\nBEGIN:VCARD\r\nVERSION:2.1\r\nFN:Bo\r\n"
                                    "UID:9\r\nEND:VCARD\r\nTEL:1\r\n");
    EXPECT_EQ(inside["agents"][0]["name"]["formatted"], "Bo");
    EXPECT_EQ(inside["phones"][0]["number"], "1");
    EXPECT_EQ(host_.records[0].id, "");
    const json text =
        card("3.0", "AGENT:BEGIN:VCARD\\nFN:Bo\\nEMAIL\\;TYPE=work:bo@b.example\\nEND:VCARD\\n\r\n"
                    "AGENT;VALUE=uri:CID:1@a.example\r\n");
    EXPECT_EQ(text["agents"][0]["emails"][0],
              json::parse(R"({"address":"bo@b.example","use":"work"})"));
    EXPECT_EQ(text["other"][0]["property"], "AGENT");
}

// --- What is broken ------------------------------------------------------------------------------

TEST_F(VcardFile, BrokenCardsAreQuarantinedAndTheNextGoesOn) {
    const std::string good = "BEGIN:VCARD\nVERSION:3.0\nFN:Good\nEND:VCARD\n";
    ASSERT_TRUE(read("stray\ntext\n" + good +                                 // 1-2
                     "BEGIN:VCARD\nFN:No end\n" + good +                      // 7
                     "BEGIN:VCARD\nFN:A\ngarbage line\nEND:VCARD\n" + good +  // 13
                     "BEGIN:VCARD\nFN:A\nOffice hours: 9-5\nEND:VCARD\n" +    // 21
                     "BEGIN:VCARD\nNOTE;ENCODING=QUOTED-PRINTABLE:100=% ok\nEND:VCARD\n" + good +
                     "BEGIN:VCARD\nFN:Cut"));
    ASSERT_EQ(host_.records.size(), 4U);
    EXPECT_EQ(std::filesystem::path(host_.records[1].where).filename(), "people.vcf:9");
    ASSERT_EQ(host_.quarantined.size(), 6U);
    EXPECT_EQ(where(0), "people.vcf:1");
    EXPECT_EQ(host_.quarantined[0].raw, "stray\ntext");
    EXPECT_EQ(host_.quarantined[0].why, "text outside of a card");
    EXPECT_EQ(where(1), "people.vcf:7");
    EXPECT_EQ(host_.quarantined[1].why, "line 9 begins another card before END:VCARD");
    EXPECT_EQ(host_.quarantined[1].raw, "BEGIN:VCARD\nFN:No end\n");
    EXPECT_EQ(where(2), "people.vcf:13");
    EXPECT_EQ(host_.quarantined[2].why, "line 15 is no property: it has no colon");
    EXPECT_EQ(host_.quarantined[3].why, "line 23 is no property");
    EXPECT_EQ(host_.quarantined[4].why, "line 26 holds bad quoted-printable in NOTE");
    EXPECT_EQ(host_.quarantined[5].why, "the file ends before END:VCARD");
}

TEST_F(VcardFile, ACardThatIsTooLargeIsQuarantined) {
    const std::string good = "BEGIN:VCARD\nVERSION:3.0\nFN:Good\nEND:VCARD\n";
    for (const std::string& large : {"NOTE:" + std::string(9'000, 'x') + "\n",
                                     "NOTE:" + std::string(2'000'000, 'x') + "\n", [] {
                                         std::string lines = "NOTE:\n";
                                         for (int i = 0; i < 2'000; ++i) {
                                             lines += " abc\n";
                                         }
                                         return lines;
                                     }()}) {
        ASSERT_TRUE(read(good + "BEGIN:VCARD\nFN:A\n" + large + "TEL:1\nEND:VCARD\n" + good,
                         {{"card_bytes_max", 4096}}));
        EXPECT_EQ(host_.records.size(), 2U);
        ASSERT_EQ(host_.quarantined.size(), 1U);
        EXPECT_EQ(where(0), "people.vcf:5");
        EXPECT_EQ(host_.quarantined[0].why,
                  "line 7: the card is larger than card_bytes_max (4096 bytes)");
        EXPECT_LE(host_.quarantined[0].raw.size(), kRawBytesMax + 1);
    }
}

TEST_F(VcardFile, AHeaderWithoutEndBreaksTheCardInTimeThatGrowsWithTheFile) {
    for (const std::string& fold : {std::string("\n \""), std::string("\n a")}) {
        std::string line = "TEL";
        for (int i = 0; i < 1'000'000; ++i) {
            line += fold;
        }
        ASSERT_TRUE(read("BEGIN:VCARD\n" + line + "\nEND:VCARD\n"));
        ASSERT_EQ(host_.quarantined.size(), 1U);
        EXPECT_EQ(host_.quarantined[0].why, "line 2 is no property: it has no colon");
    }
}

TEST_F(VcardFile, ParametersWithoutEndBreakTheCard) {
    std::string line = "TEL";
    for (int i = 0; i < 300'000; ++i) {
        line += ";A" + std::to_string(i) + "=1";
    }
    ASSERT_TRUE(read("BEGIN:VCARD\n" + line + ":1\nEND:VCARD\n"));
    ASSERT_EQ(host_.quarantined.size(), 1U);
    EXPECT_EQ(host_.quarantined[0].why, "line 2 has more than 256 parameters");
}

TEST_F(VcardFile, CardsWithoutEndInsideOfCardsAreNoDepthWithoutEnd) {
    std::string text;
    for (int i = 0; i < 1'000; ++i) {
        text += "BEGIN:VCARD\nAGENT:\n";
    }
    ASSERT_TRUE(read(text + "END:VCARD\n"));
    EXPECT_THAT(host_.records, IsEmpty());
    ASSERT_FALSE(host_.quarantined.empty());
    EXPECT_THAT(host_.quarantined[0].why, HasSubstr("deeper than 4"));
}

TEST_F(VcardFile, OtherFilesAreRefusedWithASentence) {
    for (const auto& [text, why] : std::vector<std::pair<std::string, std::string>>{
             {"dn: cn=x\nmail: x@x.example\n", "holds no vCard: no line says BEGIN:VCARD"},
             {"<?xml version=\"1.0\"?><vcards/>", "is XML"},
             {"[1,2", "opens like JSON and is none"},
             {"{\"a\": 1}", "JSON without any jCard"},
             {std::string(1'000'000, '['), "nested deeper than 32 levels"}}) {
        const auto result = read(text);
        ASSERT_FALSE(result) << text;
        EXPECT_EQ(result.error().kind, ErrorKind::Config);
        EXPECT_THAT(result.error().message, HasSubstr(why));
        EXPECT_THAT(host_.quarantined, IsEmpty());
    }
}

// --- jCard ---------------------------------------------------------------------------------------

TEST_F(VcardFile, JcardsAreTheSameCards) {
    ASSERT_TRUE(read(R"([["vcard",[["version",{},"text","4.0"],["fn",{},"text","Bo; Lund, jr."],
        ["n",{},"text",["Lund","Bo","","",["jr.","M.D."]]],["uid",{},"text","u1"],
        ["tel",{"type":["work","voice"],"pref":"1"},"uri","tel:+45-1;ext=2"],
        ["categories",{},"text","mad","a,b"],["photo",{},"uri","data:image/png;base64,AAAA"],
        ["adr",{"group":"g"},"text",["","",["Gade 1","st."],"By","","6700","Danmark"]]]],
        ["vcard",[["fn",{}]]], ["vcard",[]], 7])"));
    ASSERT_EQ(host_.records.size(), 2U);
    EXPECT_EQ(host_.records[0].id, "u1");
    EXPECT_EQ(record(0), json::parse(R"({"version":"4.0","uid":"u1",
        "name":{"formatted":"Bo; Lund, jr.","family":"Lund","given":"Bo","suffixes":"jr. M.D."},
        "phones":[{"number":"+45-1","extension":"2","use":"work","preference":1}],
        "categories":["mad","a,b"],
        "binaries":[{"property":"PHOTO","media_type":"image/png","bytes":3}],
        "addresses":[{"street":"Gade 1,st.","city":"By","postal_code":"6700",
                      "country":"Danmark"}]})"));
    ASSERT_EQ(host_.quarantined.size(), 2U);
    EXPECT_EQ(where(0), "people.vcf:element 2");
    EXPECT_THAT(host_.quarantined[0].why, HasSubstr("a property is not"));
    EXPECT_EQ(where(1), "people.vcf:element 4");
}

TEST(Vcard, ReadsTheExamplesOfBothStandardsAsTheSamePerson) {
    COTERIE_SHARED_OR_SKIP(folder, "vcards-ez-vcard");
    const auto record_in = [&](const char* name) {
        Vcard source(json{{"location", (folder / name).string()}});
        RecordingHost host;
        EXPECT_TRUE(host.read(source));
        return host.records.size() == 1 ? json::parse(host.records[0].json) : json();
    };
    const json text = record_in("rfc6350-example.vcf");
    const json array = record_in("jcard-example.json");
    for (const char* field : {"name", "languages", "gender", "phones", "emails", "addresses",
                              "urls", "organizations"}) {
        EXPECT_EQ(text[field], array[field]) << field;
        EXPECT_FALSE(text[field].empty()) << field;
    }
    EXPECT_EQ(array["birthday"], "--02-03");
}

TEST(Vcard, RefusesWhatIsNoVcardWithASentence) {
    COTERIE_SHARED_OR_SKIP(xml, "vcards-ez-vcard/rfc6351-example.xml");
    COTERIE_SHARED_OR_SKIP(ldif, "crm-exports/thunderbird/export.ldif");
    COTERIE_SHARED_OR_SKIP(csv, "crm-exports/thunderbird/export.csv");
    for (const auto& path : {xml, ldif, csv}) {
        Vcard source(json{{"location", path.string()}});
        RecordingHost host;
        const auto result = host.read(source);
        ASSERT_FALSE(result) << path;
        EXPECT_EQ(result.error().kind, ErrorKind::Config);
        EXPECT_THAT(host.quarantined, IsEmpty());
    }
}

// --- Going on ------------------------------------------------------------------------------------

TEST_F(VcardFile, AReadGoesOnWhereItWas) {
    std::string text;
    for (int i = 0; i < 2'500; ++i) {
        text += "BEGIN:VCARD\nVERSION:3.0\nUID:" + std::to_string(i) + "\nEND:VCARD\n";
    }
    ASSERT_TRUE(read(text));
    ASSERT_EQ(host_.records.size(), 2'500U);
    ASSERT_EQ(host_.checkpoints.size(), 3U);
    for (const auto& checkpoint : host_.checkpoints) {
        RecordingHost rest;
        Vcard source(config_);
        ASSERT_TRUE(rest.read(source, checkpoint.cursor));
        EXPECT_EQ(rest.restarts, 0);
        EXPECT_EQ(rest.records.size(), 2'500 - checkpoint.records);
        if (!rest.records.empty()) {
            EXPECT_EQ(rest.records.front(), host_.records[checkpoint.records]);
        }
    }
    const json cursor = host_.checkpoints.front().cursor;
    ASSERT_TRUE(read(text + "BEGIN:VCARD\nEND:VCARD\n"));
    Vcard source(config_);
    RecordingHost again;
    ASSERT_TRUE(again.read(source, cursor));
    EXPECT_EQ(again.restarts, 1);
    EXPECT_EQ(again.records.size(), 2'501U);
}

}  // namespace
}  // namespace vcard
