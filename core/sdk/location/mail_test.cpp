#include "sdk/location/mail.hpp"

#include <gtest/gtest.h>

#include <string>

namespace coterie::location {
namespace {

std::string mail(const std::string& headers, const std::string& parts) {
    return "From: \"Agency, North\" <Rosters@Agency.example>\r\n"
           "Subject: =?utf-8?B?VWdlbnMg?=\r\n =?iso-8859-1?Q?l=F8se_liste?=\r\n" +
           headers + "\r\n" + parts;
}

TEST(Mail, ASenderAndASubjectInEncodedWordsAreRead) {
    const Mail read = parse_mail(mail("", "Hello"));
    EXPECT_EQ(read.sender, "Rosters@Agency.example");
    EXPECT_EQ(read.subject, "Ugens løse liste");
    EXPECT_TRUE(read.attachments.empty());
}

TEST(Mail, AttachmentsInPartsWithinPartsAreRead) {
    const Mail read = parse_mail(mail("Content-Type: multipart/mixed; boundary=\"a b\"\r\n",
                                      "preamble\r\n--a b\r\n"
                                      "Content-Type: multipart/alternative; boundary=c\r\n\r\n"
                                      "--c\r\nContent-Type: text/plain\r\n\r\nhi\r\n--c--\r\n"
                                      "--a b\r\n"
                                      "Content-Type: text/csv; name=\"roster.csv\"\r\n"
                                      "Content-Transfer-Encoding: base64\r\n\r\n"
                                      "bmFtZTttYWlsDQpM\r\naXY7bGl2QGhvbG0uZXhhbXBsZQ0K\r\n"
                                      "--a b\r\n"
                                      "Content-Disposition: attachment; filename=../../n.txt\r\n"
                                      "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
                                      "bl=C3=A5 og=\r\n r=C3=B8d=3D\r\n"
                                      "--a b--\r\nepilogue"));
    ASSERT_EQ(read.attachments.size(), 2U);
    EXPECT_EQ(read.attachments[0].name, "roster.csv");
    EXPECT_EQ(read.attachments[0].content, "name;mail\r\nLiv;liv@holm.example\r\n");
    EXPECT_EQ(read.attachments[1].name, "n.txt");
    EXPECT_EQ(read.attachments[1].content, "blå og rød=");
}

std::string name_of(const std::string& disposition) {
    const Mail read =
        parse_mail(mail("Content-Disposition: attachment; " + disposition + "\r\n", "x"));
    return read.attachments.empty() ? "none" : read.attachments.front().name;
}

TEST(Mail, FileNamesAreReadInEveryWayThatTheyAreWritten) {
    EXPECT_EQ(name_of("filename=roster.xlsx"), "roster.xlsx");
    EXPECT_EQ(name_of("filename=\"a \\\"b\\\"; c.xlsx\""), "a \"b\"; c.xlsx");
    EXPECT_EQ(name_of("filename=\"=?utf-8?Q?l=C3=B8n.xlsx?=\""), "løn.xlsx");
    EXPECT_EQ(name_of("filename*=utf-8'da'l%C3%B8n%20.xlsx"), "løn .xlsx");
    EXPECT_EQ(name_of("filename*0*=iso-8859-1'da'l%F8n;\r\n filename*1=\"-2026\";"
                      " filename*2*=%2Exlsx"),
              "løn-2026.xlsx");
    EXPECT_EQ(name_of("filename=\"C:\\\\mine\\\\a.csv\""), "a.csv");
    EXPECT_EQ(name_of("size=3"), "none");
}

TEST(Mail, AMailInAMailIsLookedInto) {
    const Mail read = parse_mail(mail("Content-Type: message/rfc822\r\n",
                                      "Subject: forwarded\r\nContent-Type: text/csv; name=a.csv"
                                      "\r\n\r\na,b"));
    ASSERT_EQ(read.attachments.size(), 1U);
    EXPECT_EQ(read.attachments[0].content, "a,b");
}

TEST(Mail, ACutMailGivesWhatIsThere) {
    const std::string whole = mail("Content-Type: multipart/mixed; boundary=x\r\n",
                                   "--x\r\nContent-Type: text/csv; name=a.csv\r\n"
                                   "Content-Transfer-Encoding: base64\r\n\r\nYSxi\r\n--x--\r\n");
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        EXPECT_LE(parse_mail(whole.substr(0, size)).attachments.size(), 1U);
    }
}

TEST(Mail, PartsWithinPartsWithoutEndAreNotFollowedForEver) {
    std::string raw;
    for (int i = 0; i < 2000; ++i) {
        raw += "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n";
    }
    EXPECT_TRUE(parse_mail(raw).attachments.empty());
}

}  // namespace
}  // namespace coterie::location
