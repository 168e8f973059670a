// Says only after a record that its read is not whole.
#include "misbehaving.hpp"

HOSTILE_SOURCE(PartialAfterRecords, sink.record("{\"a\":1}", "1"); sink.partial(); return {};);
