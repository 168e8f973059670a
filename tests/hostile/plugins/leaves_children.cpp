#include "misbehaving.hpp"

#include <unistd.h>

#include <csignal>
#include <cstdio>

namespace {

// One child, and one that has cut all its ties as daemons do. Their ids go where the test reads.
void leave_children(const std::string& path) {
    std::FILE* file = std::fopen(path.c_str(), "w");
    int ready[2] = {-1, -1};
    if (file == nullptr || ::pipe(ready) != 0) {
        return;
    }
    const auto stay = [] {
        ::signal(SIGTERM, SIG_IGN);
        ::signal(SIGHUP, SIG_IGN);
        while (true) {
            ::pause();
        }
    };
    const pid_t child = ::fork();
    if (child == 0) {
        stay();
    }
    const pid_t first = ::fork();
    if (first == 0) {
        ::setsid();
        const pid_t second = ::fork();
        if (second == 0) {
            const pid_t self = ::getpid();
            static_cast<void>(!::write(ready[1], &self, sizeof(self)));
            stay();
        }
        ::_exit(0);
    }
    pid_t daemon = -1;
    static_cast<void>(!::read(ready[0], &daemon, sizeof(daemon)));
    std::fprintf(file, "%d %d\n", child, daemon);
    std::fclose(file);
}

}  // namespace

HOSTILE_SOURCE(LeavesChildren, leave_children(config_.value("path", "")); sink.record("{}", "1");
               return {};);
