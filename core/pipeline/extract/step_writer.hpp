/// Commits the steps of one stream to the store.
#pragma once

#include "config/config.hpp"
#include "pipeline/extract/step.hpp"
#include "store/store.hpp"

#include "coterie/result.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace coterie::extract {

/// One stream's writer; lives on the thread that owns the store.
class StepWriter {
  public:
    struct Options {
        store::SourceId source = 0;
        std::string source_name;
        std::string stream;
        store::RunNumber run = 0;
        bool accept_deletions = false;
        config::Brake brake;
        HoldCheck hold_check;         ///< may be empty
        bool is_incremental = false;  ///< the next read may go on where this one ends
        /// Where this run's read began, "" for a full one; restored when it is held.
        std::string first_cursor;
        std::string state_version;  ///< what a state that is kept holds for
    };
    /// \param rows  the rows of the index's slots at the start of the read.
    StepWriter(store::Store& store, Options options, std::vector<store::Row> rows);

    /// One transaction.
    Result<void> write(Step step);

    [[nodiscard]] bool is_held() const { return !held_message_.empty(); }
    [[nodiscard]] std::uint64_t withheld_deletions() const { return withheld_deletions_; }
    [[nodiscard]] const std::string& held_message() const { return held_message_; }

  private:
    Result<void> write_in_transaction(Step& step);
    Result<void> land(Step& step);
    Result<void> quarantine(Step& step);
    Result<void> finish(Step& step);
    [[nodiscard]] Result<std::vector<store::Row>> left_behind(const Step& step) const;
    Result<void> hand_ids_on(const Step& step, std::vector<store::Row>& gone);
    [[nodiscard]] std::vector<store::Row> rows_of(std::span<const RecordIndex::Slot> slots) const;
    Result<void> forget_state(const Step& step);
    Result<void> keep_state(const Step& step);
    Result<void> count_quarantine_of_last_read();
    [[nodiscard]] bool is_braked(std::uint64_t gone, std::uint64_t present) const;

    store::Store& store_;
    Options options_;
    std::vector<store::Row> rows_;  ///< by slot
    bool is_state_forgotten_ = false;
    std::optional<std::string> last_cursor_;  ///< of this read
    std::uint64_t withheld_deletions_ = 0;
    std::string held_message_;
};

}  // namespace coterie::extract
