#include "pipeline/normalize/auto/infer.hpp"

#include "base/text.hpp"
#include "pipeline/normalize/auto/decide.hpp"
#include "pipeline/normalize/auto/write.hpp"
#include "pipeline/normalize/identity_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace coterie::normalize::automap {
namespace {

using record::FieldId;
using record::ListId;

/// Examples that a finding keeps, and how long they may be.
constexpr std::size_t kExamplesMax = 3;
constexpr std::size_t kExampleBytesMax = 60;

bool is_profile_identity(FieldId field) {
    return field == FieldId::ProfileHandle || field == FieldId::ProfileUrl ||
           field == FieldId::ProfileUserId;
}

bool is_profile_metric(FieldId field) {
    return field == FieldId::ProfileFollowers || field == FieldId::ProfileEngagementRate ||
           field == FieldId::ProfileVerified || field == FieldId::ProfileObservedAt;
}

bool tells_who(const Target& target) {
    switch (target.field) {
    case FieldId::NameDisplay:
    case FieldId::NameGiven:
    case FieldId::NameFamily:
    case FieldId::NameAlias:
    case FieldId::EmailAddress:
    case FieldId::PhoneE164:
        return true;
    default:
        return is_profile_identity(target.field) && target.platform != "website";
    }
}

/// The known export whose header this is.
const KnownExport* find_export(const Sample& sample, const Lexicon& lexicon) {
    std::set<std::string, std::less<>> columns;
    for (const Column& column : sample.columns) {
        columns.insert(column.path);
    }
    const KnownExport* best = nullptr;
    std::size_t best_count = 0;
    for (const KnownExport& known : lexicon.exports()) {
        const auto is_there = [&](const std::string& column) { return columns.contains(column); };
        const auto count = static_cast<std::size_t>(
            std::count_if(known.signature.begin(), known.signature.end(), is_there));
        const bool fits =
            std::all_of(known.must.begin(), known.must.end(), [&](const auto& one_of) {
                return std::any_of(one_of.begin(), one_of.end(), is_there);
            });
        if (fits && count >= known.at_least && count > best_count) {
            best = &known;
            best_count = count;
        }
    }
    return best;
}

/// Makes a proposal of a sample.
class Inference {
  public:
    Inference(Sample sample, const Lexicon& lexicon, const Hints& hints)
        : sample_(std::move(sample)), lexicon_(lexicon), hints_(hints) {}

    Proposal make() {
        proposal_.records = sample_.records;
        proposal_.columns_left_out = sample_.left_out;
        const KnownExport* known = find_export(sample_, lexicon_);
        proposal_.known_export = known != nullptr ? known->name : "";
        read_headers();
        read_table();
        for (Candidate& candidate : candidates_) {
            const ExportColumn* column = known_column(known, candidate);
            column != nullptr ? take_known(candidate, *known, *column) : decide(candidate, table_);
        }
        settle_nested();
        settle_names();
        settle_profiles();
        settle_scalars();
        settle_collaborations();
        settle_opt_outs();
        refuse_without_people();
        if (proposal_.refusal.empty()) {
            proposal_.mapping = write_mapping(candidates_, items_);
        }
        for (Candidate& candidate : candidates_) {
            proposal_.findings.push_back(std::move(candidate.finding));
        }
        return std::move(proposal_);
    }

  private:
    void read_headers() {
        for (const Column& column : sample_.columns) {
            Candidate candidate;
            candidate.column = &column;
            candidate.header = read_header(column, lexicon_);
            candidate.finding.column = column.path;
            candidate.finding.fill =
                sample_.records == 0
                    ? 0
                    : static_cast<double>(column.filled) / static_cast<double>(sample_.records);
            for (const auto& [record, text] : column.seen) {
                if (candidate.finding.examples.size() < kExamplesMax) {
                    candidate.finding.examples.push_back(printable(text, kExampleBytesMax));
                }
            }
            candidates_.push_back(std::move(candidate));
        }
    }

