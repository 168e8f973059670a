// What needs no server: paths, versions, archives, states, and what a config may not say. Servers
// are in tests/delivery.
#include "../tests/support/scratch_folder.hpp"

#include "coterie/location.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <zip.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace coterie::location {
namespace {

using nlohmann::json;
using test::ScratchFolder;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kPassword = "not this one";

std::string content_of(const files::Found& file) {
    std::ifstream in(file.path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// Old enough to be settled.
void make_old(const std::string& path, std::int64_t seconds = 1'700'000'000) {
    const timespec time{seconds, 0};
    const timespec times[2] = {time, time};
    ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
}

void write_zip(const std::string& path, const std::map<std::string, std::string>& contents,
               bool encrypted = false) {
    int code = 0;
    zip_t* const zip = ::zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
    ASSERT_NE(zip, nullptr);
    for (const auto& [name, content] : contents) {
        zip_source_t* const source = ::zip_source_buffer(zip, content.data(), content.size(), 0);
        const auto index = ::zip_file_add(zip, name.c_str(), source, ZIP_FL_ENC_UTF_8);
        ASSERT_GE(index, 0);
        if (encrypted) {
            ASSERT_EQ(::zip_file_set_encryption(zip, static_cast<zip_uint64_t>(index),
                                                ZIP_EM_AES_256, kPassword),
                      0);
        }
    }
    ASSERT_EQ(::zip_close(zip), 0);
}

class Location : public testing::Test {
  protected:
    Result<Fetched> fetch_at(const std::string& location, json config = json::object(),
                             const std::optional<json>& state = {}) {
        config["location"] = location;
        return fetch(config, state, nullptr);
    }
    std::vector<std::string> leaves(const std::string& location, json config = json::object()) {
        auto fetched = fetch_at(location, std::move(config));
        EXPECT_TRUE(fetched) << fetched.error().message;
        std::vector<std::string> names;
        if (fetched) {
            for (const auto& file : fetched->files()) {
                names.push_back(file.name.substr(folder_.path().string().size() + 1));
            }
        }
        return names;
    }
    std::string fault(const std::string& location, json config = json::object()) {
        const auto fetched = fetch_at(location, std::move(config));
        EXPECT_FALSE(fetched);
        if (fetched) {
            return "";
        }
        EXPECT_EQ(fetched.error().kind, ErrorKind::Config) << fetched.error().message;
        return fetched.error().message;
    }
    /// The state of a first read, and whether a second one finds nothing changed.
    bool is_unchanged_after(const std::string& path, const std::function<void()>& change) {
        const auto first = fetch_at(path);
        EXPECT_TRUE(first);
        EXPECT_FALSE(first->unchanged());
        change();
        const auto second = fetch_at(path, json::object(), first->state());
        EXPECT_TRUE(second);
        EXPECT_EQ(second->unchanged(), second->files().empty());
        return second->unchanged();
    }

    ScratchFolder folder_;
};

TEST_F(Location, APatternGivesItsFilesByName) {
    folder_.write("b.csv", "b");
    folder_.write("a.csv", "a");
    folder_.write("c.txt", "c");
    EXPECT_THAT(leaves(folder_.file("*.csv")), ElementsAre("a.csv", "b.csv"));
}

TEST_F(Location, OfSeveralVersionsTheNewestDateWins) {
    make_old(folder_.write("roster-2026-11-08.csv", "b"), 1'700'000'000);
    make_old(folder_.write("roster-2026-11-01.csv", "a"), 1'800'000'000);  // copied later
    make_old(folder_.write("roster.csv", "c"), 1'900'000'000);
    EXPECT_THAT(leaves(folder_.file("*.csv"), {{"versions", "newest"}}),
                ElementsAre("roster-2026-11-08.csv"));
    EXPECT_EQ(leaves(folder_.file("*.csv")).size(), 3U);
}

TEST_F(Location, OfVersionsWithoutADateTheOneThatChangedLastWins) {
    make_old(folder_.write("final.csv", "b"), 1'700'000'000);
    make_old(folder_.write("final final.csv", "a"), 1'800'000'000);
    EXPECT_THAT(leaves(folder_.file("*.csv"), {{"versions", "newest"}}),
                ElementsAre("final final.csv"));
}

TEST_F(Location, AFileThatIsNotTouchedIsUnchanged) {
    const std::string path = folder_.write("a.csv", "abc");
    make_old(path);
    EXPECT_TRUE(is_unchanged_after(path, [] {}));
}

TEST_F(Location, AFileThatWasJustWrittenIsComparedByItsContent) {
    const std::string path = folder_.write("a.csv", "abc");
    struct stat before {};
    ASSERT_EQ(::stat(path.c_str(), &before), 0);
    EXPECT_TRUE(is_unchanged_after(path, [] {}));
    // Rewritten within one tick of the clock: same size, same time.
    EXPECT_FALSE(is_unchanged_after(path, [&] {
        folder_.write("a.csv", "abd");
        const timespec times[2] = {before.st_atim, before.st_mtim};
        ::utimensat(AT_FDCWD, path.c_str(), times, 0);
    }));
}

TEST_F(Location, AFileThatIsWrittenAnewWithTheSameContentIsUnchanged) {
    const std::string path = folder_.write("a.csv", "abc");
    make_old(path);
    EXPECT_TRUE(is_unchanged_after(path, [&] { folder_.write("a.csv", "abc"); }));
    EXPECT_FALSE(is_unchanged_after(path, [&] { folder_.write("a.csv", "abd"); }));
    EXPECT_FALSE(is_unchanged_after(path, [&] { folder_.write("a.csv", "abcd"); }));
}

TEST_F(Location, OneFileMoreOrLessIsAChange) {
    make_old(folder_.write("a.csv", "a"));
    make_old(folder_.write("b.csv", "b"));
    const std::string pattern = folder_.file("*.csv");
    EXPECT_TRUE(is_unchanged_after(pattern, [] {}));
    EXPECT_FALSE(is_unchanged_after(pattern, [&] { make_old(folder_.write("c.csv", "c")); }));
    EXPECT_FALSE(
        is_unchanged_after(pattern, [&] { std::filesystem::remove(folder_.file("a.csv")); }));
}

TEST_F(Location, AStateOfAnotherFormIsNone) {
    const std::string path = folder_.write("a.csv", "abc");
    for (const json& state : {json(), json(1), json("x"), json::object(), json{{"form", 1}},
                              json{{"form", 1}, {"files", {{{"key", 7}}}}}}) {
        const auto fetched = fetch_at(path, json::object(), state);
        ASSERT_TRUE(fetched);
        EXPECT_FALSE(fetched->unchanged());
    }
}

TEST_F(Location, AnArchiveIsTheFolderOfItsFiles) {
    write_zip(folder_.file("rosters.zip"), {{"north/a.csv", "1"},
                                            {"b.csv", "2"},
                                            {"read me.txt", "3"},
                                            {"__MACOSX/._b.csv", "4"},
                                            {".hidden.csv", "5"}});
    EXPECT_THAT(
        leaves(folder_.file("rosters.zip")),
        ElementsAre("rosters.zip/b.csv", "rosters.zip/north/a.csv", "rosters.zip/read me.txt"));
    EXPECT_THAT(leaves(folder_.file("rosters.zip"), {{"inside", "**/*.csv"}}),
                ElementsAre("rosters.zip/b.csv", "rosters.zip/north/a.csv"));
    EXPECT_THAT(fault(folder_.file("rosters.zip"), {{"inside", "*.xlsx"}}),
                HasSubstr("no file in the archive fits inside: '*.xlsx'; there: "));
}

TEST_F(Location, WhatWasUnpackedIsWholeAndGoneAfterwards) {
    const std::string text(300'000, 'x');
    write_zip(folder_.file("a.zip"), {{"a.csv", text}});
    std::string path;
    {
        const auto fetched = fetch_at(folder_.file("a.zip"));
        ASSERT_TRUE(fetched);
        path = fetched->files().front().path;
        EXPECT_EQ(content_of(fetched->files().front()), text);
        struct stat status {};
        ASSERT_EQ(::stat(std::filesystem::path(path).parent_path().c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 0777U, 0700U);
    }
    EXPECT_FALSE(std::filesystem::exists(std::filesystem::path(path).parent_path()));
}

TEST_F(Location, TheSameContentGivesTheSameStampEachTime) {
    write_zip(folder_.file("a.zip"), {{"a.csv", "1"}, {"b.csv", "2"}});
    const auto first = fetch_at(folder_.file("a.zip"));
    const auto second = fetch_at(folder_.file("a.zip"));
    ASSERT_TRUE(first && second);
    EXPECT_EQ(first->files()[0].stamp, second->files()[0].stamp);
    EXPECT_NE(first->files()[0].stamp, first->files()[1].stamp);
    const auto reader = files::Reader::open(first->files()[0]);
    ASSERT_TRUE(reader);
    EXPECT_TRUE(reader->unchanged());
}

TEST_F(Location, AnArchiveIsToldByItsContentNotItsName) {
    write_zip(folder_.file("roster.csv"), {{"a.csv", "1"}});
    EXPECT_THAT(leaves(folder_.file("roster.csv")), ElementsAre("roster.csv/a.csv"));
    write_zip(folder_.file("book.zip"), {{"[Content_Types].xml", "<x/>"}, {"xl/a.xml", "<x/>"}});
    EXPECT_THAT(leaves(folder_.file("book.zip")), ElementsAre("book.zip"));
    folder_.write("text.zip", "PKWARE");
    EXPECT_THAT(leaves(folder_.file("text.zip")), ElementsAre("text.zip"));
}

TEST_F(Location, AnArchiveInAnArchiveIsOpenedOnce) {
    write_zip(folder_.file("inner.zip"), {{"x/a.csv", "1"}});
    std::ifstream in(folder_.file("inner.zip"), std::ios::binary);
    const std::string inner{std::istreambuf_iterator<char>(in), {}};
    write_zip(folder_.file("outer.zip"), {{"north.zip", inner}, {"b.csv", "2"}});
    EXPECT_THAT(leaves(folder_.file("outer.zip"), {{"inside", "north.zip/**/*.csv"}}),
                ElementsAre("outer.zip/north.zip/x/a.csv"));
    std::ifstream again(folder_.file("outer.zip"), std::ios::binary);
    const std::string outer{std::istreambuf_iterator<char>(again), {}};
    write_zip(folder_.file("third.zip"), {{"outer.zip", outer}});
    EXPECT_THAT(fault(folder_.file("third.zip")),
                HasSubstr("an archive in an archive in an archive is not opened"));
}

TEST_F(Location, AnArchiveThatMeansHarmIsRefused) {
    write_zip(folder_.file("a.zip"), {{"../../evil.csv", "1"}});
    EXPECT_THAT(fault(folder_.file("a.zip")), HasSubstr("'../../evil.csv', which leads out of it"));
    write_zip(folder_.file("b.zip"), {{"/etc/evil.csv", "1"}});
    EXPECT_THAT(fault(folder_.file("b.zip")), HasSubstr("which leads out of it"));
    write_zip(folder_.file("c.zip"), {{"bomb.csv", std::string(4U << 20U, '0')}});
    EXPECT_THAT(fault(folder_.file("c.zip"), {{"fetch_bytes_max", 1 << 20}}),
                HasSubstr("more than 1048576 bytes come out of the archive"));
    write_zip(folder_.file("d.zip"), {{"a.csv", "secret"}}, true);
    EXPECT_THAT(fault(folder_.file("d.zip")), HasSubstr("is encrypted; ask for one without"));
}

TEST_F(Location, ADamagedArchiveIsAnErrorWhereverItIsDamaged) {
    write_zip(folder_.file("a.zip"), {{"a.csv", std::string(5000, 'a') + "end"}});
    std::ifstream in(folder_.file("a.zip"), std::ios::binary);
    const std::string whole{std::istreambuf_iterator<char>(in), {}};
    for (const std::size_t size : {std::size_t{4}, std::size_t{30}, whole.size() - 1}) {
        folder_.write("cut.zip", whole.substr(0, size));
        EXPECT_THAT(fault(folder_.file("cut.zip")), HasSubstr("damaged"));
    }
    std::string flipped = whole;
    flipped[40] = static_cast<char>(flipped[40] ^ 0x55);  // within the compressed bytes
    folder_.write("flipped.zip", flipped);
    EXPECT_THAT(fault(folder_.file("flipped.zip")), HasSubstr("damaged"));
}

TEST_F(Location, VersionsInAnArchiveAreVersionsToo) {
    write_zip(folder_.file("a.zip"), {{"r-2026-11-01.csv", "1"}, {"r-2026-11-08.csv", "2"}});
    EXPECT_THAT(leaves(folder_.file("a.zip"), {{"versions", "newest"}}),
                ElementsAre("a.zip/r-2026-11-08.csv"));
}

TEST_F(Location, WhatTheConfigCannotMeanIsSaid) {
    EXPECT_THAT(fault("gopher://x/y"), HasSubstr("'gopher://' is none that Coterie can fetch"));
    EXPECT_THAT(fault("http://x.example/y"), HasSubstr("not encrypted"));
    EXPECT_THAT(fault("ftp://x.example/y"), HasSubstr("not encrypted"));
    EXPECT_THAT(fault("https://me:pass@x.example/y"), HasSubstr("put it under 'password:'"));
    EXPECT_THAT(fault("https:///y"), HasSubstr("is no host"));
    EXPECT_THAT(fault("https://x.example/*.csv"), HasSubstr("https has no list of files"));
    EXPECT_THAT(fault("sftp://x.example/a.csv"), HasSubstr("username is missing"));
    EXPECT_THAT(fault("sftp://me@x.example/a.csv"), HasSubstr("password or key_file is missing"));
    EXPECT_THAT(fault("sftp://me@x.example/in/", {{"password", "x"}}), HasSubstr("names no file"));
    EXPECT_THAT(fault("sftp://me@x.example/*/a.csv", {{"password", "x"}}),
                HasSubstr("a pattern may stand in the last part only"));
    EXPECT_THAT(fault("sftp://me@x.example/a", {{"password", "x"}, {"username", "you"}}),
                HasSubstr("it names a user, and so does 'username'"));
    EXPECT_THAT(fault("s3://b/a.csv", {{"access_key_id", "A"}}), HasSubstr("go together"));
    EXPECT_THAT(fault("https://x.example/y", {{"ca_file", "nowhere.pem"}}),
                HasSubstr("ca_file: there is no file nowhere.pem"));
    EXPECT_THAT(fault("https://x.example/y", {{"password", "x\n"}, {"username", "a"}}),
                HasSubstr("line end"));
}

TEST_F(Location, NoErrorShowsUserOrQuery) {
    // Nothing listens on the port: the error names where it looked.
    const json config = {{"location", "https://someone@127.0.0.1:1/a.csv?signature=abcdef"},
                         {"password", "hush"},
                         {"connect_seconds_max", 1}};
    const auto fetched = fetch(config, std::nullopt, nullptr);
    ASSERT_FALSE(fetched);
    EXPECT_EQ(fetched.error().kind, ErrorKind::Transient);
    EXPECT_THAT(fetched.error().message, HasSubstr("https://127.0.0.1:1/a.csv: "));
    for (const char* hidden : {"someone", "abcdef", "hush"}) {
        EXPECT_THAT(fetched.error().message, testing::Not(HasSubstr(hidden)));
    }
}

}  // namespace
}  // namespace coterie::location
