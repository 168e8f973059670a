/// The roster as files.
#pragma once

#include "store/store.hpp"

#include "coterie/result.hpp"

#include <cstdint>
#include <cstdio>
#include <string>

namespace coterie::publish {

enum class What { Golden, Links, Quarantine };
enum class Format { JsonLines, Csv };

/// Writes to `out`; rows in a fixed order, so that equal rosters give equal files.
///
/// JSON Lines: golden records as schemas/influencer-record.schema.json has them, one a line.
/// CSV: RFC 4180, UTF-8, LF; a list's items are joined by "; ". A text that a spreadsheet would
/// take for a formula (it begins with = + - @, a tab or a carriage return) gets a ' in front; phone
/// numbers and plain numbers are let be. Use JSON Lines where every byte counts.
/// links: source, stream, record_id, golden_id, every record in use once.
/// quarantine: QuarantineTable's columns; JSON Lines have `record` in place of a column a field.
/// \return how many rows were written; Fatal when the file cannot be written (disk full, …).
Result<std::uint64_t> export_to(const store::Store& store, What what, Format format,
                                std::FILE* out);

/// One CSV cell: quoted where needed, made safe against formulas.
std::string csv_cell(std::string_view text);

}  // namespace coterie::publish
