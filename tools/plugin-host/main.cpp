/// coterie-plugin-host: runs one plugin for the core, and watches it.
///
/// Two processes: the supervisor, which runs no plugin code, and its child, the worker, which loads
/// the plugin. All that they are told comes over the descriptors that the core opened for them, so
/// no config is seen in a list of processes.
#include "plugin/host_protocol.hpp"
#include "supervisor.hpp"

#include <fcntl.h>

#include <cstdio>

// A plugin's crash has to be the signal that it is, under sanitizers too.
#if defined(__SANITIZE_ADDRESS__)
extern "C" __attribute__((visibility("default"))) const char* __asan_default_options();
extern "C" const char* __asan_default_options() {
    return "handle_segv=0:handle_abort=0:handle_sigbus=0:handle_sigill=0:handle_sigfpe=0:"
           "detect_leaks=0:abort_on_error=1:allocator_may_return_null=1";
}
#elif defined(__SANITIZE_THREAD__)
extern "C" __attribute__((visibility("default"))) const char* __tsan_default_options();
extern "C" const char* __tsan_default_options() {
    return "handle_segv=0:handle_abort=0:handle_sigbus=0:handle_sigill=0:handle_sigfpe=0";
}
#endif

int main() {
    using namespace coterie::plugin;
    if (::fcntl(kFramesDescriptor, F_SETFD, FD_CLOEXEC) != 0 ||
        ::fcntl(kControlDescriptor, F_SETFD, FD_CLOEXEC) != 0) {
        std::fputs("coterie-plugin-host is started by coterie, not by hand\n", stderr);
        return 2;
    }
    return supervise();
}
