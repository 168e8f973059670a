/// What match keys hold, for the matcher's own files.
#pragma once

#include "pipeline/match/match.hpp"
#include "record/facts.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace coterie::match {

enum class IdentifierKind : std::uint8_t {
    UserId,
    Handle,
    Email,
    Phone,
    Website,
    RoleContact,  ///< an address or number of a booker or agent: joins nobody
    Record,      ///< the source record itself, where its source tells how its records hang together
    RecordLink,  ///< a source record that this one belongs to, or that was merged into it
};

/// An identifier as hashes.
struct Identifier {
    /// Seeded with its kind; a RoleContact's is its e-mail's or phone's, a RecordLink's its
    /// Record's.
    std::uint64_t hash = 0;
    IdentifierKind kind{};
    std::uint16_t platform = 0;  ///< of user ids and handles: a hash of the platform's name
};

/// Which part of a name a token is.
enum class NamePart : std::uint8_t {
    Given,
    Family,
    Word,  ///< of a one-word or stage name, or of a brand's
    Alias,
};

/// Bits of one letter in a token's prefix and suffix.
constexpr unsigned kLetterBits = 5;

/// One word of a name: enough to tell equal, nearly equal and different, too little to read it.
struct NameToken {
    std::uint32_t hash = 0;
    std::uint32_t letters = 0;  ///< one bit for each of a-z that occurs
    std::uint16_t prefix = 0;   ///< the first three letters, kLetterBits each
    std::uint16_t suffix = 0;   ///< the last three letters, kLetterBits each
    char first = 0;
    std::uint8_t size = 0;  ///< letters, at most 63
    NamePart part{};
};

/// What a source says a record stands for. A person and the brand or group that he runs share
/// addresses and accounts, and are not one.
enum class Kind : std::uint8_t { Unknown, Person, Group, Brand };

/// Whether the two cannot be one, whatever else they share. What one source calls a group another
/// may call a brand.
constexpr bool kinds_conflict(Kind a, Kind b) {
    return a != Kind::Unknown && b != Kind::Unknown && (a == Kind::Person) != (b == Kind::Person);
}

/// The most that keys hold; what goes beyond is left out.
constexpr std::size_t kNameTokensMax = 8;
constexpr std::size_t kIdentifiersMax = 32;
/// Source records: the record itself or the one that it belongs to, and those merged into it.
constexpr std::size_t kRecordsMax = 257;

struct Name {
    bool is_full = false;     ///< a person's, with given and family name
    bool is_several = false;  ///< a duo's or a group's: "Signe & Bo"
    Kind kind{};
    std::uint8_t count = 0;
    NameToken tokens[kNameTokensMax];
    [[nodiscard]] std::span<const NameToken> all() const { return {tokens, count}; }
};

/// What two names say about two records being one person.
enum class NameRelation : std::uint8_t {
    Agree,       ///< given and family names fit, in any order
    SameGiven,   ///< the family names differ: marriage, or chance
    Unknown,     ///< one is missing or no person's full name
    SameFamily,  ///< relatives, or a nickname; or a duo and one of its two
    Conflict,
};

/// One profile's values, "" for what is missing.
struct ProfileValues {
    std::string_view platform, handle, url, user_id;
};
std::vector<ProfileValues> profiles_of(std::span<const record::FactView> facts);
/// One address or number.
struct ContactValues {
    std::string_view value;
    bool is_role = false;  ///< a booker's or an agent's
};
std::vector<ContactValues> emails_of(std::span<const record::FactView> facts);
std::vector<ContactValues> phones_of(std::span<const record::FactView> facts);
/// Where nobody can know which platform a handle is on, it says too little.
bool is_platform(std::string_view platform);

/// The identifiers of a record's facts with the values they are hashes of, each once.
struct ReadableIdentifier {
    Identifier identifier;
    std::string what;   ///< "instagram handle", "e-mail"
    std::string value;  ///< as it is compared
};
std::vector<ReadableIdentifier> identifiers_of(std::span<const record::FactView> facts);
/// A record's place among the records of its source. The first is its own, or the one that it
/// belongs to, the others were merged into it. "crm/123" is their value.
std::vector<ReadableIdentifier> records_of(std::span<const record::FactView> facts,
                                           const RecordName& name);
/// The record that this one belongs to; "" for a record of its own.
std::string_view belongs_to(std::span<const record::FactView> facts);
Name name_of(std::span<const record::FactView> facts);
/// "van", "de": parts of many family names, that make no two of them one.
bool is_particle(std::string_view word);

/// Both of a record's keys. Damaged or unknown bytes give empty keys: the record then stands alone.
struct Keys {
    Name name;
    std::vector<Identifier> identifiers;
};
/// \param records   as records_of gives them; empty where the source says nothing of the kind.
/// \param features  as encode_features makes them.
std::string encode_keys(const Name& name, std::span<const Identifier> identifiers,
                        std::span<const Identifier> records = {}, std::string_view features = {});
/// The name alone; cheap enough to be read whenever it is needed. \return false if damaged
bool decode_name(std::string_view keys, Name& name);
/// Calls `visit(Identifier)` for each; nothing if damaged.
template <class Visit>
void for_each_identifier(std::string_view keys, Visit&& visit);

/// Pure; symmetric.
NameRelation relate(const Name& a, const Name& b);

