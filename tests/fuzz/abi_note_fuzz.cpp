/// A plugin's file, whatever its bytes are: the ABI note or an error, and no read outside of the
/// file.
#include "base/check.hpp"
#include "plugin/abi_note.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

using namespace coterie::plugin;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view file(reinterpret_cast<const char*>(data), size);
    const auto note = find_abi_note(file);
    COTERIE_CHECK(note.has_value() || !note.error().message.empty());
    if (note) {
        const auto verdict = check_abi(*note);
        COTERIE_CHECK(verdict.has_value() || !verdict.error().message.empty());
    }
    return 0;
}
