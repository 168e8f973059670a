#include "sdk/location/archive.hpp"

#include "sdk/location/pattern.hpp"
#include "sdk/location/remote.hpp"
#include "sdk/location/transfer.hpp"

#define XXH_INLINE_ALL
#include <sys/stat.h>
#include <xxhash.h>
#include <zip.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>

namespace coterie::location {

namespace {

constexpr std::int64_t kEntriesMax = 100'000;
constexpr std::size_t kPieceBytes = std::size_t{256} << 10;

struct CloseArchive {
    void operator()(zip_t* zip) const { ::zip_discard(zip); }
};
struct CloseEntry {
    void operator()(zip_file_t* entry) const { ::zip_fclose(entry); }
};
using Archive = std::unique_ptr<zip_t, CloseArchive>;

Error config_error(std::string message) {
    return Error{ErrorKind::Config, std::move(message)};
}

std::string text_of(int code) {
    zip_error_t error;
    ::zip_error_init_with_code(&error, code);
    std::string text = ::zip_error_strerror(&error);
    ::zip_error_fini(&error);
    return text;
}

bool leads_outside(std::string_view name) {
    if (name.starts_with('/') || (name.size() > 1 && name[1] == ':')) {
        return true;
    }
    for (std::size_t begin = 0; begin <= name.size();) {
        const std::size_t end = std::min(name.find('/', begin), name.size());
        if (name.substr(begin, end - begin) == "..") {
            return true;
        }
        begin = end + 1;
    }
    return false;
}

bool is_named_archive(std::string_view name) {
    return matches("**.zip", name, Capitals::DoNotMatter);
}

/// What people do not mean when they zip a folder.
bool is_clutter(std::string_view name) {
    return name.starts_with("__MACOSX/") || leaf_of(name).starts_with(".") || name.ends_with('/');
}

class Unpacking {
  public:
    Unpacking(const ArchiveLimits& limits, net::TemporaryFolder& folder)
        : limits_(limits), folder_(folder) {}

    Result<void> take(const files::Found& file, const std::string& prefix, unsigned depth) {
        int code = 0;
        const Archive zip(::zip_open(file.path.c_str(), ZIP_RDONLY, &code));
        if (zip == nullptr) {
            return config_error(file.name + ": the archive is damaged: " + text_of(code));
        }
        const std::int64_t entries = ::zip_get_num_entries(zip.get(), 0);
        if (entries > kEntriesMax) {
            return config_error(file.name + ": the archive has " + std::to_string(entries) +
                                " files, allowed are " + std::to_string(kEntriesMax));
        }
        for (std::int64_t i = 0; i < entries; ++i) {
            COTERIE_TRY_VOID(
                take_entry(zip.get(), static_cast<zip_uint64_t>(i), file, prefix, depth));
        }
        return {};
    }

    std::vector<files::Found> found;
    std::vector<std::string> others;

