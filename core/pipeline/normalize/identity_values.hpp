/// Normalizers of the values that say who somebody is: names, e-mails, phones, profiles.
/// All are pure functions of their arguments, for any thread, and never throw on any bytes
/// (input that is not UTF-8 is not understood). Rules and traps: docs/guides/values.md.
#pragma once

#include "pipeline/normalize/reading.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace coterie::normalize {

struct PersonName {
    /// As people write it: "Ida Marie Holm"; decoration removed. "" where the cell holds a handle
    /// and no name.
    std::string display;
    std::string given;                 ///< "" where it cannot be told
    std::string family;                ///< with its particles: "van der Berg"
    std::vector<std::string> aliases;  ///< nicknames in quotes or brackets, maiden names
    std::string handle;                ///< "idaholm", where the cell holds "Ida Holm @idaholm"
};
/// "Holm, Ida", "HOLM Ida", "Mr Ida Holm MP", "3. Ida Holm (@idaholm)", "𝓘𝓭𝓪 ✨", "Holm" …
Reading<PersonName> read_person_name(std::string_view raw);
/// One part of a name ("IDA marie" → "Ida Marie"): capitals mended only where all letters are
/// capitals or none is; decoration removed.
Reading<std::string> read_name_part(std::string_view raw);

struct EmailAddress {
    std::string address;  ///< local part as written, domain in lower case
    std::string role;     ///< "personal", "work", "booking", "agent"; "" where it cannot be told
};
/// One or several addresses in a cell: separators ; , / newline and blanks, "mailto:", "Ida
/// <ida@x.dk>", "ida [at] x.dk", trailing dots. One bad part makes the cell not understood.
Reading<std::vector<EmailAddress>> read_emails(std::string_view raw);

/// One or several phone numbers in a cell, as E.164 ("+4512345678"); numbers without a prefix are
/// of `context.country`.
Reading<std::vector<std::string>> read_phones(std::string_view raw, const ReadingContext& context);

/// A profile on a platform.
struct Profile {
    std::string platform;  ///< "instagram", … or "website"; never empty
    std::string handle;    ///< without @, as written (compare by handle_key); "" where unknown
    std::string url;       ///< canonical: "https://www.instagram.com/idaholm/"
    std::string user_id;   ///< the platform's own id, where the value holds one ("UC…")
};
/// A handle, "@handle", or link. \param platform "" where the value must tell by itself (a link
/// does; a bare handle then is not understood). Links to posts, searches and short links are not
/// understood, except those that name their owner.
Reading<std::vector<Profile>> read_profiles(std::string_view raw, std::string_view platform);
/// What two handles of one platform are compared by: without @, in lower case; on Facebook without
/// dots, which do not count there. YouTube's legacy names ("c/Name", "user/Name") keep their
/// prefix: they are other names than handles. \pre well-formed UTF-8.
std::string handle_key(std::string_view platform, std::string_view handle);
/// The platform that a word names ("IG", "Insta", "YouTube-kanal", "X (Twitter)"); "" if none.
std::string platform_of(std::string_view word);
/// The platforms that can stand in profiles[].platform, "other" and "unknown" last.
const std::vector<std::string>& platforms();

}  // namespace coterie::normalize
