/// How the config reads one scalar, and how it shows one in a message.
#pragma once

#include "config/node.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace coterie::config {

/// Plain text by YAML's core schema: null, true, false, whole numbers (also 0x, 0o), floats; the
/// rest is text. Infinity and not-a-number, which JSON has no word for, stay text.
nlohmann::json core_schema_value(std::string_view plain);

/// The scalar's value where its type decides: quoted is text, except that a secret had to be quoted
/// inside {…} and so may still be a number or a flag.
nlohmann::json typed_value(const Node& scalar);

/// The whole number that the node is, also written as 3.0; nothing if it is none.
std::optional<std::int64_t> whole_number(const Node& node);
std::optional<double> number(const Node& node);

/// For "… is SHOWN; allowed: …": 'abc', a list, the quoted text "5"; never a secret.
std::string shown(const Node& node);

}  // namespace coterie::config
