/// Times as the project keeps them: whole seconds, UTC.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace coterie {

using Timestamp = std::chrono::sys_seconds;

/// Handed in wherever "now" is needed, so that tests own it.
using Clock = std::function<Timestamp()>;

/// The machine's clock.
Timestamp system_now();
/// "2026-01-31T02:30:00Z"
std::string to_rfc3339(Timestamp time);
/// Of what to_rfc3339 writes; nothing else is taken.
std::optional<Timestamp> from_rfc3339(std::string_view text);

}  // namespace coterie
