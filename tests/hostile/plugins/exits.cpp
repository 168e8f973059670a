#include "misbehaving.hpp"

#include <unistd.h>

HOSTILE_SOURCE(Exits, sink.record("{}", "1"); ::_exit(0););