/// How many identifiers of each kind two records share. A handle does not count where both records
/// say their user id on its platform and none is common.
struct Agreement {
    std::uint8_t user_ids = 0, handles = 0, emails = 0, phones = 0, websites = 0, records = 0;
    void add(IdentifierKind kind);
    friend bool operator==(const Agreement&, const Agreement&) = default;
};
/// How strongly an agreement joins two records, 0 for not at all; `is_strong` ones join even groups
/// of records in which names conflict.
struct Strength {
    std::uint8_t value = 0;
    bool is_strong = false;
};
Strength strength_of(const Agreement& agreement, NameRelation names);
/// Of what the source itself knows of its records: neither names nor kinds speak against it.
constexpr std::uint8_t kStrengthOfRecords = 200;

// --- Layout ----------------------------------------------------------------------------------
// version, flags (the kind in bits 4 and 5), tokens, identifiers; then 15 bytes a token, 11 an
// identifier; then, where the flag says so, 2 bytes for how many source records, and 8 bytes for
// the hash of each; then, where the flag says so, 2 bytes for how many of features, and those.
//
// Stored keys are made anew with their source's facts only. Those of a source that is held, or no
// longer in the config, stay as they are, so what earlier versions wrote has to be read for ever:
// add behind a flag, as was done for source records.

constexpr char kKeysVersion = 2;
constexpr char kFullName = 1;
constexpr char kOfSeveral = 2;
constexpr char kHasRecords = 4;    ///< source records follow
constexpr char kBelongs = 8;       ///< the first of them is not its own
constexpr char kHasFeatures = 64;  ///< features stand at the end
constexpr int kKindShift = 4;
constexpr std::size_t kKeysHeaderBytes = 4;
constexpr std::size_t kNameTokenBytes = 15;
constexpr std::size_t kIdentifierBytes = 11;
constexpr std::size_t kRecordBytes = 8;
constexpr std::size_t kRecordCountBytes = 2;
constexpr std::size_t kFeatureSizeBytes = 2;

/// \pre at least `bytes` characters at `at`. Little-endian.
inline std::uint64_t read_bytes(const char* at, unsigned bytes) {
    std::uint64_t value = 0;
    for (unsigned i = 0; i < bytes; ++i) {
        value |= static_cast<std::uint64_t>(static_cast<unsigned char>(at[i])) << (8 * i);
    }
    return value;
}

/// Where the features begin, behind all else; 0 if the bytes are not as long as they say.
inline std::size_t features_at(std::string_view keys) {
    if (keys.size() < kKeysHeaderBytes || keys[0] != kKeysVersion) {
        return 0;
    }
    const auto tokens = static_cast<unsigned char>(keys[2]);
    const auto identifiers = static_cast<unsigned char>(keys[3]);
    std::size_t at = kKeysHeaderBytes + tokens * kNameTokenBytes + identifiers * kIdentifierBytes;
    if (tokens > kNameTokensMax) {
        return 0;
    }
    // Takes one part that begins with how many of something it has.
    const auto take = [&keys, &at](std::size_t count_bytes, std::size_t bytes_each) {
        if (keys.size() < at + count_bytes) {
            at = keys.size() + 1;
            return;
        }
        const auto count = read_bytes(keys.data() + at, static_cast<unsigned>(count_bytes));
        at += count_bytes + count * bytes_each;
    };
    if ((keys[1] & kHasRecords) != 0) {
        take(kRecordCountBytes, kRecordBytes);
    }
    const std::size_t features = at;
    if ((keys[1] & kHasFeatures) != 0) {
        take(kFeatureSizeBytes, 1);
    }
    return at == keys.size() ? features : 0;
}

/// Whether the bytes are as long as they say.
inline bool is_well_formed(std::string_view keys) {
    return features_at(keys) != 0;
}

/// What encode_features made; "" if damaged or of an earlier version.
inline std::string_view decode_features(std::string_view keys) {
    const std::size_t at = features_at(keys);
    return at == 0 || (keys[1] & kHasFeatures) == 0 ? std::string_view{}
                                                    : keys.substr(at + kFeatureSizeBytes);
}

/// The kind alone; Unknown if damaged.
inline Kind decode_kind(std::string_view keys) {
    return is_well_formed(keys) ? static_cast<Kind>((keys[1] >> kKindShift) & 3) : Kind::Unknown;
}

/// Whether the record tells about another one of its source. \pre well-formed or not
inline bool belongs_to_another(std::string_view keys) {
    return is_well_formed(keys) && (keys[1] & kHasRecords) != 0 && (keys[1] & kBelongs) != 0;
}

template <class Visit>
void for_each_identifier(std::string_view keys, Visit&& visit) {
    if (!is_well_formed(keys)) {
        return;
    }
    const auto tokens = static_cast<unsigned char>(keys[2]);
    const char* at = keys.data() + kKeysHeaderBytes + tokens * kNameTokenBytes;
    for (auto left = static_cast<unsigned char>(keys[3]); left > 0; --left) {
        Identifier identifier;
        identifier.hash = read_bytes(at, 8);
        identifier.kind = static_cast<IdentifierKind>(at[8]);
        identifier.platform = static_cast<std::uint16_t>(read_bytes(at + 9, 2));
        if (identifier.kind <= IdentifierKind::RoleContact) {
            visit(identifier);
        }
        at += kIdentifierBytes;
    }
    if ((keys[1] & kHasRecords) == 0) {
        return;
    }
    const auto records = read_bytes(at, kRecordCountBytes);
    at += kRecordCountBytes;
    for (std::uint64_t i = 0; i < records; ++i, at += kRecordBytes) {
        const bool is_own = i == 0 && (keys[1] & kBelongs) == 0;
        visit(Identifier{read_bytes(at, 8),
                         is_own ? IdentifierKind::Record : IdentifierKind::RecordLink, 0});
    }
}

}  // namespace coterie::match
