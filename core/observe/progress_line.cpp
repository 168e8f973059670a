#include "observe/progress_line.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace coterie::observe {

namespace {

constexpr std::chrono::milliseconds kTerminalInterval{100};
constexpr std::chrono::minutes kLogInterval{1};

double share_of(const Advance& advance) {
    return advance.total == 0 ? 0.0
                              : std::min(1.0, static_cast<double>(advance.done) /
                                                  static_cast<double>(advance.total));
}

std::string_view colour_of(LogLevel level) {
    return level == LogLevel::Error ? "\x1b[31m" : level == LogLevel::Warning ? "\x1b[33m" : "";
}

std::string_view name_of_level(LogLevel level) {
    switch (level) {
    case LogLevel::Debug:
        return "debug";
    case LogLevel::Info:
        return "info";
    case LogLevel::Warning:
        return "warning";
    case LogLevel::Error:
        break;
    }
    return "error";
}

}  // namespace

std::string progress_text(std::string_view stage, const std::map<std::string, Advance>& sources,
                          std::chrono::duration<double> elapsed) {
    std::uint64_t records = 0;
    double least_share = 1.0;
    bool has_total = !sources.empty();
    std::string parts;
    for (const auto& [name, advance] : sources) {
        records += advance.records;
        has_total = has_total && advance.total > 0;
        least_share = std::min(least_share, share_of(advance));
        if (!name.empty() && advance.total > 0) {
            fmt::format_to(std::back_inserter(parts), "{}{} {:.0f} %", parts.empty() ? "" : ", ",
                           name, share_of(advance) * 100);
        }
    }
    const double seconds = std::max(elapsed.count(), 1e-3);
    std::string text = fmt::format("{}: {} records, {:.0f}/s", stage, records,
                                   static_cast<double>(records) / seconds);
    if (has_total && least_share > 0.01) {
        const auto left = static_cast<long>(seconds / least_share * (1 - least_share) + 0.5);
        fmt::format_to(std::back_inserter(text), ", {:.0f} %, {}:{:02} left", least_share * 100,
                       left / 60, left % 60);
    }
    if (sources.size() > 1 && !parts.empty()) {
        text += " (" + parts + ")";
    }
    return text;
}

ProgressLine::ProgressLine(std::FILE* out, bool is_terminal, Colour colour, Detail detail)
    : out_(out), is_terminal_(is_terminal), colour_(colour), detail_(detail),
      stage_began_(std::chrono::steady_clock::now()), last_drawn_(stage_began_) {}

ProgressLine::~ProgressLine() {
    clear();
}

void ProgressLine::stage_begins(std::string_view stage) {
    const std::lock_guard lock(mutex_);
    stage_ = stage;
    sources_.clear();
    stage_began_ = std::chrono::steady_clock::now();
    if (is_terminal_) {
        draw(true);
    }
}

void ProgressLine::advanced(std::string_view source, const Advance& advance) {
    const std::lock_guard lock(mutex_);
    sources_[std::string(source)] = advance;
    draw(false);
}

void ProgressLine::log(LogLevel level, std::string_view source, std::string_view message) {
    if (level < LogLevel::Warning && detail_ != Detail::Verbose) {
        return;
    }
    const std::lock_guard lock(mutex_);
    clear();
    const bool is_coloured = colour_ == Colour::Yes && !colour_of(level).empty();
    const std::string line = fmt::format("{}{}{}: {}{}\n", is_coloured ? colour_of(level) : "",
                                         name_of_level(level), is_coloured ? "\x1b[0m" : "",
                                         source.empty() ? "" : fmt::format("source '{}': ", source),
                                         printable(message, 4096));
    std::fputs(line.c_str(), out_);
    std::fflush(out_);
}

void ProgressLine::draw(bool is_forced) {
    if (detail_ == Detail::Quiet) {
        return;
    }
    const auto now = std::chrono::steady_clock::now();
    const auto interval = is_terminal_ ? std::chrono::milliseconds(kTerminalInterval)
                                       : std::chrono::milliseconds(kLogInterval);
    if (!is_forced && now - last_drawn_ < interval) {
        return;
    }
    last_drawn_ = now;
    const std::string text = progress_text(stage_, sources_, now - stage_began_);
    if (is_terminal_) {
        std::fputs(("\r\x1b[K" + text).c_str(), out_);
        is_drawn_ = true;
    } else {
        std::fputs((text + "\n").c_str(), out_);
    }
    std::fflush(out_);
}

void ProgressLine::clear() {
    if (is_drawn_) {
        std::fputs("\r\x1b[K", out_);
        std::fflush(out_);
        is_drawn_ = false;
    }
}

}  // namespace coterie::observe
