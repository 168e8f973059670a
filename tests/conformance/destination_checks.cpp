#include "checks.hpp"
#include "plugin/loader.hpp"
#include "writing.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>

namespace coterie::conformance {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kPromptly{1};

/// A folder of its own for the files that a destination writes; the working folder while it lives.
class WrittenFolder {
  public:
    WrittenFolder() : before_(fs::current_path()) {
        std::string name = (fs::temp_directory_path() / "coterie_conformance_XXXXXX").string();
        path_ = ::mkdtemp(name.data());
        fs::current_path(path_);
    }
    ~WrittenFolder() {
        std::error_code ignored;  // what stays behind is the temporary folder's to clear
        fs::current_path(before_, ignored);
        fs::remove_all(path_, ignored);
    }
    WrittenFolder(const WrittenFolder&) = delete;
    WrittenFolder& operator=(const WrittenFolder&) = delete;
    [[nodiscard]] const fs::path& path() const { return path_; }

    /// Every file with its bytes.
    [[nodiscard]] std::map<std::string, std::string> files() const {
        std::map<std::string, std::string> found;
        for (const auto& entry : fs::recursive_directory_iterator(path_)) {
            if (entry.is_regular_file()) {
                std::ifstream in(entry.path(), std::ios::binary);
                found[entry.path().filename().string()] = {std::istreambuf_iterator<char>(in), {}};
            }
        }
        return found;
    }

  private:
    fs::path before_, path_;
};

/// A plugin opened as a destination.
class OpenDestination {
  public:
    explicit OpenDestination(const Subject& subject)
        : functions_(**plugin::load_plugin(subject.plugin)) {
        config_ = subject.config.dump();
        coterie_host host{};
        host.size = sizeof host;
        host.log = [](void*, int32_t, coterie_bytes) {};
        host.error = [](void*, coterie_bytes, std::uint64_t) {};
        host.cancelled = [](void*) -> int32_t { return 0; };
        status_ = functions_.open(&host, {config_.data(), config_.size()}, &instance_);
    }
    ~OpenDestination() {
        if (status_ == COTERIE_OK) {
            functions_.close(instance_);
        }
    }
    OpenDestination(const OpenDestination&) = delete;
    OpenDestination& operator=(const OpenDestination&) = delete;
    [[nodiscard]] bool is_open() const { return status_ == COTERIE_OK; }
    WriteOutcome write(const WriteRequest& request, const std::vector<GivenDelivery>& deliveries,
                       Failure failure = {}) {
        return write_directly(functions_, instance_, request, deliveries, failure);
    }

