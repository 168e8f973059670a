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
#ifdef COTERIE_CHECK_ABORTS
    std::abort();  // a fuzzer keeps the input of what aborts
#else
    std::_Exit(70);
#endif
}

}  // namespace coterie
