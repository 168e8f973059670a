#include "misbehaving.hpp"

#include <unistd.h>

HOSTILE_SOURCE(
    ClosesAndWaits,
    for (int file = 0; file < 1024; ++file) { ::close(file); } while (true) { ::pause(); });
