/// What one column is, by its header and its values; the other columns are infer.cpp's.
#pragma once

#include "pipeline/normalize/auto/header.hpp"
#include "pipeline/normalize/auto/infer.hpp"

namespace coterie::normalize::automap {

/// One column on its way to a finding.
struct Candidate {
    const Column* column = nullptr;
    HeaderReading header;
    Finding finding;
    bool is_contradicted = false;    ///< the values are not what the header says
    bool platform_is_guess = false;  ///< "subscribers" are mostly YouTube's
};

/// What the table as a whole says.
struct TableContext {
    std::string platform;  ///< the only one that is named anywhere; "" if none or several
    /// Language → share of the headers that it alone knows.
    std::map<std::string, double> languages;
};

/// Decides by header and values; questions that other columns answer are left to infer().
void decide(Candidate& candidate, const TableContext& table);

/// How well the values fit the field, 0-1.
double fit(const Column& column, record::FieldId field, const std::string& platform);

// How a finding comes about.
void map_to(Candidate& candidate, record::FieldId field, double confidence, std::string reason);
void ask(Candidate& candidate, std::string question, std::string reason);
void leave(Candidate& candidate, double confidence, std::string reason);

/// "name.display", "profiles.handle": a field's path without brackets.
std::string plain_path(record::FieldId field);

}  // namespace coterie::normalize::automap
