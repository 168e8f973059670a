#include "raw_plugin.hpp"

#include <stdexcept>

namespace {
int32_t open_it(const coterie_host*, coterie_bytes, void**) {
    throw std::runtime_error("thrown on purpose");
}
}  // namespace

RAW_PLUGIN(COTERIE_ABI_MAJOR, COTERIE_ABI_MINOR, sizeof(coterie_plugin), open_it, raw::check,
           raw::read, raw::close)
