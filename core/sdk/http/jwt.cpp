#include "sdk/http/jwt.hpp"

#include "sdk/http/secrets.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

namespace coterie::http {

namespace {

constexpr int kKeyBitsMin = 2048;
constexpr std::int64_t kClockSecondsOff = 10;

struct FreeBio {
    void operator()(BIO* bio) const { ::BIO_free(bio); }
};
struct FreeDigest {
    void operator()(EVP_MD_CTX* digest) const { ::EVP_MD_CTX_free(digest); }
};

/// Nobody is asked for a passphrase: an encrypted key is no key.
int no_passphrase(char*, int, int, void*) {
    return 0;
}

Error config_error(std::string message) {
    ::ERR_clear_error();
    return Error{ErrorKind::Config, std::move(message)};
}

std::string dump(const nlohmann::json& value) {
    return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

Result<SigningKey> SigningKey::read(const std::string& pem) {
    std::string text = pem;
    for (std::size_t at = 0; (at = text.find("\\n", at)) != std::string::npos; ++at) {
        text.replace(at, 2, "\n");
    }
    const std::unique_ptr<BIO, FreeBio> bio(
        ::BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    const std::shared_ptr<EVP_PKEY> key(
        bio == nullptr ? nullptr
                       : ::PEM_read_bio_PrivateKey(bio.get(), nullptr, &no_passphrase, nullptr),
        [](EVP_PKEY* held) { ::EVP_PKEY_free(held); });
    if (key == nullptr) {
        return config_error("the private key cannot be read; expected is PEM without a "
                            "passphrase: -----BEGIN PRIVATE KEY----- and what follows, line "
                            "ends included");
    }
    if (::EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA) {
        return config_error("the private key is no RSA key, which RS256 needs");
    }
    if (::EVP_PKEY_get_bits(key.get()) < kKeyBitsMin) {
        return config_error("the private key has " +
                            std::to_string(::EVP_PKEY_get_bits(key.get())) +
                            " bits; expected are 2048 or more");
    }
    return SigningKey(key);
}

Result<std::string> SigningKey::sign(const std::string& text) const {
    const std::unique_ptr<EVP_MD_CTX, FreeDigest> digest(::EVP_MD_CTX_new());
    auto* const key = static_cast<EVP_PKEY*>(key_.get());
    const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());
    std::size_t size = 0;
    if (digest == nullptr ||
        ::EVP_DigestSignInit(digest.get(), nullptr, ::EVP_sha256(), nullptr, key) != 1 ||
        ::EVP_DigestSign(digest.get(), nullptr, &size, bytes, text.size()) != 1) {
        return config_error("the private key cannot sign");
    }
    std::string signature(size, '\0');
    if (::EVP_DigestSign(digest.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                         bytes, text.size()) != 1) {
        return config_error("the private key cannot sign");
    }
    signature.resize(size);
    return signature;
}

Result<std::string> signed_jwt(const SigningKey& key, const Jwt& jwt, std::int64_t now) {
    nlohmann::json header = {{"alg", "RS256"}, {"typ", "JWT"}};
    if (!jwt.key_id.empty()) {
        header["kid"] = jwt.key_id;
    }
    nlohmann::json claims = jwt.claims.is_object() ? jwt.claims : nlohmann::json::object();
    claims["iat"] = now - kClockSecondsOff;
    claims["exp"] = now - kClockSecondsOff + jwt.lifetime.count();
    const std::string text =
        base64(dump(header), Alphabet::Url) + "." + base64(dump(claims), Alphabet::Url);
    COTERIE_TRY(const std::string signature, key.sign(text));
    return text + "." + base64(signature, Alphabet::Url);
}

}  // namespace coterie::http
