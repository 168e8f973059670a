#include "pipeline/extract/extract.hpp"

#include "base/backoff.hpp"
#include "base/check.hpp"
#include "pipeline/extract/landing.hpp"
#include "pipeline/extract/step_writer.hpp"

#include <fmt/format.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

namespace coterie::extract {

namespace {

using std::chrono::steady_clock;

/// Steps that wait for the store; more, and the sources wait.
constexpr std::size_t kQueueStepsMax = 4;

/// What became of a source's read, as its thread sees it.
struct ReadOutcome {
    Result<void> result;
    store::Ledger uncommitted;
};

/// What a source's thread hands to the thread that owns the store.
struct Message {
    std::size_t task = 0;
    std::size_t stream = 0;
    std::optional<Step> step;
    std::optional<ReadOutcome> ended;  ///< the source is done; its last message
};

/// A bounded queue between the sources' threads and the store's.
class Queue {
  public:
    /// Blocks while the queue is full; drops the message once the queue is closed.
    void push(Message message) {
        std::unique_lock lock(mutex_);
        not_full_.wait(lock, [&] { return messages_.size() < kQueueStepsMax || is_closed_; });
        if (!is_closed_) {
            messages_.push_back(std::move(message));
            not_empty_.notify_one();
        }
    }
    Message pop() {
        std::unique_lock lock(mutex_);
        not_empty_.wait(lock, [&] { return !messages_.empty(); });
        Message message = std::move(messages_.front());
        messages_.pop_front();
        not_full_.notify_all();
        return message;
    }
    void close() {
        const std::lock_guard lock(mutex_);
        is_closed_ = true;
        not_full_.notify_all();
    }

  private:
    std::mutex mutex_;
    std::condition_variable not_full_, not_empty_;
    std::deque<Message> messages_;
    bool is_closed_ = false;
};

/// One stream of a source that is being read.
struct StreamRead {
    std::string name;
    RecordIndex index;
    LandingOptions landing;
    std::optional<nlohmann::json> resume_from;
    std::optional<nlohmann::json> last_state;
    StepWriter writer;
};

/// Reads one source's streams, on its own thread.
class SourceReader {
  public:
    SourceReader(std::size_t number, const SourceTask& task, std::vector<StreamRead>& streams,
                 const ExtractOptions& options, Queue& queue, observe::Observer& observer,
                 std::stop_token stop)
        : number_(number), task_(task), streams_(streams), options_(options), queue_(queue),
          observer_(observer), stop_(std::move(stop)) {}

    void run() {
        ReadOutcome outcome;
        try {
            outcome = read_streams();
        } catch (const std::exception& error) {
            outcome.result = Error{ErrorKind::Fatal, error.what()};
        }
        queue_.push({number_, 0, std::nullopt, std::move(outcome)});
    }

  private:
    ReadOutcome read_streams() {
        ReadOutcome outcome;
        for (std::size_t i = 0; i < streams_.size() && outcome.result; ++i) {
            Landing landing(
                streams_[i].landing, streams_[i].index,
                [&, i](Step step) {
                    queue_.push({number_, i, std::move(step), std::nullopt});
                },
                [&](const ReadProgress& progress) {
                    observer_.advanced(task_.source->name,
                                       {progress.records, progress.done, progress.total});
                },
                [&](LogLevel level, std::string_view message) {
                    observer_.log(level, task_.source->name, message);
                });
            outcome.result = read_with_retries(streams_[i], landing);
            if (outcome.result) {
                outcome.result = landing.kept_all();
            }
            if (outcome.result) {
                landing.finish();
            } else {
                outcome.uncommitted = landing.abandon();
            }
        }
        return outcome;
    }

    Result<void> read_with_retries(StreamRead& stream, Landing& landing) {
        for (unsigned attempt = 1;; ++attempt) {
            auto result = read_once(stream, landing);
            const bool may_retry = !result && result.error().kind == ErrorKind::Transient &&
                                   attempt < options_.tries_max && !stop_.stop_requested();
            if (!may_retry) {
                if (!result && attempt > 1) {
                    result.error().message += fmt::format(" ({} tries)", attempt);
                }
                return result;
            }
            const auto wait = backoff(attempt, result.error().retry_after);
            observer_.log(
                LogLevel::Warning, task_.source->name,
                fmt::format("{}; trying again in {} ms", result.error().message, wait.count()));
            landing.rewind();
            if (!landing.is_untouched()) {
                stream.last_state.reset();
            }
            if (landing.resume_cursor()) {
                stream.resume_from =
                    nlohmann::json::parse(*landing.resume_cursor(), nullptr, false);
            }
            pause(wait, stop_);
        }
    }

