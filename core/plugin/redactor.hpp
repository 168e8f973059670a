/// Keeps secrets out of what plugins say.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace coterie::plugin {

/// Replaces secrets by "***" in a stream of text that comes in pieces, also where a secret lies
/// over the edge of two. One thread at a time.
class Redactor {
  public:
    explicit Redactor(std::vector<std::string> secrets);

    /// Takes a piece; \return what can be shown of all that came so far and was not shown yet.
    std::string push(std::string_view piece);
    /// The rest, when no more pieces come.
    std::string finish();
    /// Whether there is anything to replace.
    [[nodiscard]] bool has_secrets() const { return !secrets_.empty(); }
    /// A whole text. Leaves the stream alone.
    [[nodiscard]] std::string redact(std::string_view text) const;

  private:
    std::vector<std::string> secrets_;  ///< longest first
    std::string pending_;
};

}  // namespace coterie::plugin
