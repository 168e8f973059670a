#include "misbehaving.hpp"

HOSTILE_SOURCE(BrokenJson, sink.record("{\"a\":", "1"); sink.record("", "2");
               sink.record("[1]", "3"); return {};);