    Result<void> read_once(const StreamRead& stream, Landing& landing) {
        plugin::SessionOptions session_options;
        session_options.isolation =
            task_.source->in_process ? plugin::Isolation::InProcess : plugin::Isolation::Process;
        const config::PluginLimits& limits = task_.source->limits;
        session_options.limits.memory_bytes_max = limits.memory_mb << 20;
        session_options.limits.file_bytes_max = limits.file_mb << 20;
        session_options.limits.record_bytes_max = limits.record_mb << 20;
        session_options.limits.silence_max = limits.silence;
        session_options.limits.total_max = limits.total;
        session_options.workspace = options_.workspace;
        session_options.secrets = task_.secrets;
        session_options.stop = stop_;
        COTERIE_TRY(auto session, plugin::Session::open(*task_.plugin, task_.connector_config,
                                                        std::move(session_options)));
        return session->read({stream.name, stream.resume_from, stream.last_state}, landing);
    }

    std::size_t number_;
    const SourceTask& task_;
    std::vector<StreamRead>& streams_;
    const ExtractOptions& options_;
    Queue& queue_;
    observe::Observer& observer_;
    std::stop_token stop_;
};

/// Runs all sources and writes what they hand over.
class Extraction {
  public:
    Extraction(store::Store& store, store::RunNumber run, const std::vector<SourceTask>& tasks,
               const ExtractOptions& options, observe::Observer& observer)
        : store_(store), run_(run), tasks_(tasks), options_(options), observer_(observer),
          streams_(tasks.size()), results_(tasks.size()), started_(tasks.size()) {}

    Result<std::vector<SourceResult>> run() {
        auto written = write_all();
        stop_.request_stop();
        queue_.close();
        readers_.clear();  // joins
        if (!written) {
            return std::move(written).error();
        }
        return std::move(results_);
    }

  private:
    Result<void> write_all() {
        const std::stop_callback on_stop(options_.stop, [this] { stop_.request_stop(); });
        std::size_t next = 0;
        std::size_t running = 0;
        while (next < tasks_.size() || running > 0) {
            if (next < tasks_.size() && running < options_.sources_at_once) {
                COTERIE_TRY_VOID(start(next));
                ++next;
                ++running;
                continue;
            }
            Message message = queue_.pop();
            if (message.step) {
                StreamRead& stream = streams_[message.task][message.stream];
                COTERIE_TRY_VOID(stream.writer.write(std::move(*message.step)));
            }
            if (message.ended) {
                end(message.task, std::move(*message.ended));
                --running;
            }
        }
        return {};
    }

    Result<void> start(std::size_t number) {
        const SourceTask& task = tasks_[number];
        results_[number].name = task.source->name;
        started_[number] = steady_clock::now();
        COTERIE_TRY(const auto source, store_.source_id(task.source->name));
        for (const auto& stream : task.streams) {
            COTERIE_TRY(const bool is_read, store_.read_finished(source, stream.name, run_));
            if (!is_read) {
                COTERIE_TRY_VOID(prepare(number, source, stream));
            }
        }
        readers_.emplace_back([this, number] {
            SourceReader(number, tasks_[number], streams_[number], options_, queue_, observer_,
                         stop_.get_token())
                .run();
        });
        return {};
    }

