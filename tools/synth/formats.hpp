/// A record as a row of a Danish sheet, or as a line of a CRM's export.
#pragma once

#include "synth/records.hpp"

#include <string>
#include <string_view>

namespace coterie::synth {

/// The header of the sheets, with the line end.
std::string_view csv_header();
/// Appends the row. `Nr.` is the record id.
void append_csv(std::string& out, const Record& record, std::string_view record_id);
/// Appends the object and a line end. `id` is the record id.
void append_json(std::string& out, const Record& record, std::string_view record_id);
/// Appends a row that no reader can take: too few cells, no UTF-8.
void append_broken_csv(std::string& out, Dice& dice);
/// Appends a line that no reader can take: cut off, no object, no UTF-8.
void append_broken_json(std::string& out, Dice& dice);
/// The mapping of such a sheet or export, as YAML, each line indented by four blanks.
std::string_view csv_mapping();
std::string_view json_mapping();

}  // namespace coterie::synth
