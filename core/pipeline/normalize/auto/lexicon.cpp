#include "pipeline/normalize/auto/lexicon.hpp"

#include "base/text.hpp"
#include "pipeline/normalize/characters.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace coterie::normalize::automap {
namespace {

using config::ConfigError;
using config::Node;

/// Numbers that {n} in a known export's column stands for.
constexpr int kNumberedMax = 9;

const Node& member(const Node& map, std::string_view key) {
    const Node* found = map.find(key);
    if (found == nullptr) {
        throw ConfigError({{map.place, fmt::format("the lexicon lacks '{}'", key)}});
    }
    return *found;
}

/// Each text of a list, with its number templates written out.
template <class Visit>
void for_each_text(const Node& list, const Visit& visit) {
    for (const Node& item : list.items) {
        visit(item.scalar);
    }
}

std::vector<std::string> written_out(const std::string& column) {
    const auto at = column.find("{n}");
    if (at == std::string::npos) {
        return {column};
    }
    std::vector<std::string> columns;
    for (int n = 1; n <= kNumberedMax; ++n) {
        columns.push_back(column.substr(0, at) + std::to_string(n) + column.substr(at + 3));
    }
    return columns;
}

/// "profiles.url@linkedin" → the path, and the platform.
std::pair<std::string, std::string> path_and_platform(const std::string& target) {
    const auto at = target.find('@');
    return at == std::string::npos ? std::pair{target, std::string()}
                                   : std::pair{target.substr(0, at), target.substr(at + 1)};
}

record::FieldId field_of(const std::string& path, const Node& node) {
    const auto field = record::field_by_path(path);
    if (!field) {
        throw ConfigError({{node.place, fmt::format("the lexicon names no field '{}'", path)}});
    }
    return *field;
}

ExportColumn export_column(const Node& node) {
    ExportColumn column;
    const auto target = [&](const Node& to) {
        std::tie(column.path, column.platform) = path_and_platform(to.scalar);
        field_of(column.path, to);
    };
    if (node.is_scalar()) {
        target(node);
        return column;
    }
    if (const Node* to = node.find("to")) {
        target(*to);
    }
    if (const Node* role = node.find("role")) {
        column.role = role->scalar;
    }
    if (const Node* split = node.find("split")) {
        column.split.push_back(split->scalar);
    }
    if (const Node* ask = node.find("ask")) {
        column.question = ask->scalar;
    }
    return column;
}

}  // namespace

std::vector<std::string> header_words(std::string_view header) {
    if (trim(header) == "@") {
        return {"at"};
    }
    if (trim(header) == "#") {
        return {"no"};
    }
    std::string spaced;
    for (std::size_t i = 0; i < header.size(); ++i) {
        const char c = header[i];
        const char before = i > 0 ? header[i - 1] : ' ';
        const bool begins_word = (c >= 'A' && c <= 'Z' && before >= 'a' && before <= 'z') ||
                                 (is_digit(c) && is_ascii_letter(before));
        // "don't" is one word's mark, all others part words.
        const bool parts = c == '_' || c == '-' || c == '.' || c == '/' || c == ':' || c == '(' ||
                           c == ')' || c == '[' || c == ']' || c == ',' || c == '&' || c == '+' ||
                           c == '|' || c == '\'' || c == '%' || c == '#';
        if (begins_word) {
            spaced += ' ';
        }
        spaced += parts ? ' ' : c;
    }
    const std::string folded = is_utf8(spaced) ? fold_latin(spaced) : std::string();
    std::vector<std::string> words;
    for (const auto word : words_of(folded)) {
        words.emplace_back(word);
    }
    return words;
}

std::string letter_key(std::span<const std::string> words) {
    std::string key;
    for (const auto& word : words) {
        key += word;
    }
    return key;
}

const Lexicon& Lexicon::built_in() {
    static const Lexicon lexicon(built_in_lexicon());
    return lexicon;
}

Lexicon::Lexicon(std::span<const LexiconFile> files) {
    for (const auto& file : files) {
        const Node root = config::parse_yaml(file.text, std::string(file.name));
        file.name.starts_with("exports/") ? read_export(root) : read_language(root);
    }
}

void Lexicon::read_language(const Node& root) {
    const std::string language = member(root, "language").scalar;
    languages_.push_back(language);
    const auto add = [&](const std::string& phrase, Meaning meaning) {
        meaning.language = language;
        meaning.phrase = phrase;
        auto& known = meanings_[letter_key(header_words(phrase))];
        const bool is_known = std::any_of(known.begin(), known.end(), [&](const Meaning& other) {
            return other.kind == meaning.kind && other.field == meaning.field &&
                   other.what == meaning.what && other.language == language;
        });
        if (!is_known) {
            known.push_back(std::move(meaning));
        }
    };
    for (const auto& [target, phrases] : member(root, "fields").members) {
        const auto [path, platform] = path_and_platform(target);
        const auto field = field_of(path, phrases);
        for_each_text(phrases, [&, named = platform](const std::string& phrase) {
            add(phrase, {Meaning::Kind::Field, field, named, "", "", ""});
        });
    }
    for (const auto kind : {Meaning::Kind::Other, Meaning::Kind::Sensitive}) {
        const auto& groups = member(root, kind == Meaning::Kind::Other ? "other" : "sensitive");
        for (const auto& group : groups.members) {
            for_each_text(group.second, [&](const std::string& phrase) {
                add(phrase, {kind, record::FieldId::Custom, "", group.first, "", ""});
            });
        }
    }
    for (const auto* section : {"words", "units"}) {
        for (const auto& list : member(root, section).members) {
            for_each_text(list.second, [&](const std::string& phrase) {
                words_[list.first].insert(letter_key(header_words(phrase)));
            });
        }
    }
    for_each_text(member(root, "fillers"), [&](const std::string& phrase) {
        words_["fillers"].insert(letter_key(header_words(phrase)));
    });
}

void Lexicon::read_export(const Node& root) {
    KnownExport known;
    known.name = member(root, "name").scalar;
    for_each_text(member(root, "signature"),
                  [&](const std::string& column) { known.signature.insert(column); });
    known.at_least = std::stoul(member(root, "at_least").scalar);
    for (const Node& set : member(root, "must").items) {
        auto& one_of = known.must.emplace_back();
        for_each_text(set, [&](const std::string& column) { one_of.insert(column); });
    }
    for (const auto& [column, node] : member(root, "columns").members) {
        for (const auto& name : written_out(column)) {
            known.columns.emplace(name, export_column(node));
        }
    }
    for_each_text(member(root, "other"), [&](const std::string& column) {
        for (const auto& name : written_out(column)) {
            known.columns.emplace(name, ExportColumn{});
        }
    });
    if (const Node* sensitive = root.find("sensitive")) {
        for_each_text(*sensitive, [&](const std::string& column) {
            ExportColumn asked;
            asked.is_sensitive = true;
            known.columns.emplace(column, asked);
        });
    }
    exports_.push_back(std::move(known));
}

std::span<const Meaning> Lexicon::find(std::string_view key) const {
    const auto found = meanings_.find(key);
    return found == meanings_.end() ? std::span<const Meaning>() : found->second;
}

bool Lexicon::is_word(std::string_view list, std::string_view key) const {
    const auto found = words_.find(list);
    return found != words_.end() && found->second.contains(key);
}

}  // namespace coterie::normalize::automap
