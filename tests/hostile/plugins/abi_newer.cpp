#include "raw_plugin.hpp"

RAW_PLUGIN(COTERIE_ABI_MAJOR, COTERIE_ABI_MINOR + 3, sizeof(coterie_plugin), raw::open, raw::check,
           raw::read, raw::close)
