#include "misbehaving.hpp"

// Ids that count on over reads.
HOSTILE_SOURCE(
    UnstableIds, static int next = 0;
    for (int i = 0; i < 5; ++i) { sink.record("{}", std::to_string(++next)); } return {};);
