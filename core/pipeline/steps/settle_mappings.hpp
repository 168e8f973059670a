/// Ties mappings to the store: those that `mapping: auto` makes are kept there, and what a source's
/// columns were is compared with what they are before anything of it is normalized or deleted.
#pragma once

#include "pipeline/extract/extract.hpp"
#include "pipeline/normalize/auto/drift.hpp"
#include "pipeline/normalize/auto/infer.hpp"
#include "pipeline/workspace.hpp"
#include "store/store.hpp"

#include "coterie/result.hpp"

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace coterie::pipeline {

/// What was found out of one source's columns in this run.
struct MappingReport {
    bool is_auto = false;
    std::string known_export;
    std::size_t mapped = 0, asked = 0, custom = 0;  ///< columns, where `is_auto`
    std::vector<std::string> drift;
    std::string held;  ///< not empty: why nothing of it is normalized or deleted
};

/// A mapping that was inferred, as it is kept in the store.
struct KeptAuto {
    nlohmann::ordered_json mapping;
    std::string known_export;
    std::size_t mapped = 0, asked = 0, custom = 0;
};
std::string to_text(const KeptAuto& kept);
/// Nothing where the text is none.
std::optional<KeptAuto> kept_auto_from(std::string_view text);

/// One run's mappings. On the thread that owns the store.
class MappingKeeper {
  public:
    /// \param accepted  sources whose drift a person has seen: it is taken in, and what was
    /// inferred
    ///                  is inferred anew.
    MappingKeeper(store::Store& store, PreparedWorkspace& workspace, store::RunNumber run,
                  std::set<std::string> accepted)
        : store_(store), workspace_(workspace), run_(run), accepted_(std::move(accepted)) {}

    /// Gives the sources of `mapping: auto` the mappings that are kept for them, and tells the
    /// store which version of each mapping is in force.
    Result<void> load();
    /// For the end of a source's read, before anything of it is deleted.
    [[nodiscard]] extract::HoldCheck hold_check(const std::string& source);
    /// After reading: makes the mappings that are missing, looks for drift where reading has not,
    /// and keeps what the columns are now.
    Result<void> settle(const std::vector<extract::SourceResult>& results);

    [[nodiscard]] const std::map<std::string, MappingReport>& reports() const { return reports_; }
    [[nodiscard]] bool is_held(const std::string& source) const;
    [[nodiscard]] store::SourceId id_of(const std::string& source) const { return ids_.at(source); }

  private:
    Result<void> load_kept(PreparedSource& source, store::SourceId id);
    Result<std::string> check(const PreparedSource& source, std::span<const store::Row> gone);
    Result<void> infer(PreparedSource& source);
    Result<void> keep_profile(const PreparedSource& source);

    store::Store& store_;
    PreparedWorkspace& workspace_;
    store::RunNumber run_;
    std::set<std::string> accepted_;
    std::map<std::string, store::SourceId> ids_;
    std::map<std::string, store::KeptMapping> kept_;
    std::map<std::string, MappingReport> reports_;
    std::set<std::string> checked_;  ///< at the end of their reads
};

}  // namespace coterie::pipeline
