#include "pipeline/normalize/auto/decide.hpp"

#include "base/text.hpp"
#include "pipeline/normalize/fact_values.hpp"
#include "pipeline/normalize/identity_values.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace coterie::normalize::automap {
namespace {

using record::FieldId;
using record::ValueKind;

/// A header that is known, and values of which this share reads as its kind, are mapped.
constexpr double kFits = 0.6;
/// Below this the values say that the header is wrong.
constexpr double kContradicts = 0.3;
/// What the values alone must show where the header says nothing or lies.
constexpr double kClear = 0.8;
/// Values that must be there for the cells to outvote a header.
constexpr std::size_t kVotersMin = 3;

std::string percent(double share) {
    return fmt::format("{:.0f} %", share * 100);
}

double names_fit(const ValueShares& s) {
    return std::max(0.0, s.name - s.marked_handle * (s.full_name < 0.1 ? 1 : 0.2));
}

double words_fit(const ValueShares& s) {
    return std::max(0.0, s.text - s.email - s.web);
}

/// Of a field of fixed words.
double choice_fit(const Column& column, FieldId field) {
    const auto choices = record::info(field).choices;
    const auto count =
        std::count_if(column.seen.begin(), column.seen.end(), [&](const auto& value) {
            return read_choice(value.second, choices).has_value();
        });
    return static_cast<double>(count) /
           static_cast<double>(std::max<std::size_t>(1, column.seen.size()));
}

double handle_fit(const Column& column, const std::string& platform) {
    const auto& s = column.shares;
    if (s.count + s.number > 1.2 && s.handle > 0.5) {
        return 0.1;  // numbers that could be handles are hardly any
    }
    return platform.empty() ? s.handle : std::max(share_on(column, platform), s.at_handle);
}

}  // namespace

std::string plain_path(FieldId field) {
    std::string path(record::info(field).path);
    for (auto at = path.find("[]"); at != std::string::npos; at = path.find("[]")) {
        path.erase(at, 2);
    }
    return path;
}

double fit(const Column& column, FieldId field, const std::string& platform) {
    const auto& s = column.shares;
    switch (field) {
    case FieldId::ProfileUserId:
        return platform == "youtube" ? std::max(s.channel_id, s.number)
                                     : std::max(s.number, s.handle);
    case FieldId::RelationshipStatus:
        return s.status;
    case FieldId::ProfileUrl:
    case FieldId::CollaborationUrl:
    case FieldId::AffinityEvidenceUrl:
        return std::max(s.web, s.link);
    case FieldId::ProfilePlatform:
        return s.platform;
    case FieldId::ProfileHandle:
        return handle_fit(column, platform);
    case FieldId::Topic:
        return s.number > 0.5 || s.long_text > 0.5 ? 0.2 : words_fit(s);
    default:
        break;
    }
    switch (record::info(field).kind) {
    case ValueKind::PersonName:
    case ValueKind::GivenName:
    case ValueKind::FamilyName:
        return names_fit(s);
    case ValueKind::Email:
        return s.email;
    case ValueKind::Phone:
        return s.phone;
    case ValueKind::Count:
        return std::max(s.count, s.count_suffix);
    case ValueKind::Share:
        return std::max(s.percent, s.share);
    case ValueKind::Flag:
        return s.flag;
    case ValueKind::Time:
        return s.time;
    case ValueKind::Country:
        return s.country;
    case ValueKind::Language:
        return s.language;
    case ValueKind::Money:
        return std::max(s.money, s.number);
    case ValueKind::Choice:
        return choice_fit(column, field);
    case ValueKind::Region:
    case ValueKind::City:
        return s.long_text > 0.3 || s.number > 0.3 ? 0.2 : words_fit(s);
    default:
        return s.number > 0.7 ? 0.2 : words_fit(s);
    }
}

void map_to(Candidate& candidate, FieldId field, double confidence, std::string reason) {
    Finding& finding = candidate.finding;
    finding.outcome = Outcome::Mapped;
    Target target;
    target.field = field;
    if (record::info(field).list == record::ListId::Profiles) {
        target.platform = candidate.header.platform;
    }
    if (field == FieldId::EmailAddress || field == FieldId::PhoneE164) {
        target.role = candidate.header.role;
    }
    target.is_percent = record::info(field).kind == ValueKind::Share &&
                        (candidate.header.is_percent || candidate.column->shares.count > 0.5);
    target.unit = record::info(field).kind == ValueKind::Count ? candidate.header.unit : "";
    finding.target = std::move(target);
    finding.confidence = std::min(0.99, confidence);
    finding.reason = std::move(reason);
    finding.question.clear();
}

