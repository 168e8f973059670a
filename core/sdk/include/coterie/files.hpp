/// For connectors that read files: what a location names, a reader that a changing file cannot
/// fool, and text that is safe to show.
#pragma once

#include "coterie/result.hpp"

#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace coterie::files {

/// The length of the UTF-8 sequence that `at` opens, 0 where it opens none.
/// \pre at < end
inline std::size_t utf8_sequence(const char* at, const char* end) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(at[i]); };
    const auto follows = [&](std::size_t count) {
        if (static_cast<std::size_t>(end - at) <= count) {
            return false;
        }
        for (std::size_t i = 1; i <= count; ++i) {
            if ((byte(i) & 0xC0U) != 0x80U) {
                return false;
            }
        }
        return true;
    };
    const unsigned char first = byte(0);
    if (first < 0x80U) {
        return 1;
    }
    if (first >= 0xC2U && first <= 0xDFU) {
        return follows(1) ? 2 : 0;
    }
    if (first >= 0xE0U && first <= 0xEFU) {
        const bool overlong = first == 0xE0U && follows(2) && byte(1) < 0xA0U;
        const bool surrogate = first == 0xEDU && follows(2) && byte(1) > 0x9FU;
        return follows(2) && !overlong && !surrogate ? 3 : 0;
    }
    if (first >= 0xF0U && first <= 0xF4U) {
        const bool overlong = first == 0xF0U && follows(3) && byte(1) < 0x90U;
        const bool beyond = first == 0xF4U && follows(3) && byte(1) > 0x8FU;
        return follows(3) && !overlong && !beyond ? 4 : 0;
    }
    return 0;
}

/// Where the first byte stands that is no UTF-8; the text's size where all is well.
inline std::size_t utf8_valid_bytes(std::string_view text) {
    const char* at = text.data();
    const char* const end = at + text.size();
    while (at != end) {
        std::uint64_t eight = 0;
        if (end - at >= 8) {
            std::memcpy(&eight, at, 8);
            if ((eight & 0x8080808080808080ULL) == 0) {
                at += 8;
                continue;
            }
        }
        const std::size_t length = utf8_sequence(at, end);
        if (length == 0) {
            break;
        }
        at += length;
    }
    return static_cast<std::size_t>(at - text.data());
}

/// The same text, each byte that is no UTF-8 written as \xNN: what crosses the boundary and what is
/// shown must be UTF-8, and a reader must still see what stood there.
inline std::string printable(std::string_view text) {
    static constexpr char kHex[] = "0123456789ABCDEF";
    std::string shown;
    while (!text.empty()) {
        const std::size_t good = utf8_valid_bytes(text);
        shown.append(text.substr(0, good));
        text.remove_prefix(good);
        if (!text.empty()) {
            const auto byte = static_cast<unsigned char>(text.front());
            shown.append("\\x");
            shown.push_back(kHex[byte >> 4U]);
            shown.push_back(kHex[byte & 15U]);
            text.remove_prefix(1);
        }
    }
    return shown;
}

