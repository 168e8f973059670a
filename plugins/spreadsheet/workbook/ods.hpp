/// ODS workbooks.
#pragma once

#include "archive.hpp"
#include "grid.hpp"

#include <memory>
#include <string>

namespace spreadsheet {

/// \param name  For messages.
coterie::Result<std::unique_ptr<Workbook>>
open_ods(std::shared_ptr<Archive> archive, const std::string& name, const WorkbookLimits& limits);

}  // namespace spreadsheet
