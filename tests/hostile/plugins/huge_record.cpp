#include "misbehaving.hpp"

HOSTILE_SOURCE(HugeRecord, sink.record("{}", "before");
               sink.record(std::string(100'000'000, 'x'), "huge");
               sink.record("{}", std::string(100'000, 'i')); sink.record("{}", "after");
               return {};);
