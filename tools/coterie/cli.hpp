/// The `coterie` program: what its commands share.
#pragma once

#include "base/table.hpp"
#include "config/config.hpp"
#include "plugin/catalog.hpp"
#include "store/store.hpp"

#include "coterie/result.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace coterie::cli {

/// The exit codes that scripts rely on (design, section 8).
enum ExitCode : int { Done = 0, Partial = 1, Usage = 2, Invalid = 3, Nothing = 4, Bug = 70 };

/// What every command knows of its call.
struct Context {
    std::filesystem::path config_file = "coterie.yaml";
    bool json = false;     ///< one JSON document on stdout, people's text on stderr
    bool quiet = false;    ///< no progress
    bool verbose = false;  ///< also what the sources note in passing
    /// Whether people's text may be coloured: a terminal, and NO_COLOR is not set.
    bool colour = false;
};

/// Ends a command with a message and an exit code.
class CommandError : public std::runtime_error {
  public:
    CommandError(ExitCode code, const std::string& message)
        : std::runtime_error(message), code_(code) {}
    [[nodiscard]] ExitCode code() const { return code_; }

  private:
    ExitCode code_;
};

/// The value, or ends the command: Config errors with 3, others with 4.
template <class T>
T or_end(Result<T> result) {
    if (!result) {
        throw CommandError(result.error().kind == ErrorKind::Config ? Invalid : Nothing,
                           result.error().message);
    }
    if constexpr (!std::is_void_v<T>) {
        return *std::move(result);
    }
}

/// Loads the config. \throws config::ConfigError, also when there is no file.
config::Config load_config(const Context& context);
plugin::Catalog load_catalog(const config::Config& config);
/// Opens the workspace's store. For reading, a store that is not there yet ends with 4 and what to
/// do.
std::unique_ptr<store::Store> open_store(const config::Config& config, store::Store::Access access);

/// One JSON document, a line.
void print_json(const nlohmann::json& document);
/// Text for people: on stdout, or on stderr beside JSON.
void print_text(const Context& context, const std::string& text);

/// Writes a whole file, or nothing: a new one takes the old one's place when it is complete.
/// \param file  "": stdout. \throws CommandError
void write_file(const std::string& file, const std::string& text);

/// Of the terminal; 100 where there is none.
std::size_t terminal_width();

// The commands. Each prints what it has to say and returns its exit code.

int init(const Context& context, const std::filesystem::path& folder);
int check(const Context& context, bool connects);
int connectors(const Context& context, const std::string& name);

struct PreviewFlags {
    std::string source;
    std::size_t records = 5;
    bool is_writing = false;  ///< also write the mapping
    std::string file;         ///< where to; "" is mapping-SOURCE.yaml beside the config
    bool is_forced = false;   ///< over a file that is there
};
int preview(const Context& context, const PreviewFlags& flags);

struct RunFlags {
    std::vector<std::string> sources, accept_deletions, accept_drift;
    std::vector<std::string> accept_changes;  ///< destinations
    bool is_full = false, is_dry_run = false;
};
int run(const Context& context, const RunFlags& flags);

int diff(const Context& context, std::uint32_t run);
int show(const Context& context, const std::string& id);
int explain(const Context& context, const std::string& a, const std::string& b,
            const std::string& page);
struct QuarantineFlags {
    std::string source, stage, reason;
    std::size_t entries_max = 20;
};
int quarantine(const Context& context, const QuarantineFlags& flags);

struct CorrectFlags {
    std::string file, connector;
    std::vector<std::string> remove;
    bool list = false;
};
int correct(const Context& context, const CorrectFlags& flags);

struct DecideFlags {
    std::string verdict;  ///< "same", "different" or "undo"
    std::string a, b, note;
    std::string who;  ///< "": the login name
    std::uint32_t number = 0;
};
int decide(const Context& context, const DecideFlags& flags);
int undo_decision(const Context& context, const DecideFlags& flags);
int list_decisions(const Context& context);
int export_decisions(const Context& context, const std::string& file);
int import_decisions(const Context& context, const std::string& file);

struct ReviewFlags {
    std::size_t pairs_max = 0;  ///< 0: all
    std::string who;            ///< "": the login name
};
int review(const Context& context, const ReviewFlags& flags);

struct EvaluateFlags {
    std::string truth, page;
    std::size_t worst = 10;  ///< false links and misses listed, of each
};
int evaluate_links(const Context& context, const EvaluateFlags& flags);

/// What `export` was asked for; empty: as it is by itself.
struct ExportFlags {
    std::string what = "golden", format, file;
    std::string dialect, delimiter, decimal, encoding, line_end, formulas, missing;
    /// Whether anything is said about CSV.
    [[nodiscard]] bool shapes_csv() const {
        return !(dialect + delimiter + decimal + encoding + line_end + formulas + missing).empty();
    }
};
int export_roster(const Context& context, const ExportFlags& flags);
int doctor(const Context& context);

}  // namespace coterie::cli
