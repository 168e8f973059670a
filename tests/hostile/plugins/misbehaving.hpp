// What the plugins of this folder have in common: they behave until they are told to read.
#pragma once

#include "coterie/connector.hpp"

/// A source whose read() does one thing.
#define HOSTILE_SOURCE(Class, ...)                                                                 \
    class Class final : public coterie::Source {                                                   \
      public:                                                                                      \
        explicit Class([[maybe_unused]] const nlohmann::json& config) : config_(config) {}         \
        coterie::Result<void> read([[maybe_unused]] const coterie::ReadRequest& request,           \
                                   [[maybe_unused]] coterie::Sink& sink) override {                \
            __VA_ARGS__                                                                            \
        }                                                                                          \
                                                                                                   \
      private:                                                                                     \
        nlohmann::json config_;                                                                    \
    };                                                                                             \
    COTERIE_EXPORT_SOURCE(Class, HOSTILE_NAME)
