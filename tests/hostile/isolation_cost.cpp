// Prints what it costs to have a plugin in a process of its own:
//     coterie_isolation_cost [RECORDS] [RECORD_BYTES] [RECORDS_PER_CHECKPOINT]
#include "plugin/session.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>

namespace {

using namespace coterie::plugin;

class CountingSink final : public EventSink {
  public:
    void record(std::string_view, std::string_view json, std::string_view) override {
        ++records;
        bytes += json.size();
    }
    void deleted(std::string_view) override {}
    void quarantine(std::string_view, std::string_view, std::string_view) override {}
    void checkpoint(std::string_view) override {}
    void restarted() override {}
    void log(coterie::LogLevel, std::string_view) override {}
    void progress(std::uint64_t, std::uint64_t, std::string_view) override {}

    std::uint64_t records = 0;
    std::uint64_t bytes = 0;
};

int measure(const Installed& plugin, const nlohmann::json& config, Isolation isolation,
            const char* name) {
    const auto began = std::chrono::steady_clock::now();
    SessionOptions options;
    options.isolation = isolation;
    auto session = Session::open(plugin, config, options);
    if (!session) {
        std::fprintf(stderr, "%s\n", session.error().message.c_str());
        return 1;
    }
    const std::chrono::duration<double> opened = std::chrono::steady_clock::now() - began;
    CountingSink sink;
    const auto result = (*session)->read({"contacts", std::nullopt}, sink);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    std::printf("%s: open %.1f ms, %llu records, %.0f MB in %.3f s\n", name, opened.count() * 1000,
                static_cast<unsigned long long>(sink.records),
                static_cast<double>(sink.bytes) / 1e6, took.count());
    if (!result) {
        std::fprintf(stderr, "%s\n", result.error().message.c_str());
    }
    return result ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
    const auto argument = [&](int index, unsigned otherwise) {
        return count > index ? static_cast<unsigned>(std::atoi(arguments[index])) : otherwise;
    };
    const nlohmann::json config = {{"records", argument(1, 1'000'000)},
                                   {"record_bytes", argument(2, 376)},
                                   {"checkpoint_every", argument(3, 1'000)}};
    const auto catalog = Catalog::discover({HOSTILE_FOLDER});
    const auto plugin = catalog.find("well_behaved");
    if (!plugin) {
        std::fprintf(stderr, "%s\n", plugin.error().message.c_str());
        return 1;
    }
    return measure(**plugin, config, Isolation::InProcess, "in_process") +
           measure(**plugin, config, Isolation::Process, "process");
}
