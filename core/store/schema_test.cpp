// What kind of file is opened: ours, another's, an older or a newer one; and who may write it.
#include "store/run_lock.hpp"
#include "store/schema.hpp"
#include "store/store_test_support.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>

namespace coterie::store {
namespace {

using testing::HasSubstr;

std::unique_ptr<Database> open_database(const std::filesystem::path& path) {
    return must(Database::open(path, Database::Open::Create));
}

unsigned mode_of(const std::filesystem::path& path) {
    struct stat found {};
    EXPECT_EQ(::stat(path.c_str(), &found), 0) << path;
    return found.st_mode & 0777U;
}

std::string refusal(const std::filesystem::path& path, Store::Access access) {
    const auto opened = Store::open(uri_of(path), access);
    EXPECT_FALSE(opened.has_value());
    return opened ? "" : opened.error().message;
}

constexpr std::array kOlder{
    Migration{1, "CREATE TABLE people (name TEXT); INSERT INTO people VALUES ('Ada'), ('Bo')"}};
constexpr std::array kNewer{kOlder[0], Migration{2, "ALTER TABLE people ADD COLUMN letters INTEGER;"
                                                    "UPDATE people SET letters = length(name)"}};
constexpr std::array kFailing{kNewer[0], kNewer[1],
                              Migration{3, "DELETE FROM people; INSERT INTO nowhere VALUES (1)"}};

TEST(StoreSchema, AnOlderStoreIsMigratedWithWhatItHolds) {
    const TestFolder folder;
    must(migrate(*open_database(folder / "s.db"), kOlder));
    const auto database = open_database(folder / "s.db");
    must(migrate(*database, kNewer));
    EXPECT_EQ(must(database->integer("SELECT sum(letters) FROM people", "test")), 5);
    EXPECT_EQ(must(identify(*database)).version, 2);
    must(migrate(*database, kNewer));  // nothing is left to do
    EXPECT_EQ(must(database->integer("SELECT count(*) FROM people", "test")), 2);
}

TEST(StoreSchema, AStepThatFailsIsUndoneAndTheOnesBeforeItStay) {
    const TestFolder folder;
    const auto database = open_database(folder / "s.db");
    const auto done = migrate(*database, kFailing);
    ASSERT_FALSE(done.has_value());
    EXPECT_THAT(done.error().message, HasSubstr("migrating it to version 3"));
    EXPECT_EQ(must(identify(*database)).version, 2);
    EXPECT_EQ(must(database->integer("SELECT count(*) FROM people", "test")), 2);
}

TEST(StoreSchema, TheStepsHaveNoGaps) {
    int version = 0;
    for (const auto& step : migrations()) {
        EXPECT_EQ(step.version, ++version);
    }
}

TEST(StoreSchema, ANewerStoreIsRefusedAndNotTouched) {
    const TestFolder folder;
    open_store(folder / "s.db").reset();
    must(open_database(folder / "s.db")->execute("PRAGMA user_version = 9", "test"));
    for (const auto access : {Store::Access::ReadWrite, Store::Access::ReadOnly}) {
        EXPECT_THAT(refusal(folder / "s.db", access),
                    HasSubstr("was written by a newer Coterie (store version 9, this one knows " +
                              std::to_string(migrations().back().version) + "); upgrade Coterie"));
    }
    EXPECT_EQ(must(identify(*open_database(folder / "s.db"))).version, 9);
}

TEST(StoreSchema, AnOlderStoreIsNotReadWithoutMigratingIt) {
    const TestFolder folder;
    open_store(folder / "s.db").reset();
    must(open_database(folder / "s.db")->execute("PRAGMA user_version = 0", "test"));
    EXPECT_THAT(refusal(folder / "s.db", Store::Access::ReadOnly),
                HasSubstr("was written by an older Coterie (store version 0"));
}

TEST(StoreSchema, AnotherProgramsDatabaseIsRefusedAndNotTouched) {
    const TestFolder folder;
    must(open_database(folder / "s.db")->execute("CREATE TABLE theirs (a)", "test"));
    for (const auto access : {Store::Access::ReadWrite, Store::Access::ReadOnly}) {
        EXPECT_THAT(refusal(folder / "s.db", access), HasSubstr("is not a Coterie store"));
    }
    EXPECT_EQ(
        must(open_database(folder / "s.db")->integer("SELECT count(*) FROM sqlite_master", "test")),
        1);
}

TEST(StoreSchema, AFileThatIsNoDatabaseIsRefusedAndNotTouched) {
    const TestFolder folder;
    const std::string text(5000, 'x');
    std::ofstream(folder / "s.db") << text;
    EXPECT_THAT(refusal(folder / "s.db", Store::Access::ReadWrite),
                HasSubstr("is not a Coterie store"));
    EXPECT_EQ(std::filesystem::file_size(folder / "s.db"), text.size());
}

TEST(StoreSchema, AnEmptyFileBecomesAStore) {  // its making may have been killed
    const TestFolder folder;
    std::ofstream(folder / "s.db").flush();
    EXPECT_EQ(must(open_store(folder / "s.db")->pending_count()), 0U);
}

TEST(StoreSchema, AStoreThatIsNotThereIsNotMadeByReading) {
    const TestFolder folder;
    EXPECT_THAT(refusal(folder / "s.db", Store::Access::ReadOnly),
                HasSubstr("does not exist; 'coterie run' makes it"));
    EXPECT_FALSE(std::filesystem::exists(folder / "s.db"));
}

TEST(StoreSchema, AnAddressThatIsNotKnownIsAConfigErrorThatTellsNoPassword) {
    for (const char* uri : {"postgresql://me:secret@host/db", "coterie.db", "sqlite:", ""}) {
        const auto opened = Store::open(uri, Store::Access::ReadWrite);
        ASSERT_FALSE(opened.has_value()) << uri;
        EXPECT_EQ(opened.error().kind, ErrorKind::Config);
        EXPECT_THAT(opened.error().message, HasSubstr("sqlite:PATH"));
        EXPECT_THAT(opened.error().message, testing::Not(HasSubstr("secret")));
    }
}

TEST(StoreSchema, OnlyItsOwnerMayReadTheFiles) {
    const TestFolder folder;
    const auto before = ::umask(0);
    {
        const auto store = open_store(folder / "s.db");
        static_cast<void>(must(store->source_id("crm")));
        for (const char* name : {"s.db", "s.db-wal", "s.db-shm", "s.db.lock"}) {
            EXPECT_EQ(mode_of(folder / name), 0600U) << name;
        }
    }
    ::umask(before);
}

TEST(StoreSchema, APathWithOddCharactersIsFine) {
    const TestFolder folder;
    const auto odd = folder / "år 100%?mode=memory#1.db";
    open_store(odd).reset();
    EXPECT_TRUE(std::filesystem::exists(odd));
    EXPECT_EQ(open_store(odd, Store::Access::ReadOnly)->path(), odd);
}

TEST(RunLock, TheRefusalNamesTheProcessAndHowLongItHasRun) {
    const TestFolder folder;
    const auto held = RunLock::take(folder / "s.db", moment(1000));
    ASSERT_TRUE(held.has_value());
    const auto refused = RunLock::take(folder / "s.db", moment(1000 + 2 * 3600 + 13 * 60));
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().kind, ErrorKind::Fatal);
    EXPECT_THAT(refused.error().message, HasSubstr("process " + std::to_string(::getpid())));
    EXPECT_THAT(refused.error().message, HasSubstr("running for 2 h 13 min"));
}

TEST(RunLock, AFileLeftBehindDoesNotHoldTheLock) {
    const TestFolder folder;
    std::ofstream(folder / "s.db.lock") << "1 elsewhere 2026-01-31T02:30:00Z\n";
    EXPECT_TRUE(RunLock::take(folder / "s.db", moment(0)).has_value());
}

}  // namespace
}  // namespace coterie::store
