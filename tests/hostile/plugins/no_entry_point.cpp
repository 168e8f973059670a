#include "coterie/abi.h"

// The linker is asked for no entry point, so the version script finds nothing to export.
__attribute__((section(COTERIE_NOTE_SECTION), used)) static const coterie_abi_note note = {
    COTERIE_NOTE_MAGIC, COTERIE_ABI_MAJOR, COTERIE_ABI_MINOR};
