/// What every kind of server gives: a list of files, and each of them whole.
#pragma once

#include "sdk/location/settings.hpp"
#include "sdk/location/transfer.hpp"

#include "coterie/result.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace coterie::location {

/// Files of one location; more is an error.
inline constexpr std::size_t kFilesMax = 1000;

/// A file that lies elsewhere, as far as its server tells.
struct Item {
    std::string name;  ///< for people; unique in the location
    std::string leaf;  ///< its last part
    std::string ref;   ///< what the server knows it by
    std::optional<std::uint64_t> bytes;
    std::optional<std::int64_t> modified;  ///< seconds since 1970
    std::string tag;    ///< equal tags, equal contents (ETag, UID); empty: the server has none
    std::string since;  ///< Last-Modified as it was written, for conditional requests
};

class Remote {
  public:
    virtual ~Remote() = default;
    /// The files that the location names, in any order; at least one.
    virtual Result<std::vector<Item>> list() = 0;
    /// Fills the target with the whole file and completes the item.
    /// \param known  The item as it was at the last read, where that is the only one of the
    ///               location: the server may answer that it is the same.
    /// \return Whether it was fetched; false: it is as `known` says.
    virtual Result<bool> fetch(Item& item, const Item* known, Target& target) = 0;
};

std::unique_ptr<Remote> web_file(Connection connection);
std::unique_ptr<Remote> sheet(Connection connection);
std::unique_ptr<Remote> bucket(Connection connection);
std::unique_ptr<Remote> file_server(Connection connection);  ///< SFTP, FTP
std::unique_ptr<Remote> mailbox(Connection connection);

// --- For several kinds ---------------------------------------------------------------------------

/// A GET of a whole file: goes on where a connection is cut, as long as the file is the same, and
/// is tried again otherwise.
struct WebGet {
    std::string url;
    std::vector<std::string> headers;
    bool is_signed = false;
    bool refuse_pages = true;  ///< a web page instead of a file is an error: a login page
    std::string page_hint;     ///< what to do then
};
Result<bool> get_whole(Connection& connection, const WebGet& get, Item& item, const Item* known,
                       Target& target);

/// What stands between "<tag>" and "</tag>", with entities decoded, from `at` on, which is moved
/// behind it. \return Nothing where there is none.
std::optional<std::string> next_element(std::string_view xml, std::string_view tag,
                                        std::size_t& at);

/// "no file X; there: a.csv, b.csv, … (12 in all)".
Error nothing_matches(const Settings& settings, std::vector<std::string> there);

/// The last part of a path.
inline std::string leaf_of(std::string_view path) {
    return std::string(path.substr(path.rfind('/') + 1));
}

}  // namespace coterie::location
