#include "sdk/net/folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

namespace coterie::net {

namespace fs = std::filesystem;

namespace {

constexpr const char* kPrefix = "coterie-fetch-";
/// A folder younger than this may not have its lock yet.
constexpr std::chrono::minutes kGrace{1};

int lock_of(const fs::path& folder, int flags) {
    return ::open((folder / "lock").c_str(), flags | O_CLOEXEC | O_NOFOLLOW, 0600);
}

/// Whether nobody uses the folder of this name any more. Its lock goes with its process, however
/// that ended.
bool is_abandoned(const fs::path& folder) {
    struct stat status {};
    if (::lstat(folder.c_str(), &status) != 0 || !S_ISDIR(status.st_mode) ||
        status.st_uid != ::geteuid()) {
        return false;
    }
    const auto changed = std::chrono::system_clock::from_time_t(status.st_ctime);
    if (std::chrono::system_clock::now() - changed < kGrace) {
        return false;
    }
    const int lock = lock_of(folder, O_RDWR);
    const bool is_free = lock < 0 ? errno == ENOENT : ::flock(lock, LOCK_EX | LOCK_NB) == 0;
    if (lock >= 0) {
        ::close(lock);
    }
    return is_free;
}

void remove_abandoned(const fs::path& parent) {
    std::error_code failed;
    for (fs::directory_iterator entry(parent, failed), end; !failed && entry != end;
         entry.increment(failed)) {
        std::error_code ignored;  // another process removes it at the same time
        if (entry->path().filename().native().starts_with(kPrefix) && is_abandoned(entry->path())) {
            fs::remove_all(entry->path(), ignored);
        }
    }
}

}  // namespace

Result<TemporaryFolder> TemporaryFolder::create() {
    std::error_code failed;
    const fs::path parent = fs::temp_directory_path(failed);
    if (failed) {
        return Error{ErrorKind::Fatal, "there is no temporary folder: " + failed.message()};
    }
    remove_abandoned(parent);
    std::string path = (parent / (std::string(kPrefix) + "XXXXXX")).string();
    if (::mkdtemp(path.data()) == nullptr) {
        return Error{ErrorKind::Fatal, "a temporary folder cannot be made in " + parent.string() +
                                           ": " + std::strerror(errno)};
    }
    const int lock = lock_of(path, O_RDWR | O_CREAT | O_EXCL);
    if (lock >= 0) {
        ::flock(lock, LOCK_EX | LOCK_NB);
    }
    return TemporaryFolder(std::move(path), lock);
}

TemporaryFolder::TemporaryFolder(TemporaryFolder&& other) noexcept
    : path_(std::exchange(other.path_, {})), lock_(std::exchange(other.lock_, -1)),
      given_out_(other.given_out_) {}

TemporaryFolder& TemporaryFolder::operator=(TemporaryFolder&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(lock_, other.lock_);
    std::swap(given_out_, other.given_out_);
    return *this;
}

TemporaryFolder::~TemporaryFolder() {
    if (!path_.empty()) {
        std::error_code ignored;  // the next process tries again
        fs::remove_all(path_, ignored);
    }
    if (lock_ >= 0) {
        ::close(lock_);
    }
}

std::string TemporaryFolder::next_path() {
    return path_ + "/" + std::to_string(++given_out_);
}

}  // namespace coterie::net
