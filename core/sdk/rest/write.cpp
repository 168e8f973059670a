#include "sdk/rest/write.hpp"

#include "sdk/rest/api.hpp"
#include "sdk/rest/golden.hpp"

#include "coterie/files.hpp"

#include <algorithm>
#include <set>
#include <span>
#include <stdexcept>

namespace coterie::rest {

namespace {

using Json = nlohmann::json;

/// Changes of one run that need nobody's yes, whatever the roster's size.
constexpr std::int64_t kChangesMax = 1000;
constexpr double kChangesShareMax = 0.2;

/// One thing to be written.
struct Change {
    std::string id;      ///< of the golden record
    std::string target;  ///< of the vendor's record; empty: it is to be created
    Json fields = Json::object();
    Json old = Json::object();
    Json create_fields = Json::object();  ///< written as well where it has to be created
    Json email;
    bool is_removal = false;
};

class Writer {
  public:
    Writer(const Description& description, const Json& config, const WriteRequest& request,
           Deliveries& deliveries)
        : write_(*description.write), description_(description), config_(config), request_(request),
          deliveries_(deliveries) {}

    Result<void> run() {
        compile_fields();
        COTERIE_TRY(api_, Api::create(description_, config_, nullptr));
        COTERIE_TRY_VOID(take_all());
        if (request_.is_dry_run()) {
            COTERIE_TRY_VOID(find_targets());
            tell_plan();
        }
        if (const auto held = why_held(); !held.empty()) {
            deliveries_.hold(held);
            return {};
        }
        if (request_.is_dry_run()) {
            return {};
        }
        COTERIE_TRY_VOID(find_targets());
        COTERIE_TRY_VOID(send_all(write_.update, updates_));
        COTERIE_TRY_VOID(send_all(write_.create, creations_));
        return send_all(write_.remove, removals_);
    }

  private:
    [[nodiscard]] bool flag(const char* key) const {
        const auto found = config_.find(key);
        return found != config_.end() && found->is_boolean() && found->get<bool>();
    }

    void compile_fields() {
        Json fields = write_.fields;
        if (config_.contains("fields")) {
            fields.merge_patch(config_.at("fields"));  // null takes one out
        }
        for (const auto& [name, text] : fields.items()) {
            fields_.emplace_back(name, JsonTemplate(text));
        }
        if (write_.create) {
            for (const auto& [name, text] : write_.create->fields.items()) {
                create_fields_.emplace_back(name, JsonTemplate(text));
            }
        }
        opt_out_ = write_.opt_out;
        if (config_.contains("opt_out")) {
            opt_out_.merge_patch(config_.at("opt_out"));
        }
    }

    using FieldTemplates = std::vector<std::pair<std::string, JsonTemplate>>;

    /// Whether all that a field is made of came from that record: it knows it already, and in its
    /// own words.
    [[nodiscard]] bool stands_there(const JsonTemplate& text, const Json& golden,
                                    const std::string& target) const {
        std::set<std::string> paths;
        text.names(paths);
        bool has_any = false;
        for (const std::string& path : paths) {
            for (const std::string& pointer : pointers_at(golden, path)) {
                if (!stands_in(golden, pointer, config_.value("source", std::string()), target)) {
                    return false;
                }
                has_any = true;
            }
        }
        return has_any;
    }

    /// \param target  What came from this record itself is left out; empty: nothing is.
    [[nodiscard]] Json values_of(const FieldTemplates& templates, const Json& golden,
                                 const std::string& target) const {
        Names names(*api_);
        const GoldenScope scope(names, golden);
        Json fields = Json::object();
        for (const auto& [name, text] : templates) {
            if (!target.empty() && stands_there(text, golden, target)) {
                continue;
            }
            if (auto value = text.evaluate(scope); value && !is_empty(*value)) {
                fields[name] = std::move(*value);
            }
        }
        return fields;
    }

    /// What the vendor's record is to hold.
    [[nodiscard]] Json fields_of(const Json& golden, const std::string& target) const {
        Json fields = values_of(fields_, golden, target);
        if (is_opted_out(golden)) {
            for (const std::string& name : write_.contact_fields) {
                fields.erase(name);
            }
            for (const auto& [name, value] : opt_out_.items()) {
                if (target.empty() ||
                    !says_opted_out(golden, name, config_.value("source", std::string()), target)) {
                    fields[name] = value;
                }
            }
        }
        return fields;
    }

    [[nodiscard]] std::string target_of(const Json& golden) const {
        const std::string source = config_.value("source", std::string());
        std::set<std::string> ids;
        for (const Json& record : golden.value("sources", Json::array())) {
            const bool is_there =
                record.value("source", std::string()) == source &&
                std::find(write_.streams.begin(), write_.streams.end(),
                          record.value("stream", std::string())) != write_.streams.end();
            if (is_there) {
                ids.insert(record.value("record_id", std::string()));
            }
        }
        return ids.empty() ? std::string() : *ids.begin();
    }

