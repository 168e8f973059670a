/// The influencer record's fields: the one table that mapping, normalizing, merging, exporting and
/// the JSON Schema are driven by. A field added here is known everywhere.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace coterie::record {

/// What kind of value a field holds; one normalizer each.
enum class ValueKind : std::uint8_t {
    Text,
    PersonName,  ///< a whole name in one cell; may yield given, family, aliases, a handle
    GivenName,
    FamilyName,
    Email,
    Phone,
    Platform,
    Handle,
    Url,
    UserId,
    Count,    ///< a whole number, as decimal digits
    Share,    ///< 0-1, as a decimal
    Flag,     ///< "true" or "false"
    Time,     ///< RFC 3339 UTC, or a date YYYY-MM-DD where only the day is known
    Country,  ///< ISO 3166-1 alpha-2
    Region,
    City,
    Language,  ///< BCP 47
    Topic,
    Money,     ///< a decimal amount; the currency is a field of its own
    Currency,  ///< ISO 4217
    Choice,    ///< one word of the field's enumeration
    Json,      ///< a raw JSON value, under custom
    RecordId,  ///< a source record's id, exactly as it stands
};

/// The lists of the record: items that belong together share an item number.
enum class ListId : std::uint8_t {
    None,
    Aliases,
    Emails,
    Phones,
    Profiles,
    AudienceCountries,
    AudienceLanguages,
    Languages,
    Topics,
    Occupations,
    Interactions,
    Feedback,
    Collaborations,
    Affinities,
    ConsentChannels,
    Notes,
    Custom,
    MergedIds,
};

enum class FieldId : std::uint8_t {
    Kind,
    NameDisplay,
    NameGiven,
    NameFamily,
    NameAlias,
    EmailAddress,
    EmailRole,
    EmailOptedOut,
    PhoneE164,
    PhoneRole,
    ProfilePlatform,
    ProfileHandle,
    ProfileUrl,
    ProfileUserId,
    ProfileFollowers,
    ProfileEngagementRate,
    ProfileVerified,
    ProfileObservedAt,
    AudienceTotalFollowers,
    AudienceTier,
    AudienceCountry,
    AudienceLanguage,
    LocationCountry,
    LocationRegion,
    LocationCity,
    Language,
    Topic,
    Occupation,
    RepresentationAgency,
    RepresentationAgentName,
    RepresentationAgentEmail,
    RepresentationAgentPhone,
    RelationshipStatus,
    RelationshipOwner,
    RelationshipFirstContact,
    RelationshipLastContact,
    RelationshipNextStep,
    InteractionAt,
    InteractionChannel,
    InteractionDirection,
    InteractionBy,
    InteractionNote,
    Feedback,
    CollaborationCampaign,
    CollaborationDeliverable,
    CollaborationUrl,
    CollaborationAt,
    CollaborationDisclosed,
    CollaborationFee,
    CollaborationCurrency,
    AffinityCause,
    AffinityStance,
    AffinityEvidenceUrl,
    AffinityObservedAt,
    ConsentLawfulBasis,
    ConsentStatus,
    ConsentChannel,
    ConsentUpdatedAt,
    Note,
    UpdatedAt,  ///< when the source itself last changed the record; steers "most recent"
    Custom,     ///< an unmapped source field; the fact's `from` is its name
    // Of the source record itself, and no part of the influencer: see is_of_source.
    SourceBelongsTo,
    SourceMergedId,
    Count_,  ///< how many there are; not a field
};

/// What the tree knows of one field.
struct FieldInfo {
    FieldId id;
    /// As mappings and documents write it: "profiles[].handle", "name.display".
    std::string_view path;
    ValueKind kind;
    ListId list;
    /// The words of a Choice, '|' between them; empty else.
    std::string_view choices;
    std::string_view description;
};

/// All fields, in the order of FieldId.
std::span<const FieldInfo> all_fields();
const FieldInfo& info(FieldId id);
/// Whether the field says how records of one source hang together: it steers matching, and is no
/// part of the influencer record.
constexpr bool is_of_source(FieldId id) {
    return id == FieldId::SourceBelongsTo || id == FieldId::SourceMergedId;
}
/// The field with this path; "[]" may be left out ("profiles.handle"). Nothing if there is none.
std::optional<FieldId> field_by_path(std::string_view path);
/// The list's path in the document: "profiles", "audience.countries". Empty for ListId::None.
std::string_view list_path(ListId list);
/// Nothing unless `path` names a list: "profiles", "name.aliases".
std::optional<ListId> list_by_path(std::string_view path);
/// The fields of one item of the list, in FieldId order.
std::span<const FieldInfo> fields_of(ListId list);
/// Whether items of the list are objects (profiles) and not plain values (topics).
bool holds_objects(ListId list);
/// Whether `word` is one of the field's choices.
bool is_choice(const FieldInfo& field, std::string_view word);

}  // namespace coterie::record
