/// CSV in the dialect that whoever reads it wants.
#pragma once

#include "coterie/result.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace coterie::publish {

/// How a CSV file is written. The default is RFC 4180 with LF: what programs read.
struct CsvDialect {
    char delimiter = ',';
    char decimal = '.';
    std::string line_end = "\n";
    std::string encoding = "utf-8";  ///< a name that ICU knows; or "utf-8-bom"
    /// Put a ' in front of text that a spreadsheet would take for a formula.
    bool guards_formulas = true;
    /// What the encoding has no character for is written as ?, and counted; else it is an error.
    bool replaces_unencodable = true;

    /// "rfc4180" (the default), "excel" (comma, as an English Excel reads it), "excel-da"
    /// (semicolon and decimal comma, as a Danish one does; so do most of continental Europe's).
    /// \return Config error that lists them.
    static Result<CsvDialect> named(const std::string& name);
    static std::vector<std::string> names();
};

/// One cell's content.
struct CsvCell {
    std::string text;
    bool is_number = false;  ///< written with the dialect's decimal sign
};

/// Writes rows as bytes of the dialect. One thread at a time.
class CsvWriter {
  public:
    /// \return Config error where the encoding is not known, or the dialect is no sound one.
    static Result<CsvWriter> create(const CsvDialect& dialect);
    ~CsvWriter();
    CsvWriter(CsvWriter&&) noexcept;
    CsvWriter& operator=(CsvWriter&&) noexcept;

    /// What the file begins with: a byte order mark, or nothing.
    [[nodiscard]] std::string_view preamble() const;
    /// Appends one row. \return Data error where the encoding lacks a character and the dialect
    /// does not replace it.
    Result<void> append(std::string& out, std::span<const CsvCell> cells);
    /// Characters that the encoding lacks, so far.
    [[nodiscard]] std::uint64_t replaced() const;

  private:
    struct Impl;
    explicit CsvWriter(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// One cell as text: quoted where needed, made safe against formulas where the dialect says so.
std::string csv_cell(const CsvCell& cell, const CsvDialect& dialect);

}  // namespace coterie::publish
