/// The roster as an Excel workbook.
#pragma once

#include "coterie/connector.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace xlsx {

/// Writes what it is given as a workbook: golden records as the sheets Influencers and Profiles,
/// with provenance where that is wished; anything else as one sheet.
class Xlsx final : public coterie::Destination {
  public:
    explicit Xlsx(const nlohmann::json& config)
        : path_(config.at("path")), with_provenance_(config.value("provenance", false)) {}

    /// Whether the folder is there and can be written to.
    coterie::Result<void> check() override;
    coterie::Result<void> write(const coterie::WriteRequest& request,
                                coterie::Deliveries& deliveries) override;

  private:
    std::string path_;
    bool with_provenance_;
};

}  // namespace xlsx
