/// Rosters and spreadsheets as people make them.
#pragma once

#include "coterie/connector.hpp"

#include <nlohmann/json.hpp>

namespace spreadsheet {

/// One JSON object a row of a table: column name → text. Cells that are empty are left out.
class Spreadsheet final : public coterie::Source {
  public:
    explicit Spreadsheet(const nlohmann::json& config) : config_(config) {}

    /// Opens every file and finds its tables in its first rows.
    coterie::Result<void> check() override;
    coterie::Result<void> read(const coterie::ReadRequest& request, coterie::Sink& sink) override;

  private:
    nlohmann::json config_;
};

}  // namespace spreadsheet