    /// Which platform, and which language, the table as a whole is about.
    void read_table() {
        std::set<std::string> named;
        for (const auto& text : hints_.texts) {
            for (const auto& platform : platforms_in(text)) {
                named.insert(platform);
            }
        }
        if (named.size() != 1) {
            named.clear();
            for (const Candidate& candidate : candidates_) {
                if (!candidate.header.platform.empty() && candidate.header.platform != "website") {
                    named.insert(candidate.header.platform);
                }
                for (const auto& [platform, share] : candidate.column->link_platforms) {
                    if (share > 0.5) {
                        named.insert(platform);
                    }
                }
            }
        }
        table_.platform = named.size() == 1 ? *named.begin() : "";
        double known = 0;
        for (const Candidate& candidate : candidates_) {
            std::set<std::string> languages;
            for (const Meaning& meaning : candidate.header.meanings) {
                languages.insert(meaning.language);
            }
            for (const auto& language : languages) {
                table_.languages[language] += 1.0 / static_cast<double>(languages.size());
            }
            known += languages.empty() ? 0 : 1;
        }
        for (auto& [language, share] : table_.languages) {
            share /= known;
        }
    }

    static const ExportColumn* known_column(const KnownExport* known, const Candidate& candidate) {
        if (known == nullptr) {
            return nullptr;
        }
        const auto found = known->columns.find(candidate.column->path);
        return found == known->columns.end() ? nullptr : &found->second;
    }

    static void take_known(Candidate& candidate, const KnownExport& known,
                           const ExportColumn& column) {
        const std::string of = fmt::format("a column of {}", known.name);
        if (column.is_sensitive) {
            candidate.finding.is_sensitive = true;
            ask(candidate,
                "this is special-category data (GDPR art. 9): is there a lawful basis to hold it?",
                of);
            return;
        }
        if (!column.path.empty()) {
            const auto field = *record::field_by_path(column.path);
            candidate.header.platform = column.platform;
            candidate.header.role = column.role;
            map_to(candidate, field, 0.97, of);
            candidate.finding.target->split = column.split;
            const bool fits = candidate.column->distinct < 10 ||
                              fit(*candidate.column, field, column.platform) >= 0.3;
            if (!fits) {
                ask(candidate, fmt::format("is this {}?", column.path),
                    of + ", but its values do not fit");
            }
        }
        if (!column.question.empty()) {
            ask(candidate, column.question, of);
        } else if (column.path.empty()) {
            leave(candidate, 0.97, of + " that is no field of the record");
        }
    }

    // --- What lies in lists ------------------------------------------------------------------

    /// Several values a record have no place in a field of one; and what a list of objects is
    /// about is known by its name alone.
    void settle_nested() {
        for (Candidate& candidate : candidates_) {
            const Column& column = *candidate.column;
            if (candidate.finding.outcome != Outcome::Mapped || column.each.empty()) {
                continue;
            }
            const auto field = candidate.finding.target->field;
            if (record::info(field).list == ListId::None) {
                ask(candidate, fmt::format("which of them is {}?", plain_path(field)),
                    "there are several a record, in a list");
            } else if (!is_list_of(column, record::info(field).list)) {
                ask(candidate, fmt::format("are these the person's own {}?", plain_path(field)),
                    "it lies in a list that is not known");
            }
        }
    }

    [[nodiscard]] bool is_list_of(const Column& column, ListId list) const {
        return std::any_of(
            column.parents.begin(), column.parents.end(), [&](const std::string& parent) {
                const auto key = letter_key(header_words(parent));
                const auto meanings = lexicon_.find(key);
                return lexicon_.is_word("lists", key) ||
                       std::any_of(meanings.begin(), meanings.end(), [&](const Meaning& meaning) {
                           return meaning.kind == Meaning::Kind::Field &&
                                  record::info(meaning.field).list == list;
                       });
            });
    }

