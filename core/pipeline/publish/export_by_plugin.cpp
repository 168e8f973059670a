#include "pipeline/publish/export_by_plugin.hpp"

#include "base/time.hpp"
#include "pipeline/publish/read_golden.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>
#include <vector>

namespace coterie::publish {

namespace {

/// Counts the answers; what is given is up to those below.
class ExportFeed : public plugin::DeliveryFeed {
  public:
    explicit ExportFeed(const std::function<void(LogLevel, std::string_view)>& told)
        : told_(told) {}

    void answered(std::string_view, plugin::Outcome outcome, std::string_view message) override {
        if (outcome == plugin::Outcome::Delivered) {
            ++result.rows;
            return;
        }
        if (++result.rejected == 1) {
            result.rejected_because = message;
        }
    }
    void log(LogLevel level, std::string_view message) override { told_(level, message); }
    void progress(std::uint64_t, std::uint64_t, std::string_view) override {}

    PluginExport result;

  private:
    const std::function<void(LogLevel, std::string_view)>& told_;
};

/// Live golden records, by id.
class GoldenFeed final : public ExportFeed {
  public:
    GoldenFeed(const GoldenReader& reader,
               const std::vector<std::pair<std::string, store::GoldenNumber>>& ids,
               const std::function<void(LogLevel, std::string_view)>& told)
        : ExportFeed(told), reader_(reader), ids_(ids) {}

    Result<std::optional<Delivery>> next() override {
        if (next_ == ids_.size()) {
            return std::optional<Delivery>();
        }
        const auto& [id, number] = ids_[next_++];
        COTERIE_TRY(const auto golden, reader_.at(number));
        json_.clear();
        merge::write_json(golden.heading, golden.record, golden.keys, json_);
        return std::optional(Delivery{Delivery::Action::Upsert, id, json_, {}});
    }

  private:
    const GoldenReader& reader_;
    const std::vector<std::pair<std::string, store::GoldenNumber>>& ids_;
    std::size_t next_ = 0;
    std::string json_;
};

struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

/// The lines of a file, numbered from 1.
class LineFeed final : public ExportFeed {
  public:
    LineFeed(std::FILE* file, const std::function<void(LogLevel, std::string_view)>& told)
        : ExportFeed(told), file_(file) {}
    ~LineFeed() override { std::free(line_); }
    LineFeed(const LineFeed&) = delete;
    LineFeed& operator=(const LineFeed&) = delete;

    Result<std::optional<Delivery>> next() override {
        const auto bytes = ::getline(&line_, &capacity_, file_);
        if (bytes <= 0) {
            if (std::ferror(file_) != 0) {
                return Error{ErrorKind::Fatal, "a temporary file cannot be read"};
            }
            return std::optional<Delivery>();
        }
        id_ = std::to_string(++number_);
        const std::string_view line(line_, static_cast<std::size_t>(bytes));
        return std::optional(
            Delivery{Delivery::Action::Upsert, id_, line.substr(0, line.size() - 1), {}});
    }

  private:
    std::FILE* file_;
    char* line_ = nullptr;
    std::size_t capacity_ = 0;
    std::uint64_t number_ = 0;
    std::string id_;
};

Result<WriteRequest> request_for(const store::Store& store, What what) {
    WriteRequest request;
    request.stream = name_of(what);
    request.is_complete = true;
    COTERIE_TRY(const auto runs, store.runs(1));
    if (!runs.empty()) {
        request.about = {{"run", runs.front().number},
                         {"time", to_rfc3339(runs.front().started_at)}};
    }
    if (what != What::Golden) {
        COTERIE_TRY(request.about["columns"], columns_of(store, what));
    }
    return request;
}

Result<PluginExport> write_golden(const store::Store& store, plugin::Session& session,
                                  WriteRequest request,
                                  const std::function<void(LogLevel, std::string_view)>& told) {
    PluginExport result;
    // One state of the store, whatever a run does to it meanwhile.
    COTERIE_TRY_VOID(store.reading([&]() -> Result<void> {
        std::vector<std::pair<std::string, store::GoldenNumber>> ids;
        COTERIE_TRY_VOID(store.for_each_golden([&](const store::GoldenRow& row) {
            if (row.state == store::GoldenState::Live) {
                ids.emplace_back(row.id, row.number);
            }
        }));
        std::sort(ids.begin(), ids.end());
        request.total = ids.size();
        COTERIE_TRY(const auto reader, GoldenReader::create(store));
        GoldenFeed feed(reader, ids, told);
        COTERIE_TRY_VOID(session.write(request, feed));
        result = std::move(feed.result);
        return {};
    }));
    return result;
}

/// Flat rows are written to a temporary file first: the store gives them all at a stretch, and the
/// plugin takes them one by one.
Result<PluginExport> write_flat(const store::Store& store, What what, plugin::Session& session,
                                WriteRequest request,
                                const std::function<void(LogLevel, std::string_view)>& told) {
    const File file(std::tmpfile());
    if (!file) {
        return Error{ErrorKind::Fatal, "a temporary file cannot be made; set TMPDIR to a folder "
                                       "that can be written"};
    }
    COTERIE_TRY(const auto exported, export_to(store, what, Format::FlatJsonLines, {}, file.get()));
    request.total = exported.rows;
    std::rewind(file.get());
    LineFeed feed(file.get(), told);
    COTERIE_TRY_VOID(session.write(request, feed));
    return std::move(feed.result);
}

}  // namespace

Result<PluginExport> export_by_plugin(const store::Store& store, What what,
                                      const plugin::Installed& plugin, const nlohmann::json& config,
                                      const plugin::SessionOptions& options,
                                      const std::function<void(LogLevel, std::string_view)>& told) {
    const auto& streams = plugin.manifest.destination.streams;
    if (std::find(streams.begin(), streams.end(), name_of(what)) == streams.end()) {
        return Error{ErrorKind::Config, fmt::format("plugin '{}' does not write '{}'",
                                                    plugin.manifest.name, name_of(what))};
    }
    COTERIE_TRY(auto request, request_for(store, what));
    COTERIE_TRY(const auto session, plugin::Session::open(plugin, config, options));
    return what == What::Golden ? write_golden(store, *session, std::move(request), told)
                                : write_flat(store, what, *session, std::move(request), told);
}

}  // namespace coterie::publish
