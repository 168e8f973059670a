/// Names of countries and languages in the languages of the field, out of the Unicode data (CLDR).
#pragma once

#include <string>
#include <vector>

namespace coterie::normalize {

/// A name or code, folded for looking up, and what it stands for.
struct NamedCode {
    std::string key;
    std::string code;
};

/// Codes (ISO 3166-1 alpha-2 and alpha-3) and names of all countries. Costs some milliseconds: call
/// once.
std::vector<NamedCode> country_names();
/// Codes (ISO 639) and names of all languages, under their BCP 47 code. Likewise.
std::vector<NamedCode> language_names();

}  // namespace coterie::normalize
