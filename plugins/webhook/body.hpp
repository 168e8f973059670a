/// What is posted, and what the receiver says of it.
#pragma once

#include <nlohmann/json.hpp>

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace webhook {

/// One change.
struct Change {
    std::string id;
    std::string json;  ///< empty: a removal
};

/// The record's id, revision and what the dotted paths lead to. A name that is a path's end in a
/// list of objects (emails.address) leaves the others of each out.
std::string chosen(const nlohmann::json& golden, const std::vector<std::string>& paths);

/// {"upserts": […], "removals": […]}
std::string body_of(std::span<const Change> changes);

struct Fate {
    enum class Kind { Delivered, Rejected, Postponed };
    Kind kind = Kind::Delivered;
    std::string why;
};

/// What a good answer says of single changes: {"results": [{"id", "ok", "error", "retry"}]}. Who is
/// not named there was taken.
std::map<std::string, Fate> fates_in(std::string_view answer);

}  // namespace webhook
