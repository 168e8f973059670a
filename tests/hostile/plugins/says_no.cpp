#include "raw_plugin.hpp"

RAW_NOTE(COTERIE_ABI_MAJOR, COTERIE_ABI_MINOR)

extern "C" __attribute__((visibility("default"))) const coterie_plugin*
coterie_plugin_entry(const coterie_host* host) {
    constexpr char kReason[] = "not on a Monday";
    host->error(host->context, {kReason, sizeof(kReason) - 1}, 0);
    return nullptr;
}
