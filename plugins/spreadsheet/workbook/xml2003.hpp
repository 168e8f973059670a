/// Workbooks in the XML of Excel 2003 ("XML Spreadsheet"), which exports often bear the name .xls
/// for.
#pragma once

#include "grid.hpp"

#include <memory>
#include <string>

namespace spreadsheet {

/// \param name  For messages.
coterie::Result<std::unique_ptr<Workbook>>
open_xml2003(const std::string& path, const std::string& name, const WorkbookLimits& limits);

}  // namespace spreadsheet