  private:
    Result<void> take_entry(zip_t* zip, zip_uint64_t index, const files::Found& archive,
                            const std::string& prefix, unsigned depth) {
        zip_stat_t status;
        if (::zip_stat_index(zip, index, 0, &status) != 0 || (status.valid & ZIP_STAT_NAME) == 0) {
            return config_error(archive.name + ": the archive is damaged: " + ::zip_strerror(zip));
        }
        std::string name = status.name;
        std::replace(name.begin(), name.end(), '\\', '/');  // as some on Windows write it
        const std::string shown = files::printable(name);
        if (leads_outside(name)) {
            return config_error(archive.name + ": the archive holds the name '" + shown +
                                "', which leads out of it; it is not opened");
        }
        if (is_clutter(name)) {
            return {};
        }
        const std::string inside = prefix + name;
        const bool may_be_archive = is_named_archive(name);
        if (!may_be_archive && !matches(limits_.inside, inside)) {
            others.push_back(inside);
            return {};
        }
        if (found.size() == kFilesMax) {
            return config_error(archive.name + ": the archive holds more than " +
                                std::to_string(kFilesMax) + " files that fit 'inside'");
        }
        if ((status.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 &&
            status.encryption_method != ZIP_EM_NONE) {
            return config_error(archive.name + ": '" + shown +
                                "' in the archive is encrypted; ask for one without a password");
        }
        files::Found file{folder_.next_path(), archive.name + "/" + shown, {}};
        COTERIE_TRY_VOID(write(zip, index, archive, file));
        if (may_be_archive && is_archive(file)) {
            if (depth > 0) {
                return config_error(file.name + ": an archive in an archive in an archive is not "
                                                "opened");
            }
            return take(file, inside + "/", depth + 1);
        }
        COTERIE_TRY_VOID(stamp_by_content(file));
        found.push_back(std::move(file));
        return {};
    }

    Result<void> write(zip_t* zip, zip_uint64_t index, const files::Found& archive,
                       const files::Found& file) {
        const std::unique_ptr<zip_file_t, CloseEntry> entry(::zip_fopen_index(zip, index, 0));
        if (entry == nullptr) {
            return config_error(file.name + ": cannot be unpacked: " + ::zip_strerror(zip));
        }
        COTERIE_TRY(Target target, Target::create(file.path));
        std::vector<char> piece(kPieceBytes);
        while (true) {
            const zip_int64_t got = ::zip_fread(entry.get(), piece.data(), piece.size());
            if (got == 0) {
                return target.close();
            }
            if (got < 0) {
                return config_error(file.name + ": cannot be unpacked, the archive is damaged: " +
                                    ::zip_file_strerror(entry.get()));
            }
            // What an archive says of its sizes may be a lie: what comes out is counted.
            unpacked_bytes_ += static_cast<std::uint64_t>(got);
            if (unpacked_bytes_ > limits_.bytes_max) {
                return config_error(archive.name + ": more than " +
                                    std::to_string(limits_.bytes_max) +
                                    " bytes come out of the archive; raise fetch_bytes_max if "
                                    "that is right");
            }
            if (!target.append({piece.data(), static_cast<std::size_t>(got)})) {
                return Error{ErrorKind::Fatal, "the temporary folder cannot be written to; is the "
                                               "disk full?"};
            }
        }
    }

    const ArchiveLimits& limits_;
    net::TemporaryFolder& folder_;
    std::uint64_t unpacked_bytes_ = 0;
};

/// Which hash a file has, as two numbers.
Result<XXH128_hash_t> hash_of(const files::Found& file) {
    COTERIE_TRY(auto reader, files::Reader::open(file));
    const std::unique_ptr<XXH3_state_t, void (*)(XXH3_state_t*)> state(
        ::XXH3_createState(), [](XXH3_state_t* s) { ::XXH3_freeState(s); });
    ::XXH3_128bits_reset(state.get());
    std::vector<char> piece(kPieceBytes);
    while (true) {
        COTERIE_TRY(const std::size_t got, reader.read(piece.data(), piece.size()));
        ::XXH3_128bits_update(state.get(), piece.data(), got);
        if (got < piece.size()) {
            return ::XXH3_128bits_digest(state.get());
        }
    }
}

std::string hex(const XXH128_hash_t& hash) {
    char text[33];
    std::snprintf(text, sizeof text, "%016llx%016llx", static_cast<unsigned long long>(hash.high64),
                  static_cast<unsigned long long>(hash.low64));
    return text;
}

}  // namespace

bool is_archive(const files::Found& file) {
    const std::string& path = file.path;
    std::ifstream in(path, std::ios::binary);
    std::array<char, 4> magic{};
    if (!in.read(magic.data(), magic.size()) || std::memcmp(magic.data(), "PK\3\4", 4) != 0) {
        return false;
    }
    int code = 0;
    const Archive zip(::zip_open(path.c_str(), ZIP_RDONLY, &code));
    if (zip == nullptr) {
        return is_named_archive(file.name);  // unpacking says what is wrong with it
    }
    constexpr std::array kOfDocuments = {"[Content_Types].xml", "mimetype", "Index/Document.iwa",
                                         "META-INF/MANIFEST.MF"};
    return std::none_of(kOfDocuments.begin(), kOfDocuments.end(), [&](const char* name) {
        return ::zip_name_locate(zip.get(), name, 0) >= 0;
    });
}

Result<std::vector<files::Found>> unpack(const files::Found& archive, const ArchiveLimits& limits,
                                         net::TemporaryFolder& folder) {
    Unpacking unpacking(limits, folder);
    COTERIE_TRY_VOID(unpacking.take(archive, "", 0));
    if (unpacking.found.empty()) {
        std::string there;
        for (std::size_t i = 0; i < std::min<std::size_t>(unpacking.others.size(), 8); ++i) {
            there += (i == 0 ? "; there: " : ", ") + files::printable(unpacking.others[i]);
        }
        return config_error(archive.name + ": no file in the archive fits inside: '" +
                            limits.inside + "'" + there);
    }
    return std::move(unpacking.found);
}

Result<std::string> content_hash(const files::Found& file) {
    COTERIE_TRY(const XXH128_hash_t hash, hash_of(file));
    return hex(hash);
}

Result<std::string> stamp_by_content(files::Found& file) {
    COTERIE_TRY(const XXH128_hash_t hash, hash_of(file));
    // A time that any file system can hold: seconds of 32 bits.
    const timespec time{static_cast<time_t>(hash.low64 & 0x7fffffffU),
                        static_cast<long>(hash.high64 % 1'000'000'000U)};
    const timespec times[2] = {time, time};
    struct stat status {};
    if (::utimensat(AT_FDCWD, file.path.c_str(), times, 0) != 0 ||
        ::stat(file.path.c_str(), &status) != 0) {
        return Error{ErrorKind::Fatal, "a temporary file cannot be changed"};
    }
    file.stamp = files::detail::stamp_of(status);
    return hex(hash);
}

}  // namespace coterie::location
