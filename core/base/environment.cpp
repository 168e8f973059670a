#include "base/environment.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <set>

namespace coterie {

namespace {

constexpr std::array<std::string_view, 9> kNeededByAll = {
    "HOME", "LANG", "LC_ALL", "LOGNAME", "PATH", "PWD", "TMPDIR", "TZ", "USER"};

struct Withheld {
    std::mutex mutex;
    std::set<std::string, std::less<>> names;  ///< guarded by mutex
};

Withheld& withheld() {
    static Withheld one;
    return one;
}

}  // namespace

void withhold_from_children(std::string_view variable) {
    if (std::find(kNeededByAll.begin(), kNeededByAll.end(), variable) == kNeededByAll.end()) {
        const std::lock_guard lock(withheld().mutex);
        withheld().names.emplace(variable);
    }
}

std::vector<std::string> environment_of_children() {
    const std::lock_guard lock(withheld().mutex);
    std::vector<std::string> variables;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view variable = *entry;
        if (!withheld().names.contains(variable.substr(0, variable.find('=')))) {
            variables.emplace_back(variable);
        }
    }
    return variables;
}

}  // namespace coterie
