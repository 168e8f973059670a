/// What an XLSX workbook holds beside its sheets' rows: formats, shared strings, layouts.
#pragma once

#include "archive.hpp"
#include "cell_format.hpp"
#include "layout.hpp"
#include "ooxml_package.hpp"
#include "text_pool.hpp"

#include <memory>
#include <string>
#include <vector>

namespace spreadsheet {

/// What sheets refer to.
struct XlsxShared {
    std::vector<CellFormat> formats;  ///< by a cell's style
    TextPool strings;
    Epoch epoch = Epoch::Year1900;
};

coterie::Result<std::vector<CellFormat>> read_formats(Archive& archive, const std::string& part,
                                                      const WorkbookLimits& limits);
coterie::Result<TextPool> read_shared_strings(Archive& archive, const std::string& part,
                                              const WorkbookLimits& limits);
/// A first pass over a sheet for what stands before and behind its rows, which are skipped
/// unparsed. Where the sheet is damaged, what was found: reading its rows will tell. \param
/// part_name  For messages.
coterie::Result<SheetLayout> read_layout(Archive& archive, PartIndex part,
                                         const std::string& part_name,
                                         const Relationships& relationships,
                                         const WorkbookLimits& limits);
coterie::Result<NamedTable> read_table(Archive& archive, PartIndex part, const std::string& name);

}  // namespace spreadsheet