/// 64-bit FNV-1a: tells one text from another; not for secrets. Chain calls through `seed`.
inline std::uint64_t text_hash(std::string_view text,
                               std::uint64_t seed = 14695981039346656037ULL) {
    for (const char c : text) {
        seed = (seed ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    }
    return seed;
}

/// What tells one state of a file from another.
struct Stamp {
    std::uint64_t bytes = 0;
    std::int64_t modified_ns = 0;
    friend bool operator==(const Stamp&, const Stamp&) = default;
};

/// One file of a location.
struct Found {
    std::string path;  ///< As the system wants it: any bytes.
    std::string name;  ///< The path as UTF-8, for people and cursors.
    Stamp stamp;
};

namespace detail {

inline Error system_error(std::string_view name, std::string_view doing, int code) {
    const bool person = code == ENOENT || code == EACCES || code == EPERM || code == ENOTDIR ||
                        code == ELOOP || code == ENAMETOOLONG || code == EROFS;
    std::string message(name);
    message.append(": cannot ").append(doing).append(": ").append(std::strerror(code));
    if (code == EACCES || code == EPERM) {
        message.append("; let the user that runs coterie read it");
    }
    return Error{person ? ErrorKind::Config : ErrorKind::Transient, std::move(message)};
}

inline Stamp stamp_of(const struct stat& status) {
    return {static_cast<std::uint64_t>(status.st_size),
            static_cast<std::int64_t>(status.st_mtim.tv_sec) * 1'000'000'000 +
                status.st_mtim.tv_nsec};
}

inline Result<void> refuse_what_is_no_file(const struct stat& status, const std::string& name) {
    if (S_ISDIR(status.st_mode)) {
        return Error{ErrorKind::Config,
                     name + " is a folder, not a file; name its files, such as " + name + "/*"};
    }
    if (!S_ISREG(status.st_mode)) {
        return Error{ErrorKind::Config, name + " is no regular file (a pipe, socket or device); "
                                               "write it to a file and name that"};
    }
    return {};
}

/// "; there: a.csv, b.csv, … (12 in all)": so that a misspelt name is seen at once.
inline std::string what_is_there(const std::filesystem::path& folder) {
    static constexpr std::size_t kNamesMax = 8;
    std::error_code failed;
    std::vector<std::string> names;
    for (std::filesystem::directory_iterator entry(folder, failed), end; !failed && entry != end;
         entry.increment(failed)) {
        names.push_back(printable(entry->path().filename().native()));
    }
    const std::string where = printable(std::filesystem::absolute(folder, failed).native());
    if (!std::filesystem::is_directory(folder, failed)) {
        return "; there is no folder " + where;
    }
    if (names.empty()) {
        return "; the folder " + where + " is empty";
    }
    std::sort(names.begin(), names.end());
    std::string text = "; the folder " + where + " holds ";
    for (std::size_t i = 0; i < std::min(names.size(), kNamesMax); ++i) {
        text.append(i == 0 ? "" : ", ").append(names[i]);
    }
    if (names.size() > kNamesMax) {
        text.append(", … (" + std::to_string(names.size()) + " in all)");
    }
    return text;
}

inline std::vector<std::string> matches(const std::string& pattern) {
    glob_t found{};
    std::vector<std::string> paths;
    if (::glob(pattern.c_str(), GLOB_NOSORT, nullptr, &found) == 0) {
        paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
    }
    ::globfree(&found);
    std::sort(paths.begin(), paths.end());
    return paths;
}

}  // namespace detail

/// The files that `location` names: one path, or a pattern with * ? [a-z], sorted by their bytes.
/// Relative ones start at the working folder.
/// \return Config error where there is none, naming the folder and what it holds.
inline Result<std::vector<Found>> find(const std::string& location) {
    std::vector<std::string> paths{location};
    struct stat status {};
    // A file of just that name wins over the pattern: names with brackets exist.
    if (::stat(location.c_str(), &status) != 0) {
        const int code = errno;
        if (code != ENOENT && code != ENOTDIR) {
            return detail::system_error(printable(location), "open it", code);
        }
        paths = detail::matches(location);
        if (paths.empty()) {
            const std::filesystem::path folder = std::filesystem::path(location).parent_path();
            return Error{ErrorKind::Config,
                         "no file " + printable(location) +
                             detail::what_is_there(folder.empty() ? "." : folder)};
        }
    }
    std::vector<Found> files;
    for (std::string& path : paths) {
        std::string name = printable(path);
        if (::stat(path.c_str(), &status) != 0) {
            return detail::system_error(name, "open it", errno);
        }
        COTERIE_TRY_VOID(detail::refuse_what_is_no_file(status, name));
        files.push_back({std::move(path), std::move(name), detail::stamp_of(status)});
    }
    return files;
}

/// What is to be replaced where `path` is written to: a link to a file elsewhere stays one, and the
/// file that it leads to is the one.
inline std::filesystem::path target_of(const std::filesystem::path& path) {
    std::error_code failed;
    return std::filesystem::is_symlink(path, failed)
               ? std::filesystem::weakly_canonical(path, failed)
               : path;
}

/// Puts a finished file in the place of another one beside it, whole or not at all, after a power
/// cut too. Who may read it stays as a person has set that.
/// \return Config error where it may not be replaced, Transient where the disk does not do it.
inline Result<void> put_in_place(const std::filesystem::path& part,
                                 const std::filesystem::path& path) {
    const int file = ::open(part.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return detail::system_error(printable(part.native()), "open it again", errno);
    }
    const bool is_synced = ::fsync(file) == 0;
    const int code = errno;
    ::close(file);
    if (!is_synced) {
        return detail::system_error(printable(part.native()), "write it out", code);
    }
    struct stat before {};
    if (::stat(path.c_str(), &before) == 0) {
        ::chmod(part.c_str(), before.st_mode & 07777U);
    }
    if (::rename(part.c_str(), path.c_str()) != 0) {
        return detail::system_error(printable(path.native()), "replace it", errno);
    }
    return {};
}

/// One open file, read once from end to end. Moves only; one thread.
class Reader {
  public:
    /// \return Config error where it cannot be read; it never waits for a pipe's other end.
    static Result<Reader> open(const Found& file) {
        const int descriptor = ::open(file.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (descriptor < 0) {
            return detail::system_error(file.name, "open it", errno);
        }
        Reader reader(descriptor, file);
        struct stat status {};
        if (::fstat(descriptor, &status) != 0) {
            return detail::system_error(file.name, "read it", errno);
        }
        COTERIE_TRY_VOID(detail::refuse_what_is_no_file(status, file.name));
        ::posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL);
        return reader;
    }
    Reader(Reader&& other) noexcept
        : descriptor_(std::exchange(other.descriptor_, -1)), file_(std::move(other.file_)) {}
    Reader& operator=(Reader&& other) noexcept {
        std::swap(descriptor_, other.descriptor_);
        std::swap(file_, other.file_);
        return *this;
    }
    ~Reader() {
        if (descriptor_ >= 0) {
            ::close(descriptor_);
        }
    }

    /// Fills `out` as far as the file goes. \return Bytes read: less than asked only at the end.
    Result<std::size_t> read(char* out, std::size_t bytes) {
        std::size_t filled = 0;
        while (filled < bytes) {
            const ssize_t got = ::read(descriptor_, out + filled, bytes - filled);
            if (got == 0) {
                break;
            }
            if (got < 0 && errno != EINTR) {
                return detail::system_error(file_.name, "read it", errno);
            }
            filled += got > 0 ? static_cast<std::size_t>(got) : 0;
        }
        return filled;
    }
    Result<void> seek(std::uint64_t offset) {
        if (::lseek(descriptor_, static_cast<off_t>(offset), SEEK_SET) < 0) {
            return detail::system_error(file_.name, "go to a place in it", errno);
        }
        return {};
    }
    /// \return Transient error if the file is another one than when it was found: what was read may
    /// be half old and half new.
    [[nodiscard]] Result<void> unchanged() const {
        struct stat status {};
        if (::fstat(descriptor_, &status) != 0) {
            return detail::system_error(file_.name, "read it", errno);
        }
        if (detail::stamp_of(status) != file_.stamp) {
            return Error{ErrorKind::Transient,
                         file_.name + " changed while it was read; the next run reads it anew"};
        }
        return {};
    }

  private:
    Reader(int descriptor, Found file) : descriptor_(descriptor), file_(std::move(file)) {}

    int descriptor_;
    Found file_;
};

}  // namespace coterie::files
