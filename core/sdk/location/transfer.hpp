/// One exchange after another with a server, by libcurl.
#pragma once

#include "sdk/location/settings.hpp"
#include "sdk/net/curl.hpp"
#include "sdk/net/target.hpp"

#include "coterie/connector.hpp"
#include "coterie/result.hpp"

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace coterie::location {

/// What a listing, a mail's headers or another answer that is kept in memory may hold.
inline constexpr std::uint64_t kAnswerBytesMax = std::uint64_t{16} << 20;

using net::Target;

struct Request {
    std::string url;
    std::vector<std::string> headers;
    std::string command;  ///< instead of the protocol's own (IMAP)
    bool names_only = false;
    bool no_body = false;
    bool is_signed = false;         ///< as S3 wants it
    std::uint64_t resume_from = 0;  ///< SFTP, FTP
    std::uint64_t range_from = 0;   ///< HTTP; a server that sends all empties the target
    Target* target = nullptr;       ///< null: into Reply::body
    std::uint64_t bytes_max = kAnswerBytesMax;  ///< of target or body
    std::FILE* upload = nullptr;                ///< what is sent, from where it stands to its end
    std::uint64_t upload_bytes = 0;
    std::vector<std::string> quote;  ///< curl's own commands before it (SFTP)
};

struct Reply {
    CURLcode code = CURLE_OK;
    long status = 0;
    std::string why;  ///< curl's own words
    /// Header lines, or an IMAP server's answers, of the last response.
    std::string headers;
    std::string body;
    std::int64_t modified = -1;  ///< seconds since 1970; -1: unsaid
    std::int64_t bytes = -1;     ///< as the server says; -1: unsaid
    bool too_large = false;
    bool disk_failed = false;

    /// A header's value; empty where there is none. \param name  in lower case.
    [[nodiscard]] std::string header(std::string_view name) const;
};

/// What was learnt of an SFTP server's key.
struct HostKey {
    std::string fingerprint;  ///< "SHA256:…"
    bool refused = false;
    bool mismatch = false;  ///< known_hosts has another one for this host
};

/// A connection with a location's settings: kept open between requests. One thread.
class Connection {
  public:
    static Result<Connection> create(const Settings& settings, Sink* sink);

    /// \throws Sink::Stopped when the core has asked to stop.
    Reply perform(const Request& request);
    [[nodiscard]] const HostKey& host_key() const;
    /// What went wrong with `doing` ("sftp://…/roster.xlsx"), for people, and whose fault it is.
    [[nodiscard]] Error error_of(const Reply& reply, std::string_view doing) const;
    /// Waits before another try. \throws Sink::Stopped when the core has asked to stop.
    void wait(unsigned attempt, const Error& error);
    void log(LogLevel level, std::string_view message);
    [[nodiscard]] const Settings& settings() const;

  private:
    struct Impl;
    struct Destroy {
        void operator()(Impl* impl) const;
    };
    explicit Connection(std::unique_ptr<Impl, Destroy> impl) : impl_(std::move(impl)) {}
    std::unique_ptr<Impl, Destroy> impl_;
};

/// Tries of one file within one read; the core tries the read again.
inline constexpr unsigned kTriesMax = 4;

}  // namespace coterie::location
