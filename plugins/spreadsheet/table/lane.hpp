/// The rows of one range of columns: one table, or several below each other.
#pragma once

#include "follower.hpp"

#include <charconv>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spreadsheet {

class Lane {
  public:
    /// \param first, last  Columns. Cells left of the first lane and right of the last belong to
    ///                     them.
    Lane(const TableSettings& settings, const std::vector<NamedTable>& named, std::uint32_t first,
         std::uint32_t last, Taker& taker, SheetCounts& counts);

    /// Settles the first table. \param rows  Of this lane alone.
    void open(std::span<const Row> rows, bool at_end);
    /// A row of this lane. \pre open() was called.
    void take(const Row& row);
    void finish();

    [[nodiscard]] std::uint32_t first() const { return first_; }
    [[nodiscard]] std::uint32_t last() const { return last_; }

    /// The header that a workbook's own table has among the rows, or that a person says, or that is
    /// found. \return Nothing where no table is there.
    static std::optional<Opening> first_opening(const TableSettings& settings,
                                                const std::vector<NamedTable>& named,
                                                std::uint32_t first, std::uint32_t last,
                                                std::span<const Row> rows);

  private:
    enum class Decision { Done, NeedsMore };

    void start_table(const Opening& opening, std::span<const Row> header,
                     std::span<const Row> body);
    void emit_turned(std::span<const Row> rows);
    void drain(bool at_end);
    Decision decide(bool at_end);
    bool starts_table(bool at_end, bool& needs_more);
    void record(const Row& row);
    void count(bool is_record);
    void fill_from_above(Row& row);
    void set_aside(Aside as, const Row& row);
    void add_to_sums(const Row& row);

    [[nodiscard]] bool repeats_header(const Row& row) const;
    [[nodiscard]] bool is_labelled_total(const Row& row) const;
    [[nodiscard]] bool is_bare_total(const Row& row) const;
    [[nodiscard]] bool in_named_totals(const Row& row) const;
    [[nodiscard]] bool is_plain_record(const Row& row) const;
    enum class Lone { Record, Section, Note, Unclear };
    [[nodiscard]] Lone lone_row(const Row& row, const Row* next) const;
    [[nodiscard]] bool continues_above(const Row& row) const;

    const TableSettings& settings_;
    const std::vector<NamedTable>& named_;
    std::uint32_t first_;
    std::uint32_t last_;
    Taker& taker_;
    SheetCounts& counts_;

    Table table_;
    std::vector<ColumnFacts> facts_;
    std::size_t body_rows_ = 0;
    std::uint32_t usual_fill_ = 0;
    bool lone_rows_are_sections_ = false;
    std::optional<std::uint32_t> name_column_;
    bool table_open_ = false;
    bool done_ = false;  ///< the first table has ended and no other is wanted
    bool turned_ = false;
    std::string section_;
    std::vector<std::uint32_t> fill_columns_;
    std::vector<Cell> above_;  ///< of fill_columns_, as last seen
    Row filled_;
    struct Sum {
        std::uint32_t column = 0;
        double value = 0;
        double all = 0;  ///< since the header; value: since the last total
        bool valid = true;
    };
    std::vector<Sum> sums_;
    std::uint64_t summed_rows_ = 0;

    std::deque<Row> ahead_;
    std::uint64_t last_number_ = 0;
    bool after_break_ = false;  ///< what was before is a header, title, total, section or note
};

}  // namespace spreadsheet
