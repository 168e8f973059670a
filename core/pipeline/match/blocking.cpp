#include "pipeline/match/blocking.hpp"

#include "base/hash.hpp"

#include <algorithm>
#include <functional>
#include <tuple>

namespace coterie::match {

namespace {

struct Key {
    std::uint64_t hash;
    Rank rank;
};

/// Calls `emit` with each key of a record; a part that is missing gives none.
using KeysOf = std::function<void(Rank, const std::function<void(std::uint64_t)>&)>;

struct Rule {
    std::string name;
    KeysOf keys;
};

std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
    std::uint64_t both[2]{a, b};
    return hash64({reinterpret_cast<const char*>(both), sizeof both});
}

class Blocker {
  public:
    Blocker(const Corpus& corpus, std::span<const ComparisonSpec> specs) : corpus_(corpus) {
        make_rules(specs);
    }

    std::vector<std::string> rules_in_common(Rank a, Rank b) const {
        std::vector<std::string> common;
        for (const Rule& rule : rules_) {
            std::vector<std::uint64_t> keys;
            rule.keys(a, [&](std::uint64_t hash) { keys.push_back(hash); });
            bool is_common = false;
            rule.keys(b, [&](std::uint64_t hash) {
                is_common = is_common || std::find(keys.begin(), keys.end(), hash) != keys.end();
            });
            if (is_common) {
                common.push_back(rule.name);
            }
        }
        return common;
    }

    Candidates run() {
        names_.resize(corpus_.size());
        for (Rank rank = 0; rank < corpus_.size(); ++rank) {
            names_[rank] = name_order(rank);
        }
        Candidates found;
        for (std::size_t i = 0; i < rules_.size(); ++i) {
            found.rules.push_back({rules_[i].name, 0, 0, 0});
            block(rules_[i], static_cast<std::uint8_t>(i), found);
        }
        std::sort(found.pairs.begin(), found.pairs.end(), [](const auto& x, const auto& y) {
            return std::tie(x.a, x.b, x.rule) < std::tie(y.a, y.b, y.rule);
        });
        found.pairs.erase(
            std::unique(found.pairs.begin(), found.pairs.end(),
                        [](const auto& x, const auto& y) { return x.a == y.a && x.b == y.b; }),
            found.pairs.end());
        return found;
    }

  private:
    [[nodiscard]] std::string_view text(Rank rank, FeatureKind kind) const {
        const auto values = corpus_.values(rank, Corpus::column_of(kind));
        return values.empty() ? std::string_view{} : std::string_view(corpus_.text(values.front()));
    }

    /// The beginning of family and given name as a number, in their order.
    [[nodiscard]] std::uint64_t name_order(Rank rank) const {
        using enum FeatureKind;
        std::uint64_t order = 0;
        std::string name(text(rank, Family).substr(0, 5));
        name.resize(5, ' ');
        name += text(rank, Given).substr(0, 3);
        name.resize(8, ' ');
        for (const char c : name) {
            order = order << 8 | static_cast<unsigned char>(c);
        }
        return order;
    }

    /// Each value of a column.
    [[nodiscard]] KeysOf value_of(std::uint16_t column) const {
        return [this, column](Rank rank, const auto& emit) {
            for (const Entry& entry : corpus_.values(rank, column)) {
                emit(mix(column, entry.value));
            }
        };
    }
    [[nodiscard]] KeysOf text_of(std::function<std::string(Rank)> read) const {
        return [read = std::move(read)](Rank rank, const auto& emit) {
            if (const std::string text = read(rank); !text.empty()) {
                emit(hash64(text));
            }
        };
    }
    /// Both together.
    static KeysOf both(KeysOf a, KeysOf b) {
        return [a = std::move(a), b = std::move(b)](Rank rank, const auto& emit) {
            a(rank, [&](std::uint64_t left) {
                b(rank, [&](std::uint64_t right) { emit(mix(left, right)); });
            });
        };
    }
    [[nodiscard]] KeysOf family() const { return value_of(Corpus::column_of(FeatureKind::Family)); }
    [[nodiscard]] KeysOf given() const { return value_of(Corpus::column_of(FeatureKind::Given)); }
    [[nodiscard]] KeysOf beginning(FeatureKind kind, std::size_t letters) const {
        return text_of([this, kind, letters](Rank rank) {
            const std::string_view all = text(rank, kind);
            return all.size() < std::min<std::size_t>(letters, 2)
                       ? std::string(letters == 1 ? all : "")
                       : std::string(all.substr(0, letters));
        });
    }

