#include "raw_plugin.hpp"

namespace {
int32_t read_it(void*, const coterie_host*, const coterie_read_request*) {
    return 77;
}
}  // namespace

RAW_PLUGIN(COTERIE_ABI_MAJOR, COTERIE_ABI_MINOR, sizeof(coterie_plugin), raw::open, raw::check,
           read_it, raw::close)