  private:
    const coterie_plugin& functions_;
    std::string config_;
    void* instance_ = nullptr;
    int32_t status_ = COTERIE_OK;
};

WriteRequest request_for(const Subject& subject) {
    WriteRequest request;
    request.stream = subject.stream;
    request.is_complete = subject.plugin.manifest.destination.is_complete;
    // As the core says it, and so that nothing is held.
    request.about = {{"run", 1},
                     {"time", "2026-03-01T02:30:00Z"},
                     {"dry_run", false},
                     {"accept_changes", true},
                     {"roster", 8},
                     {"has", 0},
                     {"sources", nlohmann::json::object()}};
    if (subject.stream != "golden") {
        request.about["columns"] = {"name", "followers"};
    }
    return request;
}

/// Made-up records with what trips writers up.
std::vector<GivenDelivery> deliveries_for(const Subject& subject) {
    std::vector<GivenDelivery> deliveries;
    const std::vector<std::string> names{
        "Ida Holm", "=1+1", "Søren Ærø 🎉", "a;b,\"c\"", "two\nlines", "@handle", "", "  blanks  "};
    for (std::size_t i = 0; i < names.size(); ++i) {
        const std::string id = "inf_" + std::to_string(i);
        nlohmann::json record;
        if (subject.stream == "golden") {
            record = {{"id", id},
                      {"kind", "person"},
                      {"emails", {{{"address", "p" + std::to_string(i) + "@mail.example"}}}},
                      {"audience", {{"total_followers", i * 1000}}},
                      {"sources", nlohmann::json::array()},
                      {"provenance", nlohmann::json::object()},
                      {"created_at", "2026-03-01T02:30:00Z"},
                      {"updated_at", "2026-03-01T02:30:00Z"},
                      {"revision", 1}};
            if (!names[i].empty()) {
                record["name"] = {{"display", names[i]}};
            }
        } else {
            record = {{"name", names[i]}, {"followers", std::to_string(i * 1000)}};
        }
        deliveries.push_back({Delivery::Action::Upsert, id, record.dump()});
    }
    if (!subject.plugin.manifest.destination.is_complete) {
        deliveries.push_back({Delivery::Action::Remove, "inf_gone", {}});
    }
    return deliveries;
}

/// What must be so of every write that ends well.
Finding not_whole(const WriteOutcome& outcome, const std::vector<GivenDelivery>& deliveries) {
    if (outcome.status != COTERIE_OK) {
        return fmt::format("a write ends with status {}: {}", outcome.status, outcome.message);
    }
    std::vector<std::string> expected;
    for (const auto& delivery : deliveries) {
        expected.push_back("0 " + delivery.id);
    }
    auto answers = outcome.answers;
    std::sort(expected.begin(), expected.end());
    std::sort(answers.begin(), answers.end());
    const auto [wanted, got] =
        std::mismatch(expected.begin(), expected.end(), answers.begin(), answers.end());
    if (wanted == expected.end() && got == answers.end()) {
        return std::nullopt;
    }
    return fmt::format("the answers are not one \"delivered\" for each delivery: '{}' where '{}' "
                       "was expected",
                       got == answers.end() ? "none" : *got,
                       wanted == expected.end() ? "none" : *wanted);
}

Finding takes_and_answers_all(const Subject& subject) {
    const WrittenFolder folder;
    OpenDestination opened(subject);
    if (!opened.is_open()) {
        return "the plugin does not open with the case's config";
    }
    const auto deliveries = deliveries_for(subject);
    return not_whole(opened.write(request_for(subject), deliveries), deliveries);
}

Finding same_input_same_output(const Subject& subject) {
    const auto deliveries = deliveries_for(subject);
    std::map<std::string, std::string> first;
    {
        const WrittenFolder folder;
        if (auto finding = not_whole(
                OpenDestination(subject).write(request_for(subject), deliveries), deliveries)) {
            return finding;
        }
        first = folder.files();
    }
    const WrittenFolder folder;
    for (const char* time : {"", " a second time over the first"}) {
        if (auto finding = not_whole(
                OpenDestination(subject).write(request_for(subject), deliveries), deliveries)) {
            return finding;
        }
        if (folder.files() != first) {
            return fmt::format("the same deliveries give other files{}", time);
        }
        if (!subject.plugin.manifest.destination.is_complete) {
            break;  // changes may be appended to what is there
        }
    }
    return std::nullopt;
}

Finding dry_run_sends_nothing(const Subject& subject) {
    if (!subject.plugin.manifest.destination.has_dry_run) {
        return std::nullopt;
    }
    const WrittenFolder folder;
    OpenDestination opened(subject);
    const auto before = folder.files();
    auto request = request_for(subject);
    request.about["dry_run"] = true;
    const auto deliveries = deliveries_for(subject);
    const auto outcome = opened.write(request, deliveries);
    if (outcome.status != COTERIE_OK) {
        return fmt::format("it ends with status {}: {}", outcome.status, outcome.message);
    }
    if (outcome.taken != deliveries.size() || outcome.answers.size() != deliveries.size()) {
        return fmt::format("of {} deliveries {} were taken and {} answered", deliveries.size(),
                           outcome.taken, outcome.answers.size());
    }
    for (const auto& answer : outcome.answers) {
        const bool is_plan = answer.starts_with("planned ") ||
                             answer.starts_with(std::to_string(COTERIE_DATA) + " ");
        if (!is_plan) {
            return fmt::format("the answer '{}' is neither a plan nor a rejection", answer);
        }
    }
    return folder.files() == before ? std::nullopt : Finding("it writes files");
}

/// \param yesterday  a complete destination must not touch it when a write does not end well.
Finding stopped_everywhere(const Subject& subject, const std::vector<int32_t>& statuses,
                           bool cancels) {
    const auto deliveries = deliveries_for(subject);
    const WrittenFolder folder;
    OpenDestination opened(subject);
    const auto whole = opened.write(request_for(subject), deliveries);
    if (auto finding = not_whole(whole, deliveries)) {
        return finding;
    }
    const auto before = folder.files();
    for (std::size_t call = 1; call <= whole.calls; ++call) {
        for (const auto status : statuses) {
            auto changed = deliveries;
            std::reverse(changed.begin(), changed.end());
            const auto outcome =
                opened.write(request_for(subject), changed, {call, status, cancels});
            if (outcome.status != status) {
                return fmt::format("call {} of the host gives status {}, the write ends with {}",
                                   call, status, outcome.status);
            }
            if (outcome.calls_after_stop > 0) {
                return fmt::format("after call {} of the host said stop, {} more came", call,
                                   outcome.calls_after_stop);
            }
            if (outcome.ended_after > kPromptly) {
                return fmt::format("after call {} of the host said stop, the write went on for "
                                   "more than 1 s",
                                   call);
            }
            if (subject.plugin.manifest.destination.is_complete && folder.files() != before) {
                return fmt::format("stopped at call {} of the host, it leaves other files than "
                                   "were there",
                                   call);
            }
        }
    }
    return std::nullopt;
}

Finding failing_calls_end_the_write(const Subject& subject) {
    return stopped_everywhere(subject, {COTERIE_FATAL, COTERIE_TRANSIENT}, false);
}

Finding cancel_is_prompt(const Subject& subject) {
    return stopped_everywhere(subject, {COTERIE_CANCELLED}, true);
}

/// Feeds the isolated plugin.
class VectorFeed final : public plugin::DeliveryFeed {
  public:
    explicit VectorFeed(const std::vector<GivenDelivery>& deliveries) : deliveries_(deliveries) {}
    Result<std::optional<Delivery>> next() override {
        if (next_ == deliveries_.size()) {
            return std::optional<Delivery>();
        }
        const auto& given = deliveries_[next_++];
        return std::optional(Delivery{given.action, given.id, given.json, {}});
    }
    void answered(std::string_view, plugin::Outcome, std::string_view) override {}
    void log(LogLevel, std::string_view) override {}
    void progress(std::uint64_t, std::uint64_t, std::string_view) override {}

