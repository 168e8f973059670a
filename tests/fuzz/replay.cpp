// Runs a fuzz target over files as a plain program: coterie_fuzz_replay TARGET FILE-OR-FOLDER…
// Each file is given whole, then cut short at up to kCutsMax places: an end where nobody expects
// one is the most common damage.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#define COTERIE_FUZZ_TARGET(name) extern "C" int fuzz_##name(const std::uint8_t*, std::size_t);
#include "fuzz_targets.inc"
#undef COTERIE_FUZZ_TARGET

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kCutsMax = 64;

using Target = int (*)(const std::uint8_t*, std::size_t);

const std::map<std::string, Target>& targets() {
    static const std::map<std::string, Target> all = {
#define COTERIE_FUZZ_TARGET(name) {#name, &fuzz_##name},
#include "fuzz_targets.inc"
#undef COTERIE_FUZZ_TARGET
    };
    return all;
}

std::vector<fs::path> files_of(const fs::path& path) {
    if (!fs::is_directory(path)) {
        return {path};
    }
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(path)) {
        files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

/// \return False where the file cannot be read.
bool replay(Target target, const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    if (!in) {
        return false;
    }
    const std::size_t step = bytes.size() / kCutsMax + 1;
    for (std::size_t size = bytes.size();; size -= step) {
        // A buffer of just this size, so that a sanitizer sees a read behind its end.
        const std::vector<std::uint8_t> input(bytes.begin(),
                                              bytes.begin() + static_cast<std::ptrdiff_t>(size));
        target(input.data(), input.size());
        if (size < step) {
            return true;
        }
    }
}

}  // namespace

int main(int argc, char** argv) {
    const auto target = argc < 3 ? targets().end() : targets().find(argv[1]);
    if (target == targets().end()) {
        std::fprintf(stderr, "usage: coterie_fuzz_replay TARGET FILE-OR-FOLDER...; targets:");
        for (const auto& [name, function] : targets()) {
            std::fprintf(stderr, " %s", name.c_str());
        }
        std::fprintf(stderr, "\n");
        return 2;
    }
    std::size_t files = 0;
    for (int i = 2; i < argc; ++i) {
        for (const auto& file : files_of(argv[i])) {
            std::printf("%s\n", file.c_str());
            std::fflush(stdout);  // a crash is to show which file it was
            if (!replay(target->second, file)) {
                std::fprintf(stderr, "%s: cannot be read\n", file.c_str());
                return 1;
            }
            ++files;
        }
    }
    if (files == 0) {
        std::fprintf(stderr, "there is nothing to replay in %s\n", argv[2]);
        return 1;
    }
    return 0;
}
