// Any bytes as the parts of an XLSX workbook: a sheet, shared strings, styles, what the sheet
// points to, in this order, parted by "@@". What must hold: no crash, rows and columns ascend
// within bounds, every text is UTF-8, and the same bytes read the same.
#include "plugins/spreadsheet/workbook/workbook_test.hpp"
#include "tests/fuzz/workbook_checks.hpp"

#include <cstdint>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const char* const kParts[] = {"xl/worksheets/sheet1.xml", "xl/sharedStrings.xml",
                                         "xl/styles.xml", "xl/worksheets/_rels/sheet1.xml.rels"};
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    spreadsheet::test::Xlsx book("");
    for (const char* part : kParts) {
        const std::size_t end = rest.find("@@");
        book.part(part, std::string(rest.substr(0, end)));
        if (end == std::string_view::npos) {
            break;
        }
        rest.remove_prefix(end + 2);
    }
    coterie::test::check_workbook(book.bytes());
    return 0;
}