void ask(Candidate& candidate, std::string question, std::string reason) {
    candidate.finding.outcome = Outcome::Asked;
    candidate.finding.confidence = std::clamp(candidate.finding.confidence, 0.1, 0.5);
    candidate.finding.question = std::move(question);
    candidate.finding.reason = std::move(reason);
}

void leave(Candidate& candidate, double confidence, std::string reason) {
    candidate.finding.outcome = Outcome::Custom;
    candidate.finding.target.reset();
    candidate.finding.confidence = confidence;
    candidate.finding.reason = std::move(reason);
    candidate.finding.question.clear();
}

namespace {

/// Decides one column.
class Decision {
  public:
    Decision(Candidate& candidate, const TableContext& table)
        : candidate_(candidate), table_(table), column_(*candidate.column),
          shares_(candidate.column->shares) {}

    void make() {
        if (!column_.is_addressable) {
            leave(candidate_, 0.9, "lies where a mapping's paths do not reach");
            return;
        }
        if (column_.seen.empty()) {
            leave(candidate_, 0.9, "holds nothing in any record that was looked at");
            return;
        }
        switch (candidate_.header.match) {
        case Match::None:
            by_values("its header is not known");
            break;
        case Match::Contains:
            by_part();
            break;
        case Match::Fits:
        case Match::Exact:
            by_header();
            break;
        }
    }

  private:
    [[nodiscard]] double confidence_of_header() const {
        return candidate_.header.match == Match::Exact ? 1.0 : 0.92;
    }

    /// The likeliest meaning: how its language fares in this table, and how the values fit.
    const Meaning& best_meaning(double& best_fit) {
        const Meaning* best = nullptr;
        double best_score = -1;
        for (const Meaning& meaning : candidate_.header.meanings) {
            const auto language = table_.languages.find(meaning.language);
            const double spoken = language == table_.languages.end() ? 0 : language->second;
            const double fits = meaning.kind == Meaning::Kind::Field
                                    ? fit(column_, meaning.field, platform_of(meaning))
                                : meaning.kind == Meaning::Kind::Sensitive ? 0.95
                                                                           : 0.6;
            const double score = fits + 0.5 * spoken;
            if (score > best_score) {
                best_score = score;
                best = &meaning;
                best_fit = fits;
            }
        }
        return *best;
    }

    [[nodiscard]] std::string platform_of(const Meaning& meaning) const {
        return candidate_.header.platform.empty() ? meaning.platform : candidate_.header.platform;
    }

    [[nodiscard]] std::string says(const Meaning& meaning) const {
        const std::string language =
            meaning.language.empty() ? "" : fmt::format(" ({})", meaning.language);
        if (meaning.kind == Meaning::Kind::Field) {
            const auto platform = platform_of(meaning);
            return fmt::format("its header means {}{}{}", plain_path(meaning.field),
                               platform.empty() ? "" : " on " + platform, language);
        }
        return fmt::format("its header means {}{}", meaning.what, language);
    }

    void by_header() {
        double fits = 0;
        const Meaning& meaning = best_meaning(fits);
        switch (meaning.kind) {
        case Meaning::Kind::Sensitive:
            candidate_.finding.is_sensitive = true;
            ask(candidate_,
                fmt::format("{} is special-category data (GDPR art. 9): is there a lawful basis to "
                            "hold it?",
                            meaning.what),
                says(meaning));
            return;
        case Meaning::Kind::Other:
            by_other(meaning);
            return;
        case Meaning::Kind::Field:
            by_field(meaning, fits);
        }
    }

    /// A header that is none of the record's fields; the values may say that it is not its own.
    void by_other(const Meaning& meaning) {
        const bool is_shifted =
            column_.distinct >= kVotersMin &&
            (meaning.what == "an identifier" || meaning.what == "a position in a list" ||
             meaning.what == "likes, views or posts" || meaning.what == "a price") &&
            (shares_.email > kClear || shares_.full_name > kClear || shares_.at_handle > kClear);
        if (is_shifted) {
            candidate_.is_contradicted = true;
            by_values(says(meaning) + ", but its values are something else");
            return;
        }
        leave(candidate_, 0.9, says(meaning) + ", which is no field of the record");
    }

