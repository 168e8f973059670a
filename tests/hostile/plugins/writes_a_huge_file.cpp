#include "misbehaving.hpp"

#include <cstdio>

HOSTILE_SOURCE(
    WritesAHugeFile, std::FILE* file = std::fopen(config_.value("path", "").c_str(), "w");
    const std::string piece(1 << 20, 'x');
    while (file != nullptr) { std::fwrite(piece.data(), 1, piece.size(), file); } return {};);
