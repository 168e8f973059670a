/// A YAML document as a tree that knows where each part stands: the input of the typed config and
/// of the mapping language.
#pragma once

#include "config/fault.hpp"

#include <nlohmann/json.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace coterie::config {

/// One node. Immutable once loaded; copies are cheap enough for configuration.
struct Node {
    enum class Type { Null, Scalar, List, Map };

    // Defined where Node is complete: clang 14 looks into `members` too early otherwise.
    Node();
    Node(const Node&);
    Node(Node&&) noexcept;
    Node& operator=(const Node&);
    Node& operator=(Node&&) noexcept;
    ~Node();

    Type type = Type::Null;
    Place place;
    /// Of a scalar: its text, secrets already put in (`is_secret`).
    std::string scalar;
    /// Whether the scalar was quoted, and so is text whatever it looks like.
    bool quoted = false;
    /// Whether it came from ${env:…} or ${file:…}: never shown.
    bool is_secret = false;
    /// What was put in from outside, each part as it was read: for redaction.
    std::vector<std::string> secrets;
    std::vector<Node> items;                            ///< of a list
    std::vector<std::pair<std::string, Node>> members;  ///< of a map, in file order, keys unique
    std::vector<Place> key_places;                      ///< beside `members`

    /// The member with this key, or nullptr.
    [[nodiscard]] const Node* find(std::string_view key) const;
    /// The place of the key itself, or of the map where there is none.
    [[nodiscard]] const Place& key_place(std::string_view key) const;
    [[nodiscard]] bool is_map() const { return type == Type::Map; }
    [[nodiscard]] bool is_list() const { return type == Type::List; }
    [[nodiscard]] bool is_scalar() const { return type == Type::Scalar; }

    /// As JSON by YAML's core schema: plain numbers, booleans and null become such, quoted is text.
    [[nodiscard]] nlohmann::json to_json() const;
};

/// Reads one YAML file, with its `include:` files merged in and ${env:…}, ${file:…} resolved.
/// \throws ConfigError with every fault found: unreadable file, YAML syntax, duplicate keys,
///         unknown variables, include cycles.
Node load_yaml(const std::string& path);

/// The same from memory, for tests, mappings in strings and fuzzing; `include:` is resolved
/// relative to `name`.
Node parse_yaml(std::string_view text, const std::string& name);

}  // namespace coterie::config
