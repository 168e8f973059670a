/// Lets the rows of sources without ids keep their record ids when they are edited.
#pragma once

#include "store/store.hpp"

#include "coterie/result.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace coterie::extract {

/// What is known at the end of a full read.
struct ReadRows {
    std::span<const store::Row> vanished;  ///< there last night, not brought by this read
    std::span<const store::Row> fresh;     ///< brought for the first time since a finished read
    /// Some of all that this read brought, chosen by nothing but their content: how rare values are
    /// is learnt from them.
    std::span<const store::Row> sample;
};

/// Pairs of records, and how the run's counts change by them: the fresh one was counted by itself,
/// and is a change of the vanished one now.
struct Successions {
    std::vector<store::Succession> pairs;
    store::Ledger correction;
};

/// Pairs the vanished records with the fresh ones, one to one; those with an id of their own are
/// left alone. The order of rows shows nowhere. \par Cost O(n log n) of both; some 200 MB at most
/// beside 40 bytes a fresh record.
Result<Successions> find_successions(const store::Store& store, const ReadRows& rows);

/// Whether an id is of the form that `content_id` gives.
bool is_content_id(std::string_view id);
/// The id of a record whose source gives none: its content's hash.
std::string content_id(std::string_view json);
/// The same for all records of one content: "…#2" as "…".
std::string_view without_twin_number(std::string_view id);

}  // namespace coterie::extract
