/// For connectors that read files, or put one somewhere: turns the config's location (a path or
/// pattern, https, sftp, ftps, imaps, s3, a Google Sheets link, an archive of files) into local
/// files, and tells whether they are the same as at the last read. Link Coterie::location, and let
/// the manifest say "uses": ["location"], which gives the connector the config keys
/// (docs/guides/locations.md).
#pragma once

#include "coterie/connector.hpp"
#include "coterie/files.hpp"
#include "coterie/result.hpp"

#include <nlohmann/json.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace coterie::location {

/// The files that a location names, whole and ready to be read. Moves only; one thread.
class Fetched {
  public:
    Fetched(Fetched&&) noexcept;
    Fetched& operator=(Fetched&&) noexcept;
    ~Fetched();  ///< removes what was fetched

    /// Sorted by name; empty where `unchanged`. `path` is to be opened; `name` is for people,
    /// cursors and what is told by a file's ending: "sftp://files.agency.example/roster.xlsx",
    /// "rosters.zip/north/roster.csv". `stamp` is the same again as long as the content is.
    [[nodiscard]] const std::vector<files::Found>& files() const;
    /// Whether all is as it was when `last_state` was kept: nothing needs to be read.
    [[nodiscard]] bool unchanged() const;
    /// What Sink::keep_state is to be given once all was read; null where nothing tells one state
    /// of these files from the next.
    [[nodiscard]] const nlohmann::json& state() const;

  private:
    friend class Fetching;
    struct Impl;
    explicit Fetched(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// Finds, and where they lie elsewhere fetches, the files of a location.
///
/// \param config      The connector's whole config; reads the keys of "uses": ["location"].
/// \param last_state  What `state` gave for the last read (ReadRequest::last_state).
/// \param sink        For log, progress and cancelling; null where there is none, as in a check.
/// \return Config error where there is no such file, a password, host key or certificate is
///         refused, or a limit is passed; Transient where another try may succeed.
Result<Fetched> fetch(const nlohmann::json& config, const std::optional<nlohmann::json>& last_state,
                      Sink* sink);

/// A whole read of a connector: fetches, calls `read_files(const std::vector<files::Found>&)`,
/// which returns a Result<void>, unless nothing changed, and keeps the state.
template <class ReadFiles>
Result<void> read(const nlohmann::json& config, const ReadRequest& request, Sink& sink,
                  ReadFiles&& read_files) {
    COTERIE_TRY(const Fetched fetched, fetch(config, request.last_state, &sink));
    if (fetched.unchanged()) {
        sink.unchanged();
    } else {
        COTERIE_TRY_VOID(std::forward<ReadFiles>(read_files)(fetched.files()));
    }
    if (!fetched.state().is_null()) {
        sink.keep_state(fetched.state());
    }
    return {};
}

/// The same for Source::check: fetches, and calls `check_files` with the files.
template <class CheckFiles>
Result<void> check(const nlohmann::json& config, CheckFiles&& check_files) {
    COTERIE_TRY(const Fetched fetched, fetch(config, std::nullopt, nullptr));
    return std::forward<CheckFiles>(check_files)(fetched.files());
}

/// Puts a local file at a location (sftp), in the place of one that is there: under another name
/// first, which begins with a dot, and renamed when it is whole. A server that renames over no file
/// (OpenSSH's) is without it for a moment.
///
/// \param config  As `fetch`'s; `location` names the one file to write.
/// \return As `fetch`.
Result<void> put(const nlohmann::json& config, const std::string& file, Sink* sink);

/// Whether `put` may sign in and finds the folder; writes nothing.
Result<void> check_put(const nlohmann::json& config);

}  // namespace coterie::location