  private:
    const std::vector<GivenDelivery>& deliveries_;
    std::size_t next_ = 0;
};

Finding isolation_changes_nothing(const Subject& subject) {
    const auto deliveries = deliveries_for(subject);
    std::map<std::string, std::string> direct;
    {
        const WrittenFolder folder;
        OpenDestination(subject).write(request_for(subject), deliveries);
        direct = folder.files();
    }
    const WrittenFolder folder;
    plugin::SessionOptions options;
    options.workspace = folder.path();
    const auto session = plugin::Session::open(subject.plugin, subject.config, options);
    if (!session) {
        return session.error().message;
    }
    if (const auto checked = (*session)->check(); !checked) {
        return checked.error().message;
    }
    VectorFeed feed(deliveries);
    auto request = request_for(subject);
    request.total = deliveries.size();
    if (const auto written = (*session)->write(request, feed); !written) {
        return written.error().message;
    }
    return folder.files() == direct ? std::nullopt : Finding("it writes other files");
}

}  // namespace

const std::vector<Check>& destination_checks() {
    static const std::vector<Check> checks = {
        {"every delivery is taken and answered once", takes_and_answers_all},
        {"the same deliveries give the same files", same_input_same_output},
        {"a dry run plans every delivery and sends nothing", dry_run_sends_nothing},
        {"every failing host call ends the write", failing_calls_end_the_write},
        {"cancel is prompt at every host call of a write", cancel_is_prompt},
        {"a process of its own changes no write", isolation_changes_nothing},
    };
    return checks;
}

}  // namespace coterie::conformance
