#include "pipeline/publish/read_golden.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace coterie::publish {

Result<GoldenReader> GoldenReader::create(const store::Store& store) {
    GoldenReader reader(store);
    COTERIE_TRY(reader.source_names_, store.source_names());
    COTERIE_TRY(const auto runs, store.runs(std::numeric_limits<std::int32_t>::max()));
    for (const store::Run& run : runs) {
        reader.run_times_[run.number] = run.started_at;
    }
    std::unordered_map<std::string, std::string> merged_into;
    COTERIE_TRY_VOID(store.for_each_golden([&](const store::GoldenRow& row) {
        if (row.state == store::GoldenState::Merged) {
            merged_into[row.id] = row.merged_into;
        }
    }));
    for (const auto& [id, first] : merged_into) {
        std::string last = first;
        for (auto next = merged_into.find(last); next != merged_into.end();
             next = merged_into.find(last)) {
            last = next->second;
        }
        reader.former_ids_[last].push_back(id);
    }
    for (auto& [id, former] : reader.former_ids_) {
        std::sort(former.begin(), former.end());
    }
    return reader;
}

Result<void>
GoldenReader::for_each(const std::function<Result<void>(const GoldenView&)>& visit) const {
    Result<void> failure;
    COTERIE_TRY_VOID(store_->for_each_live_golden([&](const store::GoldenRow& row) {
        if (!failure) {
            return;
        }
        auto golden = view(row);
        failure = golden ? visit(*golden) : Result<void>(std::move(golden).error());
    }));
    return failure;
}

Result<std::optional<GoldenView>> GoldenReader::find(const std::string& id) const {
    std::string current = id;
    for (;;) {
        COTERIE_TRY(auto row, store_->golden(current));
        if (!row || row->state == store::GoldenState::Removed) {
            return std::optional<GoldenView>();
        }
        if (row->state == store::GoldenState::Merged) {
            current = row->merged_into;
            continue;
        }
        COTERIE_TRY(auto golden, view(*row));
        return std::optional(std::move(golden));
    }
}

Result<GoldenView> GoldenReader::at(store::GoldenNumber number) const {
    COTERIE_TRY(const auto row, store_->golden(number));
    if (!row || row->state != store::GoldenState::Live) {
        return Error{ErrorKind::Fatal,
                     fmt::format("golden record {} is not there any more", number)};
    }
    return view(*row);
}

Result<GoldenView> GoldenReader::view(const store::GoldenRow& row) const {
    GoldenView golden;
    COTERIE_TRY(golden.record,
                merge::decode(row.body).transform_error(within("golden record " + row.id)));
    golden.heading = {row.id, row.revision, time_of(row.created_run), time_of(row.updated_run), {}};
    if (const auto former = former_ids_.find(row.id); former != former_ids_.end()) {
        golden.heading.former_ids = former->second;
    }
    golden.keys.reserve(golden.record.members.size());
    for (const merge::Member& member : golden.record.members) {
        COTERIE_TRY(auto record, store_->record(member.row, false));
        golden.keys.push_back({source_names_[record.source - 1], std::move(record.stream),
                               std::move(record.record_id), time_of(member.first_run),
                               time_of(member.seen_run), time_of(record.changed_run)});
    }
    return golden;
}

Timestamp GoldenReader::time_of(store::RunNumber run) const {
    const auto found = run_times_.find(run);
    return found == run_times_.end() ? Timestamp{} : found->second;
}

}  // namespace coterie::publish
