#include "sdk/http/transfer.hpp"

#include "sdk/net/curl.hpp"

#include "coterie/files.hpp"

#include <algorithm>
#include <cctype>
#include <exception>
#include <optional>
#include <utility>

namespace coterie::http {

namespace {

constexpr std::size_t kHeaderBytesMax = std::size_t{256} << 10;
constexpr std::uint64_t kFileBytesMax = std::uint64_t{64} << 30;
constexpr std::size_t kWhyBytesMax = 300;
constexpr int kPollMilliseconds = 50;

struct CloseMulti {
    void operator()(CURLM* multi) const { ::curl_multi_cleanup(multi); }
};

std::string lower(std::string_view text) {
    std::string name(text);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return name;
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    const auto last = text.find_last_not_of(" \t\r\n");
    return first == std::string_view::npos ? std::string_view()
                                           : text.substr(first, last - first + 1);
}

}  // namespace

/// One connection at a time, with what it is receiving.
struct Transfers::Lease::Line {
    Line(const Options& its_options, Core& its_core, Files& its_files)
        : options(its_options), core(its_core), files(its_files) {}

    const Options& options;
    Core& core;
    Files& files;
    // In this order: the easy handle goes first.
    std::unique_ptr<CURLM, CloseMulti> multi;
    net::Easy curl;
    CURLcode refused_option = CURLE_OK;
    char why[CURL_ERROR_SIZE] = {};
    // Of the exchange that runs.
    const Ask* ask = nullptr;
    Answer* answer = nullptr;
    std::optional<Body> body;
    std::optional<net::Target> target;
    std::size_t header_bytes = 0;
    bool headers_ended = false;
    std::exception_ptr thrown;

    template <class Value>
    void set(CURLoption option, Value value) {
        if (const CURLcode code = ::curl_easy_setopt(curl.get(), option, value);
            code != CURLE_OK && refused_option == CURLE_OK) {
            refused_option = code;
        }
    }

    bool open();
    void set_request(const net::List& headers);
    void run();
    void finish();
    std::size_t take(std::string_view bytes) noexcept;
    std::size_t take_header(std::string_view line) noexcept;
    bool begin_body();

    static std::size_t on_body(char* bytes, std::size_t, std::size_t size, void* self) {
        return static_cast<Line*>(self)->take({bytes, size});
    }
    static std::size_t on_header(char* bytes, std::size_t, std::size_t size, void* self) {
        return static_cast<Line*>(self)->take_header({bytes, size});
    }
};

bool Transfers::Lease::Line::open() {
    multi.reset(::curl_multi_init());
    curl.reset(::curl_easy_init());
    if (multi == nullptr || curl == nullptr) {
        return false;
    }
    ::curl_multi_setopt(multi.get(), CURLMOPT_MAXCONNECTS, 4L);
    set(CURLOPT_ERRORBUFFER, why);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_WRITEFUNCTION, &on_body);
    set(CURLOPT_WRITEDATA, this);
    set(CURLOPT_HEADERFUNCTION, &on_header);
    set(CURLOPT_HEADERDATA, this);
    set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
    set(CURLOPT_SSL_VERIFYPEER, 1L);
    set(CURLOPT_SSL_VERIFYHOST, 2L);
    set(CURLOPT_USERAGENT, options.user_agent.c_str());
    set(CURLOPT_CONNECTTIMEOUT, static_cast<long>(options.connect_max.count()));
    set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(options.stall_max.count()));
    set(CURLOPT_LOW_SPEED_LIMIT, 1L);
    if (!options.ca_file.empty()) {
        set(CURLOPT_CAINFO, options.ca_file.c_str());
        set(CURLOPT_PROXY_CAINFO, options.ca_file.c_str());
    }
    return refused_option == CURLE_OK;
}

void Transfers::Lease::Line::set_request(const net::List& headers) {
    set(CURLOPT_URL, ask->url.c_str());
    set(CURLOPT_HTTPHEADER, headers.get());
    // The environment's proxy is for the world, not for this machine.
    set(CURLOPT_PROXY, !options.proxy.empty() ? options.proxy.c_str()
                       : ask->is_loopback     ? ""
                                              : nullptr);
    set(CURLOPT_FRESH_CONNECT, ask->only_once ? 1L : 0L);
    const bool is_head = ask->method == "HEAD";
    set(CURLOPT_CUSTOMREQUEST, static_cast<const char*>(nullptr));
    if (ask->body != nullptr) {
        set(CURLOPT_NOBODY, 0L);
        set(CURLOPT_POST, 1L);
        set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(ask->body->size()));
        set(CURLOPT_POSTFIELDS, ask->body->c_str());
    } else if (is_head) {
        set(CURLOPT_NOBODY, 1L);
    } else {
        set(CURLOPT_NOBODY, 0L);
        set(CURLOPT_HTTPGET, 1L);
    }
    const bool is_plain =
        ask->body != nullptr ? ask->method == "POST" : is_head || ask->method == "GET";
    if (!is_plain) {
        set(CURLOPT_CUSTOMREQUEST, ask->method.c_str());
    }
}

