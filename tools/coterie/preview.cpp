// preview: a few records of a source, raw beside what they become.
#include "pipeline/normalize/preview.hpp"

#include "base/text.hpp"
#include "cli.hpp"
#include "pipeline/workspace.hpp"
#include "plugin/session.hpp"

#include <fmt/format.h>

#include <stop_token>

namespace coterie::cli {

namespace {

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
        }
    }
    void progress(std::uint64_t /*done*/, std::uint64_t /*total*/,
                  std::string_view /*unit*/) override {}

    [[nodiscard]] std::stop_token token() const { return stop_.get_token(); }
    [[nodiscard]] const std::vector<std::string>& records() const { return records_; }
    [[nodiscard]] const std::vector<std::string>& quarantined() const { return quarantined_; }
    [[nodiscard]] bool is_full() const { return stop_.stop_requested(); }

  private:
    std::size_t count_;
    std::stop_source stop_;
    std::vector<std::string> records_;
    std::vector<std::string> quarantined_;
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

}  // namespace

int preview(const Context& context, const std::string& source_name, std::size_t records) {
    const config::Config config = load_config(context);
    const plugin::Catalog catalog = load_catalog(config);
    const auto workspace = pipeline::prepare(config, catalog);
    const auto* source = workspace.find(source_name);
    if (source == nullptr) {
        throw CommandError(Usage,
                           fmt::format("no source '{}' in {}{}", source_name, config.file.string(),
                                       config::suggestion(source_name, workspace.source_names())));
    }
    FirstRecords first(records);
    plugin::SessionOptions options;
    options.workspace = config.workspace;
    options.secrets = source->secrets;
    options.stop = first.token();
    const auto session =
        or_end(plugin::Session::open(*source->plugin, source->connector_config, options));
    const auto read =
        session->read({source->plugin->manifest.streams.front().name, std::nullopt}, first);
    if (!read && !first.is_full()) {
        throw CommandError(read.error().kind == ErrorKind::Config ? Invalid : Nothing,
                           fmt::format("source '{}': {}", source_name, read.error().message));
    }
    const std::vector<std::string_view> raw(first.records().begin(), first.records().end());
    auto document = normalize::preview(raw, source->mapping, source->mapping_options);
    std::string text = text_of(document, terminal_width());
    for (const std::string& entry : first.quarantined()) {
        text += "quarantine: " + printable(entry, 300) + "\n";
    }
    if (raw.empty()) {
        text += fmt::format("source '{}' yields no records\n", source_name);
    }
    print_text(context, text);
    if (context.json) {
        document["source"] = source_name;
        document["quarantined"] = first.quarantined();
        print_json(document);
    }
    return Done;
}

}  // namespace coterie::cli
