/// XLS workbooks of Excel 5 to 2003 (BIFF5, BIFF8; [MS-XLS]).
#pragma once

#include "grid.hpp"

#include <memory>
#include <string>

namespace spreadsheet {

/// \param stream  The workbook stream: of a compound file, or what stands alone in a file.
/// \param name    For messages.
coterie::Result<std::unique_ptr<Workbook>> open_xls(std::string stream, const std::string& name,
                                                    const WorkbookLimits& limits);

}  // namespace spreadsheet