    void by_field(const Meaning& meaning, double fits) {
        const auto platform = platform_of(meaning);
        if (!meaning.platform.empty()) {
            candidate_.platform_is_guess = candidate_.header.platform.empty();
            candidate_.header.platform = platform;
        }
        if (is_count_under_account()) {
            map_to(
                candidate_, FieldId::ProfileFollowers, 0.8 * shares_.count,
                fmt::format("its header names {} and nothing else, and {} of its values are counts",
                            platform, percent(shares_.count)));
            return;
        }
        FieldId field = meaning.field;
        // Accounts are often given as links, and links often as bare handles.
        if (field == FieldId::ProfileHandle && shares_.link > kFits) {
            field = FieldId::ProfileUrl;
            fits = std::max(shares_.link, fits);
        } else if (field == FieldId::ProfileUrl && fits < kContradicts && !platform.empty() &&
                   platform != "website" && handle_is_likely(platform)) {
            field = FieldId::ProfileHandle;
            fits = std::max(share_on(column_, platform), shares_.handle);
        } else if (field == FieldId::ProfileUserId && !platform.empty() && fits < kFits) {
            field = FieldId::ProfileHandle;
            fits = fit(column_, field, platform);
        }
        if (is_name(field) && is_handles_for_names()) {
            candidate_.is_contradicted = true;
            by_values(says(meaning) + ", but its values are handles");
            return;
        }
        if (field == FieldId::ProfileHandle && shares_.full_name > 0.5) {
            candidate_.is_contradicted = true;
            by_values(says(meaning) + ", but its values are names");
            return;
        }
        if (fits >= kFits) {
            map_to(candidate_, field, confidence_of_header() * (0.5 + 0.5 * fits),
                   fmt::format("{}, and {} of its values fit", says(meaning), percent(fits)));
            if (field == FieldId::Topic && shares_.several > 0.2) {
                candidate_.finding.target->split = topic_separators();
            }
            return;
        }
        candidate_.is_contradicted = fits < kContradicts;
        if (fits >= kContradicts) {
            guess(field, fits);
            ask(candidate_, fmt::format("is this {}?", plain_path(field)),
                fmt::format("{}, but only {} of its values fit", says(meaning), percent(fits)));
            return;
        }
        guess(field, fits);
        by_values(fmt::format("{}, but {} of its values fit", says(meaning), percent(fits)));
    }

    /// "Instagram" above numbers of followers, as in a table of platforms.
    [[nodiscard]] bool is_count_under_account() const {
        return candidate_.header.is_account && shares_.count >= kClear && shares_.at_handle < 0.1 &&
               column_.distinct >= kVotersMin;
    }

    [[nodiscard]] bool handle_is_likely(const std::string& platform) const {
        return shares_.count < 0.5 && shares_.full_name < 0.2 &&
               std::max(share_on(column_, platform), shares_.at_handle) > kFits;
    }

    [[nodiscard]] static bool is_name(FieldId field) {
        return field == FieldId::NameDisplay || field == FieldId::NameGiven ||
               field == FieldId::NameFamily;
    }

    /// A name may be one word in small letters; with '@', digits and underscores it is a handle.
    [[nodiscard]] bool is_handles_for_names() const {
        return column_.distinct >= kVotersMin &&
               (shares_.at_handle > 0.5 ||
                (shares_.marked_handle > kFits && shares_.full_name < 0.1));
    }

    /// Separators that part topics; '/' and the like are the field's own to know.
    [[nodiscard]] std::vector<std::string> topic_separators() const {
        std::vector<std::string> separators;
        for (const auto* separator : {",", ";", "|"}) {
            const bool occurs =
                std::any_of(column_.seen.begin(), column_.seen.end(), [&](const auto& v) {
                    return v.second.find(separator) != std::string::npos;
                });
            if (occurs) {
                separators.emplace_back(separator);
            }
        }
        return separators;
    }

    void guess(FieldId field, double fits) { map_to(candidate_, field, 0.5 * fits, ""); }

    /// Known words among others: a question at most.
    void by_part() {
        double fits = 0;
        const Meaning& meaning = best_meaning(fits);
        if (meaning.kind == Meaning::Kind::Sensitive) {
            by_header();
            return;
        }
        const std::string says_part =
            fmt::format("its header holds '{}'", printable(meaning.phrase, 40));
        if (meaning.kind == Meaning::Kind::Other) {
            leave(candidate_, 0.75,
                  fmt::format("{} ({}), which is no field of the record", says_part, meaning.what));
            return;
        }
        if (fits >= 0.5) {
            guess(meaning.field, fits);
            ask(candidate_, fmt::format("is this {}?", plain_path(meaning.field)),
                fmt::format("{}, among words that are not known, and {} of its values fit",
                            says_part, percent(fits)));
            return;
        }
        by_values(says_part + ", but its values do not fit");
    }

