#include "connect.hpp"

#include "base/table.hpp"
#include "base/text.hpp"
#include "pipeline/normalize/preview.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <stop_token>
#include <utility>

namespace coterie::cli {

namespace {

using plugin::ReportLine;

/// A sample that takes longer is no fault of the source: an export may have to be made first.
constexpr std::chrono::seconds kSampleSecondsMax{30};
constexpr std::size_t kTextBytesMax = 300;

/// Takes one record and asks the source to stop.
class OneRecord final : public plugin::EventSink {
  public:
    void record(std::string_view id, std::string_view json, std::string_view where) override {
        if (!has_record()) {
            id_ = id;
            json_ = json;
            where_ = where;
            stop_.request_stop();
        }
    }
    void quarantine(std::string_view, std::string_view, std::string_view) override {}
    void deleted(std::string_view) override {}
    void checkpoint(std::string_view) override {}
    void restarted() override {}
    void log(LogLevel, std::string_view) override {}
    void progress(std::uint64_t, std::uint64_t, std::string_view) override {}

    [[nodiscard]] std::stop_token token() const { return stop_.get_token(); }
    [[nodiscard]] bool has_record() const { return stop_.stop_requested(); }
    [[nodiscard]] const std::string& id() const { return id_; }
    [[nodiscard]] const std::string& json() const { return json_; }
    [[nodiscard]] const std::string& where() const { return where_; }

