/// For connectors that speak HTTP: one client with sign-in, retries, rate limits, a budget, a bound
/// on hosts, and record and replay. Link Coterie::http, and let the manifest say "uses": ["http"],
/// which gives the connector the config keys (docs/guides/http.md).
#pragma once

#include "coterie/connector.hpp"
#include "coterie/result.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace coterie::http {

using Pairs = std::vector<std::pair<std::string, std::string>>;

/// A request. The client adds sign-in, User-Agent and Accept-Encoding.
struct Request {
    std::string method = "GET";
    std::string url;  ///< absolute; a query in it is sent as it stands
    Pairs query;      ///< added to it, percent-encoded, in this order
    Pairs headers;
    std::string body;
    std::string content_type;  ///< of the body: "application/json"
    /// Whether sending it twice does no harm: it is sent again when the connection is cut or the
    /// answer is 5xx. GET, HEAD, PUT, DELETE always are; a search by POST is.
    bool is_repeatable = false;
    /// The body goes to a temporary file instead of memory: Response::file.
    bool to_file = false;
    bool is_signed_in = true;  ///< false: without credentials, such as a pre-signed link
    /// Statuses that come back as they are though the client would try again or fail.
    std::vector<long> accepts;
};

/// An answer, whole: a body that ended before its time is tried again and never seen.
struct Response {
    long status = 0;
    Pairs headers;     ///< names in lower case
    std::string body;  ///< empty where it went to a file
    std::string file;  ///< path of the body; the file goes with the last copy of `owner`
    std::shared_ptr<void> owner;
    std::string url;  ///< that answered, after redirects

    /// A header's value; empty where there is none. \param name  in lower case.
    [[nodiscard]] std::string_view header(std::string_view name) const;
    [[nodiscard]] bool ok() const { return status >= 200 && status < 300; }
    /// The Date header, seconds since 1970; nothing where it is missing or no date.
    [[nodiscard]] std::optional<std::int64_t> server_time() const;
};

// --- Sign-in -------------------------------------------------------------------------------------

struct NoAuth {};
/// "Authorization: Bearer TOKEN", or another word or header where the vendor has its own.
struct TokenAuth {
    std::string token;
    std::string header = "Authorization";
    std::string prefix = "Bearer ";
};
struct BasicAuth {
    std::string username, password;
};
/// A parameter of the query.
struct QueryAuth {
    std::string name, value;
};
/// A signed assertion, RS256.
struct Jwt {
    std::string private_key;                           ///< PEM
    std::string key_id;                                ///< "kid"; empty: none
    nlohmann::json claims = nlohmann::json::object();  ///< iat and exp are added
    std::chrono::seconds lifetime{3600};
};
/// OAuth 2: an access token is fetched when it is first needed and again shortly before it ends or
/// after a 401, once however many calls wait for it. It is kept in memory and nowhere else.
struct OAuth {
    enum class Grant { RefreshToken, ClientCredentials, Password, JwtBearer };
    Grant grant = Grant::ClientCredentials;
    std::string token_url;
    std::string client_id, client_secret;
    bool client_in_body = true;  ///< false: as Basic
    std::string refresh_token;
    std::string username, password;
    std::string scope;
    Jwt jwt;
    Pairs extra;  ///< further form fields
    std::string header = "Authorization";
    std::string prefix = "Bearer ";
};
using Auth = std::variant<NoAuth, TokenAuth, BasicAuth, QueryAuth, OAuth>;

// --- Limits --------------------------------------------------------------------------------------

/// So many requests in so long.
struct Rate {
    double requests = 0;  ///< 0: no limit is known
    std::chrono::milliseconds interval{1000};
};
/// Names, in lower case, of the headers in which a vendor tells its limits; empty: it has none.
struct RateHeaders {
    std::string limit;        ///< requests in one interval
    std::string remaining;    ///< of them left
    std::string interval_ms;  ///< the interval, milliseconds
    std::string reset;        ///< when it begins anew: seconds from now, or seconds since 1970
    std::string daily_limit, daily_remaining;  ///< the day's budget
    /// One header with "used/limit" inside: Salesforce's "api-usage=18/5000".
    std::string usage;
};
/// What limits are known at the moment, for people.
struct LimitsLeft {
    std::optional<double> remaining, limit;              ///< of the short interval
    std::optional<double> daily_remaining, daily_limit;  ///< of the day
};

/// What an answer means that a status alone does not tell.
enum class Verdict {
    ByStatus,   ///< 2xx good; 429 and 5xx are tried again; 401 signs in anew, once; others final
    Good,       ///< to be handed back as it is
    TryAgain,   ///< as a 429 or 503
    LimitEnds,  ///< the day's limit is used up: Transient error at once, the next run goes on
};

