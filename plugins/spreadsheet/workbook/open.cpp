#include "archive.hpp"
#include "compound.hpp"
#include "grid.hpp"
#include "little_endian.hpp"
#include "ods.hpp"
#include "xls.hpp"
#include "xlsx.hpp"
#include "xml2003.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
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

Result<std::string> read_file(const std::string& path, const WorkbookLimits& limits) {
    std::error_code failed;
    const std::uintmax_t size = std::filesystem::file_size(path, failed);
    if (!failed && size > limits.text_bytes_max) {
        return Error{ErrorKind::Config,
                     fmt::format("it is larger than text_bytes_max = {} bytes, and an XLS file is "
                                 "held in memory; open it and save it as .xlsx",
                                 limits.text_bytes_max)};
    }
    std::ifstream in(path, std::ios::binary);
    std::string bytes(failed ? 0 : static_cast<std::size_t>(size), '\0');
    in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (failed || !in) {
        return Error{ErrorKind::Config, "the file cannot be read"};
    }
    return bytes;
}

/// XLS, or what encrypts an XLSX.
Result<std::unique_ptr<Workbook>> open_compound(const std::string& path, const std::string& name,
                                                const WorkbookLimits& limits) {
    COTERIE_TRY(std::string bytes, read_file(path, limits));
    COTERIE_TRY(const CompoundFile file, CompoundFile::parse(std::move(bytes)));
    if (file.has("EncryptedPackage")) {
        return Error{ErrorKind::Config, "the file is protected by a password; open it and save it "
                                        "as .xlsx without one"};
    }
    for (const std::string_view stream : {"Workbook"sv, "Book"sv}) {
        if (file.has(stream)) {
            COTERIE_TRY(std::string workbook, file.read(stream));
            return open_xls(std::move(workbook), name, limits);
        }
    }
    return refused("a file of an old Microsoft program, but no workbook");
}

/// Excel 5 can leave out the compound file; older versions know no other way.
bool is_bare_xls(std::string_view head) {
    const std::uint16_t type = u16_at(head, 0);
    const std::uint16_t size = u16_at(head, 2);
    return (type == 0x0809 || type == 0x0409 || type == 0x0209 || type == 0x0009) && size >= 4 &&
           size <= 16 && head.size() > 20;
}

/// In the first bytes, blanks and a mark left out, in lower case.
std::string opening(std::string_view head) {
    if (head.starts_with("\xEF\xBB\xBF"sv)) {
        head.remove_prefix(3);
    }
    head.remove_prefix(std::min(head.find_first_not_of(" \t\r\n"), head.size()));
    std::string out(head);
    std::transform(out.begin(), out.end(), out.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return out;
}

/// What exports like to call .xls although it is none.
Result<std::optional<std::unique_ptr<Workbook>>> open_text(const std::string& path,
                                                           std::string_view head,
                                                           const std::string& name,
                                                           const WorkbookLimits& limits) {
    const std::string text = opening(head);
    for (const std::string_view start : {"<html"sv, "<!doctype html"sv, "<table"sv, "<meta"sv}) {
        if (text.starts_with(start)) {
            return refused("a web page, whatever its name says");
        }
    }
    if (text.starts_with("mime-version:")) {
        return refused("a web archive, whatever its name says");
    }
    if (text.starts_with("%pdf-")) {
        return refused("a PDF, which holds no cells");
    }
    if (text.starts_with("<?xml") || text.starts_with("<workbook")) {
        if (text.find("urn:schemas-microsoft-com:office:spreadsheet") != std::string::npos) {
            COTERIE_TRY(auto workbook, open_xml2003(path, name, limits));
            return std::optional(std::move(workbook));
        }
        if (text.find("opendocument.spreadsheet") != std::string::npos) {
            return refused("a flat ODF spreadsheet (.fods), which is not read");
        }
    }
    return std::optional<std::unique_ptr<Workbook>>();
}

Result<std::optional<std::unique_ptr<Workbook>>>
open_any(const std::string& path, const std::string& name, const WorkbookLimits& limits) {
    COTERIE_TRY(const std::string head, read_head(path));
    if (head.starts_with("PK\x03\x04"sv) || head.starts_with("PK\x05\x06"sv)) {
        COTERIE_TRY(auto archive, Archive::open(path, limits));
        COTERIE_TRY(auto workbook, open_zipped(std::move(archive), name, limits));
        return std::optional(std::move(workbook));
    }
    if (head.starts_with("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"sv)) {
        COTERIE_TRY(auto workbook, open_compound(path, name, limits));
        return std::optional(std::move(workbook));
    }
    if (is_bare_xls(head)) {
        if (!head.starts_with("\x09\x08"sv)) {
            return refused("a workbook of Excel 4 or older, which is not read");
        }
        COTERIE_TRY(std::string bytes, read_file(path, limits));
        COTERIE_TRY(auto workbook, open_xls(std::move(bytes), name, limits));
        return std::optional(std::move(workbook));
    }
    return open_text(path, head, name, limits);
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
