/// The roster as files.
#pragma once

#include "pipeline/publish/csv.hpp"
#include "store/store.hpp"

#include "coterie/result.hpp"

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace coterie::publish {

enum class What { Golden, Links, Quarantine };
enum class Format {
    JsonLines,
    FlatJsonLines,  ///< a member a column, as a table has it
    Csv,
};

/// "golden", "links", "quarantine".
std::string_view name_of(What what);
/// The columns of links and of quarantine, in their order. \pre Not golden records.
Result<std::vector<std::string>> columns_of(const store::Store& store, What what);

struct Exported {
    std::uint64_t rows = 0;
    std::uint64_t replaced = 0;  ///< characters that the dialect's encoding lacks
};

/// Writes to `out`; rows in a fixed order, so that equal rosters give equal files.
///
/// JSON Lines: golden records as schemas/influencer-record.schema.json has them, one a line.
/// CSV: in the dialect; a list's items are joined by "; ". Use JSON Lines where every byte counts.
/// links: source, stream, record_id, golden_id, every record in use once.
/// quarantine: QuarantineTable's columns; JSON Lines have `record` in place of a column a field. Of
/// a record that a destination would not take: the destination's name as source, the golden id as
/// record_id, stage publish.
/// \return Fatal when the file cannot be written (disk full, …), Config or Data errors of the
///         dialect.
Result<Exported> export_to(const store::Store& store, What what, Format format,
                           const CsvDialect& dialect, std::FILE* out);

}  // namespace coterie::publish
