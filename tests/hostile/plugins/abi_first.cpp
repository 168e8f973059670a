// A plugin as a C compiler made it for ABI 1.0: it knows the host's struct as that version had it.
#include "raw_plugin.hpp"

#include <cstddef>
#include <cstring>

namespace {

struct host_of_1_0 {
    uint32_t size, abi_major, abi_minor;
    void* context;
    int32_t (*record)(void*, coterie_bytes, coterie_bytes);
    int32_t (*deleted)(void*, coterie_bytes);
    int32_t (*quarantine)(void*, coterie_bytes, coterie_bytes, coterie_bytes);
    int32_t (*checkpoint)(void*, coterie_bytes);
    void (*log)(void*, int32_t, coterie_bytes);
    void (*progress)(void*, uint64_t, uint64_t, coterie_bytes);
    int32_t (*cancelled)(void*);
    int32_t (*restarted)(void*);
    void (*error)(void*, coterie_bytes, uint64_t);
};
static_assert(offsetof(host_of_1_0, error) == offsetof(coterie_host, error));

coterie_bytes bytes(const char* text) {
    return {text, std::strlen(text)};
}

int32_t read(void*, const coterie_host* newest, const coterie_read_request*) {
    const auto* host = reinterpret_cast<const host_of_1_0*>(newest);
    const int32_t status = host->record(host->context, bytes("1"), bytes("{\"a\":1}"));
    return status != COTERIE_OK ? status : host->checkpoint(host->context, bytes("1"));
}

}  // namespace

RAW_PLUGIN(1, 0, 96, raw::open, raw::check, read, raw::close)
