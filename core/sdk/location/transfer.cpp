#include "sdk/location/transfer.hpp"

#include "coterie/files.hpp"

#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <random>
#include <thread>

namespace coterie::location {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr milliseconds kProgressEvery{250};
constexpr milliseconds kWaitFirst{300};
constexpr milliseconds kWaitMax{10'000};
constexpr long kRedirectsMax = 5;
constexpr std::size_t kHeaderBytesMax = std::size_t{4} << 20;
constexpr std::size_t kWhyBytesMax = 300;
/// S3 wants the hash of what is sent, and curl 7.88 adds it to no request: nothing is sent.
constexpr const char* kHashOfNothing = "x-amz-content-sha256: "
                                       "e3b0c44298fc1c149afbf4c8996fb924"
                                       "27ae41e4649b934ca495991b7852b855";

std::string fingerprint_of(const void* key, std::size_t bytes) {
    unsigned char hash[crypto_hash_sha256_BYTES];
    ::crypto_hash_sha256(hash, static_cast<const unsigned char*>(key), bytes);
    char text[sodium_base64_ENCODED_LEN(sizeof hash, sodium_base64_VARIANT_ORIGINAL_NO_PADDING)];
    ::sodium_bin2base64(text, sizeof text, hash, sizeof hash,
                        sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
    return std::string("SHA256:") + text;
}

std::string home_file(const char* name) {
    const char* home = std::getenv("HOME");
    return home == nullptr ? std::string() : std::string(home) + "/" + name;
}

bool is_file(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

Result<void> must_be_file(const std::string& path, const char* key) {
    if (path.empty() || is_file(path)) {
        return {};
    }
    return Error{ErrorKind::Config, std::string(key) + ": there is no file " +
                                        files::printable(path) +
                                        " to read; it is relative to the "
                                        "workspace"};
}

}  // namespace

// --- Reply ---------------------------------------------------------------------------------------

std::string Reply::header(std::string_view name) const {
    std::string found;
    for (std::size_t at = 0; at < headers.size();) {
        const std::size_t end = std::min(headers.find('\n', at), headers.size());
        std::string_view line = std::string_view(headers).substr(at, end - at);
        at = end + 1;
        const auto colon = line.find(':');
        const bool same =
            colon == name.size() &&
            std::equal(name.begin(), name.end(), line.begin(), [](char wanted, char c) {
                return wanted == (c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
            });
        if (same) {
            line.remove_prefix(colon + 1);
            const auto first = line.find_first_not_of(" \t\r");
            const auto last = line.find_last_not_of(" \t\r");
            found = first == std::string_view::npos ? std::string_view()
                                                    : line.substr(first, last - first + 1);
        }
    }
    return found;
}

// --- Connection ----------------------------------------------------------------------------------

struct Connection::Impl {
    Settings settings;
    Sink* sink = nullptr;
    net::Easy curl;
    HostKey host_key;
    // Of the request that runs.
    const Request* request = nullptr;
    Reply* reply = nullptr;
    bool has_begun = false;
    std::exception_ptr thrown;
    steady_clock::time_point told;
    char why[CURL_ERROR_SIZE] = {};

    template <class Value>
    void set(CURLoption option, Value value) {
        if (const CURLcode code = ::curl_easy_setopt(curl.get(), option, value);
            code != CURLE_OK && refused_option == CURLE_OK) {
            refused_option = code;
        }
    }
    CURLcode refused_option = CURLE_OK;

    void set_all();
    void set_ssh();
    void set_sign_in();

    std::size_t take(std::string_view bytes) noexcept;
    std::size_t take_header(std::string_view line) noexcept;
    int tell(std::uint64_t done, std::uint64_t total) noexcept;

    static std::size_t on_body(char* bytes, std::size_t, std::size_t size, void* self) {
        return static_cast<Impl*>(self)->take({bytes, size});
    }
    static std::size_t on_header(char* bytes, std::size_t, std::size_t size, void* self) {
        return static_cast<Impl*>(self)->take_header({bytes, size});
    }
    static int on_progress(void* self, curl_off_t total, curl_off_t done, curl_off_t total_up,
                           curl_off_t done_up) {
        return static_cast<Impl*>(self)->tell(static_cast<std::uint64_t>(done + done_up),
                                              static_cast<std::uint64_t>(total + total_up));
    }
    static int on_host_key(void* self, int, const char* key, std::size_t bytes);
    static int on_known_host(CURL*, const curl_khkey*, const curl_khkey* found, curl_khmatch match,
                             void* self);
};

void Connection::Destroy::operator()(Impl* impl) const {
    delete impl;
}

std::size_t Connection::Impl::take(std::string_view bytes) noexcept {
    try {
        Target* const target = request->target;
        if (!has_begun) {
            has_begun = true;
            long status = 0;
            ::curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
            // Asked for the rest, the server sends all: what is there is not the beginning of it.
            if (target != nullptr && request->range_from > 0 && status == 200 &&
                !target->restart()) {
                reply->disk_failed = true;
                return 0;
            }
        }
        const std::uint64_t held = target != nullptr ? target->bytes() : reply->body.size();
        if (held + bytes.size() > request->bytes_max) {
            reply->too_large = true;
            return 0;
        }
        if (target == nullptr) {
            reply->body.append(bytes);
        } else if (!target->append(bytes)) {
            reply->disk_failed = true;
            return 0;
        }
        return bytes.size();
    } catch (...) {
        thrown = std::current_exception();
        return 0;
    }
}

std::size_t Connection::Impl::take_header(std::string_view line) noexcept {
    try {
        if (line.starts_with("HTTP/")) {
            reply->headers.clear();
        }
        if (reply->headers.size() + line.size() > kHeaderBytesMax) {
            reply->too_large = true;
            return 0;
        }
        reply->headers.append(line);
        return line.size();
    } catch (...) {
        thrown = std::current_exception();
        return 0;
    }
}

int Connection::Impl::tell(std::uint64_t done, std::uint64_t total) noexcept {
    const auto now = steady_clock::now();
    if (sink == nullptr || now - told < kProgressEvery) {
        return 0;
    }
    told = now;
    try {
        sink->progress(done, std::max(done, total), "bytes");  // throws where the core stops
        return 0;
    } catch (...) {
        thrown = std::current_exception();
        return 1;
    }
}

int Connection::Impl::on_host_key(void* self, int, const char* key, std::size_t bytes) {
    auto& impl = *static_cast<Impl*>(self);
    impl.host_key.fingerprint = fingerprint_of(key, bytes);
    impl.host_key.refused = impl.host_key.fingerprint != "SHA256:" + impl.settings.host_key;
    return impl.host_key.refused ? CURLKHMATCH_MISMATCH : CURLKHMATCH_OK;
}

int Connection::Impl::on_known_host(CURL*, const curl_khkey*, const curl_khkey* found,
                                    curl_khmatch match, void* self) {
    auto& impl = *static_cast<Impl*>(self);
    if (found != nullptr && found->key != nullptr) {
        std::string raw(found->key, found->len);
        if (found->len == 0) {  // base 64 then
            const std::size_t encoded = std::strlen(found->key);
            std::size_t decoded = 0;
            raw.resize(encoded);
            ::sodium_base642bin(reinterpret_cast<unsigned char*>(raw.data()), raw.size(),
                                found->key, encoded, nullptr, &decoded, nullptr,
                                sodium_base64_VARIANT_ORIGINAL);
            raw.resize(decoded);
        }
        impl.host_key.fingerprint = fingerprint_of(raw.data(), raw.size());
    }
    impl.host_key.mismatch = match == CURLKHMATCH_MISMATCH;
    impl.host_key.refused = match != CURLKHMATCH_OK;
    return impl.host_key.refused ? CURLKHSTAT_REJECT : CURLKHSTAT_FINE;
}

void Connection::Impl::set_ssh() {
    const std::string known =
        settings.known_hosts.empty() ? home_file(".ssh/known_hosts") : settings.known_hosts;
    if (settings.host_key.empty() && is_file(known)) {
        set(CURLOPT_SSH_KNOWNHOSTS, known.c_str());
        set(CURLOPT_SSH_KEYFUNCTION, &on_known_host);
        set(CURLOPT_SSH_KEYDATA, this);
    } else {  // without either, no key is right, and the error shows the one to add
        set(CURLOPT_SSH_HOSTKEYFUNCTION, &on_host_key);
        set(CURLOPT_SSH_HOSTKEYDATA, this);
    }
    long methods = 0;
    if (!settings.key_file.empty()) {
        methods |= CURLSSH_AUTH_PUBLICKEY;
        set(CURLOPT_SSH_PRIVATE_KEYFILE, settings.key_file.c_str());
        set(CURLOPT_SSH_PUBLIC_KEYFILE, "");  // made out of the private one
        set(CURLOPT_KEYPASSWD, settings.key_passphrase.c_str());
    }
    if (!settings.password.empty()) {
        methods |= CURLSSH_AUTH_PASSWORD | CURLSSH_AUTH_KEYBOARD;
    }
    set(CURLOPT_SSH_AUTH_TYPES, methods);
}

void Connection::Impl::set_sign_in() {
    if (settings.scheme == Scheme::S3) {
        return;  // signs each request instead
    }
    if (!settings.username.empty()) {
        set(CURLOPT_USERNAME, settings.username.c_str());
        set(CURLOPT_PASSWORD, settings.password.c_str());
        set(CURLOPT_HTTPAUTH, CURLAUTH_BASIC | CURLAUTH_DIGEST);
    }
    if (!settings.token.empty()) {
        set(CURLOPT_XOAUTH2_BEARER, settings.token.c_str());
        set(CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
    }
}

void Connection::Impl::set_all() {
    set(CURLOPT_ERRORBUFFER, why);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_WRITEFUNCTION, &on_body);
    set(CURLOPT_WRITEDATA, this);
    set(CURLOPT_HEADERFUNCTION, &on_header);
    set(CURLOPT_HEADERDATA, this);
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, &on_progress);
    set(CURLOPT_XFERINFODATA, this);
    set(CURLOPT_FILETIME, 1L);
    set(CURLOPT_CONNECTTIMEOUT, settings.connect_seconds_max);
    set(CURLOPT_LOW_SPEED_TIME, settings.stall_seconds_max);
    set(CURLOPT_LOW_SPEED_LIMIT, settings.stall_bytes_min);
    set(CURLOPT_SERVER_RESPONSE_TIMEOUT, settings.stall_seconds_max);
    set(CURLOPT_SSL_VERIFYPEER, 1L);
    set(CURLOPT_SSL_VERIFYHOST, 2L);
    if (!settings.ca_file.empty()) {
        set(CURLOPT_CAINFO, settings.ca_file.c_str());
        set(CURLOPT_PROXY_CAINFO, settings.ca_file.c_str());
    }
    if (!settings.proxy.empty()) {
        set(CURLOPT_PROXY, settings.proxy.c_str());
    }
    const char* const web = settings.plaintext ? "http,https" : "https";
    const bool is_web = settings.scheme == Scheme::Http || settings.scheme == Scheme::Sheet ||
                        settings.scheme == Scheme::S3;
    set(CURLOPT_PROTOCOLS_STR, is_web                            ? web
                               : settings.scheme == Scheme::Sftp ? "sftp"
                               : settings.scheme == Scheme::Ftp  ? "ftp,ftps"
                                                                 : "imap,imaps");
    set(CURLOPT_REDIR_PROTOCOLS_STR, web);
    // A redirect within S3 would need another signature.
    set(CURLOPT_FOLLOWLOCATION, settings.scheme == Scheme::S3 ? 0L : 1L);
    set(CURLOPT_MAXREDIRS, kRedirectsMax);
    set(CURLOPT_UNRESTRICTED_AUTH, 0L);
    set(CURLOPT_USERAGENT, "Coterie");
    const bool may_be_plain = settings.address.scheme == "ftp" || settings.address.scheme == "imap";
    if (!is_web) {
        set(CURLOPT_USE_SSL, may_be_plain && settings.plaintext ? CURLUSESSL_NONE : CURLUSESSL_ALL);
    }
    if (settings.scheme == Scheme::Sftp) {
        set_ssh();
    }
    set_sign_in();
}

Result<Connection> Connection::create(const Settings& settings, Sink* sink) {
    static const bool kIsReady = net::start_curl() && ::sodium_init() >= 0;
    COTERIE_TRY_VOID(must_be_file(settings.ca_file, "ca_file"));
    COTERIE_TRY_VOID(must_be_file(settings.key_file, "key_file"));
    COTERIE_TRY_VOID(must_be_file(settings.known_hosts, "known_hosts"));
    std::unique_ptr<Impl, Destroy> impl(new Impl);
    impl->settings = settings;
    impl->sink = sink;
    impl->curl.reset(::curl_easy_init());
    if (!kIsReady || impl->curl == nullptr) {
        return Error{ErrorKind::Fatal, "libcurl cannot be started"};
    }
    impl->set_all();
    if (impl->refused_option != CURLE_OK) {
        return Error{ErrorKind::Fatal, std::string("libcurl on this machine cannot do ") +
                                           settings.address.scheme + ": " +
                                           ::curl_easy_strerror(impl->refused_option)};
    }
    return Connection(std::move(impl));
}

Reply Connection::perform(const Request& request) {
    Impl& impl = *impl_;
    Reply reply;
    impl.request = &request;
    impl.reply = &reply;
    impl.has_begun = false;
    impl.thrown = nullptr;
    impl.why[0] = '\0';
    net::List headers;
    for (const std::string& header : request.headers) {
        headers.reset(::curl_slist_append(headers.release(), header.c_str()));
    }
    net::List quote;
    for (const std::string& command : request.quote) {
        quote.reset(::curl_slist_append(quote.release(), command.c_str()));
    }
    const Settings& settings = impl.settings;
    impl.set(CURLOPT_URL, request.url.c_str());
    impl.set(CURLOPT_HTTPHEADER, headers.get());
    impl.set(CURLOPT_QUOTE, quote.get());
    impl.set(CURLOPT_UPLOAD, request.upload != nullptr ? 1L : 0L);
    impl.set(CURLOPT_READDATA, request.upload);
    impl.set(CURLOPT_INFILESIZE_LARGE, request.upload != nullptr
                                           ? static_cast<curl_off_t>(request.upload_bytes)
                                           : curl_off_t{-1});
    impl.set(CURLOPT_DIRLISTONLY, request.names_only ? 1L : 0L);
    impl.set(CURLOPT_NOBODY, request.no_body ? 1L : 0L);
    impl.set(CURLOPT_CUSTOMREQUEST, request.command.empty() ? nullptr : request.command.c_str());
    impl.set(CURLOPT_RESUME_FROM_LARGE, static_cast<curl_off_t>(request.resume_from));
    const std::string range =
        request.range_from > 0 ? std::to_string(request.range_from) + "-" : std::string();
    impl.set(CURLOPT_RANGE, range.empty() ? nullptr : range.c_str());
    impl.set(CURLOPT_FAILONERROR, request.target != nullptr ? 1L : 0L);
    const std::string signing = "aws:amz:" + settings.region + ":s3";
    if (request.is_signed) {
        headers.reset(::curl_slist_append(headers.release(), kHashOfNothing));
        impl.set(CURLOPT_HTTPHEADER, headers.get());
        impl.set(CURLOPT_AWS_SIGV4, signing.c_str());
        impl.set(CURLOPT_USERNAME, settings.access_key_id.c_str());
        impl.set(CURLOPT_PASSWORD, settings.secret_access_key.c_str());
    }
    reply.code = ::curl_easy_perform(impl.curl.get());
    impl.set(CURLOPT_HTTPHEADER, static_cast<curl_slist*>(nullptr));
    impl.set(CURLOPT_QUOTE, static_cast<curl_slist*>(nullptr));
    ::curl_easy_getinfo(impl.curl.get(), CURLINFO_RESPONSE_CODE, &reply.status);
    curl_off_t number = -1;
    if (::curl_easy_getinfo(impl.curl.get(), CURLINFO_FILETIME_T, &number) == CURLE_OK) {
        reply.modified = number;
    }
    number = -1;
    if (::curl_easy_getinfo(impl.curl.get(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &number) ==
        CURLE_OK) {
        reply.bytes = number;
    }
    reply.why = files::printable(std::string_view(impl.why).substr(0, kWhyBytesMax));
    if (reply.why.empty() && reply.code != CURLE_OK) {
        reply.why = ::curl_easy_strerror(reply.code);
    }
    if (impl.thrown) {
        std::rethrow_exception(impl.thrown);
    }
    return reply;
}

const HostKey& Connection::host_key() const {
    return impl_->host_key;
}

const Settings& Connection::settings() const {
    return impl_->settings;
}

void Connection::log(LogLevel level, std::string_view message) {
    if (impl_->sink != nullptr) {
        impl_->sink->log(level, message);
    }
}

void Connection::wait(unsigned attempt, const Error& error) {
    const milliseconds backoff = std::min(kWaitFirst * (1U << (attempt - 1)), kWaitMax);
    std::minstd_rand random{std::random_device{}()};
    const milliseconds wanted =
        error.retry_after ? std::min(*error.retry_after, kWaitMax)
                          : backoff / 2 + milliseconds(random() % (backoff.count() / 2 + 1));
    const auto until = steady_clock::now() + wanted;
    while (steady_clock::now() < until) {
        if (impl_->sink != nullptr) {
            impl_->sink->throw_if_cancelled();
        }
        std::this_thread::sleep_for(std::min(milliseconds(50), wanted));
    }
}

namespace {

Error config_error(std::string message) {
    return Error{ErrorKind::Config, std::move(message)};
}

Error http_error(const Reply& reply, std::string_view doing) {
    const std::string said =
        std::string(doing) + ": the server answered " + std::to_string(reply.status);
    switch (reply.status) {
    case 401:
    case 403:
        return config_error(said + ": the sign-in is refused, or it may not read this; check "
                                   "user, password, token or key, and whether the file is shared "
                                   "with them");
    case 404:
    case 410:
        return config_error(said + ": there is no such file");
    case 407:
        return config_error(said + ": the proxy wants a user and a password; write them into "
                                   "'proxy'");
    case 408:
    case 425:
    case 429:
        break;
    default:
        if (reply.status < 500) {
            return config_error(said);
        }
    }
    Error error{ErrorKind::Transient, said};
    const std::string wait = reply.header("retry-after");
    if (!wait.empty() && wait.size() < 7 &&
        wait.find_first_not_of("0123456789") == std::string::npos) {
        error.retry_after = std::chrono::seconds(std::stol(wait));
    }
    return error;
}

Error host_key_error(const HostKey& key, const Settings& settings) {
    const std::string host = settings.shown_host();
    if (key.mismatch || !settings.host_key.empty()) {
        return config_error(
            host + " shows another host key than the one that is trusted: " + key.fingerprint +
            ". Somebody may be in between, or the server has a new key: ask its "
            "owner, and if it is right, set host_key: \"" +
            key.fingerprint + "\"");
    }
    return config_error(host + " shows a host key that is not known yet: " + key.fingerprint +
                        ". Ask the server's owner whether it is right, and then set host_key: \"" +
                        key.fingerprint + "\", or add it to known_hosts");
}

}  // namespace

Error Connection::error_of(const Reply& reply, std::string_view doing) const {
    const Settings& settings = impl_->settings;
    const std::string said = std::string(doing) + ": " + reply.why;
    if (reply.too_large) {
        return config_error(std::string(doing) + " is larger than " +
                            std::to_string(impl_->request->bytes_max) +
                            " bytes; raise fetch_bytes_max if that is right");
    }
    if (reply.disk_failed) {
        return Error{ErrorKind::Fatal, std::string(doing) +
                                           ": the temporary folder cannot be written to; is the "
                                           "disk full?"};
    }
    if (impl_->host_key.refused) {
        return host_key_error(impl_->host_key, settings);
    }
    switch (reply.code) {
    case CURLE_HTTP_RETURNED_ERROR:
    case CURLE_OK:
        return http_error(reply, doing);
    case CURLE_LOGIN_DENIED:
        return config_error(std::string(doing) + ": the server refuses the sign-in of '" +
                            settings.username + "'; check username, password or key_file");
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
        return config_error(said + "; the server's certificate is not trusted: if it comes from a "
                                   "private authority, name that in ca_file");
    case CURLE_SSL_CACERT_BADFILE:
        return config_error("ca_file: " + reply.why);
    case CURLE_USE_SSL_FAILED:
        return config_error(said + "; the server offers no TLS");
    case CURLE_REMOTE_FILE_NOT_FOUND:
        return config_error(std::string(doing) + ": there is no such file");
    case CURLE_REMOTE_ACCESS_DENIED:
        return config_error(std::string(doing) + ": the server denies access to it");
    case CURLE_FTP_COULDNT_RETR_FILE:
        if (reply.status == 550) {
            return config_error(std::string(doing) +
                                ": there is no such file, or it may not be read");
        }
        break;
    case CURLE_UNSUPPORTED_PROTOCOL:
        return config_error(said + "; a redirect may only lead to https");
    case CURLE_TOO_MANY_REDIRECTS:
    case CURLE_URL_MALFORMAT:
    case CURLE_COULDNT_RESOLVE_PROXY:
        return config_error(said);
    case CURLE_OPERATION_TIMEDOUT:
        return Error{ErrorKind::Transient, said + " (connect_seconds_max is " +
                                               std::to_string(settings.connect_seconds_max) +
                                               ", stall_seconds_max is " +
                                               std::to_string(settings.stall_seconds_max) + ")"};
    default:
        break;
    }
    return Error{ErrorKind::Transient, said};
}

}  // namespace coterie::location
