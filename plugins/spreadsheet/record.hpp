/// A row of a table as JSON text.
#pragma once

#include "table/finder.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spreadsheet {

/// Fields that say where a record stands; unset ones are left out.
struct Place {
    std::string_view file;
    std::string_view sheet;
    std::string_view section;
};

/// Writes rows of one table as JSON objects into one buffer. One thread.
class RecordWriter {
  public:
    /// \param nulls  Texts that mean an empty cell. Both live as long as this.
    RecordWriter(const Table& table, const std::vector<std::string>& nulls);

    /// \return The object; empty where no cell is filled. Lives until the next call.
    std::string_view write(const Row& row, const Place& place);
    /// The cell as a record has it; nothing where it is empty or an error.
    [[nodiscard]] std::optional<std::string_view> text_of(const Cell& cell);
    /// Cells that held an error such as #N/A and were left out.
    [[nodiscard]] std::uint64_t errors() const { return errors_; }

  private:
    /// Writes a member behind `out`, which lies in out_. \return Behind it.
    char* put(std::string_view begin, std::string_view text, char* out);
    /// Where `out` is once out_ has so many bytes behind it.
    char* room_for(char* out, std::size_t bytes);
    [[nodiscard]] const std::string& opening_of(std::uint32_t column);

    const Table& table_;
    const std::vector<std::string>& nulls_;
    std::vector<std::string> openings_;  ///< "name":" by column
    std::string out_;                    ///< as large as it had to be; write() says what counts
    std::string percent_;
    std::uint64_t errors_ = 0;
};

/// "0.0452" as "4.52%".
std::string percent_text(std::string_view number);

}  // namespace spreadsheet
