// Hands over a record once it has said 'unchanged'.
#include "misbehaving.hpp"

HOSTILE_SOURCE(RecordsAfterUnchanged, sink.unchanged(); sink.record("{\"a\":1}", "1"); return {};);
