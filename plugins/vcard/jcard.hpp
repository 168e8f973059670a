/// jCard (RFC 7095): the same cards as JSON.
#pragma once

#include "assembler.hpp"

#include "coterie/result.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string_view>
#include <utility>

namespace vcard {

constexpr std::size_t kJcardBytesMax = 16U << 20;
/// A jCard needs 6; recursion over what is deeper would end the program.
constexpr std::size_t kJcardDepthMax = 32;

/// Whether a file's first bytes open a JSON document.
bool looks_like_json(std::string_view head);

/// The cards of a document: `["vcard", […]]`, or an array of them.
class JcardDocument {
  public:
    /// \return Config error where it is no JSON or holds something else.
    static coterie::Result<JcardDocument> parse(std::string_view text);

    [[nodiscard]] std::size_t size() const { return elements_.size(); }
    /// \pre index < size(). Part::line is the element, from 1.
    [[nodiscard]] Part part(std::size_t index) const;

  private:
    explicit JcardDocument(nlohmann::json elements) : elements_(std::move(elements)) {}

    nlohmann::json elements_;
};

}  // namespace vcard