bool Transfers::Lease::Line::begin_body() {
    Response& response = answer->response;
    if (ask->to_file && response.ok()) {
        answer->is_file = true;
        auto file = files.next();
        if (file) {
            response.file = file->path;
            response.owner = file->owner;
            auto made = net::Target::create(file->path);
            if (made) {
                target.emplace(*std::move(made));
            }
        }
        if (!target) {
            answer->file_failed = true;
            return false;
        }
    }
    body.emplace(response.header("content-encoding"),
                 target ? kFileBytesMax : options.body_bytes_max, target ? &*target : nullptr);
    return true;
}

std::size_t Transfers::Lease::Line::take(std::string_view bytes) noexcept {
    try {
        if (!body) {
            ::curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &answer->response.status);
            if (!begin_body()) {
                return 0;
            }
        }
        return body->take(bytes) ? bytes.size() : 0;
    } catch (...) {
        thrown = std::current_exception();
        return 0;
    }
}

std::size_t Transfers::Lease::Line::take_header(std::string_view line) noexcept {
    try {
        const std::size_t size = line.size();
        header_bytes += size;
        if (header_bytes > kHeaderBytesMax) {
            answer->headers_too_large = true;
            return 0;
        }
        Pairs& headers = answer->response.headers;
        if (line.starts_with("HTTP/")) {
            headers.clear();  // after a 100
            headers_ended = false;
            return size;
        }
        headers_ended = headers_ended || trimmed(line).empty();
        const auto colon = line.find(':');
        if (colon == std::string_view::npos) {
            return size;
        }
        std::string name = lower(trimmed(line.substr(0, colon)));
        const std::string_view value = trimmed(line.substr(colon + 1));
        const auto same = std::find_if(headers.begin(), headers.end(),
                                       [&](const auto& known) { return known.first == name; });
        if (same == headers.end()) {
            headers.emplace_back(std::move(name), value);
        } else if (name != "set-cookie") {  // a list over several lines (RFC 9110, 5.3)
            same->second.append(", ").append(value);
        }
        return size;
    } catch (...) {
        thrown = std::current_exception();
        return 0;
    }
}

void Transfers::Lease::Line::run() {
    struct Added {
        CURLM* multi;
        CURL* curl;
        ~Added() { ::curl_multi_remove_handle(multi, curl); }
    };
    if (::curl_multi_add_handle(multi.get(), curl.get()) != CURLM_OK) {
        answer->code = CURLE_FAILED_INIT;
        return;
    }
    const Added added{multi.get(), curl.get()};
    int running = 1;
    while (running > 0) {
        core.throw_if_stopped();
        if (::curl_multi_perform(multi.get(), &running) != CURLM_OK) {
            answer->code = CURLE_FAILED_INIT;
            return;
        }
        if (running > 0) {
            ::curl_multi_poll(multi.get(), nullptr, 0, kPollMilliseconds, nullptr);
        }
    }
    int left = 0;
    while (const CURLMsg* const message = ::curl_multi_info_read(multi.get(), &left)) {
        if (message->msg == CURLMSG_DONE) {
            answer->code = message->data.result;
        }
    }
    finish();
}

void Transfers::Lease::Line::finish() {
    Response& response = answer->response;
    ::curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &response.status);
    ::curl_easy_getinfo(curl.get(), CURLINFO_HTTP_CONNECTCODE, &answer->proxy_status);
    curl_off_t before_sending = 0;
    ::curl_easy_getinfo(curl.get(), CURLINFO_PRETRANSFER_TIME_T, &before_sending);
    answer->was_sent = before_sending > 0;
    answer->sent = answer->begun + std::chrono::microseconds(before_sending);
    answer->headers_cut = answer->code == CURLE_OK && !headers_ended;
    if (answer->code == CURLE_OK && !body) {  // an empty one: begun, where it is to be in a file
        begin_body();
    }
    if (body) {
        if (answer->code == CURLE_OK) {
            body->finish();
        }
        answer->fault = body->fault();
        answer->bytes = body->bytes_received();
        response.body = std::move(body->text());
    }
    if (target && !target->close()) {
        answer->fault = Body::Fault::DiskFailed;
    }
    answer->why = files::printable(std::string_view(why).substr(0, kWhyBytesMax));
    if (answer->why.empty() && answer->code != CURLE_OK) {
        answer->why = ::curl_easy_strerror(answer->code);
    }
}

