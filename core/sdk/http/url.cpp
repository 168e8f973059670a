#include "sdk/http/url.hpp"

#include "sdk/net/curl.hpp"

#include "coterie/files.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <memory>

namespace coterie::http {

namespace {

struct FreeUrl {
    void operator()(CURLU* url) const { ::curl_url_cleanup(url); }
};
using Handle = std::unique_ptr<CURLU, FreeUrl>;

Error config_error(std::string message) {
    return Error{ErrorKind::Config, std::move(message)};
}

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
        return static_cast<char>(c < 0x80 ? std::tolower(c) : c);
    });
    return text;
}

std::string part_of(CURLU* url, CURLUPart part, unsigned flags = 0) {
    char* text = nullptr;
    if (::curl_url_get(url, part, &text, flags) != CURLUE_OK || text == nullptr) {
        return {};
    }
    std::string copy = text;
    ::curl_free(text);
    return copy;
}

/// What stands before the query, for an error.
std::string beginning(std::string_view text) {
    return files::printable(text.substr(0, std::min<std::size_t>(text.find_first_of("?#@"), 200)));
}

Result<Url> taken_apart(CURLU* handle, const std::string& text) {
    Url url;
    url.scheme = lower(part_of(handle, CURLUPART_SCHEME));
    url.host = lower(part_of(handle, CURLUPART_HOST));
    url.port = part_of(handle, CURLUPART_PORT, CURLU_DEFAULT_PORT);
    url.path = part_of(handle, CURLUPART_PATH);
    url.query = part_of(handle, CURLUPART_QUERY);
    if (url.scheme != "http" && url.scheme != "https") {
        return config_error("'" + beginning(text) + "' is no https address");
    }
    if (!part_of(handle, CURLUPART_USER).empty() || !part_of(handle, CURLUPART_PASSWORD).empty()) {
        return config_error("the address of " + url.host +
                            " holds a user or a password; credentials have keys of their own");
    }
    if (url.host.empty()) {
        return config_error("'" + beginning(text) + "' names no host");
    }
    if (url.path.empty()) {
        url.path = "/";
    }
    return url;
}

bool is_host_name(std::string_view text) {
    return !text.empty() && text.size() <= 253 && text.front() != '.' && text.front() != '-' &&
           std::all_of(text.begin(), text.end(), [](unsigned char c) {
               return std::isalnum(c) != 0 || c == '-' || c == '.' || c == '_';
           });
}

bool is_port(std::string_view text) {
    return !text.empty() && text.size() <= 5 &&
           text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

Result<Url> Url::parse(const std::string& text) {
    const Handle handle(::curl_url());
    if (handle == nullptr || text.find('\0') != std::string::npos ||
        ::curl_url_set(handle.get(), CURLUPART_URL, text.c_str(), CURLU_NON_SUPPORT_SCHEME) !=
            CURLUE_OK) {
        return config_error("'" + beginning(text) + "' is no address");
    }
    return taken_apart(handle.get(), text);
}

Result<Url> Url::resolve(const std::string& reference) const {
    const Handle handle(::curl_url());
    if (handle == nullptr || reference.find('\0') != std::string::npos ||
        ::curl_url_set(handle.get(), CURLUPART_URL, text().c_str(), 0) != CURLUE_OK ||
        ::curl_url_set(handle.get(), CURLUPART_URL, reference.c_str(),
                       CURLU_URLENCODE | CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK) {
        return config_error("the redirect of " + shown() + " leads to no address");
    }
    return taken_apart(handle.get(), reference);
}

std::string Url::text() const {
    const bool is_own_port = port == (scheme == "https" ? "443" : "80");
    return scheme + "://" + host + (is_own_port ? "" : ":" + port) + path +
           (query.empty() ? "" : "?" + query);
}

std::string Url::shown() const {
    const bool is_own_port = port == (scheme == "https" ? "443" : "80");
    std::string text = host + (is_own_port ? "" : ":" + port);
    for (std::size_t begin = 0; begin < path.size();) {
        const std::size_t end = std::min(path.find('/', begin + 1), path.size());
        const std::string_view part = std::string_view(path).substr(begin, end - begin);
        const bool is_person = part.find('@') != std::string_view::npos ||
                               lower(std::string(part)).find("%40") != std::string::npos;
        text += is_person ? std::string_view("/***") : part;
        begin = end;
    }
    return files::printable(std::string_view(text).substr(0, 300));
}

bool Url::is_loopback() const {
    if (host == "localhost" || host == "[::1]") {
        return true;
    }
    return host.starts_with("127.") && std::count(host.begin(), host.end(), '.') == 3 &&
           host.find_first_not_of("0123456789.") == std::string::npos;
}

Result<Hosts> Hosts::create(const std::string& base_url, const std::vector<std::string>& hosts) {
    Hosts made;
    if (!base_url.empty()) {
        COTERIE_TRY(const Url base, Url::parse(base_url).transform_error(within("base_url")));
        COTERIE_TRY_VOID(check_encryption(base).transform_error(within("base_url")));
        made.allowed_.push_back({base.host, base.port});
    }
    for (const std::string& text : hosts) {
        std::string host = lower(text);
        const bool is_ending = host.starts_with("*.");
        host.erase(0, is_ending ? 2 : 0);
        std::string port;
        if (const auto colon = host.rfind(':');
            colon != std::string::npos && host.find(']', colon) == std::string::npos) {
            port = host.substr(colon + 1);
            host.erase(colon);
            if (!is_port(port)) {
                host.clear();
            }
        }
        const bool is_ipv6 = host.starts_with('[') && host.ends_with(']');
        if (!is_ipv6 &&
            (!is_host_name(host) || (is_ending && host.find('.') == std::string::npos))) {
            return config_error("hosts: '" + beginning(text) +
                                "' is no host; allowed are \"api.example.com\", "
                                "\"api.example.com:8443\" and \"*.example.com\"");
        }
        made.allowed_.push_back({(is_ending ? "." : "") + host, port});
    }
    return made;
}

bool Hosts::has(const Url& url) const {
    const std::string_view own_port = url.scheme == "https" ? "443" : "80";
    return std::any_of(allowed_.begin(), allowed_.end(), [&](const Allowed& allowed) {
        const bool is_host =
            allowed.host.starts_with('.')
                ? url.host.ends_with(allowed.host) && url.host.size() > allowed.host.size()
                : url.host == allowed.host;
        return is_host && url.port == (allowed.port.empty() ? own_port : allowed.port);
    });
}

Result<void> Hosts::check_encryption(const Url& url) {
    if (url.scheme == "https" || url.is_loopback()) {
        return {};
    }
    return config_error("http://" + url.host +
                        " is not encrypted, so others could read what is sent; use https://");
}

Result<void> Hosts::check(const Url& url) const {
    COTERIE_TRY_VOID(check_encryption(url));
    if (has(url)) {
        return {};
    }
    const bool is_own_port = url.port == (url.scheme == "https" ? "443" : "80");
    const std::string host = files::printable(url.host) + (is_own_port ? "" : ":" + url.port);
    return config_error("the host " + host + " is not allowed; if it is right, add it to 'hosts'");
}

}  // namespace coterie::http
