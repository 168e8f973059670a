// Says that it replaces all records, whatever their ids.
#include "misbehaving.hpp"

HOSTILE_SOURCE(ReplacesEverything, sink.replaces(""); return {};);
