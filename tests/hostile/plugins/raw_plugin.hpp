// A plugin written against the C boundary alone, wrong in whatever way its file wants.
#pragma once

#include "coterie/abi.h"

namespace raw {
[[maybe_unused]] inline int32_t open(const coterie_host*, coterie_bytes, void**) {
    return COTERIE_OK;
}
[[maybe_unused]] inline int32_t check(void*, const coterie_host*) {
    return COTERIE_OK;
}
[[maybe_unused]] inline int32_t read(void*, const coterie_host*, const coterie_read_request*) {
    return COTERIE_OK;
}
[[maybe_unused]] inline void close(void*) {}
}  // namespace raw

#define RAW_NOTE(major, minor)                                                                     \
    __attribute__((section(COTERIE_NOTE_SECTION), used)) static const coterie_abi_note note = {    \
        COTERIE_NOTE_MAGIC, major, minor};

#define RAW_PLUGIN(major, minor, bytes, open, check, read, close)                                  \
    RAW_NOTE(major, minor)                                                                         \
    extern "C" __attribute__((visibility("default"))) const coterie_plugin* coterie_plugin_entry(  \
        const coterie_host*) {                                                                     \
        static const coterie_plugin plugin = {                                                     \
            bytes,        major,         minor,  {HOSTILE_NAME, sizeof(HOSTILE_NAME) - 1},         \
            {"1.0.0", 5}, {"source", 6}, open,   check,                                            \
            read,         close,         nullptr};                                                 \
        return &plugin;                                                                            \
    }
