#include "sdk/location/settings.hpp"

#include "coterie/files.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>

namespace coterie::location {

namespace {

constexpr std::string_view kSheets = "/spreadsheets/d/";

Error config_error(std::string message) {
    return Error{ErrorKind::Config, std::move(message)};
}

bool is_scheme(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '+' || c == '-' || c == '.';
    });
}

std::string lower(std::string_view text) {
    std::string lowered(text);
    std::transform(lowered.begin(), lowered.end(), lowered.begin(), [](unsigned char c) {
        return static_cast<char>(c < 0x80 ? std::tolower(c) : c);
    });
    return lowered;
}

Result<std::string> percent_decoded(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded += text[i];
            continue;
        }
        const auto digit = [&](std::size_t at) {
            const char c = at < text.size() ? lower(text.substr(at, 1)).front() : 'x';
            return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        };
        if (digit(i + 1) < 0 || digit(i + 2) < 0) {
            return config_error("location: a % in it is not followed by two hex digits; write the "
                                "sign itself as %25");
        }
        decoded += static_cast<char>(digit(i + 1) * 16 + digit(i + 2));
        i += 2;
    }
    if (decoded.find_first_of(std::string_view("\0\r\n", 3)) != std::string::npos) {
        return config_error("location: it holds a line end or NUL");
    }
    return decoded;
}

/// "~/" is the home of the user that runs Coterie.
std::string file_path(const std::string& path) {
    const char* const home = std::getenv("HOME");
    return path.starts_with("~/") && home != nullptr ? home + path.substr(1) : path;
}

struct Known {
    std::string_view name;
    Scheme scheme;
    bool encrypted;
};
constexpr std::array kKnown = {
    Known{"https", Scheme::Http, true}, Known{"http", Scheme::Http, false},
    Known{"sftp", Scheme::Sftp, true},  Known{"ftps", Scheme::Ftp, true},
    Known{"ftp", Scheme::Ftp, false},   Known{"imaps", Scheme::Imap, true},
    Known{"imap", Scheme::Imap, false}, Known{"s3", Scheme::S3, true}};

Result<Address> take_apart(const std::string& location, std::size_t scheme_end) {
    Address address;
    address.scheme = lower(location.substr(0, scheme_end));
    std::string_view rest = std::string_view(location).substr(scheme_end + 3);
    const std::size_t authority_end = std::min(rest.find_first_of("/?#"), rest.size());
    std::string_view authority = rest.substr(0, authority_end);
    address.path = rest.substr(authority_end);
    if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
        if (authority.substr(0, at).find(':') != std::string_view::npos) {
            return config_error("location: it holds a password; put it under 'password:' instead, "
                                "which is never shown");
        }
        COTERIE_TRY(address.user, percent_decoded(authority.substr(0, at)));
        authority.remove_prefix(at + 1);
    }
    const auto colon = authority.rfind(':');
    const auto bracket = authority.rfind(']');
    if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
        address.port = authority.substr(colon + 1);
        authority = authority.substr(0, colon);
    }
    address.host = lower(authority);
    const bool port_is_good =
        address.port.size() <= 5 && std::all_of(address.port.begin(), address.port.end(),
                                                [](unsigned char c) { return std::isdigit(c); });
    const bool host_is_good =
        !address.host.empty() &&
        std::all_of(address.host.begin(), address.host.end(), [](unsigned char c) {
            return std::isalnum(c) != 0 || c == '-' || c == '.' || c == '_' || c == ':' ||
                   c == '[' || c == ']';
        });
    if (!host_is_good || !port_is_good) {
        return config_error("location: '" + files::printable(authority) + "' is no host behind " +
                            address.scheme + "://");
    }
    return address;
}

Result<void> split_http(Address& address) {
    const auto cut_off = [&](char mark) {
        const auto at = address.path.find(mark);
        std::string part;
        if (at != std::string::npos) {
            part = address.path.substr(at + 1);
            address.path.resize(at);
        }
        return part;
    };
    address.fragment = cut_off('#');
    address.query = cut_off('?');
    if (address.path.empty()) {
        address.path = "/";
    }
    if (address.path.find('*') != std::string::npos) {
        return config_error("location: https has no list of files, so a pattern finds none; name "
                            "the file itself");
    }
    return {};
}

Result<void> parse_location(Settings& settings) {
    const auto scheme_end = settings.location.find("://");
    if (scheme_end == std::string::npos ||
        !is_scheme(std::string_view(settings.location).substr(0, scheme_end))) {
        return {};
    }
    COTERIE_TRY(settings.address, take_apart(settings.location, scheme_end));
    Address& address = settings.address;
    const auto known = std::find_if(kKnown.begin(), kKnown.end(),
                                    [&](const Known& k) { return k.name == address.scheme; });
    if (known == kKnown.end()) {
        return config_error("location: '" + address.scheme +
                            "://' is none that Coterie can fetch; it can: https, sftp, ftps, "
                            "imaps, s3, or a path without any");
    }
    settings.scheme = known->scheme;
    if (!known->encrypted && !settings.plaintext) {
        return config_error("location: " + address.scheme +
                            ":// is not encrypted, so others can read the file and the password; "
                            "use " +
                            address.scheme + "s://, or set plaintext: true");
    }
    if (settings.scheme == Scheme::Http) {
        COTERIE_TRY_VOID(split_http(address));
        if (address.host == "docs.google.com" && address.path.starts_with(kSheets)) {
            settings.scheme = Scheme::Sheet;
        }
    } else {
        COTERIE_TRY(address.path, percent_decoded(address.path));
    }
    if (!address.user.empty() && !settings.username.empty()) {
        return config_error("location: it names a user, and so does 'username'; keep one of them");
    }
    settings.username = address.user.empty() ? settings.username : address.user;
    return {};
}

