// Says 'unchanged' once it has handed over a record.
#include "misbehaving.hpp"

HOSTILE_SOURCE(UnchangedAfterRecords, sink.record("{\"a\":1}", "1"); sink.unchanged(); return {};);
