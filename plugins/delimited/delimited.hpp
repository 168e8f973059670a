/// CSV and its relatives: files of rows with a delimiter between the cells.
#pragma once

#include "coterie/connector.hpp"

#include <nlohmann/json.hpp>

namespace delimited {

/// One JSON object a row: column name → text. Cells that are empty are left out.
class Delimited final : public coterie::Source {
  public:
    explicit Delimited(const nlohmann::json& config) : config_(config) {}

    /// Opens every file and settles its layout.
    coterie::Result<void> check() override;
    coterie::Result<void> read(const coterie::ReadRequest& request, coterie::Sink& sink) override;

  private:
    nlohmann::json config_;
};

}  // namespace delimited
