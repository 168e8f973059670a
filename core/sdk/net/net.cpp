#include "sdk/net/curl.hpp"
#include "sdk/net/encode.hpp"

#include <cctype>

namespace coterie::net {

bool start_curl() {
    static const bool kIsReady = ::curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    return kIsReady;
}

std::string encode_part(std::string_view text) {
    static constexpr char kHex[] = "0123456789ABCDEF";
    std::string encoded;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte < 0x80 && std::isalnum(byte) != 0) || c == '-' || c == '.' || c == '_' ||
            c == '~') {
            encoded += c;
        } else {
            encoded += '%';
            encoded += kHex[byte >> 4U];
            encoded += kHex[byte & 15U];
        }
    }
    return encoded;
}

}  // namespace coterie::net