  private:
    std::stop_source stop_;
    std::string id_, json_, where_;
};

template <class Prepared>
plugin::SessionOptions session_options(const config::Config& config, const Prepared& prepared) {
    const config::PluginLimits& limits = prepared.config->limits;
    plugin::SessionOptions options;
    options.workspace = config.workspace;
    options.secrets = prepared.secrets;
    options.limits.memory_bytes_max = limits.memory_mb << 20;
    options.limits.file_bytes_max = limits.file_mb << 20;
    options.limits.record_bytes_max = limits.record_mb << 20;
    options.limits.silence_max = limits.silence;
    options.limits.total_max = limits.total;
    return options;
}

bool is_missing_scope(const ReportLine& line) {
    return line.kind == ReportLine::Kind::ScopeMissing;
}

template <class Prepared>
Connection check(const config::Config& config, const Prepared& prepared) {
    Connection connection;
    auto session = plugin::Session::open(*prepared.plugin, prepared.connector_config,
                                         session_options(config, prepared));
    const auto result =
        session ? (*session)->check(connection.report) : Result<void>(session.error());
    std::vector<std::string> missing;
    for (const ReportLine& line : connection.report) {
        if (is_missing_scope(line)) {
            missing.push_back(printable(line.subject, kTextBytesMax));
        }
    }
    if (!result) {
        connection.failure = result.error().message;
    } else if (!missing.empty()) {
        connection.failure = fmt::format("the credentials lack the scope{} {}",
                                         missing.size() == 1 ? "" : "s", fmt::join(missing, ", "));
    }
    return connection;
}

/// What the mapping fills, by name.
void add_fields(const pipeline::PreparedSource& source, const std::string& json, Sample& sample) {
    if (!source.mapping) {
        const auto record = nlohmann::json::parse(json, nullptr, false);
        if (record.is_object()) {
            for (const auto& [column, unused] : record.items()) {
                sample.columns.push_back(column);
            }
        }
        return;
    }
    const std::array<std::string_view, 1> records{json};
    const auto previewed = normalize::preview(records, *source.mapping, source.mapping_options);
    const auto& record = previewed.at("records").at(0);
    for (const auto& field : record.value("fields", nlohmann::json::array())) {
        for (const auto& target : field.value("to", nlohmann::json::array())) {
            const auto path = target.at("path").get<std::string>();
            const bool is_listed =
                std::find(sample.fields.begin(), sample.fields.end(), path) != sample.fields.end();
            if (!is_listed && path != "custom") {  // what no field was named for
                sample.fields.push_back(path);
            }
        }
    }
    if (record.contains("refusal")) {
        sample.message =
            fmt::format("goes to quarantine; 'coterie preview {}' says why", source.config->name);
    }
}

/// Reads one record of one stream. \return what is wrong, where the stream cannot be read.
Result<Sample> sample_of(const config::Config& config, const pipeline::PreparedSource& source,
                         const std::string& stream) {
    OneRecord one;
    auto options = session_options(config, source);
    options.limits.total_max = std::min(options.limits.total_max, kSampleSecondsMax);
    options.stop = one.token();
    const auto seconds_max = options.limits.total_max;
    COTERIE_TRY(auto session,
                plugin::Session::open(*source.plugin, source.connector_config, std::move(options)));
    const auto began = std::chrono::steady_clock::now();
    const auto read = session->read({stream, std::nullopt}, one);
    Sample sample;
    sample.stream = stream;
    if (one.has_record()) {
        sample.record_id = one.id();
        sample.where = one.where();
        add_fields(source, one.json(), sample);
    } else if (read) {
        sample.message = "yields no record";
    } else if (std::chrono::steady_clock::now() - began >= seconds_max) {
        sample.message = fmt::format("no record within {} s", seconds_max.count());
    } else {
        return read.error();
    }
    return sample;
}

std::string_view name_of(ReportLine::Kind kind) {
    switch (kind) {
    case ReportLine::Kind::Sees:
        return "sees";
    case ReportLine::Kind::ScopeMissing:
    case ReportLine::Kind::ScopeOptional:
        return "scope_missing";
    case ReportLine::Kind::Limit:
        return "limit";
    case ReportLine::Kind::Note:
        return "note";
    }
    return "note";
}

std::string text_of(const Sample& sample) {
    if (!sample.record_id) {
        return sample.message;
    }
    std::string text = sample.record_id->empty() ? "a record" : "record " + *sample.record_id;
    if (!sample.where.empty()) {
        text += fmt::format(" at {}", sample.where);
    }
    if (!sample.message.empty()) {
        return text + " " + sample.message;
    }
    return sample.columns.empty()
               ? fmt::format("{}: {}", text,
                             sample.fields.empty()
                                 ? "fills no field"
                                 : fmt::format("{}", fmt::join(sample.fields, ", ")))
               : fmt::format("{}: columns {}", text, fmt::join(sample.columns, ", "));
}

}  // namespace

nlohmann::json Connection::report_json() const {
    nlohmann::json out = nlohmann::json::array();
    for (const ReportLine& line : report) {
        out.push_back(
            {{"kind", name_of(line.kind)}, {"subject", line.subject}, {"text", line.text}});
        if (name_of(line.kind) == "scope_missing") {
            out.back()["optional"] = !is_missing_scope(line);
        }
    }
    return out;
}

nlohmann::json Connection::samples_json() const {
    nlohmann::json out = nlohmann::json::array();
    const auto or_null = [](const std::string& text) {
        return text.empty() ? nlohmann::json() : nlohmann::json(text);
    };
    for (const Sample& sample : samples) {
        out.push_back({{"stream", sample.stream},
                       {"record_id", sample.record_id ? or_null(*sample.record_id) : nullptr},
                       {"where", or_null(sample.where)},
                       {"fields", sample.fields},
                       {"columns", sample.columns},
                       {"message", or_null(sample.message)}});
    }
    return out;
}

std::string Connection::text() const {
    std::vector<std::array<std::string, 3>> rows;
    for (const ReportLine& line : report) {
        const bool is_optional = line.kind == ReportLine::Kind::ScopeOptional;
        const auto name = name_of(line.kind);
        rows.push_back({name == "scope_missing" ? "missing scope" : std::string(name),
                        printable(line.subject, kTextBytesMax),
                        printable(line.text, kTextBytesMax) + (is_optional ? " (optional)" : "")});
    }
    for (const Sample& sample : samples) {
        rows.push_back({"sample", sample.stream, printable(text_of(sample), kTextBytesMax)});
    }
    std::array<std::size_t, 2> widths{};
    for (const auto& row : rows) {
        for (std::size_t i = 0; i < widths.size(); ++i) {
            widths[i] = std::max(widths[i], width_of(row[i]));
        }
    }
    std::string out;
    for (const auto& row : rows) {
        std::string line = "      ";
        for (std::size_t i = 0; i < widths.size(); ++i) {
            line += row[i] + std::string(widths[i] - width_of(row[i]) + 2, ' ');
        }
        line += row[2];
        line.resize(line.find_last_not_of(' ') + 1);
        out += line + "\n";
    }
    return out;
}

Connection connect(const config::Config& config, const pipeline::PreparedSource& source) {
    Connection connection = check(config, source);
    for (const plugin::StreamInfo& stream : source.streams) {
        if (!connection.failure.empty()) {
            break;
        }
        auto sample = sample_of(config, source, stream.name);
        if (sample) {
            connection.samples.push_back(*std::move(sample));
        } else {
            connection.failure =
                fmt::format("stream '{}': {}", stream.name, sample.error().message);
        }
    }
    return connection;
}

Connection connect(const config::Config& config, const pipeline::PreparedDestination& destination) {
    return check(config, destination);
}

}  // namespace coterie::cli
