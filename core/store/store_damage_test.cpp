// What happens to a store when the process is killed, the disk is full, or the file is damaged.
#include "store/store_test_support.hpp"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <functional>
#include <random>
#include <sstream>

namespace coterie::store {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

/// A process of the test's own that runs `body`, which is given where to write to its parent.
class Child {
  public:
    explicit Child(const std::function<void(int)>& body) {
        std::array<int, 2> ends{};
        if (::pipe(ends.data()) != 0) {
            throw std::runtime_error("no pipe");
        }
        process_ = ::fork();
        if (process_ == 0) {
            ::close(ends[0]);
            run(body, ends[1]);
        }
        ::close(ends[1]);
        output_ = ends[0];
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child() {
        kill();
        ::close(output_);
    }
    /// Waits for the next byte; false when the child ended.
    bool next_byte() const {
        char byte = 0;
        return ::read(output_, &byte, 1) == 1;
    }
    /// All it writes until it ends.
    std::string output() const {
        std::string text;
        for (char byte = 0; ::read(output_, &byte, 1) == 1;) {
            text += byte;
        }
        return text;
    }
    void kill() {
        if (process_ > 0) {
            ::kill(process_, SIGKILL);
            ::waitpid(process_, nullptr, 0);
            process_ = -1;
        }
    }

  private:
    [[noreturn]] static void run(const std::function<void(int)>& body, int output) {
        try {
            body(output);
        } catch (const std::exception& error) {
            say(output, std::string("exception: ") + error.what());
        }
        ::_exit(0);  // without the parent's cleaning up
    }

  public:
    static void say(int output, std::string_view text) {
        if (::write(output, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
            ::_exit(3);
        }
    }

  private:
    pid_t process_ = -1;
    int output_ = -1;
};

// --- Killed ----------------------------------------------------------------------------------

/// One night's worth of writing, over and over; each step leaves the store in a state that
/// `expect_consistent` accepts. Says a byte before each step.
class Worker {
  public:
    Worker(const std::filesystem::path& path, std::uint32_t seed, int output)
        : store_(open_store(path)), random_(seed), output_(output),
          source_(must(store_->source_id("crm"))) {}

    [[noreturn]] void work_for_ever() {
        for (;;) {
            const auto run = must(store_->begin_run(moment(1000)));
            land(run.number);
            land(run.number);
            normalize();
            forget_some(run.number);
            merge(run.number);
            Child::say(output_, ".");
            must(store_->finish_run(run.number, moment(2000), {{"golden", 1}}));
        }
    }

  private:
    void step(const std::function<void()>& action) {
        Child::say(output_, ".");
        must(store_->transaction([&]() -> Result<void> {
            action();
            return {};
        }));
    }
    std::uint64_t landed_so_far() const {
        const auto checkpoint = must(store_->checkpoint(source_, "contacts"));
        return checkpoint.empty() ? 0 : std::stoull(checkpoint);
    }
    void land(RunNumber run) {
        step([&] {
            const auto before = landed_so_far();
            auto records = landed_range(before, 1 + random_() % 300);
            must(store_->land(source_, "contacts", run, records));
            Ledger delta;
            delta.read = delta.created = records.size();
            must(store_->add_to_ledger(source_, "contacts", run, delta));
            must(store_->set_checkpoint(source_, "contacts", run,
                                        std::to_string(before + records.size())));
        });
    }
    void normalize() {
        for (;;) {
            const auto batch = must(store_->pending(0, 100));
            if (batch.empty()) {
                return;
            }
            step([&] {
                std::vector<Store::Normalized> normalized;
                for (const auto& record : batch) {
                    normalized.push_back({record.row, false, record.payload, record.record_id});
                }
                must(store_->put_normalized(normalized));
            });
        }
    }
    void forget_some(RunNumber run) {
        step([&] {
            std::vector<Row> gone;
            for (const auto& entry : must(store_->load_index(source_, "contacts"))) {
                if (entry.state == RecordState::Live && random_() % 50 == 0) {
                    gone.push_back(entry.row);
                }
            }
            must(store_->mark_gone(source_, run, gone));
        });
    }
    void merge(RunNumber run) {
        step([&] {
            std::vector<std::pair<Row, GoldenNumber>> links;
            for (const Row row : must(store_->touched())) {
                const bool gone = must(store_->record(row, false)).state == RecordState::Gone;
                GoldenRow golden;
                golden.id = "g" + std::to_string(row);
                golden.created_run = run;
                golden.body = golden.id;
                if (!gone) {
                    must(store_->put_golden(golden));
                }
                links.emplace_back(row, golden.number);
            }
            must(store_->link(links));
            must(store_->clear_touched());
        });
    }

    std::unique_ptr<Store> store_;
    std::mt19937 random_;
    int output_;
    SourceId source_;
};

/// What the steps of Worker promise together.
void expect_consistent(Store& store) {
    EXPECT_THAT(must(store.integrity_faults()), IsEmpty());
    const auto source = must(store.source_id("crm"));
    std::uint64_t created = 0;
    for (const auto& run : must(store.runs(100000))) {
        created += must(store.ledger(source, "contacts", run.number)).created;
    }
    const auto index = must(store.load_index(source, "contacts"));
    const auto checkpoint = must(store.checkpoint(source, "contacts"));
    EXPECT_EQ(index.size(), created);
    EXPECT_EQ(std::to_string(index.size()), checkpoint.empty() ? "0" : checkpoint);

    // Every live record waits, or is touched, or is linked to a golden record of its own.
    std::set<Row> accounted;
    for (const auto& record : must(store.pending(0, 1000000))) {
        accounted.insert(record.row);
    }
    const auto touched = must(store.touched());
    accounted.insert(touched.begin(), touched.end());
    must(store.for_each_link([&](Row row, GoldenNumber) { accounted.insert(row); }));
    for (const auto& entry : index) {
        if (entry.state == RecordState::Live) {
            EXPECT_EQ(accounted.count(entry.row), 1U) << entry.row;
        }
    }
}

TEST(StoreCrash, KilledAtAnyMomentItIsAsTheLastCommitLeftIt) {
    const TestFolder folder;
    std::mt19937 random(20260131);
    std::uint64_t landed_before = 0;
    for (int kill = 0; kill < 40; ++kill) {
        SCOPED_TRACE(kill);
        const auto seed = static_cast<std::uint32_t>(random());
        {
            Child child([&](int output) { Worker(folder / "s.db", seed, output).work_for_ever(); });
            for (auto bytes = random() % 25; bytes > 0; --bytes) {
                ASSERT_TRUE(child.next_byte());
            }
            // Somewhere within the step: spinning for a while is as random as it gets.
            volatile std::uint64_t spins = random() % 3'000'000;
            while (spins > 0) {
                spins = spins - 1;
            }
            child.kill();
        }
        const auto store = open_store(folder / "s.db");  // the kernel let go of the lock
        expect_consistent(*store);
        const auto source = must(store->source_id("crm"));
        const auto landed = must(store->load_index(source, "contacts")).size();
        EXPECT_GE(landed, landed_before);
        landed_before = landed;
    }
    EXPECT_GT(landed_before, 0U);
}

// --- Full ------------------------------------------------------------------------------------

TEST(StoreDamage, AFullDiskIsSaidAndNothingCommittedIsLost) {
    const TestFolder folder;
    const Child child([&](int output) {
        std::signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{2'000'000, 2'000'000};
        ::setrlimit(RLIMIT_FSIZE, &limit);
        const auto store = open_store(folder / "s.db");
        const auto source = must(store->source_id("crm"));
        for (std::uint64_t batch = 0;; ++batch) {
            auto records = landed_range(batch * 500, 500);
            const auto landed = store->land(source, "contacts", 1, records);
            if (!landed) {
                Child::say(output, std::to_string(batch) + " " + landed.error().message);
                return;
            }
        }
    });
    std::istringstream said(child.output());
    std::uint64_t committed = 0;
    std::string message;
    said >> committed;
    std::getline(said, message);
    EXPECT_GT(committed, 0U) << message;
    EXPECT_THAT(message, HasSubstr("landing records"));
    EXPECT_THAT(message, HasSubstr("limit is used up: free some space"));

    const auto store = open_store(folder / "s.db");  // there is room again
    EXPECT_EQ(must(store->live_count(1, "contacts")), committed * 500);
    EXPECT_THAT(must(store->integrity_faults()), IsEmpty());
    auto more = landed_range(committed * 500, 500);
    must(store->land(1, "contacts", 1, more));
}

// --- Not writable ----------------------------------------------------------------------------

TEST(StoreDamage, AFolderThatCannotBeWrittenIsSaidAndItsStoreCanBeRead) {
    const TestFolder folder;
    {
        const auto store = open_store(folder / "s.db");
        auto records = landed_range(1, 3);
        must(store->land(must(store->source_id("crm")), "contacts", 1, records));
    }
    std::filesystem::remove(folder / "s.db.lock");
    ASSERT_EQ(::chmod((folder / "s.db").c_str(), 0444), 0);
    ASSERT_EQ(::chmod(folder.path().c_str(), 0555), 0);
    const Child child([&](int output) {
        if (::getuid() == 0 && ::setuid(65534) != 0) {  // root may write anything
            Child::say(output, "no other user");
            return;
        }
        const auto writing = Store::open(uri_of(folder / "s.db"), Store::Access::ReadWrite);
        Child::say(output, writing ? "it was opened" : writing.error().message);
        const auto reading = open_store(folder / "s.db", Store::Access::ReadOnly);
        Child::say(output, "; read " + std::to_string(must(reading->pending_count())));
    });
    const auto said = child.output();
    ASSERT_EQ(::chmod(folder.path().c_str(), 0755), 0);
    EXPECT_THAT(said, HasSubstr("Permission denied"));
    EXPECT_THAT(said, HasSubstr("be writable by this user"));
    EXPECT_THAT(said, HasSubstr("; read 3"));
}

// --- Damaged ---------------------------------------------------------------------------------

std::string read_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void write_file(const std::filesystem::path& path, std::string_view bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc)
        .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

/// A store with something in every table, as bytes.
std::string sound_store(const TestFolder& folder) {
    const auto path = folder / "sound.db";
    {
        const auto store = open_store(path);
        const auto source = must(store->source_id("crm"));
        const auto run = must(store->begin_run(moment(1))).number;
        auto records = landed_range(1, 600);
        must(store->land(source, "contacts", run, records));
        std::vector<Store::Normalized> normalized;
        std::vector<std::pair<Row, GoldenNumber>> links;
        for (Row row = 1; row <= 300; ++row) {
            normalized.push_back({row, false, raw_json(row), "keys"});
            GoldenRow golden;
            golden.id = "g" + std::to_string(row);
            golden.body = raw_json(row);
            must(store->put_golden(golden));
            links.emplace_back(row, golden.number);
        }
        must(store->put_normalized(normalized));
        must(store->link(links));
        must(store->add_seen(source, "contacts", run, std::array{Row{1}, Row{2}}));
        must(store->add_changes(std::array{Change{run, "g1", "created", "{}"}}));
        must(store->finish_run(run, moment(2), {{"read", 600}}));
    }
    return read_file(path);
}

/// Calls everything that reads, whatever it gives. Counts the errors.
int read_everything(const Store& store) {
    int errors = 0;
    const auto count = [&errors](const auto& result) { errors += result.has_value() ? 0 : 1; };
    std::vector<Row> rows;
    count(store.runs(10));
    count(store.source_names());
    count(store.load_index(1, "contacts"));
    count(store.seen(1, "contacts", 1));
    count(store.live_count(1, "contacts"));
    count(store.checkpoint(1, "contacts"));
    count(store.ledger(1, "contacts", 1));
    count(store.for_each_quarantined([](const QuarantineEntry&) {}));
    count(store.pending(0, 10000));
    count(store.touched());
    count(store.for_each_match_keys([&](const MatchKeys& keys) { rows.push_back(keys.row); }));
    count(store.facts(rows));
    count(store.for_each_link([](Row, GoldenNumber) {}));
    count(store.for_each_golden([](const GoldenRow&) {}));
    count(store.for_each_live_golden([](const GoldenRow&) {}));
    count(store.golden("g7"));
    count(store.for_each_change(1, [](const Change&) {}));
    count(store.find_record("crm", "id-599"));
    count(store.record(5, true));
    count(store.for_each_link_by_key([](const Store::Link&) {}));
    const auto faults = store.integrity_faults();
    errors += !faults || !faults->empty() ? 1 : 0;
    return errors;
}

/// Opens and reads a store of these bytes; 0: no complaint.
int complaints_about(const TestFolder& folder, std::string_view bytes, Store::Access access) {
    const auto path = folder / "damaged.db";
    for (const char* end : {"", "-wal", "-shm"}) {
        std::filesystem::remove(path.string() + end);
    }
    write_file(path, bytes);
    const auto store = Store::open(uri_of(path), access);
    return store ? read_everything(**store) : 1;
}

TEST(StoreDamage, ASoundStoreGivesNoComplaint) {
    const TestFolder folder;
    const auto bytes = sound_store(folder);
    EXPECT_EQ(complaints_about(folder, bytes, Store::Access::ReadWrite), 0);
    EXPECT_EQ(complaints_about(folder, bytes, Store::Access::ReadOnly), 0);
}

TEST(StoreDamage, ATruncatedFileIsAnErrorAndNeverACrash) {
    const TestFolder folder;
    const auto bytes = sound_store(folder);
    std::mt19937 random(3);
    for (int i = 0; i < 20; ++i) {
        const auto size = 1 + random() % (bytes.size() - 8192);
        SCOPED_TRACE(size);
        EXPECT_GT(complaints_about(folder, bytes.substr(0, size), Store::Access::ReadOnly), 0);
        EXPECT_GT(complaints_about(folder, bytes.substr(0, size), Store::Access::ReadWrite), 0);
    }
}

TEST(StoreDamage, FlippedBytesAreNeverACrash) {
    const TestFolder folder;
    const auto bytes = sound_store(folder);
    int noticed = 0;
    for (std::uint32_t seed = 0; seed < 60; ++seed) {
        SCOPED_TRACE(seed);
        std::mt19937 random(seed);
        auto damaged = bytes;
        for (int i = 0; i < 30; ++i) {
            damaged[random() % damaged.size()] = static_cast<char>(random());
        }
        noticed += complaints_about(folder, damaged, Store::Access::ReadOnly) > 0 ? 1 : 0;
    }
    EXPECT_GT(noticed, 50);
}

TEST(StoreDamage, TheErrorOfADamagedFileSaysWhatToDo) {
    const TestFolder folder;
    auto bytes = sound_store(folder);
    std::fill(bytes.begin() + 8192, bytes.end(), 'x');
    write_file(folder / "damaged.db", bytes);
    const auto store = Store::open(uri_of(folder / "damaged.db"), Store::Access::ReadWrite);
    std::string message;
    if (!store) {
        message = store.error().message;
    } else if (const auto rows = (*store)->runs(1); !rows) {
        message = rows.error().message;
    }
    EXPECT_THAT(message, HasSubstr("damaged.db"));
    EXPECT_THAT(message, HasSubstr("the file is damaged: restore it from a backup"));
}

}  // namespace
}  // namespace coterie::store
