#include "misbehaving.hpp"

#include <cstdlib>
#include <cstring>

HOSTILE_SOURCE(
    Allocates, sink.record("{}", "1"); while (true) {
        constexpr std::size_t kPieceBytes = 1 << 20;
        auto* piece = static_cast<char*>(std::malloc(kPieceBytes));
        if (piece != nullptr) {
            std::memset(piece, 1, kPieceBytes);
        }
    });
