/// No bytes break the normalizer, and what it gives it reads as the same again.
#include "base/check.hpp"
#include "pipeline/normalize/identity_values.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

using namespace coterie::normalize;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    (void)platform_of(text);
    for (const char* platform : {"", "instagram", "youtube", "facebook", "mastodon", "website"}) {
        const auto profiles = read_profiles(text, platform);
        if (!profiles.has_value())
            continue;
        for (const auto& profile : profiles.value()) {
            (void)handle_key(profile.platform, profile.handle);
            if (profile.url.empty())
                continue;
            const auto again = read_profiles(profile.url, profile.platform);
            COTERIE_CHECK(again.has_value() && again.value().front().url == profile.url);
        }
    }
    return 0;
}
