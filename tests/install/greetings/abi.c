#include "coterie/abi.h"

size_t host_bytes(void) {
    return sizeof(coterie_host);
}
