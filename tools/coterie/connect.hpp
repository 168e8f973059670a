/// `coterie check --connect`: what credentials see and lack, and a sample of one.
#pragma once

#include "config/config.hpp"
#include "pipeline/workspace.hpp"
#include "plugin/session.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <vector>

namespace coterie::cli {

/// The first record of a stream: that there is one, and what becomes of it. No person's values.
struct Sample {
    std::string stream;
    std::optional<std::string> record_id;  ///< nothing: there was no record
    std::string where;                     ///< "roster.csv:2", where the source says it
    std::vector<std::string> fields;       ///< record fields that the mapping fills
    std::vector<std::string> columns;  ///< the record's own, where a mapping is still to be made
    std::string message;               ///< why there is none, or that it is not used
};

/// What came of trying one source or destination.
struct Connection {
    std::string failure;  ///< what is wrong; empty: it can be worked with
    std::vector<plugin::ReportLine> report;
    std::vector<Sample> samples;  ///< of a source that can be read: one a stream

    [[nodiscard]] nlohmann::json report_json() const;
    [[nodiscard]] nlohmann::json samples_json() const;
    /// Aligned lines, indented below the source's.
    [[nodiscard]] std::string text() const;
};

Connection connect(const config::Config& config, const pipeline::PreparedSource& source);
Connection connect(const config::Config& config, const pipeline::PreparedDestination& destination);

}  // namespace coterie::cli
