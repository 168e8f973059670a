#include "record/fields.hpp"

#include "base/check.hpp"

#include <algorithm>
#include <array>

namespace coterie::record {

namespace {

using enum ValueKind;

constexpr std::string_view kChannels = "dm|email|call|meeting|event|unknown";

constexpr std::array kFields{
    FieldInfo{FieldId::Kind, "kind", Choice, ListId::None, "person|group|brand|unknown",
              "what stands behind the record"},
    FieldInfo{FieldId::NameDisplay, "name.display", PersonName, ListId::None, "",
              "the name as people write it"},
    FieldInfo{FieldId::NameGiven, "name.given", GivenName, ListId::None, "", "given names"},
    FieldInfo{FieldId::NameFamily, "name.family", FamilyName, ListId::None, "",
              "family name with its particles"},
    FieldInfo{FieldId::NameAlias, "name.aliases[]", Text, ListId::Aliases, "",
              "other names: nicknames, stage names, other spellings"},
    FieldInfo{FieldId::EmailAddress, "emails[].address", Email, ListId::Emails, "",
              "an e-mail address"},
    FieldInfo{FieldId::EmailRole, "emails[].role", Choice, ListId::Emails,
              "personal|work|booking|agent|unknown", "whose address it is"},
    FieldInfo{FieldId::EmailOptedOut, "emails[].opted_out", Flag, ListId::Emails, "",
              "whether its owner wants no mail"},
    FieldInfo{FieldId::PhoneE164, "phones[].e164", Phone, ListId::Phones, "",
              "a phone number, E.164"},
    FieldInfo{FieldId::PhoneRole, "phones[].role", Choice, ListId::Phones,
              "personal|work|booking|agent|unknown", "whose number it is"},
    FieldInfo{FieldId::ProfilePlatform, "profiles[].platform", Platform, ListId::Profiles, "",
              "the platform: instagram, tiktok, …"},
    FieldInfo{FieldId::ProfileHandle, "profiles[].handle", Handle, ListId::Profiles, "",
              "the account's name, without @"},
    FieldInfo{FieldId::ProfileUrl, "profiles[].url", Url, ListId::Profiles, "",
              "the profile's page"},
    FieldInfo{FieldId::ProfileUserId, "profiles[].user_id", UserId, ListId::Profiles, "",
              "the platform's own id of the account, which never changes"},
    FieldInfo{FieldId::ProfileFollowers, "profiles[].followers", Count, ListId::Profiles, "",
              "followers or subscribers, people"},
    FieldInfo{FieldId::ProfileEngagementRate, "profiles[].engagement_rate", Share, ListId::Profiles,
              "", "engagement rate as its source computes it, 0-1"},
    FieldInfo{FieldId::ProfileVerified, "profiles[].verified", Flag, ListId::Profiles, "",
              "whether the platform has verified the account"},
    FieldInfo{FieldId::ProfileObservedAt, "profiles[].observed_at", Time, ListId::Profiles, "",
              "when the counts were seen"},
    FieldInfo{FieldId::AudienceTotalFollowers, "audience.total_followers", Count, ListId::None, "",
              "sum over the profiles, people (audiences overlap)"},
    FieldInfo{FieldId::AudienceTier, "audience.tier", Choice, ListId::None,
              "nano|micro|mid|macro|mega|unknown", "size class of the largest profile"},
    FieldInfo{FieldId::AudienceCountry, "audience.countries[]", Country, ListId::AudienceCountries,
              "", "where the audience is, ISO 3166-1"},
    FieldInfo{FieldId::AudienceLanguage, "audience.languages[]", ValueKind::Language,
              ListId::AudienceLanguages, "", "what the audience speaks, BCP 47"},
    FieldInfo{FieldId::LocationCountry, "location.country", Country, ListId::None, "",
              "where the person lives, ISO 3166-1"},
    FieldInfo{FieldId::LocationRegion, "location.region", Region, ListId::None, "",
              "region or municipality"},
    FieldInfo{FieldId::LocationCity, "location.city", City, ListId::None, "", "city or town"},
    FieldInfo{FieldId::Language, "languages[]", ValueKind::Language, ListId::Languages, "",
              "languages the person publishes in, BCP 47"},
    FieldInfo{FieldId::Topic, "topics[]", ValueKind::Topic, ListId::Topics, "",
              "what the person is about"},
    FieldInfo{FieldId::Occupation, "occupations[]", Text, ListId::Occupations, "",
              "what the person does for a living"},
    FieldInfo{FieldId::RepresentationAgency, "representation.agency", Text, ListId::None, "",
              "the agency that represents the person"},
    FieldInfo{FieldId::RepresentationAgentName, "representation.agent.name", Text, ListId::None, "",
              "the agent"},
    FieldInfo{FieldId::RepresentationAgentEmail, "representation.agent.email", Email, ListId::None,
              "", "the agent's e-mail address"},
    FieldInfo{FieldId::RepresentationAgentPhone, "representation.agent.phone", Phone, ListId::None,
              "", "the agent's phone number, E.164"},
    FieldInfo{FieldId::RelationshipStatus, "relationship.status", Choice, ListId::None,
              "unknown|prospect|contacted|replied|negotiating|agreed|delivered|closed|declined|"
              "do_not_contact",
              "how far the relationship is"},
    FieldInfo{FieldId::RelationshipOwner, "relationship.owner", Text, ListId::None, "",
              "the colleague who owns the relationship"},
    FieldInfo{FieldId::RelationshipFirstContact, "relationship.first_contact", Time, ListId::None,
              "", "first contact"},
    FieldInfo{FieldId::RelationshipLastContact, "relationship.last_contact", Time, ListId::None, "",
              "last contact"},
    FieldInfo{FieldId::RelationshipNextStep, "relationship.next_step", Text, ListId::None, "",
              "what is to happen next"},
    FieldInfo{FieldId::InteractionAt, "relationship.interactions[].at", Time, ListId::Interactions,
              "", "when it took place"},
    FieldInfo{FieldId::InteractionChannel, "relationship.interactions[].channel", Choice,
              ListId::Interactions, kChannels, "how"},
    FieldInfo{FieldId::InteractionDirection, "relationship.interactions[].direction", Choice,
              ListId::Interactions, "in|out|unknown", "from the influencer (in) or to (out)"},
    FieldInfo{FieldId::InteractionBy, "relationship.interactions[].by", Text, ListId::Interactions,
              "", "the colleague"},
    FieldInfo{FieldId::InteractionNote, "relationship.interactions[].note", Text,
              ListId::Interactions, "", "what was said"},
    FieldInfo{FieldId::Feedback, "relationship.feedback[]", Text, ListId::Feedback, "",
              "what the influencer said of the cooperation"},
    FieldInfo{FieldId::CollaborationCampaign, "collaborations[].campaign", Text,
              ListId::Collaborations, "", "the campaign"},
    FieldInfo{FieldId::CollaborationDeliverable, "collaborations[].deliverable", Text,
              ListId::Collaborations, "", "what was made: reel, story, post"},
    FieldInfo{FieldId::CollaborationUrl, "collaborations[].url", Url, ListId::Collaborations, "",
              "where it was published"},
    FieldInfo{FieldId::CollaborationAt, "collaborations[].at", Time, ListId::Collaborations, "",
              "when it was published"},
    FieldInfo{FieldId::CollaborationDisclosed, "collaborations[].disclosed", Flag,
              ListId::Collaborations, "", "whether it was marked as advertising"},
    FieldInfo{FieldId::CollaborationFee, "collaborations[].fee", Money, ListId::Collaborations, "",
              "what was paid, in `currency`"},
    FieldInfo{FieldId::CollaborationCurrency, "collaborations[].currency", Currency,
              ListId::Collaborations, "", "the fee's currency, ISO 4217"},
    FieldInfo{FieldId::AffinityCause, "affinities[].cause", Text, ListId::Affinities, "",
              "a cause, party or movement (special-category data)"},
    FieldInfo{FieldId::AffinityStance, "affinities[].stance", Choice, ListId::Affinities,
              "for|against|neutral|unknown", "towards it"},
    FieldInfo{FieldId::AffinityEvidenceUrl, "affinities[].evidence_url", Url, ListId::Affinities,
              "", "where the person said so in public"},
    FieldInfo{FieldId::AffinityObservedAt, "affinities[].observed_at", Time, ListId::Affinities, "",
              "when that was seen"},
    FieldInfo{FieldId::ConsentLawfulBasis, "consent.lawful_basis", Text, ListId::None, "",
              "what the data is kept on (GDPR art. 6)"},
    FieldInfo{FieldId::ConsentStatus, "consent.status", Choice, ListId::None,
              "given|withdrawn|not_asked|unknown", "whether the person has agreed"},
    FieldInfo{FieldId::ConsentChannel, "consent.channels[]", Choice, ListId::ConsentChannels,
              kChannels, "by which the person may be contacted"},
    FieldInfo{FieldId::ConsentUpdatedAt, "consent.updated_at", Time, ListId::None, "",
              "when the consent last changed"},
    FieldInfo{FieldId::Note, "notes[]", Text, ListId::Notes, "", "a remark"},
    FieldInfo{FieldId::UpdatedAt, "updated_at", Time, ListId::None, "",
              "when the source itself last changed its record"},
    FieldInfo{FieldId::Custom, "custom", Json, ListId::Custom, "",
              "source fields that no rule reads, by source"},
    FieldInfo{FieldId::SourceBelongsTo, "source.belongs_to", RecordId, ListId::None, "",
              "the id of the record of the same source that this one tells about: an activity's "
              "contact"},
    FieldInfo{FieldId::SourceMergedId, "source.merged_ids[]", RecordId, ListId::MergedIds, "",
              "ids of records that the source has merged into this one"},
};

constexpr bool is_in_order() {
    for (std::size_t i = 0; i < kFields.size(); ++i) {
        if (static_cast<std::size_t>(kFields[i].id) != i) {
            return false;
        }
    }
    return kFields.size() == static_cast<std::size_t>(FieldId::Count_);
}
static_assert(is_in_order(), "kFields stands in the order of FieldId and holds every field");

/// "profiles[].handle" and "profiles.handle" are the same path.
constexpr bool same_path(std::string_view a, std::string_view b) {
    std::size_t i = 0;
    std::size_t j = 0;
    const auto skip_brackets = [](std::string_view text, std::size_t& at) {
        if (text.substr(at, 2) == "[]") {
            at += 2;
        }
    };
    for (;;) {
        skip_brackets(a, i);
        skip_brackets(b, j);
        if (i == a.size() || j == b.size()) {
            return i == a.size() && j == b.size();
        }
        if (a[i++] != b[j++]) {
            return false;
        }
    }
}

}  // namespace

std::span<const FieldInfo> all_fields() {
    return kFields;
}

const FieldInfo& info(FieldId id) {
    COTERIE_CHECK(id < FieldId::Count_);
    return kFields[static_cast<std::size_t>(id)];
}

std::optional<FieldId> field_by_path(std::string_view path) {
    const auto found = std::find_if(kFields.begin(), kFields.end(), [&](const FieldInfo& field) {
        return same_path(field.path, path);
    });
    if (found == kFields.end()) {
        return std::nullopt;
    }
    return found->id;
}

std::string_view list_path(ListId list) {
    if (list == ListId::None) {
        return {};
    }
    const auto fields = fields_of(list);
    return fields.front().path.substr(0, fields.front().path.find("[]"));
}

std::optional<ListId> list_by_path(std::string_view path) {
    for (const FieldInfo& field : kFields) {
        if (field.list != ListId::None && same_path(list_path(field.list), path)) {
            return field.list;
        }
    }
    return std::nullopt;
}

std::span<const FieldInfo> fields_of(ListId list) {
    const auto is_of_list = [list](const FieldInfo& field) { return field.list == list; };
    const auto first = std::find_if(kFields.begin(), kFields.end(), is_of_list);
    const auto last = std::find_if_not(first, kFields.end(), is_of_list);
    return {first, last};
}

bool holds_objects(ListId list) {
    return list != ListId::None &&
           fields_of(list).front().path.find("[].") != std::string_view::npos;
}

bool is_choice(const FieldInfo& field, std::string_view word) {
    if (word.empty() || word.find('|') != std::string_view::npos) {
        return false;
    }
    std::string_view rest = field.choices;
    while (!rest.empty()) {
        const auto end = rest.find('|');
        if (rest.substr(0, end) == word) {
            return true;
        }
        if (end == std::string_view::npos) {
            return false;
        }
        rest.remove_prefix(end + 1);
    }
    return false;
}

}  // namespace coterie::record
