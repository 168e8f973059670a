#include "misbehaving.hpp"

#include <csignal>

// raise() and not a wild write: sanitizers would find the latter before the kernel does.
HOSTILE_SOURCE(Segfaults, sink.record("{}", "1"); ::raise(SIGSEGV); return {};);
