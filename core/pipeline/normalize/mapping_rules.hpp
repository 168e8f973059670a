/// A mapping as compile() leaves it and apply() runs it. Immutable.
#pragma once

#include "pipeline/normalize/mapping.hpp"
#include "pipeline/normalize/mapping_json.hpp"

#include <re2/re2.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace coterie::normalize {

/// Raised whenever a change of the normalizers or of this folder can give other facts for the same
/// mapping and record, so that stored facts are made anew.
inline constexpr std::string_view kNormalizersVersion = "3";
/// Items of one list in one record.
inline constexpr std::size_t kItemsMax = 1000;
/// Steps of one path.
inline constexpr std::size_t kPathStepsMax = 16;
/// Memory of one compiled regular expression.
inline constexpr std::int64_t kRegexBytesMax = 1 << 20;

/// One step down a source record: a member, an element, or all elements.
struct PathStep {
    enum class Kind { Member, Element, Each };
    Kind kind = Kind::Member;
    std::string key;
    std::uint32_t position = 0;
};

/// A source field as a mapping names it.
struct SourceRef {
    std::string text;
    bool is_relative = false;  ///< begins with '.': below the item of `each`
    /// The record's own field of exactly this name: wins over the path. Index into field names.
    std::size_t whole = 0;
    std::size_t head = 0;         ///< the first step's field name
    std::vector<PathStep> steps;  ///< after the head; empty where the text is no path
    bool is_path = false;
};

enum class LetterCase { AsIs, Lower, Upper };

/// Which values a rule takes.
enum class Take {
    First,  ///< the first source field that is not empty
    All,
    Join,
    Const,
};

struct Rule {
    record::FieldId field{};
    record::ValueKind kind{};
    Take take = Take::First;
    std::vector<SourceRef> refs;
    std::string joint = " ";  ///< `with`
    std::string constant;
    std::vector<std::string> separators;  ///< `split`
    std::unique_ptr<re2::RE2> regex;
    int group = 0;
    std::optional<std::string> replacement;
    LetterCase letter_case = LetterCase::AsIs;
    bool has_table = false;
    /// Raw value → value; nothing where the table says that it means nothing (null).
    std::map<std::string, std::optional<std::string>, std::less<>> table;
    std::map<std::string, std::optional<std::string>, std::less<>> folded_table;
    bool has_other = false;
    std::optional<std::string> other;  ///< `else`
    std::string date_format;
    bool is_percent = false;
    std::string unit;
    std::string country;
    std::string platform;

    [[nodiscard]] bool is_const() const { return take == Take::Const; }
    /// Whether values reach the reader as they stand in the record.
    [[nodiscard]] bool is_plain() const {
        return separators.empty() && !regex && letter_case == LetterCase::AsIs && !has_table;
    }
};

/// What makes one item (or several) of a list.
struct ItemRule {
    record::ListId list{};
    std::optional<SourceRef> each;
    std::vector<Rule> fields;  ///< in FieldId order

    [[nodiscard]] const Rule* find(record::FieldId field) const {
        for (const Rule& rule : fields) {
            if (rule.field == field) {
                return &rule;
            }
        }
        return nullptr;
    }
};

/// The field that a bare value of the list stands for: emails → address. Its only field where the
/// list holds plain values.
record::FieldId main_field(record::ListId list);

/// Names of top-level fields → their numbers; a small open hash, read for each field of each
/// record.
class FieldNames {
  public:
    static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
    std::size_t add(std::string_view name);  ///< while compiling
    void build();                            ///< afterwards
    [[nodiscard]] std::size_t find(std::string_view name) const;
    [[nodiscard]] std::size_t size() const { return names_.size(); }

  private:
    std::vector<std::string> names_;
    std::vector<std::uint32_t> slots_;  ///< number + 1; 0 is free
};

/// A whole mapping.
struct CompiledMapping {
    FieldNames names;
    std::vector<Rule> scalars;    ///< in FieldId order
    std::vector<ItemRule> lists;  ///< by list, then in the mapping's order
    std::vector<SourceRef> ignored;
    bool keeps_custom = true;
    bool links_records = false;  ///< a rule tells how records of the source hang together
    std::string version;
    /// "mapped fields: Navn, Insta", for the refusal of records of nobody.
    std::string identity_sources;
};

struct Mapping::Impl : CompiledMapping {};

}  // namespace coterie::normalize
