/// The quarantine as a table that a person can work off: one row an entry, one column a field.
#pragma once

#include "store/store.hpp"

#include "coterie/result.hpp"

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace coterie::publish {

/// Where something stands, taken apart as far as it says: "roster.csv:17",
/// "roster.xlsx, sheet 'Emner', row 17, column 'Insta'".
struct Place {
    std::string file, sheet, row, column;
    friend bool operator==(const Place&, const Place&) = default;
};
Place parse_place(std::string_view where);

/// Reads the quarantine of a store, twice: first for the columns. One thread at a time.
class QuarantineTable {
  public:
    static Result<QuarantineTable> create(const store::Store& store);
    /// entry, reason, source, stream, record_id, stage, where, file, sheet, row, column,
    /// corrected_at, a column for each field of the quarantined records, raw. Of a stream with an
    /// entry that is no record, the columns that its records have are there to be filled in.
    [[nodiscard]] const std::vector<std::string>& columns() const { return columns_; }
    /// So many of `columns` stand before those of the fields.
    static std::size_t own_columns_before();
    /// In the order in which they were found. \param visit  gets the cells beside `columns`.
    Result<void> for_each(const std::function<void(const store::QuarantineEntry&,
                                                   std::span<const std::string>)>& visit) const;
    /// The same of a record that a destination would not take.
    [[nodiscard]] std::vector<std::string> cells_of(const store::Rejection& rejection) const;
    /// When a person corrected what the entry is of; it is still not understood then.
    [[nodiscard]] std::optional<Timestamp> corrected_at(const store::QuarantineEntry& entry) const;
    [[nodiscard]] const std::string& source_name(const store::QuarantineEntry& entry) const;

  private:
    explicit QuarantineTable(const store::Store& store) : store_(&store) {}
    Result<void> find_columns();
    Result<void> add_columns_of_stream(store::SourceId source, const std::string& stream);
    void add_columns_of(std::string_view record);

    const store::Store* store_;
    std::vector<std::string> source_names_;
    std::vector<std::string> columns_;
    std::map<std::string, std::size_t, std::less<>> position_of_field_;
    std::vector<store::Correction> corrections_;
};

/// The record of an entry as its row says it now: JSON, or nothing where the row says what the
/// entry said. A cell that was emptied takes its field away; a number or a list stays one. \param
/// cells  by column; columns that are no field are left out of account. \return Data error: the
/// entry's raw text was cut, so nobody knows the whole record.
Result<std::optional<std::string>>
corrected_record(const store::QuarantineEntry& entry,
                 const std::map<std::string, std::string>& cells);

}  // namespace coterie::publish
