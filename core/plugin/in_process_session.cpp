#include "plugin/in_process_session.hpp"

#include "plugin/deliveries.hpp"
#include "plugin/file_descriptor.hpp"
#include "plugin/instance.hpp"
#include "plugin/session_sink.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <mutex>

namespace coterie::plugin {
namespace {

/// The working folder is the process's: sessions share it while any of them is in a call.
class WorkingFolder {
  public:
    static Result<void> enter(const std::filesystem::path& workspace) {
        auto& self = shared();
        const std::scoped_lock lock(self.mutex_);
        if (self.users_ > 0 && workspace != self.workspace_) {
            return Error{ErrorKind::Config,
                         fmt::format("in_process plugins of two workspaces cannot run at one time "
                                     "('{}' and '{}'); use isolation: process",
                                     self.workspace_.string(), workspace.string())};
        }
        if (self.users_ == 0) {
            self.before_.reset(::open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
            if (::chdir(workspace.c_str()) != 0) {
                return Error{ErrorKind::Config,
                             fmt::format("the workspace '{}' cannot be entered: {}",
                                         workspace.string(), std::strerror(errno))};
            }
            self.workspace_ = workspace;
        }
        ++self.users_;
        return {};
    }

    static void leave() {
        auto& self = shared();
        const std::scoped_lock lock(self.mutex_);
        if (--self.users_ == 0 && ::fchdir(self.before_.get()) == 0) {
            self.before_.reset();
        }
    }

  private:
    static WorkingFolder& shared() {
        static WorkingFolder folder;
        return folder;
    }

    std::mutex mutex_;  ///< guards all below
    int users_ = 0;
    std::filesystem::path workspace_;
    FileDescriptor before_;
};

/// Runs `call` in the workspace.
template <class Call>
Result<void> in_workspace(const std::filesystem::path& workspace, Call&& call) {
    COTERIE_TRY_VOID(WorkingFolder::enter(workspace));
    struct Leave {
        ~Leave() { WorkingFolder::leave(); }
    } const leave;
    return call();
}

class InProcessSession final : public Session {
  public:
    explicit InProcessSession(SessionOptions options)
        : options_(std::move(options)), redactor_(options_.secrets),
          keeper_(options_.secrets, options_.limits.log_bytes_max), log_only_(keeper_) {}

    Result<void> open(const Installed& plugin, const nlohmann::json& config) {
        plugin_ = plugin.manifest.name;
        return redacted(in_workspace(options_.workspace, [&]() -> Result<void> {
            COTERIE_TRY(instance_,
                        Instance::open(plugin, config.dump(), log_only_, is_cancelled()));
            return {};
        }));
    }

    Result<void> check(std::vector<ReportLine>& report) override {
        ReportSink lines(keeper_, report);
        RedactingSink redacting(lines, redactor_);
        return redacted(in_workspace(options_.workspace,
                                     [&] { return instance_->check(redacting, is_cancelled()); }));
    }

    Result<void> read(const ReadRequest& request, EventSink& sink) override {
        RedactingSink redacting(sink, redactor_);
        const std::string cursor = request.resume_from ? request.resume_from->dump() : "";
        const std::string state = request.last_state ? request.last_state->dump() : "";
        return redacted(in_workspace(options_.workspace, [&] {
            return instance_->read({request.stream, cursor, state}, redacting, is_cancelled(),
                                   options_.limits.record_bytes_max);
        }));
    }

    Result<void> write(const WriteRequest& request, DeliveryFeed& feed) override {
        WatchedFeed watched(feed, request, redactor_);
        COTERIE_TRY_VOID(redacted(in_workspace(options_.workspace, [&] {
            return instance_->write(request, watched, is_cancelled());
        })));
        if (const auto why = watched.unfinished()) {
            return Error{ErrorKind::Fatal, fmt::format("plugin '{}' {}", plugin_, *why)};
        }
        return {};
    }

    PluginOutput output() const override { return keeper_.output(); }

  private:
    HostCalls::IsCancelled is_cancelled() const {
        return [stop = options_.stop] { return stop.stop_requested(); };
    }
    Result<void> redacted(Result<void> result) const {
        return std::move(result).transform_error([this](Error error) {
            error.message = redactor_.redact(error.message);
            return error;
        });
    }

    std::string plugin_;
    SessionOptions options_;
    Redactor redactor_;
    OutputKeeper keeper_;
    LogOnlySink log_only_;
    std::unique_ptr<Instance> instance_;
};

}  // namespace

Result<std::unique_ptr<Session>>
open_in_process(const Installed& plugin, const nlohmann::json& config, SessionOptions options) {
    std::error_code error;
    options.workspace = std::filesystem::absolute(options.workspace, error);
    Installed absolute = plugin;
    absolute.library = std::filesystem::absolute(plugin.library, error);
    auto session = std::make_unique<InProcessSession>(std::move(options));
    COTERIE_TRY_VOID(session->open(absolute, config));
    return std::unique_ptr<Session>(std::move(session));
}

}  // namespace coterie::plugin
