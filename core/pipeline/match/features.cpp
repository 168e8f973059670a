#include "pipeline/match/features.hpp"

#include "base/text.hpp"
#include "record/identity_keys.hpp"

#include <algorithm>
#include <array>
#include <tuple>

namespace coterie::match {

namespace {

using record::FactView;
using record::FieldId;

/// Fields of a CRM that tell about its record, not about the person.
bool is_of_the_record(std::string_view folded) {
    constexpr auto kWords = std::to_array<std::string_view>(
        {"created",   "create",    "updated", "modified", "lastmodified", "createdate", "createdat",
         "updatedat", "timestamp", "synced",  "imported", "import",       "row",        "rownumber",
         "nr",        "no",        "index",   "etag",     "revision",     "version",    "owner",
         "note",      "notes",     "comment", "comments"});
    const auto words = split(folded, ' ');
    return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
        return std::find(kWords.begin(), kWords.end(), word) != kWords.end();
    });
}

/// "van der Berg" is "Berg"; a name of nothing but particles stays as it is.
std::string without_particles(const std::string& folded) {
    std::string out;
    for (const std::string_view word : split(folded, ' ')) {
        if (!is_particle(word)) {
            out.append(out.empty() ? "" : " ").append(word);
        }
    }
    return out.empty() ? folded : out;
}

/// "Mr", "Dr." before a name: two people are not alike for being doctors.
std::string without_titles(const std::string& folded) {
    constexpr auto kTitles = std::to_array<std::string_view>(
        {"mr",   "mrs", "ms",  "miss", "mx",  "dr",   "prof", "professor", "sir", "dame", "lord",
         "lady", "rt",  "hon", "rev",  "the", "herr", "frau", "mme",       "hr",  "fru"});
    std::string out;
    for (const std::string_view word : split(folded, ' ')) {
        if (std::find(kTitles.begin(), kTitles.end(), word) == kTitles.end()) {
            out.append(out.empty() ? "" : " ").append(word);
        }
    }
    return out.empty() ? folded : out;
}

class FeatureReader {
  public:
    FeatureReader(std::span<const FactView> facts, std::string_view source) {
        add(FeatureKind::Source, "", std::string(source));
        for (const FactView& fact : facts) {
            read(fact);
        }
        for (const ProfileValues& profile : profiles_of(facts)) {
            add_profile(profile);
        }
        for (const ContactValues& email : emails_of(facts)) {
            add(FeatureKind::Email, role_name(email), ascii_lower(email.value));
        }
        for (const ContactValues& phone : phones_of(facts)) {
            add(FeatureKind::Phone, role_name(phone), std::string(phone.value));
        }
        add_name(facts);
    }

    std::vector<OwnedFeature> take() && {
        const auto order = [](const OwnedFeature& one) {
            return std::tie(one.kind, one.name, one.value);
        };
        std::sort(found_.begin(), found_.end(),
                  [&](const auto& a, const auto& b) { return order(a) < order(b); });
        found_.erase(
            std::unique(found_.begin(), found_.end(),
                        [&](const auto& a, const auto& b) { return order(a) == order(b); }),
            found_.end());
        found_.resize(std::min(found_.size(), kFeaturesMax));
        return std::move(found_);
    }

  private:
    void read(const FactView& fact) {
        switch (fact.field) {
        case FieldId::LocationCity:
            add(FeatureKind::City, "", fold_latin(fact.value));
            break;
        case FieldId::LocationRegion:
            add(FeatureKind::Region, "", fold_latin(fact.value));
            break;
        case FieldId::LocationCountry:
            add(FeatureKind::Country, "", fold_latin(fact.value));
            break;
        case FieldId::RepresentationAgency:
            add(FeatureKind::Agency, "", fold_latin(fact.value));
            break;
        case FieldId::Custom:
            add_custom(fact);
            break;
        default:
            break;
        }
    }

    static std::string role_name(const ContactValues& contact) {
        return std::string(contact.is_role ? kRoleContact : "");
    }

    void add_profile(const ProfileValues& profile) {
        const bool is_known = is_platform(profile.platform);
        const std::string platform(is_known ? profile.platform : "");
        if (!profile.handle.empty()) {
            add(FeatureKind::Handle, "",
                platform + '/' + record::handle_key(platform, profile.handle));
        }
        if (!profile.user_id.empty() && is_known) {
            add(FeatureKind::UserId, "", platform + '/' + std::string(profile.user_id));
        }
    }

    void add_custom(const FactView& fact) {
        std::string name = fold_latin(fact.from);
        if (fact.value.size() > 2 * kFeatureBytesMax || name.size() > kFeatureBytesMax ||
            is_of_the_record(name)) {
            return;
        }
        add(FeatureKind::Custom, std::move(name), fold_latin(fact.value));
    }

    void add_name(std::span<const FactView> facts) {
        const auto value_of = [&](FieldId field) {
            std::string_view value;
            for (const FactView& fact : facts) {
                if (fact.field == field && !fact.value.empty() &&
                    (value.empty() || fact.value < value)) {
                    value = fact.value;
                }
            }
            return fold_latin(value);
        };
        std::string given = without_titles(value_of(FieldId::NameGiven));
        std::string family = value_of(FieldId::NameFamily);
        const std::string display = without_titles(value_of(FieldId::NameDisplay));
        const std::string kind = value_of(FieldId::Kind);
        if (kind == "brand" || kind == "group") {
            return add(FeatureKind::Word, "", display);
        }
        if (given.empty() && family.empty()) {
            const auto last = display.rfind(' ');
            if (last == std::string::npos) {
                return add(FeatureKind::Word, "", display);
            }
            given = display.substr(0, last);
            family = display.substr(last + 1);
        }
        add(FeatureKind::Given, "", std::move(given));
        add(FeatureKind::Family, "", without_particles(family));
    }

    void add(FeatureKind kind, std::string name, std::string value) {
        if (!value.empty() && value.size() <= kFeatureBytesMax) {
            found_.push_back({kind, std::move(name), std::move(value)});
        }
    }

    std::vector<OwnedFeature> found_;
};

}  // namespace

std::vector<OwnedFeature> features_of(std::span<const FactView> facts, std::string_view source) {
    return FeatureReader(facts, source).take();
}

std::string encode_features(std::span<const OwnedFeature> features) {
    std::string out;
    for (const OwnedFeature& one : features) {
        out.push_back(static_cast<char>(one.kind));
        out.push_back(static_cast<char>(one.name.size()));
        out.push_back(static_cast<char>(one.value.size()));
        out.append(one.name).append(one.value);
    }
    return out;
}

}  // namespace coterie::match
