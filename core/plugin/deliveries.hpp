/// Between a destination and what feeds it: both kinds of session hold the destination to its word
/// here.
#pragma once

#include "plugin/redactor.hpp"
#include "plugin/session.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

namespace coterie::plugin {

/// Deliveries that a destination may have taken and not answered yet.
inline constexpr std::size_t kUnansweredMax = 100'000;

/// Passes deliveries and answers on, secrets replaced, and notices an answer to what was never
/// given, or given and answered. One thread at a time.
class WatchedFeed final : public DeliveryFeed {
  public:
    WatchedFeed(DeliveryFeed& feed, const WriteRequest& request, const Redactor& redactor)
        : feed_(feed), request_(request), redactor_(redactor), is_dry_run_(request.is_dry_run()) {}

    Result<std::optional<Delivery>> next() override;
    void answered(std::string_view id, Outcome outcome, std::string_view message) override;
    void held(std::string_view why) override;
    void log(LogLevel level, std::string_view message) override {
        feed_.log(level, redactor_.redact(message));
    }
    void progress(std::uint64_t done, std::uint64_t total, std::string_view unit) override {
        feed_.progress(done, total, unit);
    }

    /// What the destination did that it must not, so that its write cannot be believed.
    [[nodiscard]] const std::optional<std::string>& fault() const { return fault_; }
    /// Why a write that says it ended well did not; nothing: it did.
    [[nodiscard]] std::optional<std::string> unfinished() const;

  private:
    struct TextHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const {
            return std::hash<std::string_view>{}(text);
        }
    };

    DeliveryFeed& feed_;
    const WriteRequest& request_;
    const Redactor& redactor_;
    const bool is_dry_run_;
    bool is_held_ = false;
    std::unordered_set<std::string, TextHash, std::equal_to<>> unanswered_;
    std::optional<std::string> fault_;
    std::uint64_t given_ = 0;
    bool is_at_end_ = false;
};

}  // namespace coterie::plugin
