/// The roster's changes, posted to a URL.
#pragma once

#include "body.hpp"

#include "coterie/connector.hpp"
#include "coterie/http.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace webhook {

class Webhook final : public coterie::Destination {
  public:
    /// Seconds since 1970.
    using Clock = std::function<std::int64_t()>;

    explicit Webhook(const nlohmann::json& config);
    Webhook(const nlohmann::json& config, Clock clock);

    /// Posts an empty batch.
    coterie::Result<void> check() override;
    coterie::Result<void> write(const coterie::WriteRequest& request,
                                coterie::Deliveries& deliveries) override;

  private:
    [[nodiscard]] coterie::http::Request request_for(std::string body) const;
    coterie::Result<void> post(coterie::http::Client& client, std::span<const Change> changes,
                               coterie::Deliveries& deliveries) const;

    const Clock clock_;
    coterie::http::Options options_;
    std::string url_, key_;
    std::vector<std::string> fields_;
    std::size_t batch_, batch_bytes_max_;
};

}  // namespace webhook
