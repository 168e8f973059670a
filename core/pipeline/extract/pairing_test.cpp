#include "pipeline/extract/pairing.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace coterie::extract {
namespace {

/// A small sheet in which values are as rare as the test needs them.
class RowLikenessTest : public testing::Test {
  protected:
    RowLikenessTest() {
        for (int i = 0; i < 200; ++i) {
            const std::string n = std::to_string(1000 + i);
            learn(R"({"Navn":"Person )" + n + R"(","Mail":"p)" + n +
                  R"(@mail.example","Insta":"@p)" + n + R"(","By":"Aarhus","Niche":"mode",)" +
                  R"("Agent":"booking@agency.example"})");
        }
    }
    void learn(const std::string& json) {
        reader_.read(json, values_);
        rarity_.add(values_);
    }
    RowLikeness between(const std::string& a, const std::string& b) {
        std::vector<RowReader::Text> in_a, in_b;
        reader_.read_texts(a, in_a);
        reader_.read_texts(b, in_b);
        return likeness(in_a, in_b, rarity_);
    }
    bool is_pair(const std::string& a, const std::string& b) { return between(a, b).is_enough(); }

    RowReader reader_;
    ValueRarity rarity_;
    std::vector<RowValue> values_;
};

const std::string kIda = R"({"Navn":"Ida Holm","Mail":"ida@holm.example","Insta":"@idaholm",)"
                         R"("Følgere":"12.400","By":"Aarhus","Niche":"mode"})";

TEST_F(RowLikenessTest, AnEditedRowIsTheSameRow) {
    const std::vector<std::string> edited{
        R"({"Navn":"Ida Holm","Mail":"ida@holm.example","Insta":"@idaholm","Følgere":"13,1k","By":"Aarhus","Niche":"mode"})",
        R"({"Navn":"Ida Hlom","Mail":"ida@holm.example","Insta":"@idaholm","Følgere":"13.000","By":"Odense","Niche":"mode"})",
        R"({"Navn":"Ida Holm","Mail":"hej@ida.example","Insta":"@idaholm","Følgere":"12.400","By":"Aarhus","Niche":"mode"})",
        R"({"Navn":"Ida Holm","Mail":"ida@holm.example","Insta":"@ida.official","Følgere":"12.400","By":"Aarhus"})",
        R"({"Name":"Ida Holm","E-mail":"ida@holm.example","Instagram":"https://www.instagram.com/idaholm/?hl=da"})",
        R"({"Navn":"ida@holm.example","Mail":"Ida Holm","Insta":"@idaholm","Følgere":"12.400"})",
        R"({"Navn":"IDA  HOLM","Mail":"Ida@Holm.Example","Insta":"idaholm","Land":"DK","Ny":"x"})"};
    for (const std::string& row : edited) {
        EXPECT_TRUE(is_pair(kIda, row)) << row << " " << between(kIda, row).share;
        EXPECT_DOUBLE_EQ(between(kIda, row).share, between(row, kIda).share) << row;
    }
}

TEST_F(RowLikenessTest, AnotherPersonIsAnotherRow) {
    const std::vector<std::string> others{
        R"({"Navn":"Bo Lund","Mail":"bo@lund.example","Insta":"@bolund","Følgere":"12.400","By":"Aarhus","Niche":"mode"})",
        R"({"Navn":"Bo Lund","Mail":"booking@agency.example","By":"Aarhus","Niche":"mode"})",
        R"({"By":"Aarhus","Niche":"mode","Følgere":"12.400"})"};
    for (const std::string& row : others) {
        EXPECT_FALSE(is_pair(kIda, row)) << row << " " << between(kIda, row).share;
    }
    EXPECT_FALSE(is_pair(others[1], R"({"Navn":"Kim Bak","Mail":"booking@agency.example"})"));
}

TEST(RowReader, ReadsOneHandleFromTheFormsItIsWrittenIn) {
    RowReader reader;
    std::vector<RowReader::Text> texts;
    for (const char* form :
         {"@idaholm", "https://www.instagram.com/idaholm/?hl=da", "instagram.com/idaholm",
          "http://tiktok.com/@idaholm", "IdaHolm", "www.instagram.com/IdaHolm/"}) {
        reader.read_texts(std::string(R"({"a":")") + form + "\"}", texts);
        ASSERT_EQ(texts.size(), 1U) << form;
        EXPECT_EQ(texts[0].folded, "idaholm") << form;
    }
}

TEST(RowReader, TellsPhonesFromCounts) {
    RowReader reader;
    std::vector<RowReader::Text> texts;
    const auto bits = [&](const std::string& text) {
        reader.read_texts("{\"a\":\"" + text + "\"}", texts);
        return texts.at(0).value & 0xffU;
    };
    for (const char* phone :
         {"+45 20 12 34 56", "0045 20123456", "20 12 34 56", "+46-70-1234567"}) {
        EXPECT_EQ(bits(phone), 20U) << phone;
    }
    for (const char* count : {"12.400", "20123456", "12,4k", "3,5 %", "1 200 000", "2026-02-03",
                              "03.02.2026", "1.2 mio", "0,5"}) {
        EXPECT_EQ(bits(count), 1U) << count;
    }
}

TEST(RowReader, ReadsWhateverIsNested) {
    RowReader reader;
    std::vector<RowReader::Text> texts;
    reader.read_texts(R"({"a":{"b":["Ida Holm",null,true,{"c":1.5}]},"d":"Ida Holm","e":""})",
                      texts);
    EXPECT_EQ(texts.size(), 3U);
    reader.read_texts("not json", texts);
    EXPECT_TRUE(texts.empty());
}

TEST(RowBlocks, FindsWhoSharesARareValueAndNobodyByACommonOne) {
    RowReader reader;
    RowBlocks blocks;
    std::vector<RowValue> values;
    for (int i = 0; i < 100; ++i) {
        reader.read(R"({"name":"Person )" + std::to_string(1000 + i) + R"(","city":"Aarhus"})",
                    values);
        blocks.add(static_cast<std::uint32_t>(500 + i), values);
    }
    blocks.index();
    std::vector<std::uint32_t> found;
    reader.read(R"({"name":"Person 1007","city":"Aarhus"})", values);
    blocks.candidates(values, found);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(blocks.number(found[0]), 507U);
    reader.read(R"({"name":"Ida Holm","city":"Aarhus"})", values);
    blocks.candidates(values, found);
    EXPECT_TRUE(found.empty());
}

TEST(RowPairs, TheLikestComeFirstAndEachRecordOnce) {
    const auto chosen = choose_pairs({{0.5, 1, 11, 101, 111},
                                      {0.9, 1, 12, 101, 112},
                                      {0.8, 2, 12, 102, 112},
                                      {0.6, 2, 11, 102, 111},
                                      {0.7, 3, 11, 103, 111}});
    ASSERT_EQ(chosen.size(), 2U);
    EXPECT_EQ(chosen[0].younger, 12U);
    EXPECT_EQ(chosen[1].elder, 3U);
}

}  // namespace
}  // namespace coterie::extract
