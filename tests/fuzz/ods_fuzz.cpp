// Any bytes as the content of an ODS workbook; what must hold is in workbook_checks.hpp.
#include "plugins/spreadsheet/workbook/workbook_test.hpp"
#include "tests/fuzz/workbook_checks.hpp"

#include <cstdint>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    coterie::test::check_workbook(spreadsheet::test::zipped(
        {{"mimetype", "application/vnd.oasis.opendocument.spreadsheet"},
         {"content.xml", std::string(reinterpret_cast<const char*>(data), size)}}));
    return 0;
}
