/// coterie-synth: a workspace of made-up people, with the truth of who is who.
#include "synth/workspace.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cmath>
#include <exception>

namespace {

constexpr int kFailed = 4;  // as `coterie`: nothing could be done

void report(const coterie::synth::Written& written, const std::string& folder) {
    fmt::print(stderr, "wrote {} records about {} entities, {} broken rows, {} MB to '{}'\n",
               written.records, written.entities, written.broken_rows, written.bytes / 1000000,
               folder);
}

}  // namespace

int main(int argc, char** argv) {
    coterie::synth::Request request;
    std::string folder;
    double change = 0;
    CLI::App app{"Writes a workspace of made-up people: sources, truth.csv and coterie.yaml"};
    app.add_option("--seed", request.seed, "the same seed gives the same bytes")
        ->capture_default_str();
    app.add_option("--records", request.records, "source records in all")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{100000000}))
        ->capture_default_str();
    app.add_option("--sources", request.sources,
                   "sources: sheet1 (CSV), crm1 (JSON Lines), sheet2 …")
        ->check(CLI::Range(1U, 64U))
        ->capture_default_str();
    app.add_option("--out", folder, "the folder to write to")->required();
    app.add_option("--change", change,
                   "also write DIR/night2, in which this share of records changed")
        ->check(CLI::Range(0.0, 1.0));
    app.add_flag("--skew", request.skewed, "a few people have very many records");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    try {
        request.change_per_million = static_cast<std::uint32_t>(std::lround(change * 1e6));
        report(write_workspace(request, 1, folder), folder);
        if (request.change_per_million != 0) {
            report(write_workspace(request, 2, folder + "/night2"), folder + "/night2");
        }
    } catch (const std::exception& error) {
        fmt::print(stderr, "coterie-synth: {}\n", error.what());
        return kFailed;
    }
    return 0;
}
