/// Whatever comes out of a mailbox: a mail's parts are read in bounded time and memory, and what
/// people are shown is UTF-8 without folders.
#include "base/check.hpp"
#include "sdk/location/mail.hpp"

#include "coterie/files.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view raw(reinterpret_cast<const char*>(data), size);
    const auto mail = coterie::location::parse_mail(raw);
    const auto is_utf8 = [](std::string_view text) {
        return coterie::files::utf8_valid_bytes(text) == text.size();
    };
    COTERIE_CHECK(is_utf8(mail.subject));
    for (const auto& attachment : mail.attachments) {
        COTERIE_CHECK(attachment.name.find_first_of("/\\") == std::string::npos);
        COTERIE_CHECK(attachment.content.size() <= size);
    }
    return 0;
}
