#include "misbehaving.hpp"

#include <cstdlib>

HOSTILE_SOURCE(Aborts, sink.record("{}", "1"); std::abort(););
