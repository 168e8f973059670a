#include "raw_plugin.hpp"

RAW_PLUGIN(COTERIE_ABI_MAJOR, COTERIE_ABI_MINOR, sizeof(coterie_plugin), raw::open, nullptr,
           nullptr, raw::close)
