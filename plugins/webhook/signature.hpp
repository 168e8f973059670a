/// Signing as the Standard Webhooks specification has it (https://www.standardwebhooks.com).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace webhook {

/// The key that a secret stands for: what follows "whsec_" in base 64, else its bytes.
/// \throws std::invalid_argument  where it is no base 64.
std::string key_of(std::string_view secret);

/// The same for the same body: the receiver knows by it what it has had already.
std::string id_of(std::string_view body);

/// "v1," and the HMAC-SHA256 of "ID.TIMESTAMP.BODY" in base 64.
std::string signature_of(std::string_view id, std::int64_t timestamp, std::string_view body,
                         std::string_view key);

}  // namespace webhook
