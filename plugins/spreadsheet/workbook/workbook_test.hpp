/// Workbooks made in tests: parts as text, zipped in memory.
#pragma once

#include "grid.hpp"
#include "tests/support/memory_file.hpp"

#include <zip.h>

#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace spreadsheet::test {

/// Name → content, in the order of the archive.
using Parts = std::vector<std::pair<std::string, std::string>>;

inline std::string zipped(const Parts& parts) {
    zip_error_t error;
    zip_source_t* const buffer = zip_source_buffer_create(nullptr, 0, 0, &error);
    zip_source_keep(buffer);
    zip_t* const archive = zip_open_from_source(buffer, ZIP_TRUNCATE, &error);
    for (const auto& [name, content] : parts) {
        zip_source_t* const part = zip_source_buffer(archive, content.data(), content.size(), 0);
        if (zip_file_add(archive, name.c_str(), part, ZIP_FL_ENC_UTF_8) < 0) {
            throw std::runtime_error("cannot add a part");
        }
    }
    if (zip_close(archive) != 0 || zip_source_open(buffer) != 0) {
        throw std::runtime_error("cannot zip");
    }
    zip_stat_t stat;
    zip_source_stat(buffer, &stat);
    std::string bytes(stat.size, '\0');
    zip_source_read(buffer, bytes.data(), bytes.size());
    zip_source_close(buffer);
    zip_source_free(buffer);
    return bytes;
}

constexpr const char* kMain = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
constexpr const char* kRelated =
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// One relationship: id, the last step of its type, target, perhaps "External".
struct Pointer {
    std::string id, type, target, mode;
};

inline std::string relationships(const std::vector<Pointer>& pointers) {
    std::string out = "<Relationships>";
    for (const Pointer& pointer : pointers) {
        out += "<Relationship Id=\"" + pointer.id + "\" Type=\"" + kRelated + "/" + pointer.type +
               "\" Target=\"" + pointer.target + "\"" +
               (pointer.mode.empty() ? "" : " TargetMode=\"" + pointer.mode + "\"") + "/>";
    }
    return out + "</Relationships>";
}

/// An XLSX workbook of one sheet, "Roster"; each part can be replaced or taken away.
struct Xlsx {
    std::map<std::string, std::string> parts;

    /// \param rows  What stands in <sheetData>.
    explicit Xlsx(const std::string& rows, const std::string& behind = "",
                  const std::string& before = "") {
        parts["[Content_Types].xml"] = "<Types/>";
        parts["_rels/.rels"] = relationships({{"r1", "officeDocument", "xl/workbook.xml", ""}});
        parts["xl/_rels/workbook.xml.rels"] =
            relationships({{"r1", "worksheet", "worksheets/sheet1.xml", ""},
                           {"r2", "styles", "styles.xml", ""},
                           {"r3", "sharedStrings", "sharedStrings.xml", ""}});
        sheets("<sheet name=\"Roster\" sheetId=\"1\" r:id=\"r1\"/>");
        sheet(rows, behind, before);
    }

    Xlsx& sheets(const std::string& list, const std::string& properties = "") {
        parts["xl/workbook.xml"] = std::string("<workbook xmlns=\"") + kMain + "\" xmlns:r=\"" +
                                   kRelated + "\">" + properties + "<sheets>" + list +
                                   "</sheets></workbook>";
        return *this;
    }
    Xlsx& sheet(const std::string& rows, const std::string& behind = "",
                const std::string& before = "") {
        parts["xl/worksheets/sheet1.xml"] =
            std::string("<worksheet xmlns=\"") + kMain + "\" xmlns:r=\"" + kRelated + "\">" +
            before + "<sheetData>" + rows + "</sheetData>" + behind + "</worksheet>";
        return *this;
    }
    Xlsx& strings(const std::string& items) {
        parts["xl/sharedStrings.xml"] =
            std::string("<sst xmlns=\"") + kMain + "\">" + items + "</sst>";
        return *this;
    }
    /// \param formats  What stands in <numFmts> and <cellXfs>.
    Xlsx& styles(const std::string& codes, const std::string& cells) {
        parts["xl/styles.xml"] = std::string("<styleSheet xmlns=\"") + kMain + "\"><numFmts>" +
                                 codes +
                                 "</numFmts><cellStyleXfs><xf numFmtId=\"14\"/>"
                                 "</cellStyleXfs><cellXfs>" +
                                 cells + "</cellXfs></styleSheet>";
        return *this;
    }
    Xlsx& part(const std::string& name, const std::string& content) {
        parts[name] = content;
        return *this;
    }
    [[nodiscard]] std::string bytes() const { return zipped(Parts(parts.begin(), parts.end())); }
};

