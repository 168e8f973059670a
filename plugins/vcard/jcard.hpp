/// jCard (RFC 7095): the same cards as JSON.
#pragma once

#include "assembler.hpp"

#include "coterie/result.hpp"

#include <nlohmann/json.hpp>

#include <string_view>
#include <vector>

namespace vcard {

constexpr std::size_t kJcardBytesMax = 64U << 20;

/// Whether a file's first bytes open a JSON document.
bool looks_like_json(std::string_view head);

/// The cards of a document: `["vcard", […]]`, or an array of them. Part::line is the element, from
/// 1.
/// \return Config error where it is no JSON or holds something else.
coterie::Result<std::vector<Part>> jcards(std::string_view document);

}  // namespace vcard
