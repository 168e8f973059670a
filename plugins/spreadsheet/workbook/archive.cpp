#include "archive.hpp"

#include <fmt/format.h>
#include <zip.h>

#include <algorithm>
#include <filesystem>
#include <utility>

namespace spreadsheet {

using coterie::Error;
using coterie::ErrorKind;
using coterie::Result;

namespace {

/// Beyond any workbook; each costs memory.
constexpr std::int64_t kPartsMax = 100'000;
/// Small parts may well be blank enough to shrink a thousandfold.
constexpr std::uint64_t kRatioFreeBytes = 16ULL << 20;

std::string canonical(std::string_view name) {
    std::string out;
    out.reserve(name.size());
    for (const char c : name) {
        out += c == '\\' ? '/' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return out.substr(std::min(out.find_first_not_of('/'), out.size()));
}

Error damaged(std::string_view what) {
    return {ErrorKind::Config,
            fmt::format("the file is damaged or cut short ({}); get it again, or open it in a "
                        "spreadsheet program and save it as a new .xlsx",
                        what)};
}

std::string describe(zip_error_t* error) {
    const std::string text = zip_error_strerror(error);
    zip_error_fini(error);
    return text;
}

}  // namespace

PartStream::~PartStream() {
    if (file_ != nullptr) {
        zip_fclose(file_);
    }
}

Result<std::size_t> PartStream::read(char* buffer, std::size_t size) {
    const zip_int64_t got = zip_fread(file_, buffer, size);
    if (got < 0) {
        return damaged(fmt::format("part '{}': {}", name_, zip_file_strerror(file_)));
    }
    bytes_ += static_cast<std::uint64_t>(got);
    if (bytes_ > limits_.unpacked_bytes_max) {
        return Error{ErrorKind::Config,
                     fmt::format("part '{}' unpacks to more than unpacked_bytes_max = {} bytes; if "
                                 "it is meant to, split the workbook",
                                 name_, limits_.unpacked_bytes_max)};
    }
    if (bytes_ > kRatioFreeBytes && bytes_ / limits_.unpacked_ratio_max > packed_bytes_) {
        return Error{ErrorKind::Config,
                     fmt::format("part '{}' unpacks to more than unpacked_ratio_max = {} times its "
                                 "size, as a zip bomb does; open it and save it anew as .xlsx",
                                 name_, limits_.unpacked_ratio_max)};
    }
    return static_cast<std::size_t>(got);
}

std::uint64_t PartStream::bytes_done() const {
    if (bytes_ >= unpacked_bytes_) {
        return packed_bytes_;
    }
    return static_cast<std::uint64_t>(static_cast<double>(packed_bytes_) *
                                      static_cast<double>(bytes_) /
                                      static_cast<double>(unpacked_bytes_));
}

Result<std::shared_ptr<Archive>> Archive::open(const std::string& path,
                                               const WorkbookLimits& limits) {
    int code = 0;
    zip_t* const handle = zip_open(path.c_str(), ZIP_RDONLY, &code);
    if (handle == nullptr) {
        zip_error_t error;
        zip_error_init_with_code(&error, code);
        return damaged(describe(&error));
    }
    const std::shared_ptr<Archive> archive(new Archive(handle, limits));
    std::error_code ignored;
    archive->file_bytes_ = std::filesystem::file_size(path, ignored);
    const zip_int64_t count = zip_get_num_entries(handle, 0);
    if (count > kPartsMax) {
        return Error{
            ErrorKind::Config,
            fmt::format("the file has {} parts; a workbook has at most {}", count, kPartsMax)};
    }
    for (zip_int64_t i = 0; i < count; ++i) {
        const char* const name = zip_get_name(handle, static_cast<zip_uint64_t>(i), ZIP_FL_ENC_RAW);
        if (name != nullptr) {
            archive->parts_.emplace(canonical(name), static_cast<PartIndex>(i));
        }
    }
    return archive;
}

Archive::~Archive() {
    zip_discard(handle_);
}

std::optional<PartIndex> Archive::find(std::string_view name) const {
    const auto found = parts_.find(canonical(name));
    return found == parts_.end() ? std::nullopt : std::optional(found->second);
}

std::uint64_t Archive::packed_bytes(PartIndex part) const {
    zip_stat_t stat;
    zip_stat_init(&stat);
    if (zip_stat_index(handle_, part, 0, &stat) != 0 || (stat.valid & ZIP_STAT_COMP_SIZE) == 0) {
        return 0;
    }
    return std::min<std::uint64_t>(stat.comp_size, file_bytes_);  // it may claim anything
}

Result<std::unique_ptr<PartStream>> Archive::stream(PartIndex part) {
    const char* const name = zip_get_name(handle_, part, ZIP_FL_ENC_RAW);
    std::unique_ptr<PartStream> stream(new PartStream);
    stream->name_ = name == nullptr ? "" : name;
    stream->limits_ = limits_;
    stream->packed_bytes_ = packed_bytes(part);
    zip_stat_t stat;
    zip_stat_init(&stat);
    if (zip_stat_index(handle_, part, 0, &stat) == 0) {
        stream->unpacked_bytes_ = (stat.valid & ZIP_STAT_SIZE) != 0 ? stat.size : 0;
        if ((stat.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 &&
            stat.encryption_method != ZIP_EM_NONE) {
            return Error{ErrorKind::Config,
                         "the file is protected by a password; open it and save it as .xlsx "
                         "without one"};
        }
    }
    stream->file_ = zip_fopen_index(handle_, part, 0);
    if (stream->file_ == nullptr) {
        return damaged(fmt::format("part '{}': {}", stream->name_, zip_strerror(handle_)));
    }
    return stream;
}

Result<std::string> Archive::read_all(PartIndex part, std::size_t bytes_max) {
    COTERIE_TRY(const auto bytes, stream(part));
    std::string out;
    char buffer[16384];
    for (;;) {
        COTERIE_TRY(const std::size_t got, bytes->read(buffer, sizeof buffer));
        if (got == 0) {
            return out;
        }
        out.append(buffer, got);
        if (out.size() > bytes_max) {
            return Error{ErrorKind::Config,
                         fmt::format("part '{}' is larger than {} bytes, which no workbook needs",
                                     bytes->name_, bytes_max)};
        }
    }
}

}  // namespace spreadsheet
