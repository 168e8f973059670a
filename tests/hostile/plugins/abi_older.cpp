#include "raw_plugin.hpp"

RAW_PLUGIN(COTERIE_ABI_MAJOR - 1, 9, sizeof(coterie_plugin), raw::open, raw::check, raw::read,
           raw::close)
