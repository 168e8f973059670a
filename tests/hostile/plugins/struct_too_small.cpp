#include "raw_plugin.hpp"

RAW_PLUGIN(COTERIE_ABI_MAJOR, COTERIE_ABI_MINOR, 24, raw::open, raw::check, raw::read, raw::close)