Result<void> check_file_path(const Settings& settings) {
    const std::string& path = settings.address.path;
    const bool needs_file = settings.scheme == Scheme::Sftp || settings.scheme == Scheme::Ftp ||
                            settings.scheme == Scheme::S3;
    if (needs_file && (path.empty() || path.back() == '/')) {
        return config_error("location: " + settings.shown() +
                            " names no file; name it, or all of the folder by a *");
    }
    const auto slash = path.rfind('/');
    if (needs_file && path.substr(0, slash).find_first_of("*?[") != std::string::npos) {
        return config_error("location: a pattern may stand in the last part only, and " +
                            settings.shown() + " has one before it");
    }
    return {};
}

Result<void> check_together(const Settings& settings) {
    COTERIE_TRY_VOID(check_file_path(settings));
    if (settings.scheme == Scheme::S3 &&
        settings.access_key_id.empty() != settings.secret_access_key.empty()) {
        return config_error("access_key_id and secret_access_key go together; one of them is "
                            "missing");
    }
    if (settings.endpoint.starts_with("http://") && !settings.plaintext) {
        return config_error("endpoint: http:// is not encrypted; use https://, or set plaintext: "
                            "true");
    }
    if ((settings.scheme == Scheme::Sftp || settings.scheme == Scheme::Imap) &&
        settings.username.empty()) {
        return config_error("username is missing: " + settings.address.scheme +
                            ":// needs somebody who signs in");
    }
    if (settings.scheme == Scheme::Sftp && settings.password.empty() && settings.key_file.empty()) {
        return config_error("password or key_file is missing: sftp:// needs one of them");
    }
    for (const std::string* text : {&settings.username, &settings.password, &settings.token}) {
        if (text->find_first_of(std::string_view("\0\r\n", 3)) != std::string::npos) {
            return config_error("username, password or token holds a line end; is there one too "
                                "many at its end?");
        }
    }
    return {};
}

}  // namespace

Result<Settings> Settings::parse(const nlohmann::json& config) {
    Settings settings;
    settings.location = config.at("location").get<std::string>();
    settings.newest_only = config.value("versions", "all") == "newest";
    settings.inside = config.value("inside", "**");
    settings.username = config.value("username", "");
    settings.password = config.value("password", "");
    settings.token = config.value("token", "");
    settings.key_file = file_path(config.value("key_file", ""));
    settings.key_passphrase = config.value("key_passphrase", "");
    settings.known_hosts = file_path(config.value("known_hosts", ""));
    settings.host_key = config.value("host_key", "");
    settings.ca_file = file_path(config.value("ca_file", ""));
    settings.proxy = config.value("proxy", "");
    settings.plaintext = config.value("plaintext", false);
    const std::string tls = config.value("tls", "auto");
    settings.tls = tls == "explicit"   ? Tls::Explicit
                   : tls == "implicit" ? Tls::Implicit
                                       : Tls::Auto;
    settings.sheet_format = config.value("sheet_format", "csv");
    settings.sender = config.value("sender", "*");
    settings.subject = config.value("subject", "*");
    settings.attachment = config.value("attachment", "*");
    settings.access_key_id = config.value("access_key_id", "");
    settings.secret_access_key = config.value("secret_access_key", "");
    settings.session_token = config.value("session_token", "");
    settings.region = config.value("region", "us-east-1");
    settings.endpoint = config.value("endpoint", "");
    if (settings.endpoint.ends_with('/')) {
        settings.endpoint.pop_back();
    }
    settings.path_style = config.value("path_style", !settings.endpoint.empty());
    settings.fetch_bytes_max = config.value("fetch_bytes_max", std::uint64_t{512} << 20);
    settings.connect_seconds_max = config.value("connect_seconds_max", 30L);
    settings.stall_seconds_max = config.value("stall_seconds_max", 60L);
    settings.stall_bytes_min = config.value("stall_bytes_min", 100L);
    if (settings.host_key.starts_with("SHA256:")) {
        settings.host_key.erase(0, 7);
        if (settings.host_key.ends_with('=')) {
            settings.host_key.pop_back();
        }
    }
    COTERIE_TRY_VOID(parse_location(settings));
    COTERIE_TRY_VOID(check_together(settings));
    return settings;
}

std::string Settings::shown_host() const {
    return address.scheme + "://" + address.host +
           (address.port.empty() ? std::string() : ":" + address.port);
}

std::string Settings::shown() const {
    return scheme == Scheme::Local ? files::printable(location)
                                   : files::printable(shown_host() + address.path);
}

std::string encode_path(std::string_view path) {
    std::string encoded;
    for (std::size_t begin = 0; begin <= path.size();) {
        const std::size_t end = std::min(path.find('/', begin), path.size());
        encoded.append(begin == 0 ? "" : "/")
            .append(net::encode_part(path.substr(begin, end - begin)));
        begin = end + 1;
    }
    return encoded;
}

}  // namespace coterie::location
