#include "base/time.hpp"
#include "cli.hpp"
#include "observe/progress_line.hpp"
#include "pipeline/pipeline.hpp"
#include "pipeline/workspace.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <thread>

namespace coterie::cli {

namespace {

/// Ctrl-C (or SIGTERM) once ends the run after the step at hand, twice at once. A thread of its own
/// waits for the signal, since little may be done in a handler.
class Interruption {
  public:
    Interruption() {
        sigemptyset(&signals_);
        sigaddset(&signals_, SIGINT);
        sigaddset(&signals_, SIGTERM);
        sigaddset(&signals_, SIGUSR1);  // ends the waiting
        pthread_sigmask(SIG_BLOCK, &signals_, &before_);
        thread_ = std::thread([this] { wait(); });
    }
    ~Interruption() {
        is_over_ = true;
        pthread_kill(thread_.native_handle(), SIGUSR1);
        thread_.join();
        pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }
    Interruption(const Interruption&) = delete;
    Interruption& operator=(const Interruption&) = delete;
    [[nodiscard]] std::stop_token token() const { return stop_.get_token(); }

  private:
    void wait() {
        for (int received = 0;;) {
            sigwait(&signals_, &received);
            if (is_over_) {
                return;
            }
            if (received == SIGUSR1) {
                continue;
            }
            if (stop_.stop_requested()) {
                // What was committed is safe; the next run goes on from there.
                std::_Exit(Partial);
            }
            std::fputs("\nstopping after this step; once more stops at once\n", stderr);
            stop_.request_stop();
        }
    }
    sigset_t signals_{}, before_{};
    std::stop_source stop_;
    std::atomic<bool> is_over_ = false;
    std::thread thread_;
};

/// A dry run works on a copy of the store that goes with it.
class ScratchStore {
  public:
    explicit ScratchStore(const config::Config& config) {
        std::string pattern = (config.workspace / ".coterie-dry-run-XXXXXX").string();
        if (mkdtemp(pattern.data()) == nullptr) {
            throw CommandError(Nothing, fmt::format("cannot make a folder for the dry run in '{}'",
                                                    config.workspace.string()));
        }
        folder_ = pattern;
    }
    ~ScratchStore() {
        std::error_code ignored;  // a left-over folder is no reason to fail
        std::filesystem::remove_all(folder_, ignored);
    }
    ScratchStore(const ScratchStore&) = delete;
    ScratchStore& operator=(const ScratchStore&) = delete;

    std::unique_ptr<store::Store> open(const config::Config& config) {
        const auto file = folder_ / "store.db";
        if (std::filesystem::exists(config.store.substr(std::string_view("sqlite:").size()))) {
            or_end(open_store(config, store::Store::Access::ReadOnly)->copy_to(file));
        }
        return or_end(
            store::Store::open("sqlite:" + file.string(), store::Store::Access::ReadWrite));
    }

  private:
    std::filesystem::path folder_;
};

/// \throws CommandError where one of `names` is none of the config's.
template <class Configured>
void refuse_unknown(std::string_view what, const std::vector<std::string>& names,
                    const std::vector<Configured>& configured, const config::Config& config) {
    std::vector<std::string> known;
    for (const Configured& each : configured) {
        known.push_back(each.name);
    }
    for (const std::string& name : names) {
        if (std::find(known.begin(), known.end(), name) == known.end()) {
            throw CommandError(Usage,
                               fmt::format("no {} '{}' in {}{}", what, name, config.file.string(),
                                           config::suggestion(name, known)));
        }
    }
}

}  // namespace

int run(const Context& context, const RunFlags& flags) {
    const config::Config config = load_config(context);
    const plugin::Catalog catalog = load_catalog(config);
    for (const auto& names : {flags.sources, flags.accept_deletions, flags.accept_drift}) {
        refuse_unknown("source", names, config.sources, config);
    }
    refuse_unknown("destination", flags.accept_changes, config.destinations, config);
    if (config.sources.empty()) {
        throw CommandError(Nothing, fmt::format("{} names no source; add one under 'sources'",
                                                config.file.string()));
    }
    pipeline::RunOptions options;
    options.sources = flags.sources;
    options.accept_deletions = {flags.accept_deletions.begin(), flags.accept_deletions.end()};
    options.accept_drift = {flags.accept_drift.begin(), flags.accept_drift.end()};
    options.accept_changes = {flags.accept_changes.begin(), flags.accept_changes.end()};
    options.is_full = flags.is_full;
    options.is_dry_run = flags.is_dry_run;

    pipeline::prepare(config, catalog);  // says what is wrong before a store is made
    std::optional<ScratchStore> scratch;
    std::unique_ptr<store::Store> store;
    if (flags.is_dry_run) {
        scratch.emplace(config);
        store = scratch->open(config);
    } else {
        store = open_store(config, store::Store::Access::ReadWrite);
    }
    const Interruption interruption;
    options.stop = interruption.token();
    using Progress = observe::ProgressLine;
    Progress progress(stderr, isatty(STDERR_FILENO) != 0,
                      context.colour ? Progress::Colour::Yes : Progress::Colour::No,
                      context.quiet     ? Progress::Detail::Quiet
                      : context.verbose ? Progress::Detail::Verbose
                                        : Progress::Detail::Normal);
    const auto summary =
        or_end(pipeline::run(config, catalog, *store, options, system_now, progress));
    if (context.json) {
        print_json(observe::to_json(summary));
    } else {
        print_text(context, observe::to_text(summary));
    }
    return summary.exit_code();
}

}  // namespace coterie::cli
