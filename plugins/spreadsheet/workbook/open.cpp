#include "archive.hpp"
#include "grid.hpp"
#include "ods.hpp"
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

Error refused(std::string_view what) {
    return {ErrorKind::Config,
            fmt::format("it is {}; open it and save the table in it as .xlsx", what)};
}

/// ODS says what it is in a part of its own, OOXML in the part that all begins with.
Result<std::unique_ptr<Workbook>> open_zipped(std::shared_ptr<Archive> archive,
                                              const std::string& name,
                                              const WorkbookLimits& limits) {
    if (archive->find("[Content_Types].xml") || archive->find("_rels/.rels")) {
        return open_xlsx(std::move(archive), name, limits);
    }
    constexpr std::string_view kOpenDocument = "application/vnd.oasis.opendocument.";
    constexpr std::string_view kSpreadsheet = "application/vnd.oasis.opendocument.spreadsheet";
    std::string type(kSpreadsheet);
    if (const auto part = archive->find("mimetype")) {
        COTERIE_TRY(type, archive->read_all(*part, kHeadBytes));
    }
    if (type.starts_with(kSpreadsheet)) {
        if (archive->find("content.xml")) {
            return open_ods(std::move(archive), name, limits);
        }
    } else if (type.starts_with(kOpenDocument)) {
        return refused("an OpenDocument file, but no spreadsheet");
    } else if (type.starts_with("application/vnd.sun.xml.")) {
        return refused("an OpenOffice 1 file, which is not read");
    }
    if (archive->find("Index/Document.iwa") || archive->find("Index.zip")) {
        return refused("a file of Apple's Numbers or its kin, which is not read");
    }
    return open_xlsx(std::move(archive), name, limits);
}

Result<std::optional<std::unique_ptr<Workbook>>>
open_any(const std::string& path, const std::string& name, const WorkbookLimits& limits) {
    COTERIE_TRY(const std::string head, read_head(path));
    if (head.starts_with("PK\x03\x04"sv) || head.starts_with("PK\x05\x06"sv)) {
        COTERIE_TRY(auto archive, Archive::open(path, limits));
        COTERIE_TRY(auto workbook, open_zipped(std::move(archive), name, limits));
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
