#include "process_tree.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace coterie::plugin {
namespace {

/// Processes looked at in one round; a tree that is larger is ended in several.
constexpr std::size_t kProcessesMax = 4096;

/// A file of /proc; empty when its process is gone. Long lists are cut at whole numbers' loss,
/// which the next round makes good.
std::string read_file(const std::string& path) {
    std::string text;
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return text;
    }
    std::array<char, 4096> piece{};
    for (ssize_t got = 0; (got = ::read(file, piece.data(), piece.size())) > 0;) {
        text.append(piece.data(), static_cast<std::size_t>(got));
    }
    ::close(file);
    return text;
}

std::vector<std::int64_t> numbers_in(std::string_view text) {
    std::vector<std::int64_t> numbers;
    const char* at = text.data();
    const char* const end = at + text.size();
    while (at < end) {
        std::int64_t number = 0;
        const auto [next, error] = std::from_chars(at, end, number);
        if (error == std::errc()) {
            numbers.push_back(number);
            at = next;
        } else {
            ++at;
        }
    }
    return numbers;
}

struct CloseFolder {
    void operator()(DIR* folder) const { ::closedir(folder); }
};

/// The names in a folder that are numbers.
std::vector<std::int64_t> numbered_entries(const std::string& path) {
    std::vector<std::int64_t> found;
    const std::unique_ptr<DIR, CloseFolder> folder(::opendir(path.c_str()));
    while (const dirent* entry = folder ? ::readdir(folder.get()) : nullptr) {
        if (std::isdigit(static_cast<unsigned char>(entry->d_name[0])) != 0) {
            const auto numbers = numbers_in(entry->d_name);
            found.insert(found.end(), numbers.begin(), numbers.end());
        }
    }
    return found;
}

/// Reading the kernel's own lists of children costs a few files a process; some kernels have none.
bool has_lists_of_children() {
    static const bool has =
        ::access(fmt::format("/proc/self/task/{}/children", ::getpid()).c_str(), R_OK) == 0;
    return has;
}

std::vector<pid_t> listed_descendants() {
    std::vector<pid_t> found;
    const auto add_children = [&found](pid_t parent) {
        for (const auto thread : numbered_entries(fmt::format("/proc/{}/task", parent))) {
            const auto children =
                numbers_in(read_file(fmt::format("/proc/{}/task/{}/children", parent, thread)));
            for (const auto child : children) {
                found.push_back(static_cast<pid_t>(child));
            }
        }
    };
    add_children(::getpid());
    for (std::size_t i = 0; i < found.size() && found.size() < kProcessesMax; ++i) {
        add_children(found[i]);
    }
    return found;
}

/// The parent as /proc/N/stat has it, behind the name in brackets, which may hold anything.
pid_t parent_of(std::int64_t process) {
    const auto stat = read_file(fmt::format("/proc/{}/stat", process));
    const auto name_end = stat.rfind(')');
    if (name_end == std::string::npos || name_end + 4 > stat.size()) {
        return -1;
    }
    const auto numbers = numbers_in(std::string_view(stat).substr(name_end + 4));
    return numbers.empty() ? -1 : static_cast<pid_t>(numbers.front());
}

std::vector<pid_t> searched_descendants() {
    std::vector<std::pair<pid_t, pid_t>> child_and_parent;
    for (const auto process : numbered_entries("/proc")) {
        child_and_parent.emplace_back(static_cast<pid_t>(process), parent_of(process));
    }
    std::vector<pid_t> found{::getpid()};
    for (std::size_t i = 0; i < found.size() && found.size() < kProcessesMax; ++i) {
        for (const auto& [child, parent] : child_and_parent) {
            if (parent == found[i]) {
                found.push_back(child);
            }
        }
    }
    found.erase(found.begin());
    return found;
}

}  // namespace

std::vector<pid_t> descendants() {
    return has_lists_of_children() ? listed_descendants() : searched_descendants();
}

std::uint64_t resident_bytes(const std::vector<pid_t>& processes) {
    static const auto page_bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    std::uint64_t pages = 0;
    for (const auto process : processes) {
        const auto sizes = numbers_in(read_file(fmt::format("/proc/{}/statm", process)));
        pages += sizes.size() > 1 ? static_cast<std::uint64_t>(sizes[1]) : 0;
    }
    return pages * page_bytes;
}

}  // namespace coterie::plugin