    // --- Names -------------------------------------------------------------------------------

    std::vector<Candidate*> mapped(FieldId field) {
        std::vector<Candidate*> found;
        for (Candidate& candidate : candidates_) {
            if (candidate.finding.outcome == Outcome::Mapped &&
                candidate.finding.target->field == field) {
                found.push_back(&candidate);
            }
        }
        return found;
    }

    void settle_names() {
        keep_surest(FieldId::NameDisplay, "is this a second name of the person?");
        keep_surest(FieldId::NameGiven, "is this part of the given name?");
        keep_surest(FieldId::NameFamily, "is this part of the family name?");
        find_parts_of_names();
        const auto display = mapped(FieldId::NameDisplay);
        const auto given = mapped(FieldId::NameGiven);
        const auto family = mapped(FieldId::NameFamily);
        if (display.empty() || given.empty() == family.empty()) {
            return;
        }
        // "Vorname" and "Name": a whole name would hold the part.
        const Candidate& part = given.empty() ? *family.front() : *given.front();
        if (holds(*display.front()->column, *part.column)) {
            return;
        }
        const FieldId missing = given.empty() ? FieldId::NameGiven : FieldId::NameFamily;
        map_to(*display.front(), missing, display.front()->finding.confidence * 0.95,
               fmt::format(
                   "its header means a name, and beside '{}', which it does not hold, it is {}",
                   printable(part.column->key, 40), plain_path(missing)));
    }

    /// Columns without a known header that hold the first or the last word of each whole name.
    void find_parts_of_names() {
        const auto display = mapped(FieldId::NameDisplay);
        if (display.empty()) {
            return;
        }
        for (const FieldId field : {FieldId::NameGiven, FieldId::NameFamily}) {
            for (Candidate& candidate : candidates_) {
                const bool is_open = candidate.header.match == Match::None &&
                                     candidate.finding.outcome != Outcome::Mapped &&
                                     candidate.column->is_addressable;
                if (is_open && mapped(field).empty() &&
                    is_part(*display.front()->column, *candidate.column,
                            field == FieldId::NameGiven)) {
                    map_to(candidate, field, 0.8,
                           fmt::format("its values are the {} word of '{}'",
                                       field == FieldId::NameGiven ? "first" : "last",
                                       printable(display.front()->column->path, 40)));
                }
            }
        }
    }

    static bool is_part(const Column& whole, const Column& part, bool is_first) {
        std::map<std::size_t, const std::string*> wholes;
        for (const auto& [record, text] : whole.seen) {
            wholes.emplace(record, &text);
        }
        std::size_t both = 0;
        std::size_t held = 0;
        for (const auto& [record, text] : part.seen) {
            const auto found = wholes.find(record);
            if (found == wholes.end() || found->second->size() <= text.size()) {
                continue;
            }
            ++both;
            held += (is_first ? found->second->starts_with(text + " ")
                              : found->second->ends_with(" " + text))
                        ? 1
                        : 0;
        }
        return both >= 2 && held * 10 >= both * 9;
    }

    /// Whether the whole names hold the parts that stand beside them.
    static bool holds(const Column& whole, const Column& part) {
        std::map<std::size_t, const std::string*> parts;
        for (const auto& [record, text] : part.seen) {
            parts.emplace(record, &text);
        }
        std::size_t both = 0;
        std::size_t held = 0;
        std::size_t one_word = 0;
        for (const auto& [record, text] : whole.seen) {
            const auto found = parts.find(record);
            one_word += text.find(' ') == std::string::npos ? 1 : 0;
            if (found != parts.end()) {
                ++both;
                held +=
                    fold_latin(text).find(fold_latin(*found->second)) != std::string::npos ? 1 : 0;
            }
        }
        return both >= 3 ? held * 3 >= both : one_word * 2 < whole.seen.size();
    }

