/// What both kinds of session put between a plugin and the receiver of its events.
#pragma once

#include "plugin/output_capture.hpp"
#include "plugin/redactor.hpp"
#include "plugin/session.hpp"

#include <string>
#include <vector>

namespace coterie::plugin {

/// Passes events on, with secrets replaced in all that people will read; records go as they are.
class RedactingSink final : public EventSink {
  public:
    RedactingSink(EventSink& next, const Redactor& redactor) : next_(next), redactor_(redactor) {}

    void record(std::string_view id, std::string_view json, std::string_view where) override {
        // Most sources have no secret that a place could hold: then nothing is copied.
        if (where.empty() || !redactor_.has_secrets()) {
            next_.record(id, json, where);
        } else {
            next_.record(id, json, redactor_.redact(where));
        }
    }
    void deleted(std::string_view id) override { next_.deleted(id); }
    void replaces(std::string_view id_prefix) override { next_.replaces(id_prefix); }
    void quarantine(std::string_view raw, std::string_view where, std::string_view why) override {
        next_.quarantine(raw, redactor_.redact(where), redactor_.redact(why));
    }
    void checkpoint(std::string_view cursor) override { next_.checkpoint(cursor); }
    void restarted() override { next_.restarted(); }
    void partial() override { next_.partial(); }
    void log(LogLevel level, std::string_view message) override {
        next_.log(level, redactor_.redact(message));
    }
    void progress(std::uint64_t done, std::uint64_t total, std::string_view unit) override {
        next_.progress(done, total, unit);
    }
    void keep_state(std::string_view state) override { next_.keep_state(state); }
    void unchanged() override { next_.unchanged(); }
    void report(ReportLine::Kind kind, std::string_view subject, std::string_view text) override {
        next_.report(kind, redactor_.redact(subject), redactor_.redact(text));
    }

  private:
    EventSink& next_;
    const Redactor& redactor_;
};

/// Receives events outside of a read: keeps log lines with the plugin's output.
class LogOnlySink : public EventSink {
  public:
    explicit LogOnlySink(OutputKeeper& keeper) : keeper_(keeper) {}

    void record(std::string_view, std::string_view, std::string_view) override {}
    void deleted(std::string_view) override {}
    void quarantine(std::string_view, std::string_view, std::string_view) override {}
    void checkpoint(std::string_view) override {}
    void restarted() override {}
    void log(LogLevel, std::string_view message) override {
        keeper_.append(message);
        keeper_.append("\n");
    }
    void progress(std::uint64_t, std::uint64_t, std::string_view) override {}

  private:
    OutputKeeper& keeper_;
};

/// Lines that are kept of one check.
inline constexpr std::size_t kReportLinesMax = 1000;

/// Receives what a check finds out.
class ReportSink final : public LogOnlySink {
  public:
    ReportSink(OutputKeeper& keeper, std::vector<ReportLine>& lines)
        : LogOnlySink(keeper), lines_(lines) {}
    void report(ReportLine::Kind kind, std::string_view subject, std::string_view text) override {
        if (lines_.size() < kReportLinesMax) {
            lines_.push_back({kind, std::string(subject), std::string(text)});
        }
    }

  private:
    std::vector<ReportLine>& lines_;
};

}  // namespace coterie::plugin