    Result<void> take_all() {
        while (const auto delivery = deliveries_.next()) {
            Change change;
            change.id = std::string(delivery->id);
            if (delivery->action == Delivery::Action::Remove) {
                change.is_removal = true;
                if (write_.remove && flag("remove")) {
                    removals_.push_back(std::move(change));
                } else {
                    settle(change, "nobody is removed there (remove)");
                }
                continue;
            }
            const Json golden = Json::parse(delivery->json, nullptr, false);
            const Json previous = Json::parse(delivery->previous, nullptr, false);
            if (!golden.is_object()) {
                return Error{ErrorKind::Fatal, "a delivery is no JSON object"};
            }
            change.target = target_of(golden);
            change.email = own_email(golden).value_or(Json());
            change.fields = fields_of(golden, change.target);
            change.create_fields = values_of(create_fields_, golden, {});
            const bool is_known = previous.is_object() && target_of(previous) == change.target;
            const Json all = change.fields;
            if (is_known) {
                const Json before = fields_of(previous, {});
                for (const auto& [name, value] : before.items()) {
                    const auto now = change.fields.find(name);
                    if (now != change.fields.end() && *now == value) {
                        change.fields.erase(now);
                    } else if (now != change.fields.end()) {
                        change.old[name] = value;
                    }
                }
            }
            if (change.target.empty() && !change.fields.empty()) {
                change.fields = all;  // an upsert needs its key, a new record all of it
            }
            const bool may_send =
                change.target.empty() ? write_.create && flag("create") : write_.update.has_value();
            if (!may_send) {
                settle(change, "nobody is created there (create)");
            } else if (change.fields.empty()) {
                settle(change, "nothing that is written there has changed");
            } else if (change.target.empty()) {
                creations_.push_back(std::move(change));
            } else {
                updates_.push_back(std::move(change));
            }
        }
        return {};
    }

    [[nodiscard]] std::string why_held() const {
        const auto count = updates_.size() + creations_.size() + removals_.size();
        const auto limit = std::max<std::int64_t>(
            config_.value("changes_max", kChangesMax),
            static_cast<std::int64_t>(kChangesShareMax * static_cast<double>(request_.roster())));
        if (request_.accepts_changes() ||
            count <= static_cast<std::size_t>(std::max<std::int64_t>(limit, 0))) {
            return {};
        }
        return std::to_string(count) +
               " changes, and changes_max (or a fifth of the roster, "
               "where that is more) allows " +
               std::to_string(limit);
    }

    void tell_plan() {
        const std::string stream = write_.streams.empty() ? std::string() : write_.streams.front();
        for (const auto* changes : {&updates_, &creations_, &removals_}) {
            for (const Change& change : *changes) {
                Json plan = {{"action", change.is_removal       ? "remove"
                                        : change.target.empty() ? "create"
                                                                : "update"}};
                if (!change.target.empty()) {
                    plan["target"] = stream + "/" + change.target;
                }
                Json fields = Json::object();
                for (const auto& [name, value] : change.fields.items()) {
                    fields[name] = {{"old", change.old.value(name, Json())}, {"new", value}};
                }
                plan["fields"] = std::move(fields);
                deliveries_.planned(change.id, plan);
            }
        }
    }

    /// What needs no request: it is so already, or it is not to be made.
    void settle(const Change& change, const char* why) {
        if (request_.is_dry_run()) {
            deliveries_.planned(change.id, {{"action", "skip"}, {"why", why}});
        } else {
            deliveries_.delivered(change.id);
        }
    }

    [[nodiscard]] Names names_of(const Change& change) const {
        Names names(*api_);
        if (!change.target.empty()) {
            names.set("target", change.target);
        }
        names.set("external_id", change.id);
        names.set("fields", change.fields);
        names.set("old", change.old);
        if (!change.email.is_null()) {
            names.set("email", change.email);
        }
        return names;
    }

    /// Looks for records of people that are to be created: they may be there already.
    Result<void> find_targets() {
        std::vector<Change> creations;
        for (Change& change : creations_) {
            const Names names = names_of(change);
            std::set<std::string> found;
            for (const Find& find : write_.finds) {
                if (!find.when.holds(names) || !found.empty()) {
                    continue;
                }
                COTERIE_TRY(const auto response,
                            api_->send(api_->request(find.request, names), {404}));
                const Json body = Json::parse(response.body, nullptr, false);
                const auto records = response.ok() ? find.records.find(body) : std::nullopt;
                for (const Json& record : records && records->is_array()   ? *records
                                          : records && !records->is_null() ? Json::array({*records})
                                                                           : Json::array()) {
                    const ElementScope scope(names, record);
                    if (const auto id = find.id.evaluate(scope); id && !is_empty(*id)) {
                        found.insert(text_of(*id));
                    }
                }
            }
            if (found.size() > 1) {
                deliveries_.rejected(change.id,
                                     std::to_string(found.size()) +
                                         " records there are this person: " + *found.begin() +
                                         ", " + *found.rbegin() + "; merge them there");
            } else if (found.size() == 1) {
                change.target = *found.begin();
                updates_.push_back(std::move(change));
            } else {
                change.create_fields.update(change.fields);
                change.fields = std::move(change.create_fields);
                creations.push_back(std::move(change));
            }
        }
        creations_ = std::move(creations);
        return {};
    }

