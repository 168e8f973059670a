#include "misbehaving.hpp"

#include <unistd.h>

HOSTILE_SOURCE(
    Sleeps, sink.record("{}", "1"); while (true) { ::pause(); });
