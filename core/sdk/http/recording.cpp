#include "sdk/http/recording.hpp"

#include "coterie/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace coterie::http {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

namespace {

/// A body larger than this is left out.
constexpr std::uintmax_t kBodyBytesMax = std::uintmax_t{64} << 20;
constexpr int kFilesMax = 9999;

Error config_error(std::string message) {
    return Error{ErrorKind::Config, std::move(message)};
}

std::string dump(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// What an answer's reader may need; others could tell on somebody.
bool is_kept(const std::string& name) {
    static constexpr std::array<std::string_view, 10> kNames = {
        "content-type", "date",     "etag",          "last-modified",    "retry-after",
        "link",         "location", "content-range", "content-language", "content-disposition"};
    static constexpr std::array<std::string_view, 6> kParts = {"limit", "remaining", "reset",
                                                               "usage", "total",     "count"};
    return std::find(kNames.begin(), kNames.end(), name) != kNames.end() ||
           std::any_of(kParts.begin(), kParts.end(),
                       [&](std::string_view part) { return name.find(part) != std::string::npos; });
}

std::string header_value(const Scrubber& scrubber, const Secrets& secrets, const std::string& name,
                         const std::string& value) {
    if (name == "link") {
        return scrubber.links(value);
    }
    if (name == "location") {
        return scrubber.value("href", value);
    }
    if (name == "content-disposition") {
        return "***";
    }
    return for_people(secrets, value);
}

/// Of ours only what says how the request is meant.
std::string request_header(const Secrets& secrets, const std::string& name,
                           const std::string& value) {
    std::string low(name);
    std::transform(low.begin(), low.end(), low.begin(), [](unsigned char c) {
        return static_cast<char>(c < 0x80 ? std::tolower(c) : c);
    });
    const bool is_shown = low == "accept" || low == "prefer" || low.starts_with("odata-") ||
                          low.starts_with("if-") || low.find("version") != std::string::npos;
    return is_shown ? for_people(secrets, value) : "***";
}

bool write_all(int file, std::string_view text) {
    while (!text.empty()) {
        const ssize_t put = ::write(file, text.data(), text.size());
        if (put < 0 && errno != EINTR) {
            return false;
        }
        text.remove_prefix(put > 0 ? static_cast<std::size_t>(put) : 0);
    }
    return true;
}

std::string content_of(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

// --- Recorder ------------------------------------------------------------------------------------

Result<std::shared_ptr<Recorder>> Recorder::open(const std::string& folder) {
    // For the life of the process, so that all its clients replace the same text alike.
    static std::mutex mutex;
    static std::map<std::string, std::shared_ptr<Recorder>> recorders;
    const std::lock_guard lock(mutex);
    std::error_code failed;
    const std::string name = fs::weakly_canonical(folder, failed).string();
    if (const auto found = recorders.find(name); found != recorders.end()) {
        return found->second;
    }
    if (!fs::is_directory(folder, failed)) {
        fs::create_directories(folder, failed);
        if (!failed) {
            fs::permissions(folder, fs::perms::owner_all, failed);
        }
    }
    int file = -1;
    for (int number = 1; number <= kFilesMax && file < 0; ++number) {
        char leaf[32];
        std::snprintf(leaf, sizeof leaf, "exchanges-%04d.ndjson", number);
        file = ::open((fs::path(folder) / leaf).c_str(),
                      O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
        if (file < 0 && errno != EEXIST) {
            return config_error("record: no file can be made in the folder " +
                                files::printable(folder) + ": " + std::strerror(errno));
        }
    }
    Scrubber::Key key;
    if (file < 0 || !Scrubber::make(key)) {
        return config_error("record: the folder " + files::printable(folder) +
                            " is full of recordings");
    }
    std::shared_ptr<Recorder> made(new Recorder(file, key));
    recorders.emplace(name, made);
    return made;
}

Recorder::~Recorder() {
    ::close(file_);
}

Result<void> Recorder::keep(const Secrets& secrets, const Hosts& hosts, const Request& request,
                            const Url& url, const Response& response) {
    const Scrubber scrubber(secrets, hosts, Scrubber::Put::MadeUp, key_);
    Json asked = {{"method", request.method},
                  {"host", secrets.clean(url.host)},
                  {"path", scrubber.path(url.path)},
                  {"query", scrubber.query(url.query)},
                  {"headers", Json::object()}};
    for (const auto& [name, value] : request.headers) {
        asked["headers"][name] = request_header(secrets, name, value);
    }
    if (!request.body.empty()) {
        asked["content_type"] = request.content_type;
        asked["body"] = scrubber.body(request.content_type, request.body);
    }
    Json answered = {{"status", response.status}, {"headers", Json::object()}};
    for (const auto& [name, value] : response.headers) {
        if (is_kept(name)) {
            answered["headers"][name] = header_value(scrubber, secrets, name, value);
        }
    }
    std::error_code failed;
    const std::string type(response.header("content-type"));
    const bool is_too_large =
        !response.file.empty() && fs::file_size(response.file, failed) > kBodyBytesMax;
    if (is_too_large) {
        answered["left_out"] = "too large";
    } else {
        const std::string body = response.file.empty() ? response.body : content_of(response.file);
        std::string kept = scrubber.body(type, body);
        if (kept.empty() && !body.empty()) {
            answered["left_out"] = "no text";
        } else {
            answered["body"] = std::move(kept);
        }
    }
    const std::string line = dump({{"request", asked}, {"response", answered}}) + "\n";
    const std::lock_guard lock(mutex_);
    if (!write_all(file_, line)) {
        return Error{ErrorKind::Fatal, std::string("record: ") + std::strerror(errno)};
    }
    return {};
}

// --- Replay --------------------------------------------------------------------------------------

std::string Replay::key_of(Scrubber::Put put, const Request& request, const Url& url) const {
    const Scrubber scrubber(secrets_, hosts_, put);
    std::string key = request.method + " " + scrubber.path(url.path);
    key += url.query.empty() ? "" : "?" + scrubber.query(url.query);
    if (!request.body.empty()) {
        key += "\n" + scrubber.body(request.content_type, request.body);
    }
    return key;
}

Result<std::unique_ptr<Replay>> Replay::open(const std::string& folder, const Secrets& secrets,
                                             const Hosts& hosts) {
    std::unique_ptr<Replay> replay(new Replay(folder, secrets, hosts));
    std::vector<std::string> paths;
    std::error_code failed;
    for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end;
         entry.increment(failed)) {
        if (entry->path().extension() == ".ndjson") {
            paths.push_back(entry->path().string());
        }
    }
    if (paths.empty()) {
        return config_error("replay: there is no recording (*.ndjson) in the folder " +
                            files::printable(folder));
    }
    std::sort(paths.begin(), paths.end());
    for (const std::string& path : paths) {
        COTERIE_TRY_VOID(replay->read(path));
    }
    return replay;
}

Result<void> Replay::read(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::string line;
    for (std::size_t number = 1; std::getline(in, line); ++number) {
        if (line.find_first_not_of(" \t\r") == std::string::npos) {
            continue;
        }
        try {
            const Json kept = Json::parse(line);
            const Json& asked = kept.at("request");
            const Json& answered = kept.at("response");
            Request request;
            request.method = asked.at("method");
            request.body = asked.value("body", "");
            request.content_type = asked.value("content_type", "");
            Url url;
            url.path = asked.at("path");
            url.query = asked.value("query", "");
            Exchange exchange;
            exchange.exact = key_of(Scrubber::Put::AsItWas, request, url);
            exchange.response.status = answered.at("status");
            exchange.response.body = answered.value("body", "");
            exchange.left_out = answered.value("left_out", "");
            for (const auto& [name, value] : answered.at("headers").items()) {
                exchange.response.headers.emplace_back(name, value.get<std::string>());
            }
            alike_[key_of(Scrubber::Put::Stars, request, url)].push_back(exchanges_.size());
            exchanges_.push_back(std::move(exchange));
        } catch (const nlohmann::json::exception&) {
            return config_error("replay: " + files::printable(path) + ":" + std::to_string(number) +
                                ": no recorded exchange");
        }
    }
    return {};
}

Result<Response> Replay::answer_to(const Request& request, const Url& url, bool may_repeat,
                                   Files& files) {
    const std::string exact = key_of(Scrubber::Put::AsItWas, request, url);
    const std::string alike = key_of(Scrubber::Put::Stars, request, url);
    const std::string doing = request.method + " " + url.shown();
    const std::lock_guard lock(mutex_);
    const auto found = alike_.find(alike);
    if (found == alike_.end()) {
        return config_error("replay: " + doing + (url.query.empty() ? "" : " with this query") +
                            (request.body.empty() ? "" : " with this body") +
                            " is not in the recording; record anew");
    }
    Exchange* chosen = nullptr;
    for (const bool must_be_exact : {true, false}) {
        for (const std::size_t index : found->second) {
            Exchange& exchange = exchanges_[index];
            if (chosen == nullptr && !exchange.was_given &&
                (!must_be_exact || exchange.exact == exact)) {
                chosen = &exchange;
            }
        }
    }
    if (chosen == nullptr && may_repeat) {
        chosen = &exchanges_[found->second.back()];
    }
    if (chosen == nullptr) {
        return config_error("replay: " + doing + " is asked for more often than it was recorded (" +
                            std::to_string(found->second.size()) + " times); record anew");
    }
    chosen->was_given = true;
    if (!chosen->left_out.empty()) {
        return config_error("replay: the body of " + doing +
                            " was left out of the recording: " + chosen->left_out);
    }
    Response response = chosen->response;
    if (request.to_file && response.ok()) {
        COTERIE_TRY(const Files::File file, files.next());
        std::ofstream out(file.path, std::ios::binary);
        out << response.body;
        if (!out.flush()) {
            return Error{ErrorKind::Fatal, "the temporary folder cannot be written to"};
        }
        response.body.clear();
        response.file = file.path;
        response.owner = file.owner;
    }
    return response;
}

}  // namespace coterie::http