    Result<void> send_all(const std::optional<WriteStep>& step, std::vector<Change>& changes) {
        for (std::size_t at = 0; at < changes.size();) {
            const auto count = std::min(step->batch, changes.size() - at);
            COTERIE_TRY_VOID(send(*step, std::span(changes).subspan(at, count)));
            at += count;
            deliveries_.progress(at, changes.size(), "records");
        }
        return {};
    }

    /// Sends one batch. What its answer does not say is done is sent again in halves, so that one
    /// bad item keeps no good ones back.
    Result<void> send(const WriteStep& step, std::span<Change> batch) {
        Names names = names_of(batch.front());
        Json items = Json::array();
        for (const Change& change : batch) {
            items.push_back(step.item.evaluate(names_of(change)).value_or(Json()));
        }
        if (!items.front().is_null()) {
            names.set("items", items);
            names.set("item", items.front());
        }
        const auto request = api_->request(step.request, names);
        auto response = api_->client().send(request);
        if (!response) {
            if (response.error().kind != ErrorKind::Transient) {
                return std::move(response).error();
            }
            for (const Change& change : batch) {
                deliveries_.postponed(change.id, response.error().message);
            }
            return {};
        }
        if (response->status == 401 || response->status == 403) {
            return api_->client().error_of(request, *response);
        }
        if (!response->ok()) {
            return part(step, batch, api_->client().error_of(request, *response).message);
        }
        if (!step.results) {
            for (const Change& change : batch) {
                deliveries_.delivered(change.id);
            }
            return {};
        }
        return answer(step, batch, request, *response);
    }

    /// A batch that was refused as a whole: each half alone; of a single one, the reason.
    Result<void> part(const WriteStep& step, std::span<Change> batch, const std::string& why) {
        if (batch.size() == 1) {
            deliveries_.rejected(batch.front().id, why);
            return {};
        }
        const auto half = batch.size() / 2;
        COTERIE_TRY_VOID(send(step, batch.first(half)));
        return send(step, batch.subspan(half));
    }

    Result<void> answer(const WriteStep& step, std::span<Change> batch,
                        const http::Request& request, const http::Response& response) {
        const Json body = Json::parse(response.body, nullptr, false);
        const auto found = step.results->at.find(body);
        const Json list = !found              ? Json::array()
                          : found->is_array() ? *found
                                              : Json::array({*found});
        std::vector<std::size_t> left;
        for (std::size_t i = 0; i < batch.size(); ++i) {
            const Json* item = item_of(*step.results, list, batch[i], i);
            if (item == nullptr) {
                left.push_back(i);
                continue;
            }
            const ElementScope scope(*api_, *item);
            if (!step.results->ok || step.results->ok->holds(scope)) {
                deliveries_.delivered(batch[i].id);
            } else {
                deliveries_.rejected(batch[i].id, reason(*step.results, *item));
            }
        }
        if (left.empty()) {
            return {};
        }
        if (batch.size() == 1) {
            deliveries_.rejected(batch.front().id,
                                 api_->client().error_of(request, response).message);
            return {};
        }
        for (const std::size_t i : left) {
            COTERIE_TRY_VOID(send(step, batch.subspan(i, 1)));
        }
        return {};
    }

    [[nodiscard]] static const Json* item_of(const Results& results, const Json& list,
                                             const Change& change, std::size_t i) {
        if (results.in_order) {
            return i < list.size() ? &list[i] : nullptr;
        }
        for (const Json& item : list) {
            const auto id = results.id->find(item);
            const std::string text = id ? text_of(*id) : std::string();
            if (!text.empty() &&
                (text == change.target || text == change.id || text == text_of(change.email))) {
                return &item;
            }
        }
        return nullptr;
    }

    [[nodiscard]] std::string reason(const Results& results, const Json& item) const {
        std::string why;
        for (const Pointer& pointer : results.text) {
            if (const auto text = pointer.find(item); text && !is_empty(*text)) {
                why.append(why.empty() ? "" : ", ").append(text_of(*text));
            }
        }
        return why.empty() ? "refused without a reason" : files::printable(why.substr(0, 500));
    }

    const Write& write_;
    const Description& description_;
    const Json& config_;
    const WriteRequest& request_;
    Deliveries& deliveries_;
    FieldTemplates fields_, create_fields_;
    Json opt_out_;
    std::unique_ptr<Api> api_;
    std::vector<Change> updates_, creations_, removals_;
};

}  // namespace

Result<void> write_changes(const Description& description, const nlohmann::json& config,
                           const WriteRequest& request, Deliveries& deliveries) {
    try {
        return Writer(description, config, request, deliveries).run();
    } catch (const std::invalid_argument& error) {
        return Error{ErrorKind::Config, error.what()};
    } catch (const std::runtime_error& error) {
        return Error{ErrorKind::Config, error.what()};
    }
}

}  // namespace coterie::rest
