#include "base/text.hpp"
#include "pipeline/normalize/characters.hpp"
#include "pipeline/normalize/identity_values.hpp"
#include "pipeline/normalize/platforms.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace coterie::normalize {
namespace {

using One = Reading<Profile>;

constexpr std::size_t kCellBytesMax = 4096;
constexpr std::size_t kProfilesMax = 20;
constexpr std::size_t kLinkBytesMax = 2000;
/// Facebook's and others' numeric ids; shorter numbers are names.
constexpr std::size_t kNumericIdMin = 9;

One none(std::string_view why) {
    return One::not_understood(fmt::format("no profile: {}", why));
}

bool is_all_digits(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

bool is_id_character(char c) {
    return is_ascii_letter(c) || is_digit(c) || c == '-' || c == '_';
}

/// "UC" and 22 characters: never changes, and its letter case counts.
bool is_channel_id(std::string_view text) {
    return text.size() == 24 && text.starts_with("UC") &&
           std::all_of(text.begin(), text.end(), is_id_character);
}

// ---- Links ---------------------------------------------------------------------------------

struct Link {
    std::string scheme;
    std::string host;               ///< in lower case
    std::vector<std::string> path;  ///< segments, percent-decoded, none empty
    std::string_view raw_path;      ///< as written, without the leading slash
    std::string_view query;         ///< without the '?'
    std::string_view fragment;      ///< without the '#'
    [[nodiscard]] std::string_view segment(std::size_t i) const {
        return i < path.size() ? std::string_view(path[i]) : std::string_view();
    }
};

/// Takes one "https://" off, also a slip of one: "https//", "http:", "https:/", "http://http://".
bool take_scheme(std::string_view& text, std::string& scheme) {
    for (const std::string_view name : {"https", "http"}) {
        if (!starts_with_ignoring_case(text, name))
            continue;
        std::size_t end = name.size();
        while (end < text.size() && (text[end] == ':' || text[end] == '/' || text[end] == '\\')) {
            ++end;
        }
        const auto marks = text.substr(name.size(), end - name.size());
        if (!marks.starts_with(':') && marks.size() < 2)
            continue;
        scheme = name;
        text.remove_prefix(end);
        return true;
    }
    return false;
}

bool is_host(std::string_view host) {
    const auto dot = host.rfind('.');
    if (dot == std::string_view::npos || dot == 0 || host.size() > 253)
        return false;
    const auto top = host.substr(dot + 1);
    const bool is_coded = starts_with_ignoring_case(top, "xn--");
    if (top.size() < 2 || (!is_coded && (has_digit(top) || !is_letters_digits_or(top, "")))) {
        return false;
    }
    return host.find("..") == std::string_view::npos && host.front() != '-' &&
           is_letters_digits_or(host, ".-_");
}

void split_path(Link& link, std::string_view path) {
    for (const auto segment : split(path, '/')) {
        // A link that was cut out of a sentence, or typed with blanks encoded.
        auto decoded = percent_decoded(segment);
        const auto trimmed = trim(decoded);
        if (!trimmed.empty())
            link.path.emplace_back(trimmed);
    }
}

/// A host in small letters, alike in links and behind a user's @.
std::string small_host(std::string_view host) {
    return is_ascii(host) ? ascii_lower(host) : fold(host);
}

/// Nothing where the text cannot be a link. \param has_scheme  set where it is marked as one.
std::optional<Link> parse_link(std::string_view text, bool& has_scheme) {
    Link link;
    has_scheme = false;
    if (text.size() > kLinkBytesMax)
        return std::nullopt;
    while (take_scheme(text, link.scheme))
        has_scheme = true;
    while (text.starts_with('/'))
        text.remove_prefix(1);
    const auto host_end = std::min(text.find_first_of("/?#\\"), text.size());
    auto host = text.substr(0, host_end);
    host = host.substr(0, host.find(':'));
    while (host.ends_with('.'))
        host.remove_suffix(1);
    if (!is_host(host))
        return std::nullopt;
    link.host = small_host(host);
    auto rest = text.substr(host_end);
    const auto hash = rest.find('#');
    if (hash != std::string_view::npos) {
        link.fragment = rest.substr(hash + 1);
        rest = rest.substr(0, hash);
    }
    const auto question = rest.find('?');
    if (question != std::string_view::npos) {
        link.query = rest.substr(question + 1);
        rest = rest.substr(0, question);
    }
    while (!rest.empty() && (rest.front() == '/' || rest.front() == '\\'))
        rest.remove_prefix(1);
    link.raw_path = rest;
    split_path(link, rest);
    // twitter.com/#!/x: the path of pages that were built by script.
    if (link.path.empty() && link.fragment.starts_with('!'))
        split_path(link, link.fragment.substr(1));
    return link;
}

/// The decoded value of a parameter; "" if there is none.
std::string parameter(std::string_view query, std::string_view name) {
    for (auto part : split(query, '&')) {
        if (part.starts_with("amp;"))
            part.remove_prefix(4);
        if (part.size() > name.size() && part[name.size()] == '=' && part.starts_with(name)) {
            return percent_decoded(part.substr(name.size() + 1));
        }
    }
    return {};
}

// ---- Handles -------------------------------------------------------------------------------

/// Without the @ before and what slips in behind ("idaholm/", "idaholm.").
std::string_view bare(std::string_view handle) {
    while (!handle.empty() && (handle.front() == '@' || handle.front() == '/')) {
        handle.remove_prefix(1);
    }
    while (!handle.empty() && handle.back() == '/')
        handle.remove_suffix(1);
    return handle;
}

/// "" where the platform can have such a handle, otherwise what is wrong.
std::string fault_of_handle(const Platform& platform, std::string_view handle) {
    const auto& rule = platform.rule;
    const auto no = [&](std::string_view why) { return fmt::format("{} {}", platform.name, why); };
    if (rule.max == 0)
        return no("has no handles; a link is needed");
    const bool has_only_allowed =
        (rule.is_any_script || is_ascii(handle)) && is_letters_digits_or(handle, rule.also);
    if (!has_only_allowed)
        return no("handles have no such character");
    std::size_t characters = 0;
    for (std::size_t at = 0; at < handle.size(); ++characters)
        next_character(handle, at);
    if (characters < rule.min || characters > rule.max) {
        return fmt::format("{} handles have {} to {} characters, not {}", platform.name, rule.min,
                           rule.max, characters);
    }
    if (rule.has_inner_dots && (handle.front() == '.' || handle.back() == '.' ||
                                handle.find("..") != std::string_view::npos)) {
        return no("handles have no dot at the ends and no two in a row");
    }
    if (handle.ends_with('.')) {
        return no("handles do not end in a dot");  // "idaholm..." was cut off
    }
    if (handle.find_first_not_of("._-@#") == std::string_view::npos &&
        handle.find('_') == std::string_view::npos) {
        return no("handles have a letter or a digit");
    }
    if (is_listed(platform.reserved, handle) || is_listed(platform.leading, handle))
        return no("uses that word itself");
    return {};
}

std::string url_of(const Platform& platform, std::string_view handle) {
    if (platform.url_before.empty())
        return {};
    return fmt::format("{}{}{}", platform.url_before, percent_encoded(handle), platform.url_after);
}

One with_handle(const Platform& platform, std::string_view handle) {
    if (auto fault = fault_of_handle(platform, handle); !fault.empty())
        return none(fault);
    return One::of({std::string(platform.name), std::string(handle), url_of(platform, handle), {}});
}

One with_id(const Platform& platform, std::string_view id, std::string url) {
    return One::of({std::string(platform.name), {}, std::move(url), std::string(id)});
}

// ---- Platforms that need more than a row ------------------------------------------------------

One youtube_legacy(const Platform& platform, std::string_view space, std::string_view name) {
    if (name.empty() || name.size() > 100 || name.ends_with('.') ||
        !is_letters_digits_or(name, "._-·")) {
        return none("no name behind /c/ or /user/");
    }
    auto handle = fmt::format("{}/{}", ascii_lower(space), name);
    auto url = fmt::format("https://www.youtube.com/{}", percent_encoded(handle));
    return One::of({std::string(platform.name), std::move(handle), std::move(url), {}});
}

One youtube_path(const Platform& platform, const Link& link) {
    const auto first = link.segment(0);
    const auto second = link.segment(1);
    if (first.starts_with('@'))
        return with_handle(platform, bare(first));
    if (equals_ignoring_case(first, "channel")) {
        if (!is_channel_id(second))
            return none("no channel id behind /channel/");
        return with_id(platform, second, fmt::format("https://www.youtube.com/channel/{}", second));
    }
    if (equals_ignoring_case(first, "c") || equals_ignoring_case(first, "user")) {
        return youtube_legacy(platform, first, second);
    }
    if (is_listed(platform.reserved, first))
        return none("a video, list or search, not a channel");
    // youtube.com/Name opens the handle of that name today.
    return with_handle(platform, bare(first));
}

One youtube_handle(const Platform& platform, std::string_view handle) {
    if (is_channel_id(handle)) {
        return with_id(platform, handle, fmt::format("https://www.youtube.com/channel/{}", handle));
    }
    return with_handle(platform, handle);
}

/// The number at the end of "Ida-Holm-440244735250"; "" if there is none.
std::string_view trailing_id(std::string_view name) {
    std::size_t start = name.size();
    while (start > 0 && is_digit(name[start - 1]))
        --start;
    const auto digits = name.substr(start);
    const bool has_name = start > 1 && name[start - 1] == '-';
    return has_name && digits.size() >= kNumericIdMin ? digits : std::string_view();
}

One facebook_id(const Platform& platform, std::string_view id) {
    if (!is_all_digits(id))
        return none("a Facebook page without its id");
    return with_id(platform, id, fmt::format("https://www.facebook.com/profile.php?id={}", id));
}

One facebook_handle(const Platform& platform, std::string_view handle) {
    if (is_all_digits(handle) && handle.size() >= 5)
        return facebook_id(platform, handle);
    auto read = with_handle(platform, handle);
    if (read.has_value())
        read.value().user_id = trailing_id(handle);
    return read;
}

One facebook_path(const Platform& platform, const Link& link) {
    const auto first = link.segment(0);
    const auto last = link.path.empty() ? std::string_view() : std::string_view(link.path.back());
    if (first == "profile.php")
        return facebook_id(platform, parameter(link.query, "id"));
    if (first == "people" || first == "pages") {
        for (const auto& segment : link.path) {
            if (is_all_digits(segment))
                return facebook_id(platform, segment);
        }
        return facebook_id(platform, trailing_id(last));
    }
    if (first == "p")
        return facebook_id(platform, trailing_id(link.segment(1)));
    if (first == "pg")
        return facebook_handle(platform, bare(link.segment(1)));
    if (is_listed(platform.reserved, first))
        return none("a Facebook page that is no profile");
    return facebook_handle(platform, bare(first));
}

One linkedin_path(const Platform& platform, const Link& link) {
    std::size_t at = 0;
    while (link.segment(at) == "mwlite" || link.segment(at) == "m")
        ++at;
    const auto first = link.segment(at);
    if (first == "company" || first == "school" || first == "showcase") {
        return none("a LinkedIn page of an organisation, not of a person");
    }
    if (first == "pub")
        return none("an old public LinkedIn link, which names no profile today");
    if (first != "in")
        return none("a LinkedIn link that is no profile");
    return with_handle(platform, bare(link.segment(at + 1)));
}

One x_path(const Platform& platform, const Link& link) {
    const auto first = link.segment(0);
    if (first == "intent") {
        const auto name = parameter(link.query, "screen_name");
        if (!name.empty())
            return with_handle(platform, bare(name));
        const auto id = parameter(link.query, "user_id");
        if (!is_all_digits(id))
            return none("a link to act on X, not to a profile");
        return with_id(platform, id, fmt::format("https://x.com/i/user/{}", id));
    }
    if (first == "i" && link.segment(1) == "user" && is_all_digits(link.segment(2))) {
        return with_id(platform, link.segment(2),
                       fmt::format("https://x.com/i/user/{}", link.segment(2)));
    }
    if (is_listed(platform.reserved, first))
        return none("a page of X's, not a profile");
    return with_handle(platform, bare(first));
}

One bluesky_handle(const Platform& platform, std::string_view handle) {
    if (handle.starts_with("did:")) {
        return with_id(platform, handle, fmt::format("https://bsky.app/profile/{}", handle));
    }
    // A handle is a domain name; a bare word can only be one under the network's own.
    if (handle.find('.') == std::string_view::npos) {
        return with_handle(platform, fmt::format("{}.bsky.social", handle));
    }
    return with_handle(platform, handle);
}

One spotify_path(const Platform& platform, const Link& link) {
    std::size_t at = 0;
    while (link.segment(at).starts_with("intl-"))
        ++at;
    const auto kind = link.segment(at);
    const auto id = link.segment(at + 1);
    if (kind == "user")
        return with_handle(platform, id);
    if ((kind != "artist" && kind != "show") || id.empty() ||
        !std::all_of(id.begin(), id.end(), is_id_character)) {
        return none("a Spotify link that is no artist, user or show");
    }
    auto url = fmt::format("https://open.spotify.com/{}/{}", kind, id);
    if (kind == "artist")
        return with_id(platform, id, std::move(url));
    return One::of({"podcast", {}, std::move(url), fmt::format("spotify:{}", id)});
}

One podcast_path(const Platform& platform, const Link& link) {
    for (const auto& segment : link.path) {
        if (segment.starts_with("id") && is_all_digits(std::string_view(segment).substr(2))) {
            const auto id = segment.substr(2);
            return with_id(platform, fmt::format("apple:{}", id),
                           fmt::format("https://podcasts.apple.com/podcast/id{}", id));
        }
    }
    return none("an Apple link without a podcast's id");
}

One discord_path(const Platform& platform, const Link& link) {
    const auto id = link.segment(1);
    if (link.segment(0) != "users" || !is_all_digits(id)) {
        return none("an invitation or a server on Discord, not a person");
    }
    return with_id(platform, id, fmt::format("https://discord.com/users/{}", id));
}

One substack_handle(const Platform& platform, std::string_view handle) {
    auto read = with_handle(platform, handle);
    // A publication has a host of its own, another name space than people's handles.
    if (read.has_value() && handle.ends_with(".substack.com")) {
        read.value().url = fmt::format("https://{}/", handle);
    }
    return read;
}

/// \param server  in lower case.
One mastodon(std::string_view user, std::string_view server) {
    if (user.ends_with('.'))
        return none("Mastodon names do not end in a dot");
    const auto& platform = *platform_named("mastodon");
    if (user.empty() || !is_ascii(user) || !is_letters_digits_or(user, "._-") || !is_host(server)) {
        return none("a Mastodon profile is written user@server");
    }
    return One::of({std::string(platform.name),
                    fmt::format("{}@{}", user, server),
                    fmt::format("https://{}/@{}", server, user),
                    {}});
}

One mastodon_handle(std::string_view handle) {
    const auto at = handle.find('@');
    if (at == std::string_view::npos)
        return none("a Mastodon profile is written user@server");
    return mastodon(handle.substr(0, at), small_host(handle.substr(at + 1)));
}

/// Of /@user, /@user/123, /@user@other.server, /users/user, /web/@user.
One mastodon_path(const Link& link) {
    const std::size_t at = link.segment(0) == "web" || link.segment(0) == "deck" ? 1 : 0;
    const auto segment = link.segment(at);
    if (segment.starts_with('@')) {
        const auto user = segment.substr(1);
        return user.find('@') == std::string_view::npos ? mastodon(user, link.host)
                                                        : mastodon_handle(user);
    }
    if (segment == "users")
        return mastodon(link.segment(at + 1), link.host);
    return none("no Mastodon profile: the link holds no @user");
}

bool has_mastodon_path(const Link& link) {
    return link.segment(0).starts_with('@') && link.segment(0).size() > 1;
}

// ---- Any link --------------------------------------------------------------------------------

/// The first segment is the handle, or follows one of the platform's leading segments.
One row_path(const Platform& platform, const Link& link) {
    const auto first = link.segment(0);
    if (is_listed(platform.leading, first) && link.path.size() > 1) {
        return with_handle(platform, bare(link.segment(1)));
    }
    if (platform.needs_leading || is_listed(platform.reserved, first)) {
        return none(fmt::format("a link to {}, but not to a profile", platform.name));
    }
    return with_handle(platform, bare(first));
}

One platform_link(const Platform& platform, const Link& link) {
    if (link.path.empty())
        return none(fmt::format("the front page of {}", platform.name));
    const auto name = platform.name;
    if (name == "youtube")
        return youtube_path(platform, link);
    if (name == "facebook")
        return facebook_path(platform, link);
    if (name == "linkedin")
        return linkedin_path(platform, link);
    if (name == "x")
        return x_path(platform, link);
    if (name == "spotify")
        return spotify_path(platform, link);
    if (name == "podcast")
        return podcast_path(platform, link);
    if (name == "discord")
        return discord_path(platform, link);
    if (name == "bluesky") {
        if (link.segment(0) != "profile")
            return none("a link to bluesky, but not to a profile");
        return bluesky_handle(platform, bare(link.segment(1)));
    }
    if (name == "patreon" && link.segment(0) == "user") {
        const auto id = parameter(link.query, "u");
        if (!is_all_digits(id))
            return none("a link to patreon, but not to a profile");
        return with_id(platform, id, fmt::format("https://www.patreon.com/user?u={}", id));
    }
    return row_path(platform, link);
}

bool is_tracking(std::string_view parameter_text) {
    constexpr std::string_view kNames =
        "fbclid|gclid|gad_source|gbraid|wbraid|dclid|msclkid|igshid|igsh|mc_cid|mc_eid|yclid|"
        "_ga|_gl|ref_src|ref_url|si|spm|ttclid|twclid|li_fat_id|mibextid|ocid|vero_id|oly_enc_id";
    const auto name = parameter_text.substr(0, parameter_text.find('='));
    return name.empty() || starts_with_ignoring_case(name, "utm_") || is_listed(kNames, name);
}

/// Characters that a link cannot hold as %XX; what is encoded already stays.
std::string link_text(std::string_view raw) {
    std::string out;
    for (const char c : raw) {
        const bool is_plain = static_cast<unsigned char>(c) > ' ' &&
                              static_cast<unsigned char>(c) < 0x7f &&
                              std::string_view("\"<>\\^`{|}").find(c) == std::string_view::npos;
        out += is_plain ? std::string(1, c) : percent_encoded(std::string_view(&c, 1));
    }
    return out;
}

/// Stands behind a link or handle without being part of it.
bool is_wrapping_end(char c) {
    return std::string_view(")]>\"'`}*:!,;|").find(c) != std::string_view::npos;
}

std::string canonical_url(const Link& link) {
    std::string query;
    for (const auto part : split(link.query, '&')) {
        if (is_tracking(part))
            continue;
        query += query.empty() ? '?' : '&';
        query += link_text(part);
    }
    auto url = fmt::format("{}://{}/{}{}", link.scheme.empty() ? "https" : link.scheme, link.host,
                           link_text(link.raw_path), query);
    // What stood behind it may have kept these from being taken off before.
    while (url.ends_with('.') || is_wrapping_end(url.back()))
        url.pop_back();
    return url;
}

One site(std::string_view platform, const Link& link) {
    return One::of({std::string(platform), {}, canonical_url(link), {}});
}

/// The link that a platform's own exit page leads to; "" if the link is no such page.
std::string wrapped_link(const Link& link) {
    const bool is_exit = link.host == "l.instagram.com" || link.host == "l.facebook.com" ||
                         link.host == "lm.facebook.com" ||
                         (link.host.ends_with("google.com") && link.segment(0) == "url");
    if (!is_exit)
        return {};
    for (const std::string_view name : {"u", "url", "q"}) {
        if (auto target = parameter(link.query, name); !target.empty())
            return target;
    }
    return {};
}

/// A link to a host that no platform has.
One other_link(const Link& link, std::string_view platform) {
    if (platform == "mastodon")
        return mastodon_path(link);
    if (platform == "substack" && link.host.starts_with("www."))
        return site(platform, link);
    if (platform == "podcast" || platform == "other" || platform == "unknown") {
        return site(platform == "unknown" ? "website" : platform, link);
    }
    if (!platform.empty() && platform != "website") {
        return none(fmt::format("a link, but not to {}", platform));
    }
    if (has_mastodon_path(link) && looks_like_mastodon(link.host))
        return mastodon_path(link);
    return site("website", link);
}

One read_link(const Link& link, std::string_view platform, int depth) {
    if (const auto target = wrapped_link(link); !target.empty() && depth == 0) {
        bool has_scheme = false;
        const auto inner = parse_link(target, has_scheme);
        return inner ? read_link(*inner, platform, depth + 1) : none("a link that leads nowhere");
    }
    if (link.host.ends_with(".bsky.social")) {
        return with_handle(*platform_named("bluesky"), link.host);
    }
    const auto found = find_host(link.host);
    switch (found.kind) {
    case HostKind::ShortLink:
        return none("a short link, which does not name its owner; open it and keep where it leads");
    case HostKind::LinkInBio:
        return none("a link-in-bio page; keep the profiles that it lists");
    case HostKind::Platform:
        return platform_link(*found.platform, link);
    case HostKind::Elsewhere:
        if (found.platform->name == "substack") {
            return substack_handle(*found.platform, link.host);
        }
        return none(fmt::format("a page of {}, but no profile", found.platform->name));
    case HostKind::Unmodelled:
        if (link.path.empty())
            return none("a platform's front page");
        return site("other", link);
    case HostKind::Other:
        break;
    }
    return other_link(link, platform);
}

// ---- A cell ----------------------------------------------------------------------------------

One read_handle(const Platform& platform, std::string_view text) {
    const auto handle = bare(text);
    if (handle.empty())
        return none("nothing behind the @");
    const auto name = platform.name;
    if (name == "mastodon")
        return mastodon_handle(handle);
    if (handle.find('@') != std::string_view::npos)
        return none("an e-mail address");
    if (name == "youtube")
        return youtube_handle(platform, handle);
    if (name == "facebook")
        return facebook_handle(platform, handle);
    if (name == "bluesky")
        return bluesky_handle(platform, handle);
    if (name == "substack")
        return substack_handle(platform, handle);
    return with_handle(platform, handle);
}

/// A word in a cell whose column names no platform.
One read_unnamed(std::string_view text) {
    const auto handle = bare(text);
    const auto at = handle.find('@');
    if (at != std::string_view::npos) {
        // "@user@server" is Mastodon's way to write it; without the first @ it is an address.
        return text.starts_with('@') ? mastodon_handle(handle) : none("an e-mail address");
    }
    if (handle.ends_with(".bsky.social")) {
        return with_handle(*platform_named("bluesky"), handle);
    }
    if (is_channel_id(handle))
        return youtube_handle(*platform_named("youtube"), handle);
    return none("a bare handle, and nothing says of which platform");
}

/// Whether a link can be told from a handle, which on many platforms may hold dots.
bool is_link(const Link& link, std::string_view text, bool has_scheme, std::string_view platform) {
    if (has_scheme || starts_with_ignoring_case(text, "www."))
        return true;
    if (text.starts_with('@'))
        return false;
    if (platform.empty() || platform == "website" || platform == "other" || platform == "unknown" ||
        platform == "podcast") {
        return true;
    }
    if (platform == "substack" && link.path.empty())
        return false;
    if (platform == "bluesky" && link.path.empty())
        return false;
    const auto kind = find_host(link.host).kind;
    if (kind != HostKind::Other)
        return !link.path.empty() || !link.query.empty() ||
               text.find('/') != std::string_view::npos || kind == HostKind::Platform;
    return platform == "mastodon" && !link.path.empty();
}

One read_word(std::string_view text, std::string_view platform_name) {
    bool has_scheme = false;
    if (const auto link = parse_link(text, has_scheme);
        link && is_link(*link, text, has_scheme, platform_name)) {
        return read_link(*link, platform_name, 0);
    }
    if (has_scheme)
        return none("a link without a host");
    if (platform_name.empty())
        return read_unnamed(text);
    const auto* platform = platform_named(platform_name);
    if (platform == nullptr)
        return none("a platform that is not known");
    const auto slash = text.find('/');
    if (slash != std::string_view::npos && is_listed(platform->leading, text.substr(0, slash))) {
        // "c/Name", "channel/UC…", "in/ida-holm": the end of a link.
        Link link;
        split_path(link, text);
        return platform_link(*platform, link);
    }
    return read_handle(*platform, text);
}

bool is_joining_word(std::string_view word) {
    return is_listed("&|og|and|or|eller|+|/|-|–|·|•|:|=|@|i|på|on", word) || word == "|";
}

/// Takes off what people put around a handle: "(@ida)", "ida,", "'ida", "ida…".
std::string_view without_wrapping(std::string_view word) {
    constexpr std::string_view kLeading = "([<\"'`{*";
    while (!word.empty() && kLeading.find(word.front()) != std::string_view::npos) {
        word.remove_prefix(1);
    }
    bool may_end_a_sentence = true;  // one dot does; more say that the rest was cut off
    while (!word.empty() &&
           (is_wrapping_end(word.back()) || (word.back() == '.' && may_end_a_sentence))) {
        may_end_a_sentence = may_end_a_sentence && word.back() != '.';
        word.remove_suffix(1);
    }
    return word;
}

bool is_marked(std::string_view word) {
    return word.starts_with('@') || word.find("://") != std::string_view::npos ||
           starts_with_ignoring_case(word, "www.") || word.find('/') != std::string_view::npos ||
           (word.find('.') != std::string_view::npos && starts_with_ignoring_case(word, "http"));
}

class Cell {
  public:
    explicit Cell(std::string_view platform) : column_(platform), platform_(platform) {}
    /// Words that only blanks part: a handle and what is written beside it.
    void group(std::string_view text);
    Reading<std::vector<Profile>> take();

  private:
    void word(std::string_view word);
    bool take_label(std::string_view& word);
    std::string column_;
    std::string platform_;
    std::vector<Profile> profiles_;
    std::string reason_;
};

/// "IG:" and "IG:idaholm" say of which platform the next handle is.
bool Cell::take_label(std::string_view& word) {
    const auto colon = word.find(':');
    if (colon == std::string_view::npos || word.substr(colon).starts_with("://") ||
        word.starts_with("did:")) {
        return false;
    }
    auto named = platform_of(word.substr(0, colon));
    if (named.empty())
        return false;
    platform_ = std::move(named);
    word.remove_prefix(colon + 1);
    return true;
}

void Cell::word(std::string_view word) {
    auto read = read_word(word, platform_);
    platform_ = column_;
    if (read.is_not_understood()) {
        if (reason_.empty())
            reason_ = read.reason();
        return;
    }
    const auto& profile = read.value();
    const bool is_known = std::any_of(profiles_.begin(), profiles_.end(), [&](const auto& known) {
        return known.platform == profile.platform && known.user_id == profile.user_id &&
               handle_key(known.platform, known.handle) ==
                   handle_key(profile.platform, profile.handle) &&
               (!known.handle.empty() || known.url == profile.url);
    });
    if (!is_known)
        profiles_.push_back(std::move(read.value()));
}

void Cell::group(std::string_view text) {
    std::vector<std::string_view> plain;
    std::size_t marked = 0;
    auto words = words_of(text);
    for (auto whole : words) {
        if (take_label(whole) && whole.empty())
            continue;
        if (whole != words.front() && is_joining_word(whole))
            continue;
        const auto one = without_wrapping(whole);
        if (one.empty())
            continue;
        if (is_marked(one)) {
            if (!plain.empty() && marked == 0) {
                // "Instagram @idaholm"
                auto named = platform_of(plain.back());
                if (!named.empty() && named != "website")
                    platform_ = std::move(named);
            }
            ++marked;
            word(one);
        } else {
            plain.push_back(one);
        }
    }
    if (marked > 0 || plain.empty())
        return;
    if (plain.size() == 2 && platform_named(platform_of(plain.front())) != nullptr) {
        platform_ = platform_of(plain.front());
        plain.erase(plain.begin());
    }
    if (plain.size() == 1)
        return word(plain.front());
    if (reason_.empty())
        reason_ = "no profile: several words, none with an @";
}

Reading<std::vector<Profile>> Cell::take() {
    using Result = Reading<std::vector<Profile>>;
    if (!reason_.empty())
        return Result::not_understood(std::move(reason_));
    if (profiles_.empty())
        return Result::not_understood("no profile: no handle and no link");
    if (profiles_.size() > kProfilesMax) {
        return Result::not_understood(
            fmt::format("{} profiles in one cell, at most {}", profiles_.size(), kProfilesMax));
    }
    return Result::of(std::move(profiles_));
}

/// Whether the character parts two profiles; in a link it may be part of the link.
bool is_separator(std::string_view cell, std::size_t start, std::size_t i) {
    const char c = cell[i];
    if (c == '\n' || c == '\r')
        return true;
    const auto rest = cell.substr(i + 1);
    if (c == ';' || c == ',' || c == '|') {
        const auto piece = trim(cell.substr(start, i - start));
        const bool in_link = piece.find("://") != std::string_view::npos;
        return !in_link || rest.empty() || is_ascii_blank(rest.front()) || rest.starts_with('@') ||
               starts_with_ignoring_case(rest, "http") || starts_with_ignoring_case(rest, "www.");
    }
    // "@ida/@bo", "ida / bo"
    if (c == '/') {
        return (cell[start] == '@' && rest.starts_with('@')) ||
               (i > 0 && is_ascii_blank(cell[i - 1]) && !rest.empty() &&
                is_ascii_blank(rest.front()));
    }
    return c == '&' && i > 0 && is_ascii_blank(cell[i - 1]);
}

}  // namespace

Reading<std::vector<Profile>> read_profiles(std::string_view raw, std::string_view platform) {
    using Result = Reading<std::vector<Profile>>;
    const auto cell = trim(raw);
    if (says_nothing(cell))
        return Result::absent();
    if (cell.size() > kCellBytesMax) {
        return Result::not_understood("no profile: the text is too long for one");
    }
    if (!is_utf8(cell))
        return Result::not_understood("no profile: not UTF-8 text");
    std::string plain;
    std::string_view text = cell;
    if (!is_ascii(cell)) {
        // Zero-width characters and emoji slip into copied handles; line breaks part them.
        for (const auto line : split(cell, '\n')) {
            plain += plain_text(line);
            plain += '\n';
        }
        text = trim(plain);
    }
    Cell out(platform);
    for (std::size_t start = 0, i = 0; i <= text.size(); ++i) {
        if (i < text.size() && !is_separator(text, start, i))
            continue;
        out.group(text.substr(start, i - start));
        start = i + 1;
    }
    return out.take();
}

std::string handle_key(std::string_view platform, std::string_view handle) {
    while (handle.starts_with('@'))
        handle.remove_prefix(1);
    std::string key = is_ascii(handle) ? ascii_lower(handle) : fold(handle);
    if (platform == "facebook")
        std::erase(key, '.');
    return key;
}

}  // namespace coterie::normalize
