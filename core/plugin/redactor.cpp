#include "plugin/redactor.hpp"

#include <algorithm>

namespace coterie::plugin {
namespace {

constexpr std::string_view kMask = "***";

/// How many of the text's last bytes may be the beginning of a secret.
std::size_t bytes_to_hold_back(std::string_view text, const std::vector<std::string>& secrets) {
    std::size_t held = 0;
    for (const auto& secret : secrets) {
        const std::size_t longest = std::min(secret.size() - 1, text.size());
        for (std::size_t size = longest; size > held; --size) {
            if (text.substr(text.size() - size) == std::string_view(secret).substr(0, size)) {
                held = size;
            }
        }
    }
    return held;
}

}  // namespace

Redactor::Redactor(std::vector<std::string> secrets) : secrets_(std::move(secrets)) {
    std::erase_if(secrets_, [](const std::string& secret) { return secret.empty(); });
    std::sort(secrets_.begin(), secrets_.end(), [](const std::string& a, const std::string& b) {
        return a.size() != b.size() ? a.size() > b.size() : a < b;
    });
}

std::string Redactor::redact(std::string_view text) const {
    std::string shown(text);
    for (const auto& secret : secrets_) {
        for (std::size_t at = shown.find(secret); at != std::string::npos;
             at = shown.find(secret, at + kMask.size())) {
            shown.replace(at, secret.size(), kMask);
        }
    }
    return shown;
}

std::string Redactor::push(std::string_view piece) {
    pending_ += piece;
    // A short secret may be the beginning of a longer one: what is held back is found before
    // anything is replaced.
    const std::size_t held = bytes_to_hold_back(pending_, secrets_);
    const std::size_t shown_bytes = pending_.size() - held;
    std::string shown = redact(std::string_view(pending_).substr(0, shown_bytes));
    pending_.erase(0, shown_bytes);
    return shown;
}

std::string Redactor::finish() {
    std::string shown = redact(pending_);
    pending_.clear();
    return shown;
}

}  // namespace coterie::plugin
