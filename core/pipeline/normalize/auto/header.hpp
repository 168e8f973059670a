/// What a column's header says of it, in the words of the lexicons.
#pragma once

#include "pipeline/normalize/auto/columns.hpp"
#include "pipeline/normalize/auto/lexicon.hpp"

#include <string>
#include <vector>

namespace coterie::normalize::automap {

/// How surely a header means something.
enum class Match {
    None,
    Contains,  ///< some of its words are known: good for a question, not for an answer
    Fits,      ///< known but for words that say nothing ("primary", "the")
    Exact,
};

struct HeaderReading {
    Match match = Match::None;
    std::vector<Meaning> meanings;  ///< by language; empty where there is none
    std::string platform;           ///< named by the header or by what it lies in
    std::string role;               ///< "booking", "agent", "work", "personal"; ""
    bool is_percent = false;
    std::string unit;            ///< "K", "M"; ""
    bool is_positional = false;  ///< "column 3": there is no header
    bool is_account = false;     ///< names a platform and nothing else: "Insta"
};

/// \par Cost Some lookups a word. Any thread.
HeaderReading read_header(const Column& column, const Lexicon& lexicon);

/// The platforms that a text names ("2026-02-instagram.csv").
std::vector<std::string> platforms_in(std::string_view text);

}  // namespace coterie::normalize::automap
