/// The file.
#pragma once

#include "person.hpp"
#include "settings.hpp"

#include "coterie/result.hpp"

#include <cstdio>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <string_view>

namespace greenfly {

/// A cell of CSV that no spreadsheet takes for a formula.
std::string csv_cell(std::string_view text, char delimiter);

/// The external ids in a file that was written before; none where there is no file, or no such
/// column in it.
coterie::Result<std::set<std::string>> external_ids(const std::string& path,
                                                    const Settings& settings);

/// A file that comes into being when `put_in_place` succeeds, in the place of one that is there.
/// Until then it is called PATH.part. One thread.
class Roster {
  public:
    static coterie::Result<std::unique_ptr<Roster>> create(const Settings& settings);
    ~Roster();  ///< without `put_in_place`: leaves nothing behind
    Roster(const Roster&) = delete;
    Roster& operator=(const Roster&) = delete;

    coterie::Result<void> append(const Person& person);
    /// All is written.
    coterie::Result<void> close();
    [[nodiscard]] std::string part() const { return part_.string(); }
    coterie::Result<void> put_in_place();

  private:
    explicit Roster(const Settings& settings);
    coterie::Result<void> write(const std::string& text);

    struct CloseFile {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    const Settings& settings_;
    const std::filesystem::path path_, part_;
    std::unique_ptr<std::FILE, CloseFile> file_;
};

}  // namespace greenfly
