/// Progress for a person: one live line on a terminal, plain lines elsewhere.
#pragma once

#include "observe/observer.hpp"

#include <chrono>
#include <cstdio>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace coterie::observe {

/// "extract 1,204,000 records, 301,000/s, 62 %, 0:02 left (crm 40 %, manual 90 %)"
/// \param elapsed  since the stage began.
std::string progress_text(std::string_view stage, const std::map<std::string, Advance>& sources,
                          std::chrono::duration<double> elapsed);

/// Writes to a stream, stderr by default. On a terminal the line is redrawn in place, at most ten
/// times a second; elsewhere a line is written at most once a minute. Log messages stand above it.
/// Any thread.
class ProgressLine : public Observer {
  public:
    enum class Colour { No, Yes };
    /// Quiet: warnings and errors alone. Verbose: also what the sources note in passing.
    enum class Detail { Quiet, Normal, Verbose };
    ProgressLine(std::FILE* out, bool is_terminal, Colour colour, Detail detail);
    ~ProgressLine() override;  ///< takes the live line away

    void stage_begins(std::string_view stage) override;
    void advanced(std::string_view source, const Advance& advance) override;
    void log(LogLevel level, std::string_view source, std::string_view message) override;

  private:
    void draw(bool is_forced);
    void clear();

    std::mutex mutex_;
    std::FILE* out_;
    bool is_terminal_;
    Colour colour_;
    Detail detail_;
    bool is_drawn_ = false;
    std::string stage_;
    std::chrono::steady_clock::time_point stage_began_;
    std::chrono::steady_clock::time_point last_drawn_;
    std::map<std::string, Advance> sources_;
};

}  // namespace coterie::observe
