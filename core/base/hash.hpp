/// Hashes: fast ones for content and keys, a keyed one for ids.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace coterie {

/// 128 bits of XXH3: content and key identity. Not for secrets.
struct Hash128 {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    friend auto operator<=>(const Hash128&, const Hash128&) = default;
};

/// Of the bytes. Any thread.
Hash128 hash128(std::string_view bytes);
/// 64 bits of XXH3, seeded.
std::uint64_t hash64(std::string_view bytes, std::uint64_t seed = 0);
/// 32 lower-case hex digits.
std::string to_hex(const Hash128& hash);
/// BLAKE2b of `message` under `key` (at most 64 bytes), as `characters` letters of lower-case
/// base 32 (a-z, 2-7; 5 bits each, at most 51). Nobody without the key can tell the message.
std::string keyed_id(std::string_view key, std::string_view message, unsigned characters = 16);

}  // namespace coterie
