#include "misbehaving.hpp"

#include <cstdio>

HOSTILE_SOURCE(
    FloodsStderr, const std::string secret = config_.value("token", "");
    for (int i = 0; i < 300'000; ++i) {
        std::fprintf(stderr, "a line that nobody asked for, with %s\n", secret.c_str());
    } sink.log(coterie::LogLevel::Warning, "the token is " + secret);
    sink.record("{}", "1");
    return coterie::Error{coterie::ErrorKind::Config, "the token " + secret + " is refused"};);
