/// The words of column headers, and the headers of known exports: data (config/lexicon/), built
/// into the program.
#pragma once

#include "config/node.hpp"
#include "record/fields.hpp"

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace coterie::normalize::automap {

/// What a header's phrase stands for.
struct Meaning {
    enum class Kind { Field, Other, Sensitive };
    Kind kind = Kind::Field;
    record::FieldId field{};
    std::string platform;  ///< "website", where the phrase names one
    std::string what;      ///< of Other and Sensitive: "a date of birth"
    std::string language;
    std::string phrase;
};

/// One file of config/lexicon, by its text.
struct LexiconFile {
    std::string_view name;
    std::string_view text;
};
/// Those that were built in; `name` is as in config/lexicon: "da.yaml", "exports/outlook.yaml".
std::span<const LexiconFile> built_in_lexicon();

/// What a column of a known export is.
struct ExportColumn {
    std::string path;  ///< of the record field; "" where it is none of them
    std::string platform, role;
    std::vector<std::string> split;
    std::string question;  ///< not empty: a person is asked
    bool is_sensitive = false;
};
struct KnownExport {
    std::string name;
    std::set<std::string> signature;
    std::size_t at_least = 0;
    std::vector<std::set<std::string>> must;  ///< one of each set
    std::map<std::string, ExportColumn, std::less<>> columns;
};

/// All of it. Immutable; any thread.
class Lexicon {
  public:
    /// The built-in one. \pre the built-in files are sound (a test reads them).
    static const Lexicon& built_in();
    /// \throws config::ConfigError  with file and line of what is wrong.
    explicit Lexicon(std::span<const LexiconFile> files);

    /// What the phrase means, in every language that knows it. \param key  letter_key() of it.
    [[nodiscard]] std::span<const Meaning> find(std::string_view key) const;
    /// Whether the phrase is of a list of `words:` ("agent", "account") or "fillers", "percent",
    /// "thousands", "millions".
    [[nodiscard]] bool is_word(std::string_view list, std::string_view key) const;
    [[nodiscard]] const std::vector<KnownExport>& exports() const { return exports_; }
    [[nodiscard]] const std::vector<std::string>& languages() const { return languages_; }

  private:
    void read_language(const config::Node& root);
    void read_export(const config::Node& root);
    std::map<std::string, std::vector<Meaning>, std::less<>> meanings_;
    std::map<std::string, std::set<std::string, std::less<>>, std::less<>> words_;
    std::vector<KnownExport> exports_;
    std::vector<std::string> languages_;
};

/// The header in words for comparing: folded to a-z and 0-9, parts of "firstName" and "E-mail2"
/// apart.
std::vector<std::string> header_words(std::string_view header);
/// The words without blanks: "first name", "First_Name" and "firstName" are "firstname".
std::string letter_key(std::span<const std::string> words);

}  // namespace coterie::normalize::automap
