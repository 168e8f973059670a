#include "coterie/abi.h"

extern "C" __attribute__((visibility("default"))) const coterie_plugin*
coterie_plugin_entry(const coterie_host*) {
    return nullptr;
}
