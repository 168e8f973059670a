#include "misbehaving.hpp"

// Goes on when it is told to stop.
HOSTILE_SOURCE(
    Deaf, for (int i = 0; i < 5; ++i) {
        try {
            sink.record("{}", std::to_string(i));
        } catch (const coterie::Sink::Stopped&) {
            continue;
        }
    } return {};);
