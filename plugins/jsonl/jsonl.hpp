/// JSON Lines, and the elements of an array inside a JSON document.
#pragma once

#include "coterie/connector.hpp"

#include <nlohmann/json.hpp>

namespace jsonl {

/// One JSON object a record, exactly as it stands in the file.
class Jsonl final : public coterie::Source {
  public:
    explicit Jsonl(const nlohmann::json& config) : config_(config) {}

    /// Opens every file and goes to its first record.
    coterie::Result<void> check() override;
    coterie::Result<void> read(const coterie::ReadRequest& request, coterie::Sink& sink) override;

  private:
    nlohmann::json config_;
};

}  // namespace jsonl
