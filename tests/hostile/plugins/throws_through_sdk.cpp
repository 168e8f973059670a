#include "coterie/connector.hpp"

#include <stdexcept>

namespace {

class ThrowsThroughSdk final : public coterie::Source {
  public:
    explicit ThrowsThroughSdk(const nlohmann::json& config) {
        if (config.contains("token")) {
            throw std::runtime_error("the token is not welcome");
        }
    }
    coterie::Result<void> check() override { throw std::runtime_error("check fell over"); }
    coterie::Result<void> read(const coterie::ReadRequest&, coterie::Sink&) override { throw 42; }
};

}  // namespace

COTERIE_EXPORT_SOURCE(ThrowsThroughSdk, HOSTILE_NAME);
