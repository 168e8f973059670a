/// OAuth 2: how an access token is come by, once for all who wait for it.
#pragma once

#include "sdk/http/core.hpp"
#include "sdk/http/jwt.hpp"
#include "sdk/http/secrets.hpp"

#include "coterie/http.hpp"
#include "coterie/result.hpp"

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace coterie::http {

/// Any thread.
class SignIn {
  public:
    /// Sends a request to the token endpoint, without credentials, with its retries.
    using Send = std::function<Result<Response>(const Request&)>;

    struct Token {
        std::string value;
        std::uint64_t generation = 0;
    };

    /// \param is_replay  There is no server to sign in to: no key is read, nothing is signed.
    /// \return Config error where the token endpoint or a key cannot be used.
    static Result<std::unique_ptr<SignIn>> create(const OAuth& auth, bool is_replay, Core& core,
                                                  Secrets& secrets, Send send);

    /// A token that holds, fetched where there is none. \throws Sink::Stopped
    Result<Token> current();
    /// The server refused this one: the next call fetches another, unless somebody did already.
    void refused(std::uint64_t generation);
    /// What the endpoint said beside the tokens. \throws Sink::Stopped
    Result<nlohmann::json> answer();

  private:
    /// A token and until when it holds.
    struct Held {
        Token token;
        Time renew_at = Time::max(), ends_at = Time::max();
        nlohmann::json answer;
    };

    SignIn(const OAuth& auth, bool is_replay, Core& core, Secrets& secrets, Send send)
        : auth_(auth), is_replay_(is_replay), core_(core), secrets_(secrets),
          send_(std::move(send)), refresh_token_(auth.refresh_token) {}

    Result<Held> fetch();
    Result<Request> request();
    Result<Held> read(const Response& response, Time asked);
    [[nodiscard]] Error refusal(const Response& response) const;
    void take_refresh_token(const nlohmann::json& answer);

    const OAuth& auth_;
    const bool is_replay_;
    Core& core_;
    Secrets& secrets_;
    const Send send_;
    std::optional<SigningKey> key_;
    std::string refresh_token_;  ///< used by the one who fetches

    std::mutex mutex_;  ///< guards what follows
    std::condition_variable changed_;
    std::optional<Held> held_;
    std::uint64_t generation_ = 0;
    bool is_fetching_ = false;
    std::uint64_t fetches_ = 0;  ///< ended
    std::optional<Error> last_error_;
    std::optional<Error> for_good_;  ///< refused: asking again would lock somebody out
};

}  // namespace coterie::http
