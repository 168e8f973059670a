#include "sdk/net/target.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace coterie::net {

Result<Target> Target::create(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (descriptor < 0) {
        return Error{ErrorKind::Fatal, "a temporary file cannot be made in " +
                                           path.substr(0, path.rfind('/')) + ": " +
                                           std::strerror(errno)};
    }
    return Target(descriptor);
}

Target::Target(Target&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), bytes_(other.bytes_) {}

Target::~Target() {
    if (descriptor_ >= 0) {
        ::close(descriptor_);
    }
}

bool Target::append(std::string_view text) {
    while (!text.empty()) {
        const ssize_t put = ::write(descriptor_, text.data(), text.size());
        if (put < 0 && errno != EINTR) {
            return false;
        }
        const auto taken = put > 0 ? static_cast<std::size_t>(put) : 0;
        text.remove_prefix(taken);
        bytes_ += taken;
    }
    return true;
}

std::string Target::beginning() const {
    std::string text(64, '\0');
    const ssize_t got = ::pread(descriptor_, text.data(), text.size(), 0);
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
}

bool Target::restart() {
    bytes_ = 0;
    return ::ftruncate(descriptor_, 0) == 0 && ::lseek(descriptor_, 0, SEEK_SET) == 0;
}

Result<void> Target::close() {
    if (::close(std::exchange(descriptor_, -1)) != 0) {
        return Error{ErrorKind::Fatal,
                     std::string("a temporary file cannot be written: ") + std::strerror(errno)};
    }
    return {};
}

}  // namespace coterie::net
