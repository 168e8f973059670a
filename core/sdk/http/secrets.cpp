#include "sdk/http/secrets.hpp"

#include "sdk/net/encode.hpp"

#include "coterie/files.hpp"

#include <algorithm>
#include <cctype>

namespace coterie::http {

namespace {

/// Shorter ones would be found in every second word; nothing that short keeps anybody out.
constexpr std::size_t kSecretBytesMin = 4;
constexpr std::size_t kSaidBytesMax = 300;

bool is_of_address(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x80 || std::isalnum(byte) != 0 ||
           std::string_view("._%+-").find(c) != std::string_view::npos;
}

/// "jane@example.com" becomes "***".
std::string without_addresses(std::string text) {
    for (std::size_t at = text.find('@'); at != std::string::npos; at = text.find('@', at + 1)) {
        std::size_t begin = at;
        std::size_t end = at + 1;
        while (begin > 0 && is_of_address(text[begin - 1])) {
            --begin;
        }
        while (end < text.size() && is_of_address(text[end])) {
            ++end;
        }
        if (begin < at && end > at + 1) {
            text.replace(begin, end - begin, "***");
            at = begin;
        }
    }
    return text;
}

}  // namespace

Secrets::Secrets(const Options& options) {
    for (const std::string& secret : options.secrets) {
        add(secret);
    }
    struct Visitor {
        Secrets& secrets;
        void operator()(const NoAuth&) const {}
        void operator()(const TokenAuth& auth) const { secrets.add(auth.token); }
        void operator()(const BasicAuth& auth) const {
            secrets.add(auth.username);  // with many vendors it is the key
            secrets.add(auth.password);
            secrets.add(base64(auth.username + ":" + auth.password));
        }
        void operator()(const QueryAuth& auth) const { secrets.add(auth.value); }
        void operator()(const OAuth& auth) const {
            secrets.add(auth.client_secret);
            secrets.add(auth.refresh_token);
            secrets.add(auth.password);
            secrets.add(auth.jwt.private_key);
            secrets.add(base64(net::encode_part(auth.client_id) + ":" +
                               net::encode_part(auth.client_secret)));
        }
    };
    std::visit(Visitor{*this}, options.auth);
    // "http://user:password@proxy:3128"
    const auto at = options.proxy.rfind('@');
    if (at != std::string::npos) {
        const auto scheme = options.proxy.find("://");
        const std::size_t begin = scheme == std::string::npos ? 0 : scheme + 3;
        const std::string user = options.proxy.substr(begin, at - begin);
        add(user);
        const auto colon = user.find(':');
        add(colon == std::string::npos ? std::string() : user.substr(colon + 1));
    }
}

void Secrets::add(std::string_view secret) {
    if (secret.size() < kSecretBytesMin) {
        return;
    }
    const std::lock_guard lock(mutex_);
    add_form(std::string(secret));
    add_form(net::encode_part(secret));
    // As it stands in JSON.
    std::string quoted = nlohmann::json(std::string(secret))
                             .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    add_form(quoted.substr(1, quoted.size() - 2));
    std::string plus = net::encode_part(secret);
    for (std::size_t i = 0; (i = plus.find("%20", i)) != std::string::npos; ++i) {
        plus.replace(i, 3, "+");
    }
    add_form(std::move(plus));
    std::stable_sort(forms_.begin(), forms_.end(),
                     [](const auto& a, const auto& b) { return a.size() > b.size(); });
}

void Secrets::add_form(std::string form) {
    if (std::find(forms_.begin(), forms_.end(), form) == forms_.end()) {
        forms_.push_back(std::move(form));
    }
}

std::string Secrets::clean(std::string text) const {
    const std::lock_guard lock(mutex_);
    for (const std::string& form : forms_) {
        for (std::size_t at = 0; (at = text.find(form, at)) != std::string::npos; at += 3) {
            text.replace(at, form.size(), "***");
        }
    }
    return text;
}

bool Secrets::are_in(std::string_view text) const {
    const std::lock_guard lock(mutex_);
    return std::any_of(forms_.begin(), forms_.end(), [&](const std::string& form) {
        return text.find(form) != std::string_view::npos;
    });
}

std::string for_people(const Secrets& secrets, std::string_view text) {
    // Cleaned before it is cut: half a secret is one too.
    std::string said =
        without_addresses(secrets.clean(std::string(text.substr(0, std::size_t{64} << 10))));
    std::replace_if(
        said.begin(), said.end(), [](unsigned char c) { return c < 0x20; }, ' ');
    if (said.size() > kSaidBytesMax) {
        said.resize(kSaidBytesMax);
        said += "…";
    }
    return files::printable(said);
}

std::string base64(std::string_view bytes, Alphabet alphabet) {
    const std::string_view letters =
        alphabet == Alphabet::Plain
            ? "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
            : "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::uint32_t group = 0;
        const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
        for (std::size_t k = 0; k < 3; ++k) {
            group = group << 8U | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0U);
        }
        for (std::size_t k = 0; k <= count; ++k) {
            text += letters[group >> (18U - 6U * k) & 63U];
        }
        if (alphabet == Alphabet::Plain) {
            text.append(3 - count, '=');
        }
    }
    return text;
}

}  // namespace coterie::http
