// coterie-conformance PLUGIN_FOLDER CASE.json: holds a built plugin to the rules of the boundary.
//
// CASE.json: {"config": {…}, "stream": "contacts"}; without a stream, all that the manifest has,
// those that a destination takes among them. Relative paths in the config start at the case's
// folder; those of a destination in an empty one, so that it writes nothing beside the case. Exit
// code: 0 all hold, 1 some do not, 2 usage.
#include "checks.hpp"

#include <unistd.h>

#include <cstdio>
#include <fstream>

namespace {

using namespace coterie;
namespace fs = std::filesystem;

/// \return Whether all checks hold.
bool run_checks(const conformance::Subject& subject) {
    bool all_hold = true;
    const auto run = [&](const std::vector<conformance::Check>& checks) {
        for (const auto& check : checks) {
            const auto finding = check.run(subject);
            std::printf("%s: %s (stream '%s')%s%s\n", finding ? "FAILED" : "ok", check.name.c_str(),
                        subject.stream.c_str(), finding ? ": " : "",
                        finding ? finding->c_str() : "");
            all_hold = all_hold && !finding;
            if (finding && &check == &conformance::common_checks().front()) {
                return false;
            }
        }
        return true;
    };
    if (run(conformance::common_checks())) {
        run(subject.is_written ? conformance::destination_checks() : conformance::source_checks());
    }
    return all_hold;
}

int fail(const std::string& message) {
    std::fprintf(stderr, "coterie-conformance: %s\n", message.c_str());
    return 2;
}

int run(const fs::path& folder, const fs::path& case_file) {
    const auto catalog = plugin::Catalog::discover({folder.parent_path()});
    const auto found = catalog.find(folder.filename().string());
    if (!found) {
        return fail(found.error().message);
    }
    std::ifstream in(case_file);
    const auto wanted = nlohmann::json::parse(in, nullptr, false);
    if (!wanted.is_object() || !wanted.contains("config")) {
        return fail(case_file.string() + " is no JSON object with a member 'config'");
    }
    const auto workspace = case_file.parent_path();
    if (::chdir(workspace.c_str()) != 0) {
        return fail(workspace.string() + " cannot be entered");
    }
    const auto& manifest = (*found)->manifest;
    const auto is_wanted = [&](const std::string& stream) {
        return !wanted.contains("stream") || wanted["stream"] == stream;
    };
    std::size_t run_count = 0;
    bool all_hold = true;
    const auto check = [&](const std::string& stream, bool is_written) {
        if (is_wanted(stream)) {
            ++run_count;
            all_hold =
                run_checks({**found, wanted["config"], stream, workspace, is_written}) && all_hold;
        }
    };
    if (manifest.is_source()) {
        const auto streams = plugin::streams_of(manifest, wanted["config"]);
        if (!streams) {
            return fail(case_file.string() + ": config: " + streams.error().message);
        }
        for (const auto& stream : *streams) {
            check(stream.name, false);
        }
    }
    if (manifest.is_destination()) {
        for (const auto& stream : manifest.destination.streams) {
            check(stream, true);
        }
    }
    if (run_count == 0) {
        return fail("the plugin has no such stream");
    }
    return all_hold ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 3) {
        return fail("usage: coterie-conformance PLUGIN_FOLDER CASE.json");
    }
    try {
        return run(fs::weakly_canonical(arguments[1]), fs::weakly_canonical(arguments[2]));
    } catch (const std::exception& error) {
        return fail(error.what());
    }
}
