#include "cli.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <system_error>

namespace coterie::cli {

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

void write_file(const std::string& file, const std::string& text) {
    // What is no file (a device, a pipe) is written to as it is.
    const bool takes_place =
        !file.empty() && (!std::filesystem::exists(file) || std::filesystem::is_regular_file(file));
    const std::string written = takes_place ? file + ".part" : file;
    std::FILE* out = file.empty() ? stdout : std::fopen(written.c_str(), "wb");
    const auto refuse = [&](int code) {
        throw CommandError(Nothing,
                           fmt::format("'{}' cannot be written: {}", file.empty() ? "stdout" : file,
                                       std::strerror(code)));
    };
    if (out == nullptr) {
        refuse(errno);
    }
    int failed = std::fwrite(text.data(), 1, text.size(), out) == text.size() ? 0 : errno;
    if (std::fflush(out) != 0 && failed == 0) {
        failed = errno;
    }
    if (!file.empty() && std::fclose(out) != 0 && failed == 0) {
        failed = errno;
    }
    std::error_code error;
    if (takes_place && failed == 0) {
        std::filesystem::rename(written, file, error);
        failed = error.value();
    }
    if (failed != 0) {
        if (takes_place) {
            std::filesystem::remove(written, error);
        }
        refuse(failed);
    }
}

std::size_t terminal_width() {
    winsize size{};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        return size.ws_col;
    }
    return 100;
}

}  // namespace coterie::cli
