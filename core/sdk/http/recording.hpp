/// Exchanges that are kept, and given again without a network.
#pragma once

#include "sdk/http/body.hpp"
#include "sdk/http/scrub.hpp"
#include "sdk/http/secrets.hpp"
#include "sdk/http/url.hpp"

#include "coterie/http.hpp"
#include "coterie/result.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace coterie::http {

/// A recording that is being made: JSON, an exchange a line, one file for each process that
/// recorded ("exchanges-0001.ndjson", readable by its user alone). Any thread.
class Recorder {
  public:
    /// The one of this process for that folder, which is made where there is none.
    /// \return Config error where it cannot be written.
    static Result<std::shared_ptr<Recorder>> open(const std::string& folder);
    ~Recorder();
    Recorder(const Recorder&) = delete;
    Recorder& operator=(const Recorder&) = delete;

    /// \param url  Where it went, without credentials. \return Fatal error where the disk is full.
    Result<void> keep(const Secrets& secrets, const Hosts& hosts, const Request& request,
                      const Url& url, const Response& response);

  private:
    Recorder(int file, const Scrubber::Key& key) : file_(file), key_(key) {}
    std::mutex mutex_;
    const int file_;
    const Scrubber::Key key_;
};

/// A recording that answers instead of servers. Any thread.
class Replay {
  public:
    /// Reads every "*.ndjson" of the folder, in the order of their names.
    /// \return Config error where there is none, or a line is no exchange.
    static Result<std::unique_ptr<Replay>> open(const std::string& folder, const Secrets& secrets,
                                                const Hosts& hosts);

    /// What was answered to the same request: method, path, query and body, first as they stand
    /// (they may come out of an answer of this recording), then but for texts that a recording does
    /// not keep. Of several the first that was not given yet.
    /// \param may_repeat  Whether the last one may be given again.
    /// \return Config error where there is none.
    Result<Response> answer_to(const Request& request, const Url& url, bool may_repeat,
                               Files& files);

  private:
    struct Exchange {
        std::string exact;  ///< of the request
        Response response;
        bool was_given = false;
        std::string left_out;  ///< why there is no body
    };

    Replay(std::string folder, const Secrets& secrets, const Hosts& hosts)
        : folder_(std::move(folder)), secrets_(secrets), hosts_(hosts) {}
    Result<void> read(const std::string& path);
    [[nodiscard]] std::string key_of(Scrubber::Put put, const Request& request,
                                     const Url& url) const;

    const std::string folder_;
    const Secrets& secrets_;
    const Hosts& hosts_;
    std::mutex mutex_;  ///< guards what follows
    std::vector<Exchange> exchanges_;
    std::map<std::string, std::vector<std::size_t>> alike_;  ///< by what is not replaced
};

}  // namespace coterie::http
