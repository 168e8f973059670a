// What the tests of plugins' sessions share.
#pragma once

#include "plugin/session.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace coterie::plugin {

/// Keeps what it is told.
class KeepingSink final : public EventSink {
  public:
    void record(std::string_view id, std::string_view json, std::string_view where) override {
        ids.emplace_back(id);
        places.emplace_back(where);
        records.emplace_back(json);
        if (on_record) {
            on_record();
        }
    }
    void deleted(std::string_view) override {}
    void quarantine(std::string_view raw, std::string_view where, std::string_view why) override {
        quarantined.push_back(std::to_string(raw.size()) + "|" + std::string(where) + "|" +
                              std::string(why));
    }
    void checkpoint(std::string_view cursor) override { cursors.emplace_back(cursor); }
    void restarted() override {}
    void log(LogLevel, std::string_view message) override { logged.emplace_back(message); }
    void progress(std::uint64_t, std::uint64_t, std::string_view) override {}

    std::vector<std::string> ids;
    std::vector<std::string> places;
    std::vector<std::string> records;
    std::vector<std::string> quarantined;
    std::vector<std::string> cursors;
    std::vector<std::string> logged;
    std::function<void()> on_record;
};

inline Installed installed(const std::string& name) {
    static const Catalog catalog = Catalog::discover({HOSTILE_FOLDER});
    const auto found = catalog.find(name);
    if (!found) {
        ADD_FAILURE() << found.error().message;
        return {};
    }
    return **found;
}

/// A folder that is gone at the end.
class TemporaryFolder {
  public:
    TemporaryFolder() {
        std::string name =
            (std::filesystem::temp_directory_path() / "coterie_plugin_XXXXXX").string();
        path_ = ::mkdtemp(name.data());
    }
    ~TemporaryFolder() { std::filesystem::remove_all(path_); }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

}  // namespace coterie::plugin
