/// Who is told how a run is getting on: a terminal line, a log, a test.
#pragma once

#include "coterie/connector.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace coterie::observe {

/// How far a source, or a stage, is.
struct Advance {
    std::uint64_t records = 0;
    std::uint64_t done = 0;   ///< of `total`, in the source's own unit
    std::uint64_t total = 0;  ///< 0 where unknown
};

/// All functions may be called from any thread at any time and must not block for long.
class Observer {
  public:
    virtual ~Observer() = default;
    /// A stage begins: "extract", "normalize", "match", "merge".
    virtual void stage_begins(std::string_view stage) = 0;
    /// How far the source (or, with an empty source, the stage itself) is.
    virtual void advanced(std::string_view source, const Advance& advance) = 0;
    /// Something a person should read. \param source "" where it is about the whole run.
    virtual void log(LogLevel level, std::string_view source, std::string_view message) = 0;
};

}  // namespace coterie::observe
