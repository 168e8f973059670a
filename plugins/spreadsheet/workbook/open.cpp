#include "archive.hpp"
#include "grid.hpp"
#include "xlsx.hpp"

#include <fmt/format.h>

#include <fstream>
#include <utility>

namespace spreadsheet {

using coterie::Error;
using coterie::ErrorKind;
using coterie::Result;
using namespace std::string_view_literals;

namespace {

constexpr std::size_t kHeadBytes = 4096;

Result<std::string> read_head(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::string head(kHeadBytes, '\0');
    in.read(head.data(), static_cast<std::streamsize>(head.size()));
    if (in.bad() || (!in && !in.eof())) {
        return Error{ErrorKind::Config, "the file cannot be read"};
    }
    head.resize(static_cast<std::size_t>(in.gcount()));
    return head;
}

Result<std::optional<std::unique_ptr<Workbook>>>
open_any(const std::string& path, const std::string& name, const WorkbookLimits& limits) {
    COTERIE_TRY(const std::string head, read_head(path));
    if (head.starts_with("PK\x03\x04"sv) || head.starts_with("PK\x05\x06"sv)) {
        COTERIE_TRY(auto archive, Archive::open(path, limits));
        COTERIE_TRY(auto workbook, open_xlsx(std::move(archive), name, limits));
        return std::optional(std::move(workbook));
    }
    return std::optional<std::unique_ptr<Workbook>>();
}

}  // namespace

Result<std::optional<std::unique_ptr<Workbook>>>
open_workbook(const std::string& path, const std::string& name, const WorkbookLimits& limits) {
    auto opened = open_any(path, name, limits);
    if (!opened) {
        Error error = std::move(opened).error();
        // Nothing of the file can be read: a person must act.
        error.kind = ErrorKind::Config;
        return std::move(error).within(fmt::format("'{}'", name));
    }
    return opened;
}

}  // namespace spreadsheet