    void make_rules(std::span<const ComparisonSpec> specs) {
        using enum FeatureKind;
        const auto column = [](FeatureKind kind) { return Corpus::column_of(kind); };
        rules_.push_back({"e-mail", value_of(column(Email))});
        rules_.push_back({"phone", value_of(column(Phone))});
        rules_.push_back({"user id", value_of(column(UserId))});
        rules_.push_back({"handle", [this](Rank rank, const auto& emit) {
                              for (const Entry& entry :
                                   corpus_.values(rank, Corpus::column_of(Handle))) {
                                  const std::string_view all = corpus_.text(entry);
                                  emit(hash64(all.substr(all.find('/') + 1)));
                              }
                          }});
        rules_.push_back({"e-mail before the @", [this](Rank rank, const auto& emit) {
                              for (const Entry& entry :
                                   corpus_.values(rank, Corpus::column_of(Email))) {
                                  const std::string& all = corpus_.text(entry);
                                  const auto at = std::min(all.find('@'), all.size());
                                  if (at >= 6) {
                                      emit(hash64(std::string_view(all).substr(0, at)));
                                  }
                              }
                          }});
        rules_.push_back({"given and family name", text_of([this](Rank rank) {
                              std::string_view a = text(rank, Given);
                              std::string_view b = text(rank, Family);
                              if (a.empty() || b.empty()) {
                                  return std::string();
                              }
                              if (b < a) {
                                  std::swap(a, b);
                              }
                              return std::string(a) + ' ' + std::string(b);
                          })});
        rules_.push_back({"name of one word", value_of(column(Word))});
        rules_.push_back(
            {"family name, first letter of given name", both(family(), beginning(Given, 1))});
        rules_.push_back(
            {"given name, first letters of family name", both(given(), beginning(Family, 3))});
        rules_.push_back(
            {"first letters of both names", both(beginning(Given, 4), beginning(Family, 4))});
        rules_.push_back({"family name, city", both(family(), value_of(column(City)))});
        rules_.push_back({"given name, city", both(given(), value_of(column(City)))});
        std::vector<std::uint16_t> customs;
        for (const ComparisonSpec& spec : specs) {
            if (spec.kind == ComparisonKind::Custom) {
                customs.push_back(spec.column);
            }
        }
        add_custom_rules(customs);
    }

    /// A field that tells records apart is a key of its own, another one beside a name or the next.
    void add_custom_rules(const std::vector<std::uint16_t>& customs) {
        constexpr double kTellsApart = 50;  // records with one value, at most, on average
        for (std::size_t i = 0; i < customs.size(); ++i) {
            const Column& values = corpus_.columns()[customs[i]];
            const double alike = values.chance_of_equal() * values.records;
            const KeysOf own = value_of(customs[i]);
            if (alike <= kTellsApart) {
                rules_.push_back({values.name, own});
                continue;
            }
            rules_.push_back({values.name + ", family name", both(own, family())});
            rules_.push_back({values.name + ", given name", both(own, given())});
        }
    }

    void block(const Rule& rule, std::uint8_t number, Candidates& found) {
        std::vector<Key> keys;
        for (Rank rank = 0; rank < corpus_.size(); ++rank) {
            rule.keys(rank, [&](std::uint64_t hash) { keys.push_back({hash, rank}); });
        }
        std::sort(keys.begin(), keys.end(), [this](const Key& x, const Key& y) {
            return std::tie(x.hash, names_[x.rank], x.rank) <
                   std::tie(y.hash, names_[y.rank], y.rank);
        });
        RuleReport& report = found.rules.back();
        for (std::size_t first = 0; first < keys.size();) {
            std::size_t last = first + 1;
            while (last < keys.size() && keys[last].hash == keys[first].hash) {
                ++last;
            }
            const std::size_t size = last - first;
            const bool is_oversize = size > kBlockMax;
            const std::size_t reach = is_oversize ? kWindow : size;
            std::uint64_t made = 0;
            for (std::size_t i = first; i < last; ++i) {
                for (std::size_t j = i + 1; j < std::min(last, i + 1 + reach); ++j) {
                    if (keys[i].rank != keys[j].rank) {
                        found.pairs.push_back({std::min(keys[i].rank, keys[j].rank),
                                               std::max(keys[i].rank, keys[j].rank), number});
                    }
                    ++made;
                }
            }
            report.pairs += made;
            report.oversize += is_oversize ? 1U : 0U;
            report.left_out += std::uint64_t{size} * (size - 1) / 2 - made;
            first = last;
        }
    }

    const Corpus& corpus_;
    std::vector<std::uint64_t> names_;  ///< by rank
    std::vector<Rule> rules_;
};

}  // namespace

std::vector<std::string> rules_in_common(const Corpus& corpus,
                                         std::span<const ComparisonSpec> specs, Rank a, Rank b) {
    return Blocker(corpus, specs).rules_in_common(a, b);
}

Candidates find_candidates(const Corpus& corpus, std::span<const ComparisonSpec> specs) {
    return Blocker(corpus, specs).run();
}

}  // namespace coterie::match
