#include "synth/workspace.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace coterie::synth {
namespace {

namespace fs = std::filesystem;

/// A folder that is removed with the test.
class Folder {
  public:
    explicit Folder(const std::string& name)
        : path_(fs::path(testing::TempDir()) / ("synth_" + std::to_string(getpid()) + "_" + name)) {
        fs::remove_all(path_);
    }
    ~Folder() { fs::remove_all(path_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    [[nodiscard]] const fs::path& path() const { return path_; }

  private:
    fs::path path_;
};

Request request(std::uint64_t seed, std::uint64_t records, std::uint32_t sources) {
    Request wanted;
    wanted.seed = seed;
    wanted.records = records;
    wanted.sources = sources;
    wanted.change_per_million = 20000;
    return wanted;
}

std::string bytes_of(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> lines_of(const fs::path& file) {
    std::istringstream in(bytes_of(file));
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) {
        lines.push_back(line);
    }
    return lines;
}

std::map<std::string, std::string> files_of(const fs::path& folder) {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::directory_iterator(folder)) {
        files[entry.path().filename().string()] = bytes_of(entry.path());
    }
    return files;
}

/// "source,record_id" of each record that stands in a file of the source, whole.
std::multiset<std::string> records_in(const fs::path& folder) {
    std::multiset<std::string> keys;
    for (const auto& entry : fs::directory_iterator(folder)) {
        const auto name = entry.path().stem().string();
        for (const auto& line : lines_of(entry.path())) {
            if (name.starts_with("sheet") && !line.starts_with("Nr.;")) {
                const bool is_whole = std::count(line.begin(), line.end(), ';') >= 22;
                const bool is_utf8 = line.find('\370') == std::string::npos;
                if (is_whole && is_utf8) {
                    keys.insert(name + "," + line.substr(0, line.find(';')));
                }
            }
            if (name.starts_with("crm") && line.starts_with("{\"id\":\"c0")) {
                keys.insert(name + "," + line.substr(7, line.find('"', 7) - 7));
            }
        }
    }
    return keys;
}

std::map<std::string, std::string> truth_in(const fs::path& folder) {
    std::map<std::string, std::string> entities;
    for (const auto& line : lines_of(folder / "truth.csv")) {
        const auto comma = line.rfind(',');
        if (!line.starts_with("source,")) {
            entities[line.substr(0, comma)] = line.substr(comma + 1);
        }
    }
    return entities;
}

TEST(Synth, TheSameSeedGivesTheSameBytesAndAnotherSeedOthers) {
    const Folder first("a");
    const Folder again("b");
    const Folder other("c");
    for (const int night : {1, 2}) {
        write_workspace(request(7, 3000, 3), night, first.path());
        write_workspace(request(7, 3000, 3), night, again.path());
        write_workspace(request(8, 3000, 3), night, other.path());
        EXPECT_EQ(files_of(first.path()), files_of(again.path()));
        EXPECT_NE(files_of(first.path()), files_of(other.path()));
    }
}

/// FNV-1a over names and bytes.
std::uint64_t fingerprint(const std::map<std::string, std::string>& files) {
    std::uint64_t hash = 0xcbf29ce484222325U;
    for (const auto& [name, bytes] : files) {
        for (const char c : name + '\n' + bytes) {
            hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
        }
    }
    return hash;
}

// Whoever changes what is generated changes these on purpose.
TEST(Synth, TheBytesAreThoseOfEveryOtherMachineAndCompiler) {
    const Folder folder("golden");
    write_workspace(request(1, 5000, 3), 1, folder.path());
    EXPECT_EQ(fingerprint(files_of(folder.path())), 4089302397359358804U);
    write_workspace(request(1, 5000, 3), 2, folder.path());
    EXPECT_EQ(fingerprint(files_of(folder.path())), 16632451932948310409U);
}

TEST(Synth, ThereAreAsManyRecordsAsAskedForInSourcesOfOneSize) {
    for (const std::uint64_t records : {1U, 2U, 7U, 1000U, 2500U}) {
        SCOPED_TRACE(records);
        const Folder folder("count");
        const auto written = write_workspace(request(3, records, 4), 1, folder.path());
        EXPECT_EQ(written.records, records);
        const auto keys = records_in(folder.path());
        EXPECT_EQ(keys.size(), records);
        std::map<std::string, std::uint64_t> by_source;
        for (const auto& key : keys) {
            ++by_source[key.substr(0, key.find(','))];
        }
        for (const auto& [source, count] : by_source) {
            EXPECT_LE(count, records / 4 + 4) << source;
        }
    }
}

TEST(Synth, TheTruthNamesEveryRecordOnceAndNoOther) {
    const Folder folder("truth");
    for (const int night : {1, 2}) {
        write_workspace(request(5, 4000, 4), night, folder.path());
        const auto keys = records_in(folder.path());
        const auto truth = truth_in(folder.path());
        ASSERT_EQ(truth.size(), keys.size());
        for (const auto& key : keys) {
            ASSERT_TRUE(truth.contains(key)) << key;
        }
    }
}

TEST(Synth, AboutHalfAsManyPeopleAsRecordsAndManyOfThemInSeveralSources) {
    const Folder folder("people");
    const auto written = write_workspace(request(9, 10000, 4), 1, folder.path());
    EXPECT_EQ(written.entities, 5000U);
    EXPECT_GT(written.broken_rows, 0U);
    EXPECT_LT(written.broken_rows, 30U);
}

TEST(Synth, WithSkewAFewPeopleHaveVeryManyRecords) {
    const auto most = [](bool skewed) {
        const Folder folder("skew");
        auto wanted = request(9, 10000, 4);
        wanted.skewed = skewed;
        write_workspace(wanted, 1, folder.path());
        std::map<std::string, int> records;
        int greatest = 0;
        for (const auto& [key, entity] : truth_in(folder.path())) {
            greatest = std::max(greatest, ++records[entity]);
        }
        return greatest;
    };
    EXPECT_LT(most(false), 20);
    EXPECT_GT(most(true), 100);
}

TEST(Synth, InTheSecondNightTheShareAskedForChangedAndAFewCameAndWent) {
    const Folder first("night1");
    const Folder second("night2");
    write_workspace(request(4, 20000, 2), 1, first.path());
    write_workspace(request(4, 20000, 2), 2, second.path());
    const auto before = truth_in(first.path());
    const auto after = truth_in(second.path());
    const auto absent_from = [](const auto& there, const auto& keys) {
        return std::count_if(keys.begin(), keys.end(),
                             [&](const auto& item) { return !there.contains(item.first); });
    };
    EXPECT_NEAR(static_cast<double>(absent_from(after, before)), 100, 40);  // a quarter of 2 %
    EXPECT_EQ(absent_from(before, after), 100);
    for (const auto& [key, entity] : before) {
        const auto found = after.find(key);
        ASSERT_TRUE(found == after.end() || found->second == entity) << key;
    }
    const auto old_lines = lines_of(first.path() / "crm1.jsonl");
    const std::set<std::string> old(old_lines.begin(), old_lines.end());
    const auto lines = lines_of(second.path() / "crm1.jsonl");
    const auto unlike = std::count_if(lines.begin(), lines.end(),
                                      [&](const auto& line) { return !old.contains(line); });
    EXPECT_NEAR(static_cast<double>(unlike), 250, 60);  // 2 % of 10,000 changed, and 50 new
}

TEST(Synth, NoTwoPeopleHaveTheSameAccountOrAddressOfTheirOwn) {
    const World world(11, 20000);
    std::map<std::string, std::uint64_t> owners;
    const auto claim = [&](const std::string& identifier, std::uint64_t number) {
        if (!identifier.empty() && !identifier.ends_with(":")) {
            const auto [owner, is_new] = owners.emplace(identifier, number);
            EXPECT_TRUE(is_new || owner->second == number) << identifier;
        }
    };
    for (std::uint64_t number = 0; number < 40000; ++number) {
        const auto entity = world.entity(number);
        claim("instagram:" + entity.handle, number);
        claim("instagram:" + entity.earlier_handle, number);
        claim("tiktok:" + entity.tiktok, number);
        claim("youtube:" + entity.youtube, number);
        claim("x:" + entity.x, number);
        claim("id:" + entity.user_id, number);
        if (entity.kind != EntityKind::Duo) {
            claim("mail:" + entity.email, number);
            claim("mail:" + entity.earlier_email, number);
        }
        EXPECT_LE(entity.handle.size(), 30U);
        EXPECT_LE(entity.tiktok.size(), 24U);
        EXPECT_LE(entity.x.size(), 15U);
    }
}

TEST(Synth, AFileThatCannotBeWrittenIsNamed) {
    const Folder folder("unwritable");
    fs::create_directories(folder.path() / "sheet1.csv");
    try {
        write_workspace(request(1, 10, 1), 1, folder.path());
        FAIL() << "nothing was thrown";
    } catch (const std::system_error& error) {
        EXPECT_NE(std::string(error.what()).find("sheet1.csv"), std::string::npos);
    }
}

}  // namespace
}  // namespace coterie::synth