    /// Of several columns for a field of one value, the surest (then the first) keeps it.
    void keep_surest(FieldId field, const std::string& question) {
        auto found = mapped(field);
        if (found.size() < 2) {
            return;
        }
        std::stable_sort(found.begin(), found.end(), [](const Candidate* a, const Candidate* b) {
            return std::pair(a->finding.confidence, a->column->filled) >
                   std::pair(b->finding.confidence, b->column->filled);
        });
        for (std::size_t i = 1; i < found.size(); ++i) {
            const std::string also = printable(found.front()->column->path, 40);
            ask(*found[i], question,
                fmt::format("'{}' is {} already, and surer", also, plain_path(field)));
        }
    }

    // --- Profiles ----------------------------------------------------------------------------

    void settle_profiles() {
        auto platforms = mapped(FieldId::ProfilePlatform);
        for (std::size_t i = 0; i < candidates_.size(); ++i) {
            Candidate& candidate = candidates_[i];
            if (candidate.finding.outcome == Outcome::Mapped &&
                is_profile_identity(candidate.finding.target->field)) {
                place_identity(i, !platforms.empty());
            }
        }
        for (Candidate* platform : platforms) {
            place_platform(*platform);
        }
        for (std::size_t i = 0; i < candidates_.size(); ++i) {
            Candidate& candidate = candidates_[i];
            if (candidate.finding.outcome == Outcome::Mapped &&
                is_profile_metric(candidate.finding.target->field)) {
                place_metric(i);
            }
        }
    }

    void place_identity(std::size_t index, bool has_platforms) {
        Candidate& candidate = candidates_[index];
        Target& target = *candidate.finding.target;
        if (target.platform.empty() && !has_platforms) {
            name_platform(candidate);
        }
        if (candidate.finding.outcome != Outcome::Mapped) {
            return;
        }
        for (std::size_t i = 0; i < items_.size(); ++i) {
            ProfileItem& item = items_[i];
            if (item.each == candidate.column->each && item.platform == target.platform &&
                target.platform != "website" && !item.fields.contains(target.field)) {
                item.fields[target.field] = index;
                candidate.finding.item = i + 1;
                return;
            }
        }
        items_.push_back({candidate.column->each, target.platform, {{target.field, index}}, index});
        candidate.finding.item = items_.size();
    }

    /// Bare handles and ids mean nothing without their platform; links tell it.
    void name_platform(Candidate& candidate) {
        Target& target = *candidate.finding.target;
        if (target.field == FieldId::ProfileUrl) {
            for (const auto& [platform, share] : candidate.column->link_platforms) {
                if (share > 0.9) {
                    target.platform = platform;
                }
            }
        } else if (!table_.platform.empty()) {
            target.platform = table_.platform;
            candidate.finding.reason +=
                fmt::format("; the table is about {} alone", table_.platform);
        } else {
            ask(candidate, "of which platform?",
                candidate.finding.reason + "; no platform is named");
        }
    }

    void place_platform(Candidate& platform) {
        for (std::size_t i = 0; i < items_.size(); ++i) {
            ProfileItem& item = items_[i];
            if (item.platform.empty() && item.each == platform.column->each &&
                !item.fields.contains(FieldId::ProfilePlatform)) {
                item.fields[FieldId::ProfilePlatform] = index_of(platform);
                platform.finding.item = i + 1;
                return;
            }
        }
        ask(platform, "which column's accounts are on these platforms?",
            "no column of accounts lacks a platform");
    }

    [[nodiscard]] std::size_t index_of(const Candidate& candidate) const {
        return static_cast<std::size_t>(&candidate - candidates_.data());
    }

