#include "coterie/rest.hpp"

namespace {

/// The config is the description of the API.
struct Rest final : coterie::rest::Connector {
    explicit Rest(const nlohmann::json& config)
        : coterie::rest::Connector(coterie::rest::Engine(config)) {}
};

}  // namespace

COTERIE_EXPORT_CONNECTOR(Rest, "rest");
