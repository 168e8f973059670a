#include "config/node.hpp"

#include "config/scalar.hpp"

#include <algorithm>

namespace coterie::config {

namespace {

auto position_of(const Node& node, std::string_view key) {
    return std::find_if(node.members.begin(), node.members.end(),
                        [&](const auto& member) { return member.first == key; });
}

}  // namespace

Node::Node() = default;
Node::Node(const Node&) = default;
Node::Node(Node&&) noexcept = default;
Node& Node::operator=(const Node&) = default;
Node& Node::operator=(Node&&) noexcept = default;
Node::~Node() = default;

const Node* Node::find(std::string_view key) const {
    const auto found = position_of(*this, key);
    return found == members.end() ? nullptr : &found->second;
}

const Place& Node::key_place(std::string_view key) const {
    const auto found = position_of(*this, key);
    const auto index = static_cast<std::size_t>(found - members.begin());
    return index < key_places.size() ? key_places[index] : place;
}

nlohmann::json Node::to_json() const {
    switch (type) {
    case Type::Null:
        return nullptr;
    case Type::Scalar:
        return quoted ? nlohmann::json(scalar) : core_schema_value(scalar);
    case Type::List: {
        auto list = nlohmann::json::array();
        for (const Node& item : items) {
            list.push_back(item.to_json());
        }
        return list;
    }
    case Type::Map: {
        auto object = nlohmann::json::object();
        for (const auto& [key, member] : members) {
            object[key] = member.to_json();
        }
        return object;
    }
    }
    return nullptr;
}

}  // namespace coterie::config