struct Options {
    std::string base_url;  ///< its host is allowed
    /// Further hosts that may be spoken to: "files.example.com", "example.com:8443" (without a port
    /// the scheme's own), "*.example.com" for what ends so. Others, plain http to hosts that are
    /// not this machine, and redirects to either are Config errors. Credentials go to base_url's
    /// host and `hosts`, never along a redirect to another one.
    std::vector<std::string> hosts;
    /// The same without credentials: where a person says that files or pages lie.
    std::vector<std::string> hosts_without_credentials;
    Auth auth = NoAuth{};
    Pairs headers;  ///< of every request
    std::string user_agent = "coterie";
    std::string proxy, ca_file;
    std::chrono::seconds connect_max{30}, stall_max{60};
    unsigned tries_max = 6;  ///< of one request
    std::chrono::milliseconds wait_first{1000}, wait_max{60000};
    /// What one request may wait for limits and retries in all; longer is a Transient error that
    /// says until when.
    std::chrono::seconds wait_total_max{900};
    std::uint64_t requests_max = 0;  ///< of this client; 0: any number. More is a Transient error
    /// The vendor's, as far as it is known beforehand; its headers, where they say otherwise, hold.
    Rate rate;
    /// A person's own: never passed, whatever the vendor says. Where `rate` is the same, it stands
    /// for a limit that nobody knew better, and only a header with an interval takes its place.
    Rate rate_max;
    RateHeaders rate_headers;
    unsigned at_once_max = 4;                                ///< requests side by side
    std::uint64_t body_bytes_max = std::uint64_t{64} << 20;  ///< in memory; files: 64 GiB
    std::string record_folder, replay_folder;
    /// Values that must not be in recordings, logs and errors, beside those of `auth`.
    std::vector<std::string> secrets;
    /// JSON Pointers of an error's text in a body, the first that is there is told:
    /// "/message", "/error/message", "/0/message".
    std::vector<std::string> error_pointers;
    std::function<Verdict(const Response&)> judge;  ///< null: ByStatus. Any thread

    /// From a connector's config: the keys of "uses": ["http"] (schemas/http.schema.json).
    /// \throws std::invalid_argument  where base_url or a host is none.
    static Options from_config(const nlohmann::json& config);
};

/// What was done so far.
struct Stats {
    std::uint64_t requests = 0;  ///< sent, retries and sign-ins with them
    std::uint64_t refused = 0;   ///< answered 429 or by a verdict TryAgain
    std::uint64_t retries = 0;
    std::uint64_t sign_ins = 0;
    std::uint64_t bytes = 0;  ///< of bodies as they came
};

/// The client. send() may be called by several threads at once; a Sink is used on the thread that
/// created the client alone. Moves only.
class Client {
  public:
    /// \param sink  For log lines and cancelling; null where there is none, as in a check.
    /// \return Config error where an option cannot be used: a file of certificates, a key.
    static Result<Client> create(Options options, Sink* sink);
    Client(Client&&) noexcept;
    Client& operator=(Client&&) noexcept;
    ~Client();

    /// The answer, where it is final: 2xx, 3xx without a place to go, and 4xx as they are.
    /// \return Transient error where all tries failed, a limit would take too long to wait for or
    ///         the budget is used up; Config error where the host is not allowed, a certificate is
    ///         not trusted or the sign-in is refused. Messages name method, host and path, never
    ///         query values, bodies or secrets.
    /// \throws Sink::Stopped when the core has asked to stop.
    Result<Response> send(const Request& request);
    /// What a final 4xx means, for people: Config for 400, 401, 403, 404…; with the body's own
    /// words, cleaned of secrets.
    [[nodiscard]] Error error_of(const Request& request, const Response& response) const;
    /// The token endpoint's last answer (OAuth) without its tokens: "/instance_url" and the like;
    /// signs in if needed. An empty object for other kinds of sign-in.
    Result<nlohmann::json> sign_in();
    [[nodiscard]] LimitsLeft limits() const;
    [[nodiscard]] Stats stats() const;
    [[nodiscard]] const Options& options() const;
    /// Waits, unless the core asks to stop. \throws Sink::Stopped
    void wait(std::chrono::milliseconds time);
    /// Ends what other threads do in send() and wait(), and what they begin: they throw
    /// Sink::Stopped. Any thread; for good. The client does it itself when it sees that the core
    /// wants to stop, which it looks for on the thread that created it, in send() and wait() there.
    void stop();

  private:
    struct Impl;
    explicit Client(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// Percent-encodes what stands in one part of a path or query.
std::string encode(std::string_view text);
/// The target of rel="next" in a Link header (RFC 8288); empty where there is none.
std::string next_link(std::string_view link_header);

}  // namespace coterie::http
