#include "misbehaving.hpp"

#include <unistd.h>

#include <csignal>

HOSTILE_SOURCE(
    IgnoresEverything, ::signal(SIGTERM, SIG_IGN); sink.record("{}", "1");
    while (true) { ::pause(); });
