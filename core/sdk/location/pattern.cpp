#include "sdk/location/pattern.hpp"

#include <algorithm>
#include <vector>

namespace coterie::location {

namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// One piece of a pattern.
struct Piece {
    enum class Kind { Plain, One, Class, Many, ManyFolders };
    Kind kind = Kind::Plain;
    char plain = 0;
    std::string_view set;  ///< of Class, without the brackets
};

bool is_in_set(std::string_view set, char c, Capitals capitals) {
    bool negated = false;
    if (!set.empty() && (set.front() == '!' || set.front() == '^')) {
        negated = true;
        set.remove_prefix(1);
    }
    const auto fits = [&](char candidate) {
        for (std::size_t i = 0; i < set.size(); ++i) {
            if (i + 2 < set.size() && set[i + 1] == '-') {
                if (candidate >= set[i] && candidate <= set[i + 2]) {
                    return true;
                }
                i += 2;
            } else if (candidate == set[i]) {
                return true;
            }
        }
        return false;
    };
    const char other = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : lower(c);
    return (fits(c) || (capitals == Capitals::DoNotMatter && fits(other))) != negated && c != '/';
}

std::vector<Piece> pieces_of(std::string_view pattern) {
    std::vector<Piece> pieces;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        const char c = pattern[i];
        if (c == '*') {
            const bool folders = i + 1 < pattern.size() && pattern[i + 1] == '*';
            while (i + 1 < pattern.size() && pattern[i + 1] == '*') {
                ++i;
            }
            pieces.push_back({folders ? Piece::Kind::ManyFolders : Piece::Kind::Many, 0, {}});
        } else if (c == '?') {
            pieces.push_back({Piece::Kind::One, 0, {}});
        } else if (c == '[' && pattern.find(']', i + 2) != std::string_view::npos) {
            const std::size_t end = pattern.find(']', i + 2);
            pieces.push_back({Piece::Kind::Class, 0, pattern.substr(i + 1, end - i - 1)});
            i = end;
        } else {
            pieces.push_back({Piece::Kind::Plain, c, {}});
        }
    }
    return pieces;
}

bool fits_one(const Piece& piece, char c, Capitals capitals) {
    switch (piece.kind) {
    case Piece::Kind::Plain:
        return capitals == Capitals::Matter ? piece.plain == c : lower(piece.plain) == lower(c);
    case Piece::Kind::One:
    case Piece::Kind::Many:
        return c != '/';
    case Piece::Kind::Class:
        return is_in_set(piece.set, c, capitals);
    case Piece::Kind::ManyFolders:
        return true;
    }
    return false;
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_separator(char c) {
    return c == '-' || c == '_' || c == '.' || c == ' ';
}

/// A run of digits in a name.
struct Digits {
    std::size_t at = 0;
    std::size_t size = 0;
    std::uint32_t value = 0;
};

std::vector<Digits> digit_runs(std::string_view name) {
    std::vector<Digits> runs;
    for (std::size_t i = 0; i < name.size();) {
        if (!is_digit(name[i])) {
            ++i;
            continue;
        }
        Digits run{i, 0, 0};
        for (; i < name.size() && is_digit(name[i]); ++i, ++run.size) {
            run.value = run.size < 8 ? run.value * 10 + static_cast<std::uint32_t>(name[i] - '0')
                                     : run.value;
        }
        runs.push_back(run);
    }
    return runs;
}

std::uint32_t date_of(std::uint32_t year, std::uint32_t month, std::uint32_t day) {
    const bool good =
        year >= 1990 && year <= 2199 && month >= 1 && month <= 12 && day >= 1 && day <= 31;
    return good ? year * 10000 + month * 100 + day : 0;
}

}  // namespace

bool is_pattern(std::string_view text) {
    return text.find_first_of("*?[") != std::string_view::npos;
}

bool matches(std::string_view pattern, std::string_view text, Capitals capitals) {
    const std::vector<Piece> pieces = pieces_of(pattern);
    // reached[i]: whether the text so far fits the first i pieces.
    std::vector<char> reached(pieces.size() + 1, 0);
    const auto skip_what_may_be_nothing = [&](bool at_segment_start) {
        for (std::size_t i = 0; i < pieces.size(); ++i) {
            const bool many =
                pieces[i].kind == Piece::Kind::Many || pieces[i].kind == Piece::Kind::ManyFolders;
            if (reached[i] && many) {
                reached[i + 1] = 1;
            }
            // "**/" stands for no folder too.
            if (reached[i] && at_segment_start && pieces[i].kind == Piece::Kind::ManyFolders &&
                i + 1 < pieces.size() && pieces[i + 1].kind == Piece::Kind::Plain &&
                pieces[i + 1].plain == '/') {
                reached[i + 2] = 1;
            }
        }
    };
    reached[0] = 1;
    skip_what_may_be_nothing(true);
    for (const char c : text) {
        std::vector<char> next(pieces.size() + 1, 0);
        for (std::size_t i = 0; i < pieces.size(); ++i) {
            if (!reached[i] || !fits_one(pieces[i], c, capitals)) {
                continue;
            }
            const bool many =
                pieces[i].kind == Piece::Kind::Many || pieces[i].kind == Piece::Kind::ManyFolders;
            next[many ? i : i + 1] = 1;
        }
        reached = std::move(next);
        skip_what_may_be_nothing(c == '/');
    }
    return reached.back() != 0;
}

std::string_view longest_plain_part(std::string_view pattern) {
    std::string_view longest;
    for (std::size_t begin = 0; begin < pattern.size();) {
        const std::size_t end = std::min(pattern.find_first_of("*?[", begin), pattern.size());
        if (end - begin > longest.size()) {
            longest = pattern.substr(begin, end - begin);
        }
        begin = end + 1;
        if (end < pattern.size() && pattern[end] == '[') {
            begin = std::min(pattern.find(']', end), pattern.size() - 1) + 1;
        }
    }
    return longest;
}

std::uint32_t date_in_name(std::string_view name) {
    const std::vector<Digits> runs = digit_runs(name);
    const auto joined = [&](std::size_t i) {  // by one separator with the run behind it
        return i + 1 < runs.size() && runs[i].at + runs[i].size + 1 == runs[i + 1].at &&
               is_separator(name[runs[i].at + runs[i].size]);
    };
    std::uint32_t found = 0;
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const Digits& run = runs[i];
        std::uint32_t date = 0;
        std::size_t used = 1;
        if (run.size == 8) {
            date = date_of(run.value / 10000, run.value / 100 % 100, run.value % 100);
        } else if (run.size == 4 && joined(i) && runs[i + 1].size <= 2) {
            const bool has_day = joined(i + 1) && runs[i + 2].size <= 2;
            date = date_of(run.value, runs[i + 1].value, has_day ? runs[i + 2].value : 1);
            used = has_day ? 3 : 2;
        } else if (run.size <= 2 && joined(i) && runs[i + 1].size <= 2 && joined(i + 1) &&
                   runs[i + 2].size == 4) {
            date = date_of(runs[i + 2].value, runs[i + 1].value, run.value);
            used = 3;
        }
        if (date != 0) {
            found = date;
            i += used - 1;
        }
    }
    return found;
}

}  // namespace coterie::location
