/// A text file with one name on each line, each greeted.
#pragma once

#include "coterie/connector.hpp"

#include <string>

namespace greetings {

/// "Freja" as "Hello, Freja".
std::string greeting(const std::string& name);

class Greetings final : public coterie::Source {
  public:
    explicit Greetings(const nlohmann::json& config) : location_(config.at("location")) {}
    coterie::Result<void> read(const coterie::ReadRequest& request, coterie::Sink& sink) override;

  private:
    std::string location_;
};

}  // namespace greetings
