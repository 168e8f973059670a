// Throws through the C functions themselves, which the SDK would never do.
#include "raw_plugin.hpp"

#include <stdexcept>

namespace {
[[noreturn]] int32_t throw_now() {
    throw std::runtime_error("thrown on purpose");
}
int32_t open_it(const coterie_host*, coterie_bytes, void**) {
    return COTERIE_OK;
}
int32_t check_it(void*, const coterie_host*) {
    throw_now();
}
int32_t read_it(void*, const coterie_host*, const coterie_read_request*) {
    throw 42;
}
void close_it(void*) {
    throw_now();
}
}  // namespace

RAW_PLUGIN(COTERIE_ABI_MAJOR, COTERIE_ABI_MINOR, sizeof(coterie_plugin), open_it, check_it, read_it,
           close_it)
