/// One exchange after another with servers, by libcurl; several side by side.
#pragma once

#include "sdk/http/body.hpp"
#include "sdk/http/core.hpp"

#include "coterie/http.hpp"
#include "coterie/result.hpp"

#include <curl/curl.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace coterie::http {

/// What is sent, as it stands.
struct Ask {
    std::string method;
    std::string url;
    bool is_loopback = false;
    Pairs headers;
    const std::string* body = nullptr;  ///< null: none
    bool to_file = false;               ///< of an answer that is 2xx
    /// What is done twice is done twice there: on a connection of its own, as curl sends anew by
    /// itself what a kept one loses.
    bool only_once = false;
};

/// What came of it.
struct Answer {
    CURLcode code = CURLE_OK;
    std::string why;  ///< what went wrong, in curl's own words
    Body::Fault fault = Body::Fault::None;
    bool is_file = false;      ///< the body was to go to a file
    bool file_failed = false;  ///< no temporary file could be made
    bool headers_too_large = false;
    bool headers_cut = false;  ///< curl takes an answer that ends in them for whole
    /// Whether the server may have seen the request.
    bool was_sent = false;
    long proxy_status = 0;  ///< of CONNECT
    Response response;
    Time begun{}, sent{};
    std::uint64_t bytes = 0;

    [[nodiscard]] bool is_whole() const {
        return code == CURLE_OK && fault == Body::Fault::None && !file_failed &&
               !headers_too_large && !headers_cut;
    }
};

/// Connections that are kept open, so many at once. Any thread.
class Transfers {
  public:
    static Result<std::unique_ptr<Transfers>> create(const Options& options, Core& core);
    ~Transfers();

    /// A connection for one exchange; given back by the destructor.
    class Lease {
      public:
        Lease(Lease&& other) noexcept
            : transfers_(std::exchange(other.transfers_, nullptr)), line_(other.line_) {}
        Lease& operator=(Lease&&) = delete;
        ~Lease();
        /// \throws Sink::Stopped
        Answer perform(const Ask& ask);

      private:
        friend class Transfers;
        struct Line;
        Lease(Transfers* transfers, Line* line) : transfers_(transfers), line_(line) {}
        Transfers* transfers_;
        Line* line_;
    };
    /// Waits until one is free. \throws Sink::Stopped
    Lease lease();

    [[nodiscard]] Files& files() { return files_; }

  private:
    Transfers(const Options& options, Core& core);
    const Options& options_;
    Core& core_;
    Files files_;
    std::mutex mutex_;  ///< guards what follows
    std::condition_variable given_back_;
    std::vector<std::unique_ptr<Lease::Line>> lines_;
    std::vector<Lease::Line*> free_;
};

/// What an exchange that did not come to its end means: Config where a person must act, Transient
/// where another try may succeed. \param doing  "GET host/path".
Error error_of(const Answer& answer, const Options& options, std::string_view doing);

}  // namespace coterie::http
