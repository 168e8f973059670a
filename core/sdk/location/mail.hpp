/// A mail's sender, subject and attachments (RFC 5322, 2045-2047, 2231).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace coterie::location {

struct Attachment {
    std::string name;  ///< UTF-8; no folders
    std::string content;
};

struct Mail {
    std::string sender;   ///< the address alone
    std::string subject;  ///< UTF-8
    std::vector<Attachment> attachments;
};

/// Takes a mail apart, whatever its bytes are: what is damaged is left out or taken as it stands.
/// Folders of parts deeper than 8, and parts beyond 1000, are not looked at.
/// \par Cost  Memory: twice the mail's.
Mail parse_mail(std::string_view raw);

}  // namespace coterie::location
