// Keeps a state that is none.
#include "misbehaving.hpp"

#include <string>

HOSTILE_SOURCE(HugeState, sink.keep_state(std::string(std::size_t{2} << 20, 'x')); return {};);
