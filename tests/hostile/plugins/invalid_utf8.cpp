#include "misbehaving.hpp"

HOSTILE_SOURCE(InvalidUtf8, sink.record("{\"a\":\"\xff\xc0\x80\"}", "\xfe");
               sink.log(coterie::LogLevel::Info, "\xff"); return {};);
