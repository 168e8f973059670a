// A file to an SFTP server.
#include "sdk/location/remote.hpp"
#include "sdk/location/settings.hpp"
#include "sdk/location/transfer.hpp"

#include "coterie/files.hpp"
#include "coterie/location.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace coterie::location {

namespace {

struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

/// A path as curl's SFTP commands want it. Quoted ones know no "/~/", but start at the home too.
std::string command_path(std::string path) {
    if (path.find_first_of(" \t\"'\\") == std::string::npos) {
        return path;
    }
    if (path.starts_with("/~/")) {
        path.erase(0, 3);
    }
    std::string quoted = "\"";
    for (const char c : path) {
        if (c == '"' || c == '\\') {
            quoted += '\\';
        }
        quoted += c;
    }
    return quoted + '"';
}

class Upload {
  public:
    static Result<Upload> create(const nlohmann::json& config, Sink* sink) {
        COTERIE_TRY(const Settings settings, Settings::parse(config));
        if (settings.scheme != Scheme::Sftp) {
            return Error{ErrorKind::Config, "location: files are put by sftp:// alone, not to '" +
                                                settings.shown() + "'"};
        }
        COTERIE_TRY(Connection connection, Connection::create(settings, sink));
        return Upload(std::move(connection));
    }

    Result<void> put(const std::string& file) {
        for (unsigned attempt = 1;; ++attempt) {
            auto done = put_once(file);
            if (done || done.error().kind != ErrorKind::Transient || attempt == kTriesMax) {
                return done;
            }
            connection_.log(LogLevel::Info, done.error().message + "; trying again");
            connection_.wait(attempt, done.error());
        }
    }

    Result<void> check() {
        Request request;
        request.url = url_of(folder_);
        request.names_only = true;
        const Reply reply = connection_.perform(request);
        return reply.code == CURLE_OK ? Result<void>() : error_of(reply);
    }

  private:
    explicit Upload(Connection connection) : connection_(std::move(connection)) {
        const std::string& path = connection_.settings().address.path;
        const std::string leaf = leaf_of(path);
        folder_ = path.substr(0, path.size() - leaf.size());
        part_ = folder_ + "." + leaf + ".part";
    }

    Result<void> put_once(const std::string& file) {
        const File open(std::fopen(file.c_str(), "rbe"));
        if (open == nullptr || std::fseek(open.get(), 0, SEEK_END) != 0) {
            return files::detail::system_error(files::printable(file), "open it", errno);
        }
        Request request;
        request.url = url_of(part_);
        request.upload_bytes = static_cast<std::uint64_t>(std::max(std::ftell(open.get()), 0L));
        request.upload = open.get();
        std::rewind(open.get());
        const Reply reply = connection_.perform(request);
        if (reply.code != CURLE_OK) {
            return error_of(reply);
        }
        return rename();
    }

    Result<void> rename() {
        const std::string from = command_path(part_);
        const std::string to = command_path(connection_.settings().address.path);
        Request request;
        request.url = url_of(folder_);
        request.no_body = true;
        request.quote = {"rename " + from + " " + to};
        Reply reply = connection_.perform(request);
        if (reply.code == CURLE_QUOTE_ERROR) {
            request.quote.insert(request.quote.begin(), "*rm " + to);
            reply = connection_.perform(request);
        }
        return reply.code == CURLE_OK ? Result<void>() : error_of(reply);
    }

    [[nodiscard]] Error error_of(const Reply& reply) const {
        const std::string shown = connection_.settings().shown();
        if (!connection_.host_key().refused) {
            if (reply.code == CURLE_REMOTE_FILE_NOT_FOUND) {
                return {ErrorKind::Config, shown + ": the server has no such folder"};
            }
            if (reply.code == CURLE_QUOTE_ERROR) {
                return {ErrorKind::Config,
                        shown + ": the server does not let the file be replaced: " + reply.why};
            }
        }
        return connection_.error_of(reply, shown);
    }

    [[nodiscard]] std::string url_of(const std::string& path) const {
        const Settings& settings = connection_.settings();
        return settings.shown_host() +
               (path.starts_with("/~/") ? "/~" + encode_path(path.substr(2)) : encode_path(path));
    }

    Connection connection_;
    std::string folder_, part_;
};

}  // namespace

Result<void> put(const nlohmann::json& config, const std::string& file, Sink* sink) {
    COTERIE_TRY(Upload upload, Upload::create(config, sink));
    return upload.put(file);
}

Result<void> check_put(const nlohmann::json& config) {
    COTERIE_TRY(Upload upload, Upload::create(config, nullptr));
    return upload.check();
}

}  // namespace coterie::location
