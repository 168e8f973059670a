/// The roster as a file by which people are invited.
#pragma once

#include "settings.hpp"

#include "coterie/connector.hpp"

#include <nlohmann/json.hpp>

namespace greenfly {

class Greenfly final : public coterie::Destination {
  public:
    explicit Greenfly(const nlohmann::json& config) : settings_(Settings::parse(config)) {}

    /// Whether folder and server are there and can be written to.
    coterie::Result<void> check() override;
    coterie::Result<void> write(const coterie::WriteRequest& request,
                                coterie::Deliveries& deliveries) override;

  private:
    Settings settings_;
};

}  // namespace greenfly
