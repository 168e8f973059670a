#include "plugin/permissions.hpp"

#include <fmt/format.h>

namespace coterie::plugin {

Result<void> refuse_writable_by_others(const std::filesystem::path& path) {
    std::error_code error;
    const auto status = std::filesystem::status(path, error);
    if (error || !std::filesystem::exists(status)) {
        return Error{ErrorKind::Config, fmt::format("'{}' cannot be read: {}", path.string(),
                                                    error ? error.message() : "no such file")};
    }
    using std::filesystem::perms;
    if ((status.permissions() & (perms::group_write | perms::others_write)) != perms::none) {
        return Error{ErrorKind::Config,
                     fmt::format("'{}' can be changed by its group or by everyone, so its code is "
                                 "not trusted; run chmod go-w '{}'",
                                 path.string(), path.string())};
    }
    return {};
}

}  // namespace coterie::plugin
