/// Signed assertions (RFC 7519) by RS256.
#pragma once

#include "coterie/http.hpp"
#include "coterie/result.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace coterie::http {

/// A private key, ready to sign. Copies share it; any thread.
class SigningKey {
  public:
    /// \param pem  PKCS #8 or PKCS #1; line ends may be written as \n.
    /// \return Config error where it is no RSA key of 2048 bits or more; it never shows the key.
    static Result<SigningKey> read(const std::string& pem);

    /// The signature of the text, as bytes.
    [[nodiscard]] Result<std::string> sign(const std::string& text) const;

  private:
    explicit SigningKey(std::shared_ptr<void> key) : key_(std::move(key)) {}
    std::shared_ptr<void> key_;
};

/// "HEADER.CLAIMS.SIGNATURE". \param now  Seconds since 1970; iat is a little before it, since
/// the server's clock may be behind ours.
Result<std::string> signed_jwt(const SigningKey& key, const Jwt& jwt, std::int64_t now);

}  // namespace coterie::http
