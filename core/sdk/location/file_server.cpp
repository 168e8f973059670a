// Files by SFTP and FTP.
#include "sdk/location/pattern.hpp"
#include "sdk/location/remote.hpp"

#include "coterie/files.hpp"

#include <curl/curl.h>

#include <algorithm>

namespace coterie::location {

namespace {

constexpr std::size_t kNamesShownMax = 100;

bool is_same(const Item& left, const Item& right) {
    return left.bytes == right.bytes && left.modified == right.modified;
}

class FileServer final : public Remote {
  public:
    explicit FileServer(Connection connection) : connection_(std::move(connection)) {}

    Result<std::vector<Item>> list() override {
        const std::string& path = connection_.settings().address.path;
        const std::string pattern = leaf_of(path);
        if (!is_pattern(pattern)) {
            COTERIE_TRY(Item item, stat(path));
            return std::vector<Item>{std::move(item)};
        }
        const std::string folder = path.substr(0, path.size() - pattern.size());
        COTERIE_TRY(const std::vector<std::string> names, names_in(folder));
        std::vector<std::string> others;
        std::vector<Item> items;
        for (const std::string& name : names) {
            if (!matches(pattern, name) || (name.front() == '.' && pattern.front() != '.')) {
                if (others.size() < kNamesShownMax) {
                    others.push_back(name);
                }
                continue;
            }
            if (items.size() == kFilesMax) {
                return Error{ErrorKind::Config,
                             connection_.settings().shown() + " names more than " +
                                 std::to_string(kFilesMax) + " files; make the pattern narrower"};
            }
            COTERIE_TRY(Item item, stat(folder + name));
            items.push_back(std::move(item));
        }
        if (items.empty()) {
            return nothing_matches(connection_.settings(), std::move(others));
        }
        return items;
    }

    Result<bool> fetch(Item& item, const Item* /*known*/, Target& target) override {
        for (unsigned attempt = 1;; ++attempt) {
            auto done = try_once(item, target);
            if (done) {
                return true;
            }
            if (done.error().kind != ErrorKind::Transient || attempt == kTriesMax) {
                return std::move(done).error();
            }
            connection_.log(LogLevel::Info,
                            done.error().message + "; trying again" +
                                (target.bytes() > 0 ? " from byte " + std::to_string(target.bytes())
                                                    : std::string()));
            connection_.wait(attempt, done.error());
            auto now = stat(item.ref);
            if (!now) {
                if (now.error().kind != ErrorKind::Transient) {
                    return std::move(now).error();
                }
                target.restart();
            } else if (!is_same(item, *now) || !item.bytes) {
                item = *std::move(now);
                target.restart();
            }
        }
    }

  private:
    /// From where the target ends, to the file's end, and whether it is still the same file.
    Result<void> try_once(Item& item, Target& target) {
        Request request;
        request.url = url_of(item.ref);
        request.target = &target;
        request.bytes_max = connection_.settings().fetch_bytes_max;
        request.resume_from = target.bytes();
        const Reply reply = connection_.perform(request);
        if (reply.code != CURLE_OK) {
            return connection_.error_of(reply, item.name);
        }
        COTERIE_TRY(const Item after, stat(item.ref));
        if (!is_same(item, after) || (item.bytes && *item.bytes != target.bytes())) {
            item = after;
            target.restart();
            return Error{ErrorKind::Transient, item.name + " changed while it was fetched"};
        }
        item.bytes = target.bytes();
        return {};
    }

    [[nodiscard]] bool is_implicit() const {
        const Settings& settings = connection_.settings();
        return settings.tls == Settings::Tls::Implicit ||
               (settings.tls == Settings::Tls::Auto && settings.address.port == "990");
    }

    [[nodiscard]] std::string url_of(const std::string& path) const {
        const Settings& settings = connection_.settings();
        // curl's own ftps is the implicit kind; the explicit one is ftp that insists on TLS.
        const bool is_ftp = settings.scheme == Scheme::Ftp;
        const std::string scheme = !is_ftp                                              ? "sftp"
                                   : settings.address.scheme == "ftps" && is_implicit() ? "ftps"
                                                                                        : "ftp";
        return scheme + "://" + settings.address.host +
               (settings.address.port.empty() ? "" : ":" + settings.address.port) +
               (path.starts_with("/~/") ? "/~" + encode_path(path.substr(2)) : encode_path(path));
    }

    Result<std::vector<std::string>> names_in(const std::string& folder) {
        Request request;
        request.url = url_of(folder);
        request.names_only = true;
        COTERIE_TRY(const Reply reply, ask(request, connection_.settings().shown()));
        std::vector<std::string> names;
        for (std::size_t at = 0; at < reply.body.size();) {
            const std::size_t end = std::min(reply.body.find('\n', at), reply.body.size());
            std::string name = reply.body.substr(at, end - at);
            at = end + 1;
            if (name.ends_with('\r')) {
                name.pop_back();
            }
            name = leaf_of(name);  // some FTP servers give the folder too
            if (!name.empty() && name != "." && name != "..") {
                names.push_back(std::move(name));
            }
        }
        return names;
    }

    Result<Item> stat(const std::string& path) {
        Item item;
        item.ref = path;
        item.leaf = leaf_of(path);
        item.name = files::printable(connection_.settings().shown_host() + path);
        Request request;
        request.url = url_of(path);
        request.no_body = true;
        COTERIE_TRY(const Reply reply, ask(request, item.name));
        if (reply.bytes >= 0) {
            item.bytes = static_cast<std::uint64_t>(reply.bytes);
        }
        if (reply.modified >= 0) {
            item.modified = reply.modified;
        }
        return item;
    }

    Result<Reply> ask(const Request& request, const std::string& doing) {
        for (unsigned attempt = 1;; ++attempt) {
            Reply reply = connection_.perform(request);
            if (reply.code == CURLE_OK) {
                return reply;
            }
            Error error = connection_.error_of(reply, doing);
            if (error.kind != ErrorKind::Transient || attempt == kTriesMax) {
                return error;
            }
            connection_.wait(attempt, error);
        }
    }

    Connection connection_;
};

}  // namespace

std::unique_ptr<Remote> file_server(Connection connection) {
    return std::make_unique<FileServer>(std::move(connection));
}

}  // namespace coterie::location
