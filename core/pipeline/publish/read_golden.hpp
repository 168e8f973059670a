/// Golden records as documents: out of the store, with who contributed.
#pragma once

#include "base/time.hpp"
#include "pipeline/merge/golden.hpp"
#include "store/store.hpp"

#include "coterie/result.hpp"

#include <functional>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace coterie::publish {

/// One golden record, with all that its document needs.
struct GoldenView {
    merge::Heading heading;
    merge::GoldenRecord record;
    std::vector<merge::MemberKey> keys;  ///< beside record.members
};

/// Reads golden records out of a store. Holds what all of them share (run times, former ids).
/// One thread at a time.
class GoldenReader {
  public:
    static Result<GoldenReader> create(const store::Store& store);

    /// Every live one, by id.
    Result<void> for_each(const std::function<Result<void>(const GoldenView&)>& visit) const;
    /// The live one that this id is, or has become. Nothing when the id is unknown or removed.
    Result<std::optional<GoldenView>> find(const std::string& id) const;

    /// The live one with this number; an error where there is none.
    Result<GoldenView> at(store::GoldenNumber number) const;

  private:
    explicit GoldenReader(const store::Store& store) : store_(&store) {}
    Result<GoldenView> view(const store::GoldenRow& row) const;
    [[nodiscard]] Timestamp time_of(store::RunNumber run) const;

    const store::Store* store_;
    std::vector<std::string> source_names_;
    std::map<store::RunNumber, Timestamp> run_times_;
    std::unordered_map<std::string, std::vector<std::string>> former_ids_;
};

}  // namespace coterie::publish
