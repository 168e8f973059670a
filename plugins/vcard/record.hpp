/// The record that a card becomes; its shape is told in README.md.
#pragma once

#include "property.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace vcard {

/// Deterministic: the same card gives the same bytes.
nlohmann::ordered_json record_of(const Card& card);

/// The card's UID, "" without one.
std::string id_of(const Card& card);

}  // namespace vcard