Answer Transfers::Lease::perform(const Ask& ask) {
    Line& line = *line_;
    Answer answer;
    line.ask = &ask;
    line.answer = &answer;
    line.header_bytes = 0;
    line.headers_ended = false;
    line.thrown = nullptr;
    line.why[0] = '\0';
    const auto forget = [&line] {
        line.body.reset();
        line.target.reset();
    };
    forget();
    net::List headers(::curl_slist_append(nullptr, "Expect:"));
    headers.reset(::curl_slist_append(headers.release(), "Accept-Encoding: gzip"));
    // Not curl's own guess, which is a form.
    headers.reset(::curl_slist_append(headers.release(), "Content-Type:"));
    for (const auto& [name, value] : ask.headers) {
        const std::string text = name + (value.empty() ? ";" : ": " + value);
        headers.reset(::curl_slist_append(headers.release(), text.c_str()));
    }
    line.set_request(headers);
    answer.begun = Clock::now();
    answer.sent = answer.begun;
    try {
        line.run();
    } catch (...) {
        line.set(CURLOPT_HTTPHEADER, static_cast<curl_slist*>(nullptr));
        forget();
        throw;
    }
    line.set(CURLOPT_HTTPHEADER, static_cast<curl_slist*>(nullptr));
    forget();
    if (line.thrown) {
        std::rethrow_exception(line.thrown);
    }
    if (!answer.is_whole()) {  // what came of it is of no use
        answer.response.file.clear();
        answer.response.owner.reset();
    }
    return answer;
}

Transfers::Transfers(const Options& options, Core& core) : options_(options), core_(core) {}

Transfers::~Transfers() = default;

Result<std::unique_ptr<Transfers>> Transfers::create(const Options& options, Core& core) {
    if (!net::start_curl()) {
        return Error{ErrorKind::Fatal, "libcurl cannot be started"};
    }
    std::unique_ptr<Transfers> transfers(new Transfers(options, core));
    for (unsigned i = 0; i < std::max(1U, options.at_once_max); ++i) {
        auto line = std::make_unique<Lease::Line>(options, core, transfers->files_);
        if (!line->open()) {
            return Error{ErrorKind::Fatal, std::string("libcurl cannot do what is needed: ") +
                                               ::curl_easy_strerror(line->refused_option)};
        }
        transfers->free_.push_back(line.get());
        transfers->lines_.push_back(std::move(line));
    }
    return transfers;
}

Transfers::Lease Transfers::lease() {
    std::unique_lock lock(mutex_);
    core_.wait(lock, given_back_, [this] { return !free_.empty(); });
    Lease::Line* const line = free_.back();  // the last one used: its connection is still warm
    free_.pop_back();
    return {this, line};
}

Transfers::Lease::~Lease() {
    if (transfers_ != nullptr) {
        const std::lock_guard lock(transfers_->mutex_);
        transfers_->free_.push_back(line_);
        transfers_->given_back_.notify_one();
    }
}

Error error_of(const Answer& answer, const Options& options, std::string_view doing) {
    const auto error = [&](ErrorKind kind, const std::string& what) {
        return Error{kind, std::string(doing) + ": " + what};
    };
    switch (answer.fault) {
    case Body::Fault::TooLarge:
        return error(ErrorKind::Config,
                     !answer.is_file
                         ? "the answer is larger than " + std::to_string(options.body_bytes_max) +
                               " bytes; ask for smaller pages, or raise page_bytes_max"
                         : "the file is larger than 64 GiB");
    case Body::Fault::DiskFailed:
        return error(ErrorKind::Fatal,
                     "the temporary folder cannot be written to; is the disk full?");
    case Body::Fault::BadEncoding:
        return error(ErrorKind::Transient, "the compressed answer is cut short or damaged");
    case Body::Fault::UnknownEncoding:
        return error(ErrorKind::Fatal,
                     "the answer is encoded as '" +
                         files::printable(answer.response.header("content-encoding")) +
                         "', which was not asked for");
    case Body::Fault::None:
        break;
    }
    if (answer.file_failed) {
        return error(ErrorKind::Fatal, "no temporary file can be made; is there room in TMPDIR?");
    }
    if (answer.headers_too_large) {
        return error(ErrorKind::Fatal, "the answer's headers are larger than " +
                                           std::to_string(kHeaderBytesMax) + " bytes");
    }
    if (answer.headers_cut) {
        return error(ErrorKind::Transient, "the answer was cut short");
    }
    if (answer.proxy_status == 407 || answer.response.status == 407) {
        return error(ErrorKind::Config,
                     "the proxy wants a user and a password; write them into 'proxy'");
    }
    switch (answer.code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
        return error(ErrorKind::Config,
                     answer.why + "; the server's certificate is not trusted: if it comes from a "
                                  "private authority, name that in ca_file");
    case CURLE_SSL_CACERT_BADFILE:
        return error(ErrorKind::Config, "ca_file: " + answer.why);
    case CURLE_COULDNT_RESOLVE_PROXY:
        return error(ErrorKind::Config, "proxy: " + answer.why);
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
        return error(ErrorKind::Config, answer.why);
    case CURLE_PARTIAL_FILE:
        return error(ErrorKind::Transient, "the answer was cut short: " + answer.why);
    case CURLE_OPERATION_TIMEDOUT:
        return error(ErrorKind::Transient, answer.why + " (connect_seconds_max is " +
                                               std::to_string(options.connect_max.count()) +
                                               ", stall_seconds_max is " +
                                               std::to_string(options.stall_max.count()) + ")");
    default:
        return error(ErrorKind::Transient, answer.why);
    }
}

}  // namespace coterie::http
