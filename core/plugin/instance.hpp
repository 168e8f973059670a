/// One opened connector, called directly: the last step of both kinds of isolation.
#pragma once

#include "plugin/catalog.hpp"
#include "plugin/host_calls.hpp"

#include "coterie/abi.h"
#include "coterie/result.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace coterie::plugin {

/// Calls a plugin's functions and turns what comes back, exceptions included, into a Result. What
/// the sink throws goes through. One thread at a time.
class Instance {
  public:
    /// Loads the plugin and opens it with a config (JSON text). `sink` gets its log only.
    static Result<std::unique_ptr<Instance>> open(const Installed& plugin, std::string_view config,
                                                  EventSink& sink,
                                                  HostCalls::IsCancelled is_cancelled);
    ~Instance();
    Instance(const Instance&) = delete;
    Instance& operator=(const Instance&) = delete;

    Result<void> check(EventSink& sink, HostCalls::IsCancelled is_cancelled);
    /// What is to be read: JSON text, empty where there is none.
    struct Reading {
        std::string_view stream, cursor, last_state;
    };
    Result<void> read(const Reading& reading, EventSink& sink, HostCalls::IsCancelled is_cancelled,
                      std::uint64_t record_bytes_max);

    /// \param request  its `about` is handed on as JSON text.
    Result<void> write(const WriteRequest& request, DeliveryFeed& feed,
                       HostCalls::IsCancelled is_cancelled);

  private:
    Instance(std::string name, const coterie_plugin& functions)
        : name_(std::move(name)), functions_(functions) {}

    std::string name_;
    const coterie_plugin& functions_;
    void* instance_ = nullptr;
    bool is_open_ = false;
};

}  // namespace coterie::plugin