    void place_metric(std::size_t index) {
        Candidate& candidate = candidates_[index];
        const FieldId field = candidate.finding.target->field;
        const std::string platform = candidate.finding.target->platform;
        const auto place = find_item(index, platform, field);
        if (place != 0) {
            ProfileItem& item = items_[place - 1];
            item.fields[field] = index;
            candidate.finding.item = place;
            candidate.finding.target->platform = item.platform;
            return;
        }
        if (field == FieldId::ProfileFollowers && items_.empty() && platform.empty()) {
            map_to(candidate, FieldId::AudienceTotalFollowers, candidate.finding.confidence * 0.8,
                   candidate.finding.reason + "; no column gives an account");
            return;
        }
        ask(candidate, "of which account?",
            candidate.finding.reason + (items_.empty() ? "; no column gives an account"
                                                       : "; which account's it is cannot be told"));
    }

    /// \return the number of the item, from 1; 0 where it cannot be told.
    [[nodiscard]] std::size_t find_item(std::size_t index, const std::string& platform,
                                        FieldId field) const {
        const std::string& each = candidates_[index].column->each;
        std::vector<std::size_t> free;
        std::size_t real = 0;
        for (std::size_t i = 0; i < items_.size(); ++i) {
            const ProfileItem& item = items_[i];
            if (item.platform == "website" || item.each != each) {
                continue;
            }
            ++real;
            if (!item.fields.contains(field) && (platform.empty() || item.platform == platform)) {
                free.push_back(i + 1);
            }
        }
        if (free.empty() && real == 1 && candidates_[index].platform_is_guess) {
            return find_item_of_any(each, field);
        }
        if (free.size() == 1 && (real == 1 || !platform.empty())) {
            return free.front();
        }
        const std::size_t beside = item_beside(index);
        return std::find(free.begin(), free.end(), beside) != free.end() ? beside : 0;
    }

    [[nodiscard]] std::size_t find_item_of_any(const std::string& each, FieldId field) const {
        for (std::size_t i = 0; i < items_.size(); ++i) {
            if (items_[i].platform != "website" && items_[i].each == each &&
                !items_[i].fields.contains(field)) {
                return i + 1;
            }
        }
        return 0;
    }

    /// The item of the nearest column before it that is an account's, with nothing of another kind
    /// between.
    [[nodiscard]] std::size_t item_beside(std::size_t index) const {
        while (index > 0) {
            const Finding& before = candidates_[--index].finding;
            if (before.outcome != Outcome::Mapped ||
                record::info(before.target->field).list != ListId::Profiles) {
                return 0;
            }
            if (is_profile_identity(before.target->field)) {
                return before.item;
            }
        }
        return 0;
    }

    // --- The other fields --------------------------------------------------------------------

    void settle_scalars() {
        for (const auto& info : record::all_fields()) {
            const bool may_stand_in = info.id == FieldId::LocationCity ||
                                      info.id == FieldId::LocationRegion ||
                                      info.id == FieldId::LocationCountry;
            if (info.list == ListId::None && !may_stand_in) {
                keep_surest(info.id, fmt::format("is this also {}?", info.path));
            }
        }
    }

    /// A fee or a date alone says of no cooperation.
    void settle_collaborations() {
        const bool has_subject = !mapped(FieldId::CollaborationCampaign).empty() ||
                                 !mapped(FieldId::CollaborationUrl).empty() ||
                                 !mapped(FieldId::CollaborationDeliverable).empty();
        for (const auto& info : record::fields_of(ListId::Collaborations)) {
            keep_surest(info.id, "is this of another cooperation?");
            for (Candidate* candidate : mapped(info.id)) {
                if (!has_subject) {
                    ask(*candidate, "is this of a cooperation that took place?",
                        candidate->finding.reason + "; no column names a campaign or a post");
                }
            }
        }
    }

    void settle_opt_outs() {
        keep_surest(FieldId::EmailOptedOut, "which address is this of?");
        const auto addresses = mapped(FieldId::EmailAddress);
        for (Candidate* candidate : mapped(FieldId::EmailOptedOut)) {
            const bool has_address =
                std::any_of(addresses.begin(), addresses.end(), [&](const Candidate* address) {
                    return address->column->each == candidate->column->each;
                });
            if (!has_address) {
                ask(*candidate, "which address is this of?", "no column gives an e-mail address");
            }
        }
    }

