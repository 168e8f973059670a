#include "misbehaving.hpp"

#include <unistd.h>

HOSTILE_SOURCE(ForgesFrames, static_cast<void>(!::write(3, "\xff\xff\xff\xff\xff\xff", 6));
               return {};);
