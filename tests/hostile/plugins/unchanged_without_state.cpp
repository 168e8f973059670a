// Says 'unchanged' of what it was given no state of.
#include "misbehaving.hpp"

HOSTILE_SOURCE(UnchangedWithoutState, sink.unchanged(); return {};);
