#include "base/hash.hpp"

#include "base/check.hpp"

#include <sodium.h>
#include <xxhash.h>

#include <array>

namespace coterie {

Hash128 hash128(std::string_view bytes) {
    const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
    return {hash.high64, hash.low64};
}

std::uint64_t hash64(std::string_view bytes, std::uint64_t seed) {
    return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

std::string to_hex(const Hash128& hash) {
    static constexpr std::string_view kDigits = "0123456789abcdef";
    std::string out(32, '0');
    for (unsigned i = 0; i < 16; ++i) {
        out[i] = kDigits[(hash.high >> (60 - 4 * i)) & 15];
        out[16 + i] = kDigits[(hash.low >> (60 - 4 * i)) & 15];
    }
    return out;
}

std::string keyed_id(std::string_view key, std::string_view message, unsigned characters) {
    static constexpr std::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyz234567";
    constexpr unsigned kHashBytes = 32;
    COTERIE_CHECK(key.size() <= crypto_generichash_KEYBYTES_MAX);
    COTERIE_CHECK(characters * 5 <= kHashBytes * 8);
    std::array<unsigned char, kHashBytes> hash{};
    const auto* message_bytes = reinterpret_cast<const unsigned char*>(message.data());
    const auto* key_bytes = reinterpret_cast<const unsigned char*>(key.data());
    COTERIE_CHECK(crypto_generichash(hash.data(), hash.size(), message_bytes, message.size(),
                                     key_bytes, key.size()) == 0);
    std::string out;
    out.reserve(characters);
    for (unsigned i = 0; i < characters; ++i) {
        const unsigned bit = i * 5;
        const unsigned high = hash[bit / 8];
        const unsigned low = bit / 8 + 1 < kHashBytes ? hash[bit / 8 + 1] : 0U;
        out.push_back(kAlphabet[((high << 8 | low) >> (11 - bit % 8)) & 31]);
    }
    return out;
}

}  // namespace coterie