    // --- By the values alone -----------------------------------------------------------------

    void by_values(const std::string& why) {
        const bool may_map = column_.distinct >= kVotersMin;
        const auto reason = [&](const char* what, double share) {
            return fmt::format("{}; {} of its values are {}", why, percent(share), what);
        };
        const auto propose = [&](FieldId field, double confidence, const std::string& because) {
            map_to(candidate_, field, confidence, because);
            if (!may_map && field != FieldId::EmailAddress) {
                ask(candidate_, fmt::format("is this {}?", plain_path(field)), because);
            }
        };
        if (shares_.email >= 0.85) {
            propose(FieldId::EmailAddress, 0.85 * shares_.email,
                    reason("e-mail addresses", shares_.email));
        } else if (shares_.link >= kClear) {
            by_links(reason("links to profiles", shares_.link));
        } else if (shares_.at_handle >= 0.7 ||
                   (candidate_.is_contradicted && shares_.marked_handle >= kFits &&
                    shares_.count < 0.3 && shares_.full_name < 0.1 && shares_.web < 0.1 &&
                    shares_.phone < 0.1)) {
            by_handles(reason("handles", std::max(shares_.at_handle, shares_.marked_handle)));
        } else if (shares_.international >= kClear) {
            propose(FieldId::PhoneE164, 0.75, reason("phone numbers", shares_.international));
        } else if (shares_.full_name >= kClear && is_varied()) {
            // Whose names they are the values do not tell; infer() decides what else there is.
            map_to(candidate_, FieldId::NameDisplay, 0.65,
                   reason("names of people", shares_.full_name));
            if (!candidate_.is_contradicted && !candidate_.header.is_positional) {
                ask(candidate_, "whose names are these?",
                    reason("names of people", shares_.full_name));
            }
        } else if (candidate_.is_contradicted && shares_.count_suffix >= kFits) {
            map_to(candidate_, FieldId::ProfileFollowers, 0.65,
                   reason("rounded counts", shares_.count_suffix));
        } else {
            by_weak_values(why);
        }
    }

    [[nodiscard]] bool is_varied() const {
        return column_.distinct * 10 >= column_.values * 6 || column_.distinct >= 100;
    }

    void by_links(const std::string& because) {
        std::string platform;
        double most = 0;
        for (const auto& [name, share] : column_.link_platforms) {
            if (share > most) {
                most = share;
                platform = name;
            }
        }
        candidate_.header.platform = most >= 0.9 * shares_.link ? platform : std::string();
        map_to(candidate_, FieldId::ProfileUrl, 0.75, because);
        if (shares_.post > 0.3 || column_.distinct < kVotersMin) {
            ask(candidate_, "are these the person's profiles, or posts?", because);
        }
    }

    void by_handles(const std::string& because) {
        if (candidate_.header.platform.empty() || candidate_.header.platform == "website") {
            candidate_.header.platform = table_.platform;
        }
        map_to(candidate_, FieldId::ProfileHandle, 0.7, because);
    }

    void by_weak_values(const std::string& why) {
        if (candidate_.is_contradicted) {
            ask(candidate_, "what is this?", why);
            return;
        }
        struct Hint {
            double share;
            FieldId field;
        };
        for (const Hint& hint : {Hint{shares_.country, FieldId::LocationCountry},
                                 Hint{shares_.language, FieldId::Language},
                                 Hint{shares_.platform, FieldId::ProfilePlatform},
                                 Hint{shares_.web, FieldId::ProfileUrl}}) {
            if (hint.share >= 0.9 && column_.distinct >= kVotersMin) {
                map_to(candidate_, hint.field, 0.4, "");
                ask(candidate_, fmt::format("is this {}?", plain_path(hint.field)),
                    fmt::format("{}; {} of its values would fit {}", why, percent(hint.share),
                                plain_path(hint.field)));
                return;
            }
        }
        if (candidate_.header.is_positional && shares_.name >= 0.9 && shares_.long_text < 0.1 &&
            (is_varied() || column_.values < 10)) {
            ask(candidate_, "what is this?", "there is no header, and its values are words");
            return;
        }
        leave(candidate_, 0.6, why + ", and its values do not tell");
    }

    Candidate& candidate_;
    const TableContext& table_;
    const Column& column_;
    const ValueShares& shares_;
};

}  // namespace

void decide(Candidate& candidate, const TableContext& table) {
    Decision(candidate, table).make();
}

}  // namespace coterie::normalize::automap
