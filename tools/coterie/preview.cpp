// preview: a few records of a source, raw beside what they become, and how its columns are
// understood.
#include "pipeline/normalize/preview.hpp"

#include "base/text.hpp"
#include "cli.hpp"
#include "pipeline/normalize/auto/drift.hpp"
#include "pipeline/normalize/auto/write.hpp"
#include "pipeline/steps/settle_mappings.hpp"
#include "pipeline/workspace.hpp"
#include "plugin/session.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <stop_token>

namespace coterie::cli {

namespace {

namespace automap = normalize::automap;

/// Records that are read to understand the columns by. Of more, a run may take another sample.
constexpr std::size_t kColumnsRecordsMax = 10'000;
constexpr std::size_t kNotesMax = 100;

/// Takes the first records and then asks the source to stop.
class FirstRecords : public plugin::EventSink {
  public:
    explicit FirstRecords(std::size_t count) : count_(count) {}
    void record(std::string_view /*id*/, std::string_view json,
                std::string_view /*where*/) override {
        if (records_.size() < count_) {
            records_.emplace_back(json);
        }
        if (records_.size() == count_) {
            stop_.request_stop();
        }
    }
    void quarantine(std::string_view /*raw*/, std::string_view where,
                    std::string_view why) override {
        if (quarantined_.size() < count_) {
            quarantined_.push_back(fmt::format("{}: {}", where, why));
        }
    }
    void deleted(std::string_view /*id*/) override {}
    void checkpoint(std::string_view /*cursor*/) override {}
    void restarted() override {}
    void log(LogLevel level, std::string_view message) override {
        if (level >= LogLevel::Warning) {
            fmt::print(stderr, "warning: {}\n", printable(message, 1000));
        } else if (level == LogLevel::Info && notes_.size() < kNotesMax) {
            notes_.emplace_back(message);
        }
    }
    void progress(std::uint64_t /*done*/, std::uint64_t /*total*/,
                  std::string_view /*unit*/) override {}

    [[nodiscard]] std::stop_token token() const { return stop_.get_token(); }
    [[nodiscard]] const std::vector<std::string>& records() const { return records_; }
    [[nodiscard]] const std::vector<std::string>& quarantined() const { return quarantined_; }
    /// What the source says of itself: how it understood its files.
    [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }
    [[nodiscard]] bool is_full() const { return stop_.stop_requested(); }

