#include "plugin/deliveries.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

namespace coterie::plugin {

Result<std::optional<Delivery>> WatchedFeed::next() {
    if (!fault_ && unanswered_.size() >= kUnansweredMax) {
        fault_ = fmt::format("left {} deliveries without an answer (allowed are {})",
                             unanswered_.size() + 1, kUnansweredMax);
    }
    if (fault_) {
        return Error{ErrorKind::Fatal, "it " + *fault_};
    }
    COTERIE_TRY(auto delivery, feed_.next());
    if (delivery) {
        ++given_;
        unanswered_.emplace(delivery->id);
    } else {
        is_at_end_ = true;
    }
    return delivery;
}

void WatchedFeed::answered(std::string_view id, Outcome outcome, std::string_view message) {
    if (fault_) {
        return;  // the first says it, and nothing after it can be believed
    }
    const auto found = unanswered_.find(id);
    if (found == unanswered_.end()) {
        fault_ =
            fmt::format("answered a delivery '{}' that it was not given, or had answered before",
                        printable(redactor_.redact(id), 80));
        return;
    }
    if (outcome == (is_dry_run_ ? Outcome::Delivered : Outcome::Planned)) {
        fault_ = is_dry_run_ ? fmt::format("said in a dry run that it has '{}'",
                                           printable(redactor_.redact(id), 80))
                             : fmt::format("planned '{}', and this is no dry run",
                                           printable(redactor_.redact(id), 80));
        return;
    }
    unanswered_.erase(found);
    feed_.answered(id, outcome, redactor_.redact(message));
}

void WatchedFeed::held(std::string_view why) {
    if (request_.is_complete) {
        fault_ = "held a complete write, which replaces a file and changes nobody's records";
    } else if (!fault_ && !is_held_) {
        is_held_ = true;
        feed_.held(redactor_.redact(why));
    }
}

std::optional<std::string> WatchedFeed::unfinished() const {
    if (fault_) {
        return fault_;
    }
    if (is_held_) {
        return std::nullopt;
    }
    if (!unanswered_.empty()) {
        return fmt::format("said that all is well, but did not say what became of {} of {} "
                           "deliveries",
                           unanswered_.size(), given_);
    }
    if (!is_at_end_ && !(request_.is_unchanged && given_ == 0)) {
        return fmt::format("said that all is well, but took {} of {} deliveries", given_,
                           request_.total);
    }
    return std::nullopt;
}

}  // namespace coterie::plugin
