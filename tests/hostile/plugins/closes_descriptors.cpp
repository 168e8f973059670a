#include "misbehaving.hpp"

#include <unistd.h>

HOSTILE_SOURCE(
    ClosesDescriptors, sink.record("{}", "1"); for (int file = 0; file < 1024; ++file) {
        ::close(file);
    } for (int i = 0;; ++i) { sink.record("{\"text\":\"lost\"}", std::to_string(i)); });
