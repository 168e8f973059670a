// A CRM whose API is files: what the core does for such connectors is tested with it.
#include "coterie/connector.hpp"

#include <fstream>
#include <string>
#include <vector>

namespace {

class PretendCrm final : public coterie::Source, public coterie::Destination {
  public:
    explicit PretendCrm(const nlohmann::json& config) : config_(config) {}

    coterie::Result<void> check(coterie::CheckReport& report) override {
        const auto streams = member("streams");
        for (const auto& [name, stream] : streams.items()) {
            std::ifstream file(stream.at("file").get<std::string>());
            std::size_t lines = 0;
            for (std::string line; std::getline(file, line);) {
                ++lines;
            }
            report.sees(name, std::to_string(lines) + " records");
        }
        using Need = coterie::CheckReport::Need;
        for (const auto& scope : member("lacks")) {
            report.scope_missing(scope.get<std::string>(), "nothing can be read");
        }
        for (const auto& scope : member("lacks_optional")) {
            report.scope_missing(scope.get<std::string>(), "owners stay numbers", Need::Optional);
        }
        report.limit("requests a day", "99120 of 100000 left");
        report.note("account", "signed in with " + config_.value("token", "nothing"));
        return {};
    }

    coterie::Result<void> read(const coterie::ReadRequest& request, coterie::Sink& sink) override {
        const std::string path = config_.at("streams").at(request.stream).at("file");
        std::ifstream file(path);
        if (!file) {
            return coterie::Error{coterie::ErrorKind::Fatal, "cannot read '" + path + "'"};
        }
        const auto behind = request.resume_from ? request.resume_from->get<std::size_t>() : 0;
        std::string line;
        for (std::size_t number = 1; std::getline(file, line); ++number) {
            if (number > behind) {
                const auto record = nlohmann::json::parse(line);
                sink.record(line, record.at("id").get<std::string>());
                sink.checkpoint(number);
            }
        }
        return {};
    }

    coterie::Result<void> write(const coterie::WriteRequest& request,
                                coterie::Deliveries& deliveries) override {
        std::vector<Change> changes;
        std::size_t changed = 0;
        while (const auto delivery = deliveries.next()) {
            changes.push_back(change_of(*delivery));
            changed += changes.back().plan.at("action") == "skip" ? 0U : 1U;
        }
        if (request.is_dry_run()) {
            for (const Change& change : changes) {
                deliveries.planned(change.id, change.plan);
            }
        }
        const auto allowed = config_.value("changes_max", std::size_t{1'000'000});
        if (changed > allowed && !request.accepts_changes()) {
            deliveries.hold(std::to_string(changed) + " of " + std::to_string(request.roster()) +
                            " records would change (it has " + std::to_string(request.has()) +
                            "), changes_max allows " + std::to_string(allowed));
            return {};
        }
        if (!request.is_dry_run()) {
            std::ofstream kept(config_.value("kept", "kept.jsonl"), std::ios::app);
            for (const Change& change : changes) {
                kept << nlohmann::json{{"id", change.id},
                                       {"plan", change.plan},
                                       {"sources", request.sources()}}
                     << "\n";
                deliveries.delivered(change.id);
            }
        }
        return {};
    }

  private:
    struct Change {
        std::string id;
        nlohmann::json plan;
    };

    [[nodiscard]] nlohmann::json member(const char* key) const {
        return config_.value(key, nlohmann::json::array());
    }

    /// This CRM knows of a person the first e-mail address and the name.
    static nlohmann::json fields_of(std::string_view json) {
        nlohmann::json fields{{"email", nullptr}, {"name", nullptr}};
        if (!json.empty()) {
            const auto golden = nlohmann::json::parse(json);
            if (golden.contains("emails")) {
                fields["email"] = golden["emails"][0].value("address", "");
            }
            if (golden.contains("name")) {
                fields["name"] = golden["name"].value("display", "");
            }
        }
        return fields;
    }

    static Change change_of(const coterie::Delivery& delivery) {
        const std::string id(delivery.id);
        const std::string target = "contacts/" + id;
        if (delivery.action == coterie::Delivery::Action::Remove) {
            return {id, {{"action", "remove"}, {"target", target}}};
        }
        const auto before = fields_of(delivery.previous);
        const auto after = fields_of(delivery.json);
        nlohmann::json fields = nlohmann::json::object();
        for (const auto& [field, value] : after.items()) {
            if (before.at(field) != value) {
                fields[field] = {{"old", before.at(field)}, {"new", value}};
            }
        }
        if (fields.empty()) {
            return {id, {{"action", "skip"}, {"why", "all is so already"}}};
        }
        return {id,
                {{"action", delivery.previous.empty() ? "create" : "update"},
                 {"target", target},
                 {"fields", fields}}};
    }

    nlohmann::json config_;
};

}  // namespace

COTERIE_EXPORT_CONNECTOR(PretendCrm, "pretend_crm");
