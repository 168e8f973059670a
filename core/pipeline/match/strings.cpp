#include "pipeline/match/strings.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace coterie::match {

namespace {

constexpr std::size_t kShortMax = 64;

/// One mark for each unit: a word of bits for short strings, a list for long ones.
class ShortMarks {
  public:
    explicit ShortMarks(std::size_t /*size*/) {}
    [[nodiscard]] bool has(std::size_t i) const { return ((bits_ >> i) & 1) != 0; }
    void set(std::size_t i) { bits_ |= std::uint64_t{1} << i; }

  private:
    std::uint64_t bits_ = 0;
};
class LongMarks {
  public:
    explicit LongMarks(std::size_t size) : marks_(size) {}
    [[nodiscard]] bool has(std::size_t i) const { return marks_[i]; }
    void set(std::size_t i) { marks_[i] = true; }

  private:
    std::vector<bool> marks_;
};

template <class Marks, class View>
double jaro(View a, View b) {
    const std::size_t longer = std::max(a.size(), b.size());
    const std::size_t reach = longer < 4 ? 0 : longer / 2 - 1;
    Marks in_a(a.size());
    Marks in_b(b.size());
    std::size_t common = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const std::size_t end = std::min(b.size(), i + reach + 1);
        for (std::size_t j = i > reach ? i - reach : 0; j < end; ++j) {
            if (a[i] == b[j] && !in_b.has(j)) {
                in_a.set(i);
                in_b.set(j);
                ++common;
                break;
            }
        }
    }
    if (common == 0) {
        return 0;
    }
    std::size_t out_of_order = 0;
    std::size_t j = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (!in_a.has(i)) {
            continue;
        }
        while (!in_b.has(j)) {
            ++j;
        }
        out_of_order += a[i] != b[j] ? 1U : 0U;
        ++j;
    }
    const auto m = static_cast<double>(common);
    return (m / static_cast<double>(a.size()) + m / static_cast<double>(b.size()) +
            (m - static_cast<double>(out_of_order / 2)) / m) /
           3;
}

template <class View>
double winkler(View a, View b) {
    if (a.empty() || b.empty()) {
        return a.empty() && b.empty() ? 1 : 0;
    }
    if (b.size() < a.size() || (b.size() == a.size() && b < a)) {
        std::swap(a, b);  // Jaro's greedy assignment depends on which string it starts from
    }
    const double similarity =
        std::max(a.size(), b.size()) <= kShortMax ? jaro<ShortMarks>(a, b) : jaro<LongMarks>(a, b);
    constexpr double kBoostedFrom = 0.7;
    constexpr double kScale = 0.1;
    if (similarity <= kBoostedFrom) {
        return similarity;
    }
    const std::size_t most = std::min({a.size(), b.size(), std::size_t{4}});
    std::size_t prefix = 0;
    while (prefix < most && a[prefix] == b[prefix]) {
        ++prefix;
    }
    return similarity + static_cast<double>(prefix) * kScale * (1 - similarity);
}

/// \pre no common beginning or end; a is not the longer; rows have |b| + 1 places each
template <class View>
std::size_t distance(View a, View b, std::size_t most, std::size_t* before, std::size_t* above,
                     std::size_t* row) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
        above[j] = j;
    }
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        std::size_t least = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t change = above[j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U);
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, change});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = std::min(row[j], before[j - 2] + 1);
            }
            least = std::min(least, row[j]);
        }
        if (least > most) {
            // A swap reaches over one row, and is one edit more than what stands there.
            const std::size_t swapped = *std::min_element(above, above + b.size() + 1) + 1;
            if (swapped > most) {
                return most + 1;
            }
        }
        std::size_t* const oldest = before;
        before = above;
        above = row;
        row = oldest;
    }
    return std::min(above[b.size()], most + 1);
}

template <class View>
std::size_t osa(View a, View b, std::size_t most) {
    if (a.size() > b.size()) {
        std::swap(a, b);
    }
    if (b.size() - a.size() > most) {
        return most + 1;
    }
    while (!a.empty() && a.front() == b.front()) {
        a.remove_prefix(1);
        b.remove_prefix(1);
    }
    while (!a.empty() && a.back() == b.back()) {
        a.remove_suffix(1);
        b.remove_suffix(1);
    }
    if (a.empty()) {
        return std::min(b.size(), most + 1);
    }
    const std::size_t width = b.size() + 1;
    if (width <= kShortMax + 1) {
        std::array<std::size_t, 3 * (kShortMax + 1)> rows;
        return distance(a, b, most, rows.data(), rows.data() + width, rows.data() + 2 * width);
    }
    std::vector<std::size_t> rows(3 * width);
    return distance(a, b, most, rows.data(), rows.data() + width, rows.data() + 2 * width);
}

}  // namespace

double jaro_winkler(std::string_view a, std::string_view b) {
    return winkler(a, b);
}
double jaro_winkler(std::u32string_view a, std::u32string_view b) {
    return winkler(a, b);
}
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t most) {
    return osa(a, b, most);
}
std::size_t edit_distance(std::u32string_view a, std::u32string_view b, std::size_t most) {
    return osa(a, b, most);
}

}  // namespace coterie::match
