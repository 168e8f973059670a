// Any bytes as the records of an XLS workbook, behind one that says it is of BIFF8 (or, where the
// first byte is odd, of BIFF5). What must hold is in workbook_checks.hpp.
#include "tests/fuzz/workbook_checks.hpp"

#include <cstdint>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace std::string_view_literals;
    if (size < 1) {
        return 0;
    }
    const std::string_view begin =
        (data[0] & 1U) != 0 ? "\x09\x08\x08\x00\x00\x05\x05\x00\0\0\0\0"sv
                            : "\x09\x08\x10\x00\x00\x06\x05\x00\0\0\0\0\0\0\0\0\0\0\0\0"sv;
    std::string bytes(begin);
    bytes.append(reinterpret_cast<const char*>(data) + 1, size - 1);
    coterie::test::check_workbook(bytes);
    return 0;
}
