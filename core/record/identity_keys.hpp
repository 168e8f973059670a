/// The forms in which identifiers are compared; matching and merging must agree on them.
#pragma once

#include "base/text.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace coterie::record {

/// The comparison form of a handle: ASCII lower case; on Facebook dots do not count. YouTube's
/// legacy names keep their "c/" or "user/", which sets them apart from @handles.
inline std::string handle_key(std::string_view platform, std::string_view handle) {
    if (handle.starts_with('@')) {
        handle.remove_prefix(1);
    }
    std::string key = ascii_lower(handle);
    if (platform == "facebook") {
        key.erase(std::remove(key.begin(), key.end(), '.'), key.end());
    }
    return key;
}

/// The comparison form of a link: without scheme, "www.", fragment and closing slash; the host in
/// lower case.
inline std::string url_key(std::string_view url) {
    if (const auto scheme = url.find("://"); scheme != std::string_view::npos) {
        url.remove_prefix(scheme + 3);
    }
    url = url.substr(0, url.find('#'));
    while (url.ends_with('/')) {
        url.remove_suffix(1);
    }
    const auto host_end = std::min(url.find('/'), url.size());
    std::string key = ascii_lower(url.substr(0, host_end));
    if (key.starts_with("www.")) {
        key.erase(0, 4);
    }
    return key.append(url.substr(host_end));
}

}  // namespace coterie::record
