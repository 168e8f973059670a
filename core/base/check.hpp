/// The one way to say that an invariant of ours is broken.
#pragma once

#include <string_view>

namespace coterie {

/// Prints "FILE:LINE: broken invariant: WHAT (a bug in Coterie …)" and ends the program with 70.
[[noreturn]] void broken_invariant(const char* what, const char* file, int line);

}  // namespace coterie

/// Ends the program with exit code 70 when `condition` does not hold; the store is then as after a
/// kill -9, so safe.
#define COTERIE_CHECK(condition)                                                                   \
    ((condition) ? static_cast<void>(0)                                                            \
                 : ::coterie::broken_invariant(#condition, __FILE__, __LINE__))
