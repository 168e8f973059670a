#include "signature.hpp"

#include <sodium.h>

#include <array>
#include <stdexcept>

namespace webhook {

namespace {

constexpr std::string_view kPrefix = "whsec_";
/// Of the hash, in the id: enough that two bodies never share one.
constexpr std::size_t kIdBytes = 16;

const unsigned char* bytes(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

std::string hex(const unsigned char* data, std::size_t size) {
    std::string text(size * 2 + 1, '\0');
    ::sodium_bin2hex(text.data(), text.size(), data, size);
    text.pop_back();
    return text;
}

}  // namespace

std::string key_of(std::string_view secret) {
    if (!secret.starts_with(kPrefix)) {
        return std::string(secret);
    }
    secret.remove_prefix(kPrefix.size());
    std::string key(secret.size(), '\0');
    std::size_t size = 0;
    if (::sodium_base642bin(reinterpret_cast<unsigned char*>(key.data()), key.size(), secret.data(),
                            secret.size(), nullptr, &size, nullptr,
                            sodium_base64_VARIANT_ORIGINAL) != 0 ||
        size == 0) {
        throw std::invalid_argument("secret: what follows whsec_ is no base 64");
    }
    key.resize(size);
    return key;
}

std::string id_of(std::string_view body) {
    std::array<unsigned char, crypto_hash_sha256_BYTES> hash{};
    ::crypto_hash_sha256(hash.data(), bytes(body), body.size());
    return "msg_" + hex(hash.data(), kIdBytes);
}

std::string signature_of(std::string_view id, std::int64_t timestamp, std::string_view body,
                         std::string_view key) {
    crypto_auth_hmacsha256_state state;
    ::crypto_auth_hmacsha256_init(&state, bytes(key), key.size());
    const std::string before = std::string(id) + "." + std::to_string(timestamp) + ".";
    ::crypto_auth_hmacsha256_update(&state, bytes(before), before.size());
    ::crypto_auth_hmacsha256_update(&state, bytes(body), body.size());
    std::array<unsigned char, crypto_auth_hmacsha256_BYTES> mac{};
    ::crypto_auth_hmacsha256_final(&state, mac.data());
    std::array<char, sodium_base64_ENCODED_LEN(mac.size(), sodium_base64_VARIANT_ORIGINAL)> text{};
    ::sodium_bin2base64(text.data(), text.size(), mac.data(), mac.size(),
                        sodium_base64_VARIANT_ORIGINAL);
    return std::string("v1,") + text.data();
}

}  // namespace webhook
