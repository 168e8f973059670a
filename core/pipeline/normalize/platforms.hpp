/// What is known of each platform: data, so that a platform more is a row more.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace coterie::normalize {

/// Which handles a platform can have. Generous: the platforms' own pages disagree, and old
/// accounts keep names that would be refused today.
struct HandleRule {
    std::size_t min = 1;
    std::size_t max = 0;
    std::string_view also = {};   ///< besides ASCII letters and digits
    bool is_any_script = false;   ///< letters beyond ASCII too
    bool has_inner_dots = false;  ///< no dot at either end, no two in a row
};

struct Platform {
    std::string_view name = {};
    HandleRule rule = {};
    std::string_view url_before = {};  ///< the canonical link is url_before + handle + url_after
    std::string_view url_after = {};
    std::string_view hosts = {};     ///< '|' between them, without "www." and the like
    std::string_view leading = {};   ///< path segments that stand before a handle: "in", "add"
    bool needs_leading = false;      ///< without one of them a path names no profile
    std::string_view reserved = {};  ///< first path segments that are no handle
    std::string_view words = {};     ///< what people call it, in lower case
};

std::span<const Platform> known_platforms();
/// Nothing if there is none of that name.
const Platform* platform_named(std::string_view name);
/// Whether one of the '|'-separated words of `list` is `word`, ignoring ASCII case.
bool is_listed(std::string_view list, std::string_view word);

enum class HostKind {
    Other,      ///< anybody's site
    Platform,   ///< a platform's host for profiles
    Elsewhere,  ///< a platform's host for something else: help pages, blogs, clips
    ShortLink,  ///< does not name its owner
    LinkInBio,  ///< a page of links: not a profile
    Unmodelled  ///< a platform that has no row: its links are "other"
};
struct HostFinding {
    HostKind kind = HostKind::Other;
    const Platform* platform = nullptr;
};
/// \param host  In lower case.
HostFinding find_host(std::string_view host);
/// Whether a server with this name is likely to be one of the Mastodon network.
bool looks_like_mastodon(std::string_view host);

}  // namespace coterie::normalize
