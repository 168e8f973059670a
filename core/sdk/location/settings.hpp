/// The config keys of a location, as the connector's config has them.
#pragma once

#include "sdk/net/encode.hpp"

#include "coterie/result.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace coterie::location {

enum class Scheme { Local, Http, Sftp, Ftp, Imap, S3, Sheet };

/// A location that lies elsewhere, taken apart.
struct Address {
    std::string scheme;  ///< as written: "https", "ftps", …
    std::string user;
    std::string host;  ///< IPv6 in brackets
    std::string port;  ///< empty: the scheme's own
    /// From its first slash. Http: as written; others: percent-decoded, with no query.
    std::string path;
    std::string query;     ///< of Http, without the question mark
    std::string fragment;  ///< of Http
};

struct Settings {
    Scheme scheme = Scheme::Local;
    std::string location;
    Address address;
    bool newest_only = false;
    std::string inside;
    std::string username, password, token;
    std::string key_file, key_passphrase;
    std::string known_hosts;  ///< empty: the user's own
    std::string host_key;     ///< base64 of the SHA-256, no padding; empty: known_hosts holds
    std::string ca_file;
    std::string proxy;
    bool plaintext = false;
    enum class Tls { Auto, Explicit, Implicit } tls = Tls::Auto;
    std::string sheet_format;
    std::string sender, subject, attachment;
    std::string access_key_id, secret_access_key, session_token, region, endpoint;
    bool path_style = false;
    std::uint64_t fetch_bytes_max = 0;
    long connect_seconds_max = 0;
    long stall_seconds_max = 0;
    long stall_bytes_min = 0;

    /// \return Config error for what the schema cannot say.
    static Result<Settings> parse(const nlohmann::json& config);

    /// Where it lies, for people: no user, no query, no fragment.
    [[nodiscard]] std::string shown() const;
    /// "SCHEME://HOST[:PORT]".
    [[nodiscard]] std::string shown_host() const;
};

/// Percent-encodes all that is not a letter, a digit or one of -._~, but for slashes.
std::string encode_path(std::string_view path);
using net::encode_part;

}  // namespace coterie::location
