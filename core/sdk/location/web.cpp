// Files by https: a link, or a Google Sheet.
#include "sdk/location/pattern.hpp"
#include "sdk/location/remote.hpp"

#include "coterie/files.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <cctype>

namespace coterie::location {

namespace {

constexpr std::string_view kPageHint =
    "; is it a login page, or a page that shows the file? Use the link that downloads it";

/// As written, but for what cannot stand in a request line.
std::string tidy(std::string_view text) {
    std::string url;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool is_odd = byte <= 0x20 || byte >= 0x7f ||
                            std::string_view("\"<>[]\\^`{|}").find(c) != std::string_view::npos;
        url += is_odd ? encode_part(std::string_view(&c, 1)) : std::string(1, c);
    }
    return url;
}

bool is_page(const Reply& reply, std::string_view beginning) {
    std::string type = reply.header("content-type");
    std::transform(type.begin(), type.end(), type.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (type.starts_with("text/html") || type.starts_with("application/xhtml")) {
        return true;
    }
    const auto first = beginning.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
    std::string text(first == std::string_view::npos ? std::string_view()
                                                     : beginning.substr(first, 15));
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text.starts_with("<!doctype html") || text.starts_with("<html");
}

/// What a later part of the same file is asked for by; empty: the server gives nothing that is
/// sure enough.
std::string validator_of(const Reply& reply) {
    const std::string tag = reply.header("etag");
    return tag.starts_with("W/") || tag.empty() ? reply.header("last-modified") : tag;
}

/// Whether the reply goes on at `offset`.
bool continues_at(const Reply& reply, std::uint64_t offset) {
    return reply.header("content-range").starts_with("bytes " + std::to_string(offset) + "-");
}

/// The size of the whole file, where the reply says it.
std::optional<std::uint64_t> whole_size(const Reply& reply) {
    const std::string range = reply.header("content-range");
    const std::string text = reply.status == 206 && range.find('/') != std::string::npos
                                 ? range.substr(range.find('/') + 1)
                                 : reply.header("content-length");
    const bool good = !text.empty() && text.size() < 19 &&
                      text.find_first_not_of("0123456789") == std::string::npos;
    return good && reply.header("content-encoding").empty()
               ? std::optional<std::uint64_t>(std::stoull(text))
               : std::nullopt;
}

/// One file's GET, over as many tries as it takes.
class WholeGet {
  public:
    WholeGet(Connection& connection, const WebGet& get, Item& item, const Item* known,
             Target& target)
        : connection_(connection), get_(get), item_(item), known_(known), target_(target) {}

    Result<bool> run() {
        for (unsigned attempt = 1;; ++attempt) {
            Error error{ErrorKind::Transient, ""};
            const Reply reply = ask();
            if (reply.code == CURLE_OK && reply.status == 304 && known_ != nullptr) {
                return false;
            }
            if (reply.code == CURLE_OK && (reply.status == 200 || reply.status == 206)) {
                COTERIE_TRY_VOID(refuse_page(reply));
                if (auto fault = what_is_missing(reply); fault.empty()) {
                    complete_item(reply);
                    return true;
                } else {
                    error.message = item_.name + ": " + fault;
                }
            } else if (reply.status == 412 || reply.status == 416) {
                error.message = item_.name + " changed while it was fetched";
                forget_what_came();
            } else {
                error = connection_.error_of(reply, item_.name);
                note_what_came(reply);
            }
            if (error.kind != ErrorKind::Transient || attempt == kTriesMax) {
                return error;
            }
            connection_.log(
                LogLevel::Info,
                error.message + "; trying again" +
                    (offset() > 0 ? " from byte " + std::to_string(offset()) : std::string()));
            connection_.wait(attempt, error);
        }
    }

  private:
    [[nodiscard]] std::uint64_t offset() const { return validator_.empty() ? 0 : target_.bytes(); }

    Reply ask() {
        Request request;
        request.url = get_.url;
        request.headers = get_.headers;
        request.is_signed = get_.is_signed;
        request.target = &target_;
        request.bytes_max = connection_.settings().fetch_bytes_max;
        request.range_from = offset();
        if (request.range_from > 0) {
            request.headers.push_back("If-Range: " + validator_);
        } else {
            target_.restart();
            if (known_ != nullptr && !known_->tag.empty()) {
                request.headers.push_back("If-None-Match: " + known_->tag);
            } else if (known_ != nullptr && !known_->since.empty()) {
                request.headers.push_back("If-Modified-Since: " + known_->since);
            }
        }
        asked_from_ = request.range_from;
        return connection_.perform(request);
    }

    Result<void> refuse_page(const Reply& reply) {
        if (!get_.refuse_pages || !is_page(reply, target_.beginning())) {
            return {};
        }
        return Error{ErrorKind::Config,
                     item_.name + ": a web page came instead of a file" +
                         (get_.page_hint.empty() ? std::string(kPageHint) : get_.page_hint)};
    }

    /// Empty where the target now holds the file.
    std::string what_is_missing(const Reply& reply) {
        if (reply.status == 206 &&
            (!continues_at(reply, asked_from_) || validator_of(reply) != validator_)) {
            forget_what_came();
            return "the server sent another part than was asked for";
        }
        const auto size = whole_size(reply);
        if (size && *size != target_.bytes()) {
            const std::string came = std::to_string(target_.bytes());
            forget_what_came();
            return came + " bytes came, " + std::to_string(*size) + " were said";
        }
        return {};
    }

    void note_what_came(const Reply& reply) {
        const bool is_file = reply.status == 200 || reply.status == 206;
        if (reply.status == 206 && !continues_at(reply, asked_from_)) {
            forget_what_came();
        } else if (is_file) {
            validator_ = validator_of(reply);
        }
    }

    void forget_what_came() {
        validator_.clear();
        target_.restart();
    }

    void complete_item(const Reply& reply) {
        item_.tag = reply.header("etag");
        item_.since = reply.header("last-modified");
        item_.bytes = target_.bytes();
        item_.modified =
            reply.modified >= 0 ? std::optional<std::int64_t>(reply.modified) : std::nullopt;
        if (item_.tag.starts_with("W/")) {
            item_.tag.clear();  // "nearly the same" is not the same
        }
    }

    Connection& connection_;
    const WebGet& get_;
    Item& item_;
    const Item* known_;
    Target& target_;
    std::string validator_;  ///< of what the target holds
    std::uint64_t asked_from_ = 0;
};

class WebFile final : public Remote {
  public:
    explicit WebFile(Connection connection) : connection_(std::move(connection)) {}

    Result<std::vector<Item>> list() override {
        const Settings& settings = connection_.settings();
        Item item;
        item.name = settings.shown();
        item.leaf = leaf_of(settings.address.path);
        return std::vector<Item>{item};
    }

    Result<bool> fetch(Item& item, const Item* known, Target& target) override {
        const Address& address = connection_.settings().address;
        WebGet get;
        get.url = address.scheme + "://" + address.host +
                  (address.port.empty() ? "" : ":" + address.port) + tidy(address.path) +
                  (address.query.empty() ? "" : "?" + tidy(address.query));
        return get_whole(connection_, get, item, known, target);
    }

  private:
    Connection connection_;
};

class Sheet final : public Remote {
  public:
    explicit Sheet(Connection connection) : connection_(std::move(connection)) {}

    Result<std::vector<Item>> list() override {
        const Settings& settings = connection_.settings();
        Item item;
        item.name = "https://docs.google.com/spreadsheets/d/" + id() + "/" +
                    (is_csv() ? "sheet-" + gid() + ".csv" : "workbook.xlsx");
        item.leaf = leaf_of(item.name);
        if (id().empty()) {
            return Error{ErrorKind::Config, "location: " + settings.shown() +
                                                " is no link of a Google Sheet: it has no id"};
        }
        return std::vector<Item>{item};
    }

    Result<bool> fetch(Item& item, const Item* known, Target& target) override {
        const Address& address = connection_.settings().address;
        WebGet get;
        get.url = "https://docs.google.com" + (address.port.empty() ? "" : ":" + address.port) +
                  "/spreadsheets/d/" + id() +
                  "/export?format=" + (is_csv() ? "csv&gid=" + gid() : std::string("xlsx"));
        get.page_hint = "; the sheet is not shared: in Google Sheets choose Share, 'Anyone with "
                        "the link' as viewer, or fetch it another way";
        return get_whole(connection_, get, item, known, target);
    }

  private:
    [[nodiscard]] bool is_csv() const { return connection_.settings().sheet_format == "csv"; }

    /// The part behind /spreadsheets/d/.
    [[nodiscard]] std::string id() const {
        std::string_view path = connection_.settings().address.path;
        path.remove_prefix(std::string_view("/spreadsheets/d/").size());
        const std::string_view id = path.substr(0, path.find('/'));
        const bool good = std::all_of(id.begin(), id.end(), [](unsigned char c) {
            return std::isalnum(c) != 0 || c == '-' || c == '_';
        });
        return good ? std::string(id) : std::string();
    }

    /// Which sheet the link shows; 0 is the first one.
    [[nodiscard]] std::string gid() const {
        const Address& address = connection_.settings().address;
        for (const std::string* text : {&address.fragment, &address.query}) {
            const auto at = text->find("gid=");
            if (at != std::string::npos) {
                const std::string_view rest = std::string_view(*text).substr(at + 4);
                return std::string(
                    rest.substr(0, std::min(rest.find_first_not_of("0123456789"), rest.size())));
            }
        }
        return "0";
    }

    Connection connection_;
};

}  // namespace

Result<bool> get_whole(Connection& connection, const WebGet& get, Item& item, const Item* known,
                       Target& target) {
    return WholeGet(connection, get, item, known, target).run();
}

Error nothing_matches(const Settings& settings, std::vector<std::string> there) {
    static constexpr std::size_t kNamesMax = 8;
    std::string text = "no file " + settings.shown();
    std::sort(there.begin(), there.end());
    if (there.empty()) {
        return Error{ErrorKind::Config, text + "; the folder is empty"};
    }
    text += "; there: ";
    for (std::size_t i = 0; i < std::min(there.size(), kNamesMax); ++i) {
        text.append(i == 0 ? "" : ", ").append(files::printable(there[i]));
    }
    if (there.size() > kNamesMax) {
        text.append(", … (" + std::to_string(there.size()) + " in all)");
    }
    return Error{ErrorKind::Config, std::move(text)};
}

std::unique_ptr<Remote> web_file(Connection connection) {
    return std::make_unique<WebFile>(std::move(connection));
}

std::unique_ptr<Remote> sheet(Connection connection) {
    return std::make_unique<Sheet>(std::move(connection));
}

}  // namespace coterie::location
