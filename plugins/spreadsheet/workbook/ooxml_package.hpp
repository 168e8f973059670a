/// The parts of an OOXML package and how they point to one another.
#pragma once

#include "archive.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace spreadsheet {

struct Relationship {
    std::string type;    ///< the last step of its URI: "worksheet"; transitional and strict alike
    std::string target;  ///< a part's name, or where a link leads
    bool is_external = false;
};

/// By id.
using Relationships = std::unordered_map<std::string, Relationship>;

/// Of a part, or of the package where `part` is empty. \return None where there are none.
coterie::Result<Relationships> read_relationships(Archive& archive, const std::string& part,
                                                  const WorkbookLimits& limits);

/// The part that all begins with. \return Config error where there is none.
coterie::Result<std::string> find_main_part(Archive& archive, const WorkbookLimits& limits);

/// A part by its name, percent-encoded or not.
std::optional<PartIndex> find_part(const Archive& archive, const std::string& name);

}  // namespace spreadsheet