/// An ODS workbook of the sheets that `tables` are.
inline std::string ods(const std::string& tables, const std::string& styles = "",
                       const std::string& behind = "") {
    return zipped(
        {{"mimetype", "application/vnd.oasis.opendocument.spreadsheet"},
         {"content.xml",
          "<office:document-content "
          "xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" "
          "xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\" "
          "xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\" "
          "xmlns:style=\"urn:oasis:names:tc:opendocument:xmlns:style:1.0\" "
          "xmlns:calcext=\"urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0\" "
          "xmlns:xlink=\"http://www.w3.org/1999/xlink\">"
          "<office:automatic-styles>" +
              styles + "</office:automatic-styles><office:body><office:spreadsheet>" + tables +
              behind + "</office:spreadsheet></office:body></office:document-content>"}});
}

/// A sheet as lines: "3: A=text 'Ann' -> https://…; B=number 12%". Copies of merged cells have a
/// '+', hidden cells and rows a '~'.
struct Reading {
    std::vector<std::string> lines;
    std::string error;
    std::uint64_t formulas_without_value = 0;
};

inline std::string shown(const Cell& cell) {
    static const char* const kKinds[] = {"text", "number", "date", "bool", "error"};
    std::string out = cell.is_hidden ? "~" : "";
    std::string column;
    for (std::uint32_t c = cell.column + 1; c > 0; c = (c - 1) / 26) {
        column.insert(column.begin(), static_cast<char>('A' + (c - 1) % 26));
    }
    out += column + (cell.is_merged_copy ? "+" : "") + "=";
    out += kKinds[static_cast<std::size_t>(cell.kind)];
    out += " " + cell.text + (cell.is_percent ? "%" : "");
    return out + (cell.link.empty() ? "" : " -> " + cell.link);
}

inline Reading read_sheet(Workbook& workbook, std::size_t index) {
    Reading reading;
    auto sheet = workbook.open(index);
    if (!sheet) {
        reading.error = sheet.error().message;
        return reading;
    }
    Row row;
    for (;;) {
        const auto is_row = (*sheet)->next(row);
        if (!is_row) {
            reading.error = is_row.error().message;
            break;
        }
        if (!*is_row) {
            break;
        }
        std::string line = (row.is_hidden ? "~" : "") + std::to_string(row.number) + ":";
        for (const Cell& cell : row.cells) {
            line += (line.back() == ':' ? " " : "; ") + shown(cell);
        }
        reading.lines.push_back(line);
    }
    reading.formulas_without_value = (*sheet)->formulas_without_value();
    return reading;
}

/// A workbook out of bytes. \return nullptr with `error`, or with none where they are of none.
struct Opened {
    std::unique_ptr<Workbook> workbook;
    std::string error;
};

inline Opened open_bytes(const std::string& bytes, const WorkbookLimits& limits = {}) {
    static const coterie::test::MemoryFile file;
    auto opened = open_workbook(file.write(bytes), "roster.xlsx", limits);
    if (!opened) {
        return {nullptr, opened.error().message};
    }
    return {*opened ? std::move(**opened) : nullptr, ""};
}

/// The first sheet, or why there is none.
inline Reading read_bytes(const std::string& bytes, const WorkbookLimits& limits = {}) {
    const Opened opened = open_bytes(bytes, limits);
    if (!opened.workbook) {
        return {{}, opened.error.empty() ? "no workbook" : opened.error, 0};
    }
    return read_sheet(*opened.workbook, 0);
}

}  // namespace spreadsheet::test
