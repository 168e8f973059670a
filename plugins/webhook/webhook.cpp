#include "webhook.hpp"

#include "signature.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>

namespace webhook {

using coterie::Error;
using coterie::ErrorKind;
using coterie::Result;
using nlohmann::json;
namespace http = coterie::http;

namespace {

/// A receiver refuses what was signed five minutes ago, as the specification tells it to.
constexpr std::chrono::seconds kWaitMax{240};

std::int64_t now() {
    return std::chrono::duration_cast<std::chrono::seconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

/// Whether a refusal is about what was sent, not about who sends it or where to.
bool is_about_content(long status) {
    return status == 400 || status == 409 || status == 413 || status == 422;
}

http::Options options_of(json config) {
    config["base_url"] = config.at("url");
    auto options = http::Options::from_config(config);
    options.wait_total_max = std::min(options.wait_total_max, kWaitMax);
    options.secrets.push_back(config.at("secret"));
    options.error_pointers = {"/error/message", "/error", "/message", "/detail"};
    const json headers = config.value("headers", json::object());
    for (const auto& [name, value] : headers.items()) {
        const auto text = value.get<std::string>();
        const auto is_token = [](unsigned char c) {
            return c > 0x20 && c < 0x7F &&
                   std::string_view("()<>@,;:\\\"/[]?={}").find(static_cast<char>(c)) ==
                       std::string_view::npos;
        };
        if (name.empty() || !std::all_of(name.begin(), name.end(), is_token) ||
            text.find_first_of(std::string_view("\0\r\n", 3)) != std::string::npos) {
            throw std::invalid_argument("headers: '" + name +
                                        "' is no header's name, or its value holds a line end");
        }
        options.headers.emplace_back(name, text);
        options.secrets.push_back(text);
    }
    return options;
}

}  // namespace

Webhook::Webhook(const json& config) : Webhook(config, &now) {}

Webhook::Webhook(const json& config, Clock clock)
    : clock_(std::move(clock)), options_(options_of(config)), url_(config.at("url")),
      key_(key_of(config.at("secret").get<std::string>())),
      fields_(config.value("fields", std::vector<std::string>())),
      batch_(config.value("batch", std::size_t{100})),
      batch_bytes_max_(config.value("batch_bytes_max", std::size_t{1} << 20)) {}

http::Request Webhook::request_for(std::string body) const {
    http::Request request;
    request.method = "POST";
    request.url = url_;
    request.content_type = "application/json";
    const std::string id = id_of(body);
    const std::int64_t timestamp = clock_();
    request.headers = {{"webhook-id", id},
                       {"webhook-timestamp", std::to_string(timestamp)},
                       {"webhook-signature", signature_of(id, timestamp, body, key_)},
                       {"idempotency-key", id}};
    request.body = std::move(body);
    request.is_repeatable = true;  // by the id the receiver sees that it has it already
    return request;
}

Result<void> Webhook::check() {
    COTERIE_TRY(auto client, http::Client::create(options_, nullptr));
    const auto request = request_for(body_of({}));
    COTERIE_TRY(const auto response, client.send(request));
    return response.ok() ? Result<void>() : client.error_of(request, response);
}

Result<void> Webhook::post(http::Client& client, std::span<const Change> changes,
                           coterie::Deliveries& deliveries) const {
    const auto request = request_for(body_of(changes));
    COTERIE_TRY(const auto response, client.send(request));
    if (response.ok()) {
        const auto fates = fates_in(response.body);
        for (const auto& change : changes) {
            const auto found = fates.find(change.id);
            const Fate fate = found == fates.end() ? Fate{} : found->second;
            if (fate.kind == Fate::Kind::Delivered) {
                deliveries.delivered(change.id);
            } else if (fate.kind == Fate::Kind::Rejected) {
                deliveries.rejected(change.id, fate.why);
            } else {
                deliveries.postponed(change.id, fate.why);
            }
        }
        return {};
    }
    Error error = client.error_of(request, response);
    if (!is_about_content(response.status)) {
        return error;
    }
    if (changes.size() == 1) {
        deliveries.rejected(changes.front().id, error.message);
        return {};
    }
    // One of them is not to be had, or they are too many: the others must not suffer for it.
    const std::size_t half = changes.size() / 2;
    COTERIE_TRY_VOID(post(client, changes.first(half), deliveries));
    return post(client, changes.subspan(half), deliveries);
}

Result<void> Webhook::write(const coterie::WriteRequest& request, coterie::Deliveries& deliveries) {
    COTERIE_TRY(auto client, http::Client::create(options_, &deliveries.words()));
    std::vector<Change> changes;
    std::size_t bytes = 0;
    std::uint64_t done = 0;
    const auto flush = [&]() -> Result<void> {
        if (!changes.empty()) {
            COTERIE_TRY_VOID(post(client, changes, deliveries));
            done += changes.size();
            deliveries.progress(done, request.total, "records");
            changes.clear();
            bytes = 0;
        }
        return {};
    };
    while (const auto delivery = deliveries.next()) {
        Change change{std::string(delivery->id), {}};
        if (delivery->action == coterie::Delivery::Action::Upsert) {
            const auto golden = json::parse(delivery->json, nullptr, false);
            if (!golden.is_object()) {
                deliveries.rejected(change.id, "the record is no JSON object");
                continue;
            }
            change.json = fields_.empty() ? std::string(delivery->json) : chosen(golden, fields_);
        }
        if (bytes + change.json.size() > batch_bytes_max_) {
            COTERIE_TRY_VOID(flush());
        }
        bytes += change.json.size() + change.id.size();
        changes.push_back(std::move(change));
        if (changes.size() == batch_) {
            COTERIE_TRY_VOID(flush());
        }
    }
    return flush();
}

}  // namespace webhook

COTERIE_EXPORT_DESTINATION(webhook::Webhook, "webhook");
