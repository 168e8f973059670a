#include "base/text.hpp"
#include "cli.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace coterie::cli {

namespace {

/// How many columns a terminal needs; good for the scripts of the field's sources.
std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
    }));
}

void append_cell(std::string& line, const std::string& cell, std::size_t width, bool is_last) {
    line += cell;
    if (!is_last) {
        line.append(width - width_of(cell) + 2, ' ');
    }
}

/// Cut to `width` characters, with "…" where something is missing.
std::string clipped(const std::string& text, std::size_t width) {
    if (width_of(text) <= width) {
        return text;
    }
    std::string out;
    std::size_t count = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool begins = (static_cast<unsigned char>(text[i]) & 0xc0U) != 0x80U;
        if (begins && ++count >= width) {
            break;
        }
        out.push_back(text[i]);
    }
    return out + "…";
}

}  // namespace

config::Config load_config(const Context& context) {
    if (!std::filesystem::exists(context.config_file)) {
        throw config::ConfigError({{{context.config_file.string(), 0, 0},
                                    "no such file; 'coterie init' writes a starter workspace, '-c "
                                    "FILE' names another config"}});
    }
    return config::load(context.config_file);
}

plugin::Catalog load_catalog(const config::Config& config) {
    return plugin::Catalog::discover(plugin::Catalog::search_path(config.plugin_paths));
}

std::unique_ptr<store::Store> open_store(const config::Config& config,
                                         store::Store::Access access) {
    constexpr std::string_view kScheme = "sqlite:";
    if (access == store::Store::Access::ReadOnly && config.store.starts_with(kScheme) &&
        !std::filesystem::exists(config.store.substr(kScheme.size()))) {
        throw CommandError(Nothing, fmt::format("no store at '{}' yet; 'coterie run' makes it",
                                                config.store.substr(kScheme.size())));
    }
    auto store = store::Store::open(config.store, access);
    if (!store) {
        throw CommandError(Nothing, store.error().message);
    }
    return *std::move(store);
}

void print_json(const nlohmann::json& document) {
    // Texts of outside data may hold broken UTF-8 only by a mistake of ours; show it, do not fail.
    const std::string text =
        document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
}

void print_text(const Context& context, const std::string& text) {
    std::FILE* out = context.json ? stderr : stdout;
    std::fwrite(text.data(), 1, text.size(), out);
    std::fflush(out);
}

std::string table(const std::vector<std::string>& headers,
                  const std::vector<std::vector<std::string>>& rows, std::size_t width) {
    std::vector<std::size_t> widths;
    for (const auto& header : headers) {
        widths.push_back(width_of(header));
    }
    for (const auto& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths[i] = std::max(widths[i], width_of(row[i]));
        }
    }
    std::size_t before_last = 0;
    for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
        before_last += widths[i] + 2;
    }
    const std::size_t last_width = width > before_last + 20 ? width - before_last : 20;
    std::string out;
    const auto append = [&](const std::vector<std::string>& row) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            const bool is_last = i + 1 == row.size();
            append_cell(out, is_last ? clipped(row[i], last_width) : row[i], widths[i], is_last);
        }
        out += "\n";
    };
    append(headers);
    for (const auto& row : rows) {
        append(row);
    }
    return out;
}

std::size_t terminal_width() {
    winsize size{};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        return size.ws_col;
    }
    return 100;
}

}  // namespace coterie::cli