  private:
    std::size_t count_;
    std::stop_source stop_;
    std::vector<std::string> records_;
    std::vector<std::string> quarantined_;
    std::vector<std::string> notes_;
};

std::string shown(const nlohmann::json& value) {
    return printable(value.is_string() ? value.get<std::string>() : value.dump(), 120);
}

std::string targets(const nlohmann::json& field) {
    std::string text;
    for (const auto& target : field.value("to", nlohmann::json::array())) {
        fmt::format_to(std::back_inserter(text), "{}{} = {}", text.empty() ? "" : "; ",
                       target.at("path").get<std::string>(), shown(target.at("value")));
    }
    for (const auto& issue : field.value("issues", nlohmann::json::array())) {
        fmt::format_to(std::back_inserter(text), "{}!! {}", text.empty() ? "" : "; ",
                       issue.at("reason").get<std::string>());
    }
    return text.empty() ? "(custom)" : text;
}

std::string text_of(const nlohmann::json& document, std::size_t width) {
    std::string text;
    std::size_t number = 0;
    for (const auto& record : document.at("records")) {
        std::vector<std::vector<std::string>> rows;
        for (const auto& field : record.at("fields")) {
            rows.push_back({printable(field.at("from").get<std::string>(), 40),
                            printable(shown(field.at("raw")), 40), targets(field)});
        }
        fmt::format_to(std::back_inserter(text), "record {}{}\n{}\n", ++number,
                       record.contains("refusal")
                           ? " goes to quarantine: " + record.at("refusal").get<std::string>()
                           : "",
                       table({"source field", "raw", "becomes"}, rows, width));
    }
    return text;
}

/// What the store kept of the source; nothing before its first night.
std::optional<store::KeptMapping> kept_mapping(const config::Config& config,
                                               const std::string& source) {
    constexpr std::string_view kScheme = "sqlite:";
    if (!std::filesystem::exists(config.store.substr(kScheme.size()))) {
        return std::nullopt;
    }
    const auto store = open_store(config, store::Store::Access::ReadOnly);
    const auto names = or_end(store->source_names());
    const auto found = std::find(names.begin(), names.end(), source);
    return found == names.end() ? std::nullopt
                                : or_end(store->kept_mapping(
                                      static_cast<store::SourceId>(found - names.begin() + 1)));
}

std::string text_of(const automap::Proposal& proposal, std::size_t width) {
    std::string text;
    if (!proposal.known_export.empty()) {
        text += fmt::format("an export of {}\n", proposal.known_export);
    }
    std::vector<std::vector<std::string>> rows;
    std::string questions;
    for (const automap::Finding& finding : proposal.findings) {
        std::string field = finding.outcome == automap::Outcome::Custom  ? "(custom)"
                            : finding.outcome == automap::Outcome::Asked ? "?"
                                                                         : "";
        if (finding.outcome == automap::Outcome::Mapped) {
            const auto& target = *finding.target;
            field = automap::plain_path(target.field) +
                    (target.platform.empty() ? "" : " on " + target.platform) +
                    (target.role.empty() ? "" : ", " + target.role);
        }
        std::string examples;
        for (const std::string& example : finding.examples) {
            examples += (examples.empty() ? "" : " | ") + example;
        }
        rows.push_back({printable(finding.column, 40), printable(examples, 40), field,
                        fmt::format("{:.0f} %", finding.confidence * 100),
                        printable(finding.reason, 300)});
        if (finding.outcome == automap::Outcome::Asked) {
            questions +=
                fmt::format("  '{}': {}\n", printable(finding.column, 60), finding.question);
        }
    }
    text += table({"column", "examples", "understood as", "sure", "because"}, rows, width);
    if (!questions.empty()) {
        text +=
            "\nnot sure, so left alone; answer in a mapping (--write makes one to start from):\n" +
            questions;
    }
    if (!proposal.refusal.empty()) {
        text += fmt::format("\na run would hold this source: {}\n", proposal.refusal);
    }
    return text + "\n";
}

/// How the columns differ from what was kept of them.
automap::Drift drift_of(const store::KeptMapping& kept, const pipeline::PreparedSource& source,
                        const std::vector<std::string_view>& records) {
    const auto before = automap::profile_from(kept.profile);
    if (!before || records.empty() || !source.mapping || kept.version != source.mapping_version()) {
        return {};
    }
    const auto now = automap::profile(records, *source.mapping, source.mapping_options);
    return automap::compare(*before, now, now);
}

/// Writes the mapping for a person to keep. \return where.
std::filesystem::path write_mapping(const config::Config& config, const PreviewFlags& flags,
                                    const automap::Proposal& proposal) {
    if (!proposal.refusal.empty()) {
        throw CommandError(Nothing, fmt::format("source '{}': {}; no mapping was written",
                                                flags.source, proposal.refusal));
    }
    const auto file =
        (config.workspace / (flags.file.empty() ? "mapping-" + flags.source + ".yaml" : flags.file))
            .lexically_normal();
    if (std::filesystem::exists(file) && !flags.is_forced) {
        throw CommandError(Nothing, fmt::format("'{}' is there already and was left as it is; "
                                                "--force writes over it",
                                                file.string()));
    }
    const std::string text = automap::to_yaml(proposal, flags.source);
    // What a person keeps must be what was shown.
    normalize::Mapping::compile(config::parse_yaml(text, file.string()));
    const auto part = file.string() + ".part";
    std::ofstream out(part, std::ios::binary | std::ios::trunc);
    out << text;
    out.close();
    std::error_code error;
    if (out) {
        std::filesystem::rename(part, file, error);
    }
    if (!out || error) {
        std::filesystem::remove(part, error);
        throw CommandError(Nothing, fmt::format("cannot write '{}'", file.string()));
    }
    return file;
}

/// The preview of one source.
class Preview {
  public:
    Preview(const Context& context, const PreviewFlags& flags)
        : context_(context), flags_(flags), config_(load_config(context)),
          workspace_(pipeline::prepare(config_, load_and_keep())) {
        for (auto& source : workspace_.sources) {
            source_ = source.config->name == flags_.source ? &source : source_;
        }
        if (source_ == nullptr) {
            throw CommandError(
                Usage, fmt::format("no source '{}' in {}{}", flags_.source, config_.file.string(),
                                   config::suggestion(flags_.source, workspace_.source_names())));
        }
    }

