#include "pipeline/normalize/normalize.hpp"

#include "base/check.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

namespace coterie::normalize {
namespace {

/// Records that a thread takes at once: enough that taking them costs nothing, few enough that
/// the threads end together.
constexpr std::size_t kStripeRecords = 256;

/// Works stripe by stripe until none is left; each result has its place, so order is no matter.
class Stripes {
  public:
    Stripes(std::span<const RawRecord> records, std::vector<NormalizedRecord>& results)
        : records_(records), results_(results) {}

    void work() {
        try {
            Mapping::Scratch scratch;
            for (std::size_t at = next_.fetch_add(kStripeRecords); at < records_.size();
                 at = next_.fetch_add(kStripeRecords)) {
                const std::size_t end = std::min(at + kStripeRecords, records_.size());
                for (std::size_t i = at; i < end; ++i) {
                    const RawRecord& record = records_[i];
                    results_[i] = record.mapping->apply(record.json, *record.options, scratch);
                }
            }
        } catch (...) {
            // Only memory can run out here; it is the caller's to know.
            next_.store(records_.size());
            const std::lock_guard lock(mutex_);
            fault_ = std::current_exception();
        }
    }

    void rethrow() const {
        if (fault_) {
            std::rethrow_exception(fault_);
        }
    }

  private:
    std::span<const RawRecord> records_;
    std::vector<NormalizedRecord>& results_;
    std::atomic<std::size_t> next_ = 0;
    std::mutex mutex_;
    std::exception_ptr fault_;  ///< guarded by mutex_ while threads work
};

}  // namespace

std::vector<NormalizedRecord> normalize(std::span<const RawRecord> records, unsigned threads) {
    COTERIE_CHECK(threads > 0);
    COTERIE_CHECK(std::all_of(records.begin(), records.end(), [](const RawRecord& record) {
        return record.mapping != nullptr && record.options != nullptr;
    }));
    std::vector<NormalizedRecord> results(records.size());
    Stripes stripes(records, results);
    {
        const std::size_t useful = (records.size() + kStripeRecords - 1) / kStripeRecords;
        std::vector<std::jthread> workers;
        for (std::size_t i = 1; i < std::min<std::size_t>(threads, useful); ++i) {
            workers.emplace_back([&stripes] { stripes.work(); });
        }
        stripes.work();
    }
    stripes.rethrow();
    return results;
}

}  // namespace coterie::normalize
