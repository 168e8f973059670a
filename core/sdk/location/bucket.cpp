// Files in an S3-compatible bucket.
#include "sdk/location/pattern.hpp"
#include "sdk/location/remote.hpp"

#include "coterie/files.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <cstdlib>

namespace coterie::location {

namespace {

constexpr std::size_t kPagesMax = 1000;
constexpr std::size_t kNamesShownMax = 100;

std::string decoded(std::string_view text) {
    static constexpr std::pair<std::string_view, char> kEntities[] = {
        {"&amp;", '&'},   {"&lt;", '<'},  {"&gt;", '>'},  {"&quot;", '"'},
        {"&apos;", '\''}, {"&#34;", '"'}, {"&#39;", '\''}};
    std::string plain;
    while (!text.empty()) {
        const auto* const entity =
            std::find_if(std::begin(kEntities), std::end(kEntities),
                         [&](const auto& known) { return text.starts_with(known.first); });
        if (entity != std::end(kEntities)) {
            plain += entity->second;
            text.remove_prefix(entity->first.size());
        } else {
            plain += text.front();
            text.remove_prefix(1);
        }
    }
    return plain;
}

std::string percent_decoded(const std::string& text) {
    int size = 0;
    char* const plain =
        ::curl_easy_unescape(nullptr, text.c_str(), static_cast<int>(text.size()), &size);
    std::string result =
        plain == nullptr ? text : std::string(plain, static_cast<std::size_t>(size));
    ::curl_free(plain);
    return result;
}

class Bucket final : public Remote {
  public:
    explicit Bucket(Connection connection) : connection_(std::move(connection)) {}

    Result<std::vector<Item>> list() override {
        const Settings& settings = connection_.settings();
        const std::string key = settings.address.path.substr(1);
        if (!is_pattern(leaf_of(key))) {
            return std::vector<Item>{item_of(key)};
        }
        const std::size_t wildcard = key.find_first_of("*?[");
        std::vector<Item> items;
        std::vector<std::string> there;
        std::string token;
        for (std::size_t page = 0; page < kPagesMax; ++page) {
            COTERIE_TRY(const std::string xml, list_page(key.substr(0, wildcard), token));
            COTERIE_TRY_VOID(take_page(xml, key, items, there));
            std::size_t at = 0;
            token = next_element(xml, "NextContinuationToken", at).value_or("");
            if (token.empty()) {
                return items.empty() ? Result<std::vector<Item>>(nothing_matches(settings, there))
                                     : Result<std::vector<Item>>(std::move(items));
            }
        }
        return Error{ErrorKind::Config, settings.shown() + ": the folder has too many files; give "
                                                           "the pattern a longer beginning"};
    }

    Result<bool> fetch(Item& item, const Item* known, Target& target) override {
        WebGet get;
        get.url = base() + "/" + encode_path(item.ref);
        get.is_signed = is_signed();
        get.refuse_pages = false;
        get.headers = headers();
        if (!item.tag.empty()) {  // as it was listed, or not at all
            get.headers.push_back("If-Match: " + item.tag);
        }
        return get_whole(connection_, get, item, known, target).transform_error([&](Error error) {
            return with_advice(std::move(error));
        });
    }

  private:
    [[nodiscard]] bool is_signed() const { return !connection_.settings().access_key_id.empty(); }

    [[nodiscard]] Item item_of(const std::string& key) const {
        const Settings& settings = connection_.settings();
        Item item;
        item.ref = key;
        item.name = files::printable("s3://" + settings.address.host + "/" + key);
        item.leaf = leaf_of(key);
        return item;
    }

    /// "https://BUCKET.HOST" or "https://HOST/BUCKET".
    [[nodiscard]] std::string base() const {
        const Settings& settings = connection_.settings();
        const std::string endpoint = settings.endpoint.empty()
                                         ? "https://s3." + settings.region + ".amazonaws.com"
                                         : settings.endpoint;
        if (settings.path_style) {
            return endpoint + "/" + settings.address.host;
        }
        const auto host = endpoint.find("://") + 3;
        return endpoint.substr(0, host) + settings.address.host + "." + endpoint.substr(host);
    }

    [[nodiscard]] std::vector<std::string> headers() const {
        const std::string& token = connection_.settings().session_token;
        return token.empty() ? std::vector<std::string>()
                             : std::vector<std::string>{"x-amz-security-token: " + token};
    }

    Error with_advice(Error error) const {
        if (error.message.find("answered 3") != std::string::npos) {
            error.message += "; the bucket lies in another region: set region";
        }
        return error;
    }

    Result<std::string> list_page(const std::string& prefix, const std::string& token) {
        Request request;
        // Sorted by name, as the signature wants it.
        request.url = base() + (connection_.settings().path_style ? "" : "/") + "?" +
                      (token.empty() ? "" : "continuation-token=" + encode_part(token) + "&") +
                      "encoding-type=url&list-type=2&prefix=" + encode_part(prefix);
        request.is_signed = is_signed();
        request.headers = headers();
        for (unsigned attempt = 1;; ++attempt) {
            Reply reply = connection_.perform(request);
            if (reply.code == CURLE_OK && reply.status == 200) {
                return std::move(reply.body);
            }
            Error error = with_advice(connection_.error_of(reply, connection_.settings().shown()));
            if (error.kind != ErrorKind::Transient || attempt == kTriesMax) {
                return error;
            }
            connection_.wait(attempt, error);
        }
    }

    Result<void> take_page(std::string_view xml, const std::string& pattern,
                           std::vector<Item>& items, std::vector<std::string>& there) {
        std::size_t at = 0;
        while (const auto content = next_element(xml, "Contents", at)) {
            const auto part = [&](std::string_view tag) {
                std::size_t begin = 0;
                return decoded(next_element(*content, tag, begin).value_or(""));
            };
            const std::string key = percent_decoded(part("Key"));
            if (!matches(pattern, key)) {
                if (there.size() < kNamesShownMax) {
                    there.push_back(leaf_of(key));
                }
                continue;
            }
            Item item = item_of(key);
            item.tag = part("ETag");
            item.bytes = std::strtoull(part("Size").c_str(), nullptr, 10);
            const ::time_t modified = ::curl_getdate(part("LastModified").c_str(), nullptr);
            if (modified > 0) {
                item.modified = modified;
            } else {
                item.modified = iso_time(part("LastModified"));
            }
            items.push_back(std::move(item));
            if (items.size() > kFilesMax) {
                return Error{ErrorKind::Config,
                             connection_.settings().shown() + " names more than " +
                                 std::to_string(kFilesMax) + " files; make the pattern narrower"};
            }
        }
        return {};
    }

    /// "2026-11-08T10:20:30.000Z".
    static std::optional<std::int64_t> iso_time(const std::string& text) {
        struct tm parts {};
        const char* const end = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
        return end == nullptr ? std::nullopt : std::optional<std::int64_t>(::timegm(&parts));
    }

    Connection connection_;
};

}  // namespace

std::optional<std::string> next_element(std::string_view xml, std::string_view tag,
                                        std::size_t& at) {
    const std::string open = "<" + std::string(tag) + ">";
    const std::string close = "</" + std::string(tag) + ">";
    const auto begin = xml.find(open, at);
    const auto end = begin == std::string_view::npos ? begin : xml.find(close, begin);
    if (end == std::string_view::npos) {
        return std::nullopt;
    }
    at = end + close.size();
    return std::string(xml.substr(begin + open.size(), end - begin - open.size()));
}

std::unique_ptr<Remote> bucket(Connection connection) {
    return std::make_unique<Bucket>(std::move(connection));
}

}  // namespace coterie::location
