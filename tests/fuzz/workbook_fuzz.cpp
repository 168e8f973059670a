// Any bytes as a workbook of whatever format they say that they are: zip archives, compound files,
// XLS records. What must hold is in workbook_checks.hpp.
#include "tests/fuzz/workbook_checks.hpp"

#include <cstdint>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    coterie::test::check_workbook(std::string(reinterpret_cast<const char*>(data), size));
    return 0;
}
