#include "coterie/connector.hpp"
#include "coterie/http.hpp"

#include <chrono>
#include <string>

namespace {

namespace http = coterie::http;

class Club final : public coterie::Source {
  public:
    explicit Club(const nlohmann::json& config) : options_(http::Options::from_config(config)) {
        options_.auth = http::TokenAuth{config.value("token", "")};
        options_.rate = {100, std::chrono::seconds(10)};  // as its documentation says
        options_.rate_headers.limit = "x-ratelimit-limit";
        options_.rate_headers.remaining = "x-ratelimit-remaining";
        options_.error_pointers = {"/error/message"};
    }

    coterie::Result<void> check() override {
        COTERIE_TRY(auto client, http::Client::create(options_, nullptr));
        COTERIE_TRY_VOID(page_after("", client));
        return {};
    }

    coterie::Result<void> read(const coterie::ReadRequest& request, coterie::Sink& sink) override {
        COTERIE_TRY(auto client, http::Client::create(options_, &sink));
        std::string after = request.resume_from ? request.resume_from->get<std::string>() : "";
        do {
            COTERIE_TRY(const auto page, page_after(after, client));
            for (const auto& member : page.at("results")) {
                sink.record(member.dump(), member.at("id").get<std::string>());
            }
            after = page.value("next", "");
            if (!after.empty()) {
                sink.checkpoint(after);
            }
        } while (!after.empty());
        return {};
    }

  private:
    coterie::Result<nlohmann::json> page_after(const std::string& after, http::Client& client) {
        http::Request request;
        request.url = options_.base_url + "/members";
        request.query = {{"limit", "100"}};
        if (!after.empty()) {
            request.query.emplace_back("after", after);
        }
        COTERIE_TRY(const auto response, client.send(request));
        if (!response.ok()) {
            return client.error_of(request, response);
        }
        return nlohmann::json::parse(response.body);
    }

    http::Options options_;
};

}  // namespace

COTERIE_EXPORT_SOURCE(Club, "club");
