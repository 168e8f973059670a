#include "sdk/http/jwt.hpp"
#include "sdk/http/secrets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <memory>
#include <string>

namespace coterie::http {
namespace {

using testing::HasSubstr;
using testing::Not;

using Key = std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)>;

Key rsa_key(unsigned bits) {
    return {::EVP_RSA_gen(bits), ::EVP_PKEY_free};
}

/// Takes a while to make: one for all.
EVP_PKEY* good_key() {
    static const Key kKey = rsa_key(2048);
    return kKey.get();
}

std::string pem_of(EVP_PKEY* key, const char* passphrase = nullptr) {
    const std::unique_ptr<BIO, int (*)(BIO*)> bio(::BIO_new(::BIO_s_mem()), ::BIO_free);
    EXPECT_EQ(::PEM_write_bio_PKCS8PrivateKey(
                  bio.get(), key, passphrase == nullptr ? nullptr : ::EVP_aes_256_cbc(), passphrase,
                  passphrase == nullptr ? 0 : static_cast<int>(std::string(passphrase).size()),
                  nullptr, nullptr),
              1);
    char* text = nullptr;
    const long size = ::BIO_get_mem_data(bio.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

std::string decoded(std::string text) {
    for (char& c : text) {
        c = c == '-' ? '+' : c == '_' ? '/' : c;
    }
    const std::size_t padding = (4 - text.size() % 4) % 4;
    text.append(padding, '=');
    std::string out(text.size(), '\0');
    const int size = ::EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                       reinterpret_cast<const unsigned char*>(text.data()),
                                       static_cast<int>(text.size()));
    EXPECT_GE(size, 0);
    out.resize(static_cast<std::size_t>(std::max(size, 0)) - padding);
    return out;
}

bool verifies(EVP_PKEY* key, const std::string& text, const std::string& signature) {
    const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> digest(::EVP_MD_CTX_new(),
                                                                    ::EVP_MD_CTX_free);
    return ::EVP_DigestVerifyInit(digest.get(), nullptr, ::EVP_sha256(), nullptr, key) == 1 &&
           ::EVP_DigestVerify(digest.get(),
                              reinterpret_cast<const unsigned char*>(signature.data()),
                              signature.size(), reinterpret_cast<const unsigned char*>(text.data()),
                              text.size()) == 1;
}

TEST(Jwt, ThePublicKeyVerifiesWhatThePrivateKeySigned) {
    const auto key = SigningKey::read(pem_of(good_key()));
    ASSERT_TRUE(key) << key.error().message;
    Jwt jwt;
    jwt.key_id = "k1";
    jwt.claims = {{"iss", "robot@project.example"}, {"aud", "https://token.example/"}};
    jwt.lifetime = std::chrono::seconds(600);
    const auto text = signed_jwt(*key, jwt, 1'800'000'000);
    ASSERT_TRUE(text);
    const auto first = text->find('.');
    const auto second = text->find('.', first + 1);
    EXPECT_EQ(nlohmann::json::parse(decoded(text->substr(0, first))),
              (nlohmann::json{{"alg", "RS256"}, {"typ", "JWT"}, {"kid", "k1"}}));
    const auto claims = nlohmann::json::parse(decoded(text->substr(first + 1, second - first - 1)));
    EXPECT_EQ(claims["iss"], "robot@project.example");
    EXPECT_LE(claims["iat"], 1'800'000'000);
    EXPECT_EQ(claims["exp"].get<std::int64_t>() - claims["iat"].get<std::int64_t>(), 600);
    EXPECT_TRUE(verifies(good_key(), text->substr(0, second), decoded(text->substr(second + 1))));
    EXPECT_FALSE(
        verifies(good_key(), text->substr(0, second) + "x", decoded(text->substr(second + 1))));
}

TEST(Jwt, AKeyOutOfJsonWithEscapedLineEndsIsRead) {
    std::string pem = pem_of(good_key());
    for (std::size_t at = 0; (at = pem.find('\n', at)) != std::string::npos;) {
        pem.replace(at, 1, "\\n");
    }
    EXPECT_TRUE(SigningKey::read(pem));
}

TEST(Jwt, AKeyThatCannotBeUsedIsRefusedAndNotShown) {
    const Key small = rsa_key(1024);
    const Key curve{::EVP_EC_gen("P-256"), ::EVP_PKEY_free};
    const std::string whole = pem_of(good_key());
    for (const std::string& pem :
         {std::string(), std::string("hunter22"), pem_of(small.get()), pem_of(curve.get()),
          pem_of(good_key(), "passphrase"), whole.substr(0, whole.size() / 2)}) {
        const auto key = SigningKey::read(pem);
        ASSERT_FALSE(key);
        EXPECT_EQ(key.error().kind, ErrorKind::Config);
        EXPECT_THAT(key.error().message, Not(HasSubstr("hunter22")));
        if (pem.size() > 100) {
            EXPECT_THAT(key.error().message, Not(HasSubstr(pem.substr(60, 20))));
        }
    }
}

TEST(Base64, IsThatOfTheStandard) {
    EXPECT_EQ(base64(""), "");
    EXPECT_EQ(base64("f"), "Zg==");
    EXPECT_EQ(base64("fo"), "Zm8=");
    EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
    EXPECT_EQ(base64("\xfb\xff", Alphabet::Url), "-_8");
}

}  // namespace
}  // namespace coterie::http
