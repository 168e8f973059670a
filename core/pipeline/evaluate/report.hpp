/// What an evaluation says, for programs and for people.
#pragma once

#include "pipeline/evaluate/evaluate.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace coterie::evaluate {

/// A record as it is shown.
struct ShownRecord {
    std::string source, stream, record_id;
    std::string name;    ///< the person's; empty where it says none
    std::string entity;  ///< who it is by the truth
    std::string golden;  ///< the golden record it is in; empty where it is in none
    std::string state;   ///< why it is in none; empty where it is in one
};

/// One thing that speaks for or against two records being one person.
struct ShownEvidence {
    std::string what, detail;
    bool joins = false;
};

/// A mistake with the two records that tell most of it.
struct Example {
    std::uint64_t pairs = 0;
    std::size_t size_a = 0;
    std::size_t size_b = 0;
    ShownRecord a, b;
    std::vector<ShownEvidence> evidence;  ///< nothing where one of them is not in use
};

struct Report {
    std::string truth;  ///< the file
    Score score;
    std::uint64_t in_no_cluster = 0;  ///< records of the truth that stand alone so
    std::uint64_t not_in_store = 0;   ///< of those, records that the store does not have
    std::vector<std::string> not_in_store_listed;  ///< the first of them: "crm/20101"
    std::uint64_t not_in_truth = 0;            ///< linked records that the truth says nothing of
    std::vector<Example> false_links, misses;  ///< the worst first
};

nlohmann::json to_json(const Report& report);
std::string to_text(const Report& report);
/// One page with all that it needs in it.
std::string to_html(const Report& report);

}  // namespace coterie::evaluate
