/// A described API at work: requests out of templates, answers into pages, lookups.
#pragma once

#include "sdk/rest/description.hpp"
#include "sdk/rest/page.hpp"

#include "coterie/connector.hpp"
#include "coterie/http.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace coterie::rest {

/// Names with values, before those of an outer scope.
class Names final : public Scope {
  public:
    explicit Names(const Scope& outer) : outer_(outer) {}
    void set(const std::string& name, nlohmann::json value) { values_[name] = std::move(value); }
    void unset(const std::string& name) { values_.erase(name); }
    [[nodiscard]] std::optional<nlohmann::json> find(std::string_view name) const override;
    [[nodiscard]] std::optional<nlohmann::json> find(const Pointer& pointer) const override {
        return outer_.find(pointer);
    }

  private:
    const Scope& outer_;
    std::map<std::string, nlohmann::json, std::less<>> values_;
};

/// The values of one JSON value: {/pointer}, {.}.
class ElementScope final : public Scope {
  public:
    ElementScope(const Scope& outer, const nlohmann::json& element)
        : outer_(outer), element_(element) {}
    [[nodiscard]] std::optional<nlohmann::json> find(std::string_view name) const override;
    [[nodiscard]] std::optional<nlohmann::json> find(const Pointer& pointer) const override;

  private:
    const Scope& outer_;
    const nlohmann::json& element_;
};

/// The rows of a lookup, by their keys.
struct LookupTable {
    std::vector<std::string> keys;  ///< as they came
    std::map<std::string, nlohmann::json, std::less<>> values;
    [[nodiscard]] const nlohmann::json* find(std::string_view key) const;
};

/// Where paging stands: {cursor}, {page}, {offset}, {last}, or the next link.
class PageState {
  public:
    /// \param scope  for Paging::full_page.
    PageState(const Paging& paging, const nlohmann::json& stored, const Scope& scope);
    /// Gives the request's names their values.
    void fill(Names& names) const;
    /// The link that is asked for next; empty: the request as it is described.
    [[nodiscard]] const std::string& url() const { return url_; }
    /// Moves on. \param last  what `Paging::last` names of the page's last record.
    /// \return Whether there is a next page; Fatal error where it was there before.
    Result<bool> advance(const http::Response& response, const nlohmann::json& envelope,
                         std::size_t records, const std::optional<nlohmann::json>& last);
    /// To be stored, and given to the constructor again.
    [[nodiscard]] nlohmann::json stored() const;
    /// A page's records, by the hash of their ids: pages that bring what was there before.
    Result<void> note(std::uint64_t ids_hash, std::size_t records);

  private:
    [[nodiscard]] Result<bool> go_on_with(std::string next, std::string& into);
    [[nodiscard]] bool at_end(const nlohmann::json& envelope, std::size_t records) const;

    const Paging& paging_;
    std::string cursor_, url_;
    nlohmann::json last_;
    std::int64_t number_ = 0;
    std::uint64_t records_ = 0, pages_ = 0;
    std::size_t full_page_ = 0;  ///< 0: unknown
    std::set<std::uint64_t> seen_;
    std::set<std::uint64_t> pages_seen_;
    unsigned repeated_ = 0;
};

/// An API with somebody's config. One thread.
class Api final : public Scope {
  public:
    /// \param config  The connector's; without the description where that came as the config.
    /// \param sink    May be null: in a check.
    static Result<std::unique_ptr<Api>> create(const Description& description,
                                               const nlohmann::json& config, Sink* sink);

    /// config.*, token.*, lookup.*
    [[nodiscard]] std::optional<nlohmann::json> find(std::string_view name) const override;

    /// \throws std::runtime_error  where a template has no value.
    [[nodiscard]] http::Request request(const RequestTemplate& described, const Scope& scope) const;
    /// Makes the request ask for a link of an answer.
    void follow(http::Request& request, const std::string& link) const;
    /// Sends, and tells good answers from bad.
    /// \param accepts  Further statuses that come back as answers.
    Result<http::Response> send(const http::Request& request,
                                const std::vector<long>& accepts = {});
    /// One request to its JSON; what 204 says is null.
    Result<nlohmann::json> ask(const RequestTemplate& described, const Scope& scope);
    /// All pages of a small table, element by element.
    Result<void> each_element(const RequestTemplate& described, const Paging& paging,
                              const Pointer& records, bool entries,
                              const std::function<void(const nlohmann::json&)>& visit);
    /// Reads the lookups among these names that are not there yet.
    Result<void> load_lookups(const std::set<std::string>& names);
    [[nodiscard]] const LookupTable* lookup(const std::string& name) const;
    /// The Date of the last answer that its own server gave; nothing before the first one.
    [[nodiscard]] std::optional<Millis> server_time() const { return server_time_; }
    /// Whether a 401 means that a right is missing, not that the sign-in is over.
    [[nodiscard]] bool is_denied(const http::Response& response) const;
    [[nodiscard]] http::Client& client() { return *client_; }
    [[nodiscard]] const Description& description() const { return description_; }
    void log(LogLevel level, std::string_view message);
    void throw_if_cancelled() {
        if (sink_ != nullptr) {
            sink_->throw_if_cancelled();
        }
    }

  private:
    Api(const Description& description, const nlohmann::json& config, Sink* sink)
        : description_(description), config_(config), sink_(sink) {}
    Result<void> connect();
    [[nodiscard]] http::Auth auth() const;
    [[nodiscard]] http::Verdict judge(const http::Response& response) const;
    Result<void> load_lookup(const std::string& name, const Lookup& lookup);

    const Description& description_;
    const nlohmann::json& config_;
    Sink* sink_;
    std::optional<http::Client> client_;
    std::string base_url_;
    nlohmann::json token_;
    std::map<std::string, LookupTable, std::less<>> lookups_;
    std::optional<Millis> server_time_;
};

/// The names of lookups that a pass of a stream asks for.
void lookup_names(const Stream& stream, const Pass& pass, std::set<std::string>& into);
/// The same of the names of templates.
void lookup_names(const std::set<std::string>& names, std::set<std::string>& into);

}  // namespace coterie::rest