    Result<void> prepare(std::size_t number, store::SourceId source,
                         const plugin::StreamInfo& stream) {
        const SourceTask& task = tasks_[number];
        COTERIE_TRY(auto known, store_.load_index(source, stream.name));
        std::vector<store::Row> rows(known.size());
        for (std::size_t i = 0; i < known.size(); ++i) {
            rows[i] = known[i].row;
        }
        COTERIE_TRY(const std::string cursor, store_.checkpoint(source, stream.name));
        COTERIE_TRY(const bool is_unfinished,
                    store_.is_checkpoint_of_full_read(source, stream.name));
        const bool is_full_read =
            !stream.incremental || options_.is_full || cursor.empty() || is_unfinished;
        StepWriter::Options writer;
        writer.source = source;
        writer.source_name = task.source->name;
        writer.stream = stream.name;
        writer.run = run_;
        writer.accept_deletions = task.accept_deletions;
        writer.brake = task.source->brake;
        writer.hold_check = task.hold_check;
        writer.is_incremental = stream.incremental;
        writer.first_cursor = is_full_read ? std::string() : cursor;
        writer.state_version = task.state_version;
        COTERIE_TRY(const auto taken, store_.taken_ids(source, stream.name));
        COTERIE_TRY(auto corrections, corrections_of(source, stream.name));
        streams_[number].push_back(
            {stream.name, RecordIndex(std::move(known), taken),
             LandingOptions{source, stream.name, run_, is_full_read,
                            stream.incremental || stream.later_counts, std::move(corrections)},
             std::nullopt, std::nullopt, StepWriter(store_, writer, std::move(rows))});
        StreamRead& read = streams_[number].back();
        // An unfinished full read goes on; whatever it finds, it has landed a part of it.
        if (!options_.is_full && (stream.incremental || cursor.empty())) {
            COTERIE_TRY(const auto state, store_.state(source, stream.name, task.state_version));
            auto parsed = nlohmann::json::parse(state, nullptr, false);
            if (!parsed.is_discarded()) {
                read.last_state = std::move(parsed);
            }
        }
        if (cursor.empty() || (options_.is_full && stream.incremental)) {
            COTERIE_TRY_VOID(store_.clear_seen(source, stream.name));
            return store_.reset_ledger(source, stream.name, run_);
        }
        read.resume_from = nlohmann::json::parse(cursor, nullptr, false);
        // A full read that broke off in an earlier run goes on: what it had seen then is there.
        // A read of changes begins where that one ended, and may bring the same records again.
        COTERIE_TRY(const auto seen, store_.seen(source, stream.name, is_full_read ? 0 : run_));
        read.index.mark_seen_rows(seen);
        return {};
    }

    Result<Corrections> corrections_of(store::SourceId source, const std::string& stream) {
        COTERIE_TRY(auto all, store_.corrections());
        Corrections found;
        for (store::Correction& correction : all) {
            if (correction.source == source && correction.stream == stream) {
                found.emplace(correction.content, std::move(correction.record));
            }
        }
        return found;
    }

    void end(std::size_t number, ReadOutcome outcome) {
        SourceResult& result = results_[number];
        result.seconds =
            std::chrono::duration<double>(steady_clock::now() - started_[number]).count();
        result.uncommitted = outcome.uncommitted;
        if (!outcome.result) {
            result.state = SourceState::Failed;
            result.message = outcome.result.error().message;
            observer_.log(LogLevel::Error, result.name, result.message);
            return;
        }
        for (const StreamRead& stream : streams_[number]) {
            if (stream.writer.is_held()) {
                result.state = SourceState::Held;
                result.message = stream.writer.held_message();
                result.withheld_deletions += stream.writer.withheld_deletions();
                observer_.log(LogLevel::Warning, result.name, result.message);
            }
        }
        streams_[number].clear();
        streams_[number].shrink_to_fit();
    }

    store::Store& store_;
    store::RunNumber run_;
    const std::vector<SourceTask>& tasks_;
    const ExtractOptions& options_;
    observe::Observer& observer_;
    Queue queue_;
    std::stop_source stop_;
    std::vector<std::vector<StreamRead>> streams_;  ///< by task; fixed while its reader runs
    std::vector<SourceResult> results_;
    std::vector<steady_clock::time_point> started_;
    std::vector<std::jthread> readers_;
};

}  // namespace

Result<std::vector<SourceResult>> extract(store::Store& store, store::RunNumber run,
                                          const std::vector<SourceTask>& tasks,
                                          const ExtractOptions& options,
                                          observe::Observer& observer) {
    return Extraction(store, run, tasks, options, observer).run();
}

}  // namespace coterie::extract
