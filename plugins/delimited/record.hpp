/// A row as JSON text.
#pragma once

#include "coterie/text/row.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace delimited {

/// Writes rows as JSON objects into one buffer that grows to the largest. One thread.
class RecordWriter {
  public:
    /// \param nulls  Texts that mean an empty cell.
    RecordWriter(const std::vector<std::string>& columns, std::vector<std::string> nulls);

    /// \return The object; empty where every cell is. Lives until the next call.
    /// \pre The row is UTF-8, with coterie::text::kPadding readable bytes behind it.
    std::string_view write(const coterie::text::RowCutter& cutter, const coterie::text::Row& row);
    /// Whether the cell says that there is nothing.
    [[nodiscard]] bool is_null(const coterie::text::Cell& cell) const;

  private:
    std::vector<std::string> openings_;  ///< ,"name":"
    std::size_t openings_bytes_ = 0;
    std::vector<std::string> nulls_;
    std::vector<char> buffer_;
    std::string unescaped_;
};

}  // namespace delimited
