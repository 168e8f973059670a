#include "base/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace coterie {

void broken_invariant(const char* what, const char* file, int line) {
    std::fprintf(
        stderr,
        "%s:%d: broken invariant: %s (a bug in Coterie; the store is as the last committed "
        "step left it; please report this line)\n",
        file, line, what);
    std::fflush(nullptr);
    std::_Exit(70);
}

}  // namespace coterie
