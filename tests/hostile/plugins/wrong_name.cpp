#include "coterie/connector.hpp"

namespace {
class WrongName final : public coterie::Source {
  public:
    explicit WrongName(const nlohmann::json&) {}
    coterie::Result<void> read(const coterie::ReadRequest&, coterie::Sink&) override { return {}; }
};
}  // namespace

COTERIE_EXPORT_SOURCE(WrongName, "another");