    /// A column called "name", and nothing else that only people have: it may name things.
    [[nodiscard]] std::string why_these_are_things() const {
        const Candidate* name = nullptr;
        std::vector<std::string> things;
        for (const Candidate& candidate : candidates_) {
            const Finding& finding = candidate.finding;
            if (finding.outcome == Outcome::Mapped && tells_who(*finding.target) &&
                finding.target->field != FieldId::NameDisplay && !is_web_of_things(candidate)) {
                return {};
            }
            if (finding.outcome == Outcome::Mapped &&
                finding.target->field == FieldId::NameDisplay) {
                name = &candidate;
            }
            if (lexicon_.is_word("things", letter_key(header_words(candidate.column->key)))) {
                things.push_back("'" + printable(candidate.column->key, 40) + "'");
            }
        }
        if (name == nullptr) {
            return {};
        }
        if (!things.empty()) {
            return fmt::format("'{}' may be names, but beside {} they are of things, not of people",
                               printable(name->column->path, 40), fmt::join(things, ", "));
        }
        const auto organisations = std::count_if(
            name->column->seen.begin(), name->column->seen.end(), [&](const auto& value) {
                const auto words = header_words(value.second);
                return std::any_of(words.begin(), words.end(), [&](const std::string& word) {
                    return lexicon_.is_word("organisations", word);
                });
            });
        const bool are_many =
            static_cast<std::size_t>(organisations) * 2 >= name->column->seen.size();
        return are_many
                   ? fmt::format("most of the names in '{}' are of organisations, not of people",
                                 printable(name->column->path, 40))
                   : std::string();
    }

    /// Addresses of the web that are no platform's: shops and parties have them too.
    static bool is_web_of_things(const Candidate& candidate) {
        return candidate.finding.target->field == FieldId::ProfileUrl &&
               candidate.column->shares.link < 0.3;
    }

    void refuse_without_people() {
        proposal_.refusal = why_these_are_things();
        if (!proposal_.refusal.empty()) {
            return;
        }
        std::vector<std::string> unsure;
        for (const Candidate& candidate : candidates_) {
            const Finding& finding = candidate.finding;
            if (!finding.target || !tells_who(*finding.target)) {
                continue;
            }
            if (finding.outcome == Outcome::Mapped) {
                return;
            }
            if (finding.outcome == Outcome::Asked && unsure.size() < 3) {
                unsure.push_back(fmt::format("'{}'", printable(finding.column, 40)));
            }
        }
        if (sample_.records == 0) {
            proposal_.refusal = "there are no records to tell the columns by";
        } else if (unsure.empty()) {
            proposal_.refusal = fmt::format("none of the {} columns gives a person's name, handle, "
                                            "profile, e-mail or phone: this is no table of people",
                                            candidates_.size());
        } else {
            proposal_.refusal =
                fmt::format("no column surely gives a person's name, handle, profile, "
                            "e-mail or phone; it could be {}",
                            fmt::join(unsure, ", "));
        }
    }

    Sample sample_;
    const Lexicon& lexicon_;
    const Hints& hints_;
    TableContext table_;
    std::vector<Candidate> candidates_;
    std::vector<ProfileItem> items_;
    Proposal proposal_;
};

}  // namespace

std::size_t Proposal::count(Outcome outcome) const {
    return static_cast<std::size_t>(
        std::count_if(findings.begin(), findings.end(),
                      [&](const Finding& finding) { return finding.outcome == outcome; }));
}

Proposal infer(std::span<const std::string_view> records, const ReadingContext& context,
               const Lexicon& lexicon, const Hints& hints) {
    return Inference(read_sample(records, context), lexicon, hints).make();
}

}  // namespace coterie::normalize::automap
