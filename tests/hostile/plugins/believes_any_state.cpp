// Takes any state for its own, and nothing for changed.
#include "misbehaving.hpp"

HOSTILE_SOURCE(
    BelievesAnyState,
    if (request.last_state) {
        sink.unchanged();
        return {};
    } sink.record("{\"a\":1}", "1");
    sink.keep_state(1); return {};);
