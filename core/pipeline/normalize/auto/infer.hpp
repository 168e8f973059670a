/// `mapping: auto`: a mapping for records whose columns nobody described.
#pragma once

#include "pipeline/normalize/auto/columns.hpp"
#include "pipeline/normalize/auto/lexicon.hpp"
#include "record/fields.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace coterie::normalize::automap {

enum class Outcome {
    Mapped,
    Asked,   ///< unsure, or not to be decided by a program: stays under custom until a person says
    Custom,  ///< understood to be no field of the record, or not known at all
};

/// Where a column's values go, and how they are read.
struct Target {
    record::FieldId field = record::FieldId::Custom;
    std::string platform;
    std::string role;
    bool is_percent = false;
    std::string unit;
    std::vector<std::string> split;
};

/// What one column was understood as.
struct Finding {
    std::string column;  ///< its path
    Outcome outcome = Outcome::Custom;
    /// Of Asked: what it would be, if there is a guess.
    std::optional<Target> target;
    double confidence = 0;  ///< 0-1, of the outcome
    std::string reason;     ///< in words; no values
    std::string question;   ///< of Asked
    bool is_sensitive = false;
    std::size_t item = 0;  ///< which item of its list the column is of, from 1; 0: none
    std::vector<std::string> examples;  ///< people's values: for the terminal only
    double fill = 0;                    ///< share of the records that hold something in it
};

/// What helps beside the records.
struct Hints {
    /// Names and places of the source ("2026-02-instagram.csv"), which may name a platform.
    std::vector<std::string> texts;
};

struct Proposal {
    /// Not empty: there are no people in these records, and why it seems so.
    std::string refusal;
    std::string known_export;       ///< its name; "" if it is none
    std::vector<Finding> findings;  ///< in the records' order of columns
    std::size_t records = 0;
    std::size_t columns_left_out = 0;
    /// The mapping, as Mapping::compile takes it (by to_node). Null where refused.
    nlohmann::ordered_json mapping;

    [[nodiscard]] std::size_t count(Outcome outcome) const;
};

/// Infers a mapping from a sample of raw records (JSON objects). The same records in any order give
/// the same proposal. Pure; any thread; never throws on any bytes.
/// \par Cost Some 100 ms for 2,000 records of 20 columns.
Proposal infer(std::span<const std::string_view> records, const ReadingContext& context,
               const Lexicon& lexicon, const Hints& hints = {});

}  // namespace coterie::normalize::automap
