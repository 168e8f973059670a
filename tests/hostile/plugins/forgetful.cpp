#include "misbehaving.hpp"

// Resumes one record too late.
HOSTILE_SOURCE(
    Forgetful, int next = request.resume_from ? request.resume_from->get<int>() + 1 : 0;
    for (; next < 5; ++next) {
        sink.record("{}", std::to_string(next));
        sink.checkpoint(next + 1);
    } return {};);