    int show() {
        kept_ = kept_mapping(config_, flags_.source);
        const bool wants_columns = source_->is_auto || flags_.is_writing || kept_;
        FirstRecords first(wants_columns ? std::max(kColumnsRecordsMax, flags_.records)
                                         : flags_.records);
        read(first);
        const std::vector<std::string_view> all(first.records().begin(), first.records().end());
        for (const std::string& note : first.notes()) {
            text_ += printable(note, 1000) + "\n";
        }
        text_ += first.notes().empty() ? "" : "\n";
        understand(all);
        const std::vector<std::string_view> shown_records(
            all.begin(),
            all.begin() + static_cast<std::ptrdiff_t>(std::min(all.size(), flags_.records)));
        if (source_->mapping) {
            auto previewed =
                normalize::preview(shown_records, *source_->mapping, source_->mapping_options);
            text_ += text_of(previewed, terminal_width());
            document_.update(previewed);
        }
        for (const std::string& entry : first.quarantined()) {
            text_ += "quarantine: " + printable(entry, 300) + "\n";
        }
        if (all.empty()) {
            text_ += fmt::format("source '{}' yields no records\n", flags_.source);
        }
        if (flags_.is_writing) {
            write();
        }
        print_text(context_, text_);
        if (context_.json) {
            document_["source"] = flags_.source;
            document_["quarantined"] = first.quarantined();
            document_["notes"] = first.notes();
            print_json(document_);
        }
        return Done;
    }

  private:
    const plugin::Catalog& load_and_keep() {
        catalog_ = load_catalog(config_);
        return *catalog_;
    }

    void read(FirstRecords& first) {
        plugin::SessionOptions options;
        options.workspace = config_.workspace;
        options.secrets = source_->secrets;
        options.stop = first.token();
        const auto session =
            or_end(plugin::Session::open(*source_->plugin, source_->connector_config, options));
        const auto read = session->read({source_->streams.front().name, std::nullopt}, first);
        if (!read && !first.is_full()) {
            throw CommandError(read.error().kind == ErrorKind::Config ? Invalid : Nothing,
                               fmt::format("source '{}': {}", flags_.source, read.error().message));
        }
    }

    /// The columns, the mapping that is kept or inferred of them, and how they have drifted.
    void understand(const std::vector<std::string_view>& records) {
        document_["auto"] = nullptr;
        document_["drift"] = nlohmann::json::array();
        document_["holds"] = nlohmann::json::array();
        if (source_->is_auto || flags_.is_writing) {
            proposal_ = automap::infer(records, source_->mapping_options.context,
                                       automap::Lexicon::built_in(), source_->hints());
            document_["auto"] = automap::to_json(*proposal_, true);
            text_ += records.empty() ? "" : text_of(*proposal_, terminal_width());
        }
        if (source_->is_auto) {
            choose_mapping();
        }
        if (kept_) {
            const auto drift = drift_of(*kept_, *source_, records);
            document_["drift"] = drift.changes;
            document_["holds"] = drift.holds;
            for (const auto& change : drift.changes) {
                const bool holds =
                    std::find(drift.holds.begin(), drift.holds.end(), change) != drift.holds.end();
                text_ += fmt::format("drift{}: {}\n",
                                     holds ? ", and a run would hold the source" : "", change);
            }
        }
    }

    /// What a run would use: the kept mapping, else the inferred one.
    void choose_mapping() {
        const auto made = kept_ ? pipeline::kept_auto_from(kept_->mapping) : std::nullopt;
        if (made) {
            source_->mapping = normalize::Mapping::compile(automap::to_node(made->mapping));
            text_ += fmt::format("run {} made the mapping that is in force{}\n\n", kept_->run,
                                 proposal_->mapping == made->mapping
                                     ? ""
                                     : "; now it would be another: --write shows it, 'coterie run "
                                       "--accept-drift' takes it");
        } else if (proposal_->refusal.empty()) {
            source_->mapping = normalize::Mapping::compile(automap::to_node(proposal_->mapping));
        }
    }

    void write() {
        const auto file = write_mapping(config_, flags_, *proposal_);
        const auto relative = file.lexically_relative(config_.workspace);
        const auto name = relative.empty() || relative.native().starts_with("..") ? file : relative;
        document_["written"] = file.string();
        text_ += fmt::format("wrote {}; to use it, let source '{}' in {} say:\n    mapping: {}\n",
                             file.string(), flags_.source, config_.file.string(), name.string());
    }

    const Context& context_;
    const PreviewFlags& flags_;
    config::Config config_;
    std::optional<plugin::Catalog> catalog_;
    pipeline::PreparedWorkspace workspace_;
    pipeline::PreparedSource* source_ = nullptr;
    std::optional<store::KeptMapping> kept_;
    std::optional<automap::Proposal> proposal_;
    std::string text_;
    nlohmann::json document_ = nlohmann::json::object();
};

}  // namespace

int preview(const Context& context, const PreviewFlags& flags) {
    return Preview(context, flags).show();
}

}  // namespace coterie::cli
