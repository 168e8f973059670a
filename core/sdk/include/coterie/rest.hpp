/// Connectors that are descriptions of an API (docs/guides/rest.md). Link Coterie::rest, or write
/// coterie_add_rest_plugin(NAME) in place of coterie_add_plugin: then api.yaml beside the manifest
/// is all there is.
#pragma once

#include "coterie/connector.hpp"
#include "coterie/result.hpp"

#include <nlohmann/json.hpp>

#include <memory>
#include <string_view>

namespace coterie::rest {

/// What stands behind a connector: a compiled description with somebody's config. One thread.
class Engine {
  public:
    /// A vendor's description. \param api_yaml  As docs/guides/rest.md says.
    /// \param manifest  The plugin's manifest.json; its config's defaults are used.
    /// \throws std::invalid_argument  with all that is wrong with the description.
    Engine(const nlohmann::json& config, std::string_view api_yaml, std::string_view manifest);
    /// A config that is the description.
    explicit Engine(const nlohmann::json& config);
    Engine(Engine&&) noexcept;
    Engine& operator=(Engine&&) noexcept;
    ~Engine();

    Result<void> check(CheckReport& report);
    Result<void> read(const ReadRequest& request, Sink& sink);
    Result<void> write(const WriteRequest& request, Deliveries& deliveries);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

class SourceConnector : public Source {
  public:
    explicit SourceConnector(Engine engine) : engine_(std::move(engine)) {}
    Result<void> check(CheckReport& report) override { return engine_.check(report); }
    Result<void> read(const ReadRequest& request, Sink& sink) override {
        return engine_.read(request, sink);
    }

  private:
    Engine engine_;
};

class DestinationConnector : public Destination {
  public:
    explicit DestinationConnector(Engine engine) : engine_(std::move(engine)) {}
    Result<void> check(CheckReport& report) override { return engine_.check(report); }
    Result<void> write(const WriteRequest& request, Deliveries& deliveries) override {
        return engine_.write(request, deliveries);
    }

  private:
    Engine engine_;
};

class Connector : public Source, public Destination {
  public:
    explicit Connector(Engine engine) : engine_(std::move(engine)) {}
    Result<void> check(CheckReport& report) override { return engine_.check(report); }
    Result<void> read(const ReadRequest& request, Sink& sink) override {
        return engine_.read(request, sink);
    }
    Result<void> write(const WriteRequest& request, Deliveries& deliveries) override {
        return engine_.write(request, deliveries);
    }

  private:
    Engine engine_;
};

}  // namespace coterie::rest
