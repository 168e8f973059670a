/// Contacts out of vCard files: 2.1, 3.0 and 4.0, and jCard.
#pragma once

#include "coterie/connector.hpp"

#include <nlohmann/json.hpp>

namespace vcard {

/// One card a record; its shape is told in README.md.
class Vcard final : public coterie::Source {
  public:
    explicit Vcard(const nlohmann::json& config) : config_(config) {}

    /// Opens every file and looks at its beginning.
    coterie::Result<void> check() override;
    coterie::Result<void> read(const coterie::ReadRequest& request, coterie::Sink& sink) override;

  private:
    nlohmann::json config_;
};

}  // namespace vcard
