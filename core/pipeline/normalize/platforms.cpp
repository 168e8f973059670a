#include "pipeline/normalize/platforms.hpp"

#include "base/text.hpp"
#include "pipeline/normalize/characters.hpp"
#include "pipeline/normalize/identity_values.hpp"

#include <algorithm>
#include <array>

namespace coterie::normalize {
namespace {

constexpr auto kPlatforms = std::to_array<Platform>({
    {.name = "instagram",
     .rule = {1, 30, "._", false, true},
     .url_before = "https://www.instagram.com/",
     .url_after = "/",
     .hosts = "instagram.com|instagr.am|ig.me",
     .leading = "stories|_u|m",
     .reserved = "p|reel|reels|explore|accounts|tv|direct|about|web|developer|s|share|legal|ar|"
                 "challenge|graphql|highlights",
     .words = "instagram|insta|ig|instagramprofil|instagramhandle"},
    {.name = "tiktok",
     .rule = {2, 24, "._", false, false},
     .url_before = "https://www.tiktok.com/@",
     .hosts = "tiktok.com",
     .reserved = "t|tag|music|discover|foryou|following|live|search|explore|video|v|embed|about|"
                 "legal|upload|login|share|place|channel|find|business",
     .words = "tiktok|tik tok|tt|tiktoks"},
    {.name = "youtube",
     .rule = {3, 30, "._-·", true, false},
     .url_before = "https://www.youtube.com/@",
     .hosts = "youtube.com|youtube-nocookie.com",
     .leading = "c|user|channel",
     .reserved =
         "watch|playlist|shorts|results|feed|embed|live|hashtag|post|gaming|premium|about|"
         "channel|c|user|clip|redirect|t|ads|creators|kids|trending|account|attribution_link|"
         "v|e|signin|upload|podcasts|source|playlists|videos|movies|music",
     .words = "youtube|yt|you tube|youtubekanal|youtubechannel"},
    {.name = "x",
     .rule = {1, 20, "_", false, false},
     .url_before = "https://x.com/",
     .hosts = "x.com|twitter.com",
     .reserved = "i|search|hashtag|home|intent|share|explore|login|signup|settings|messages|"
                 "notifications|compose|about|tos|privacy|who_to_follow|download|statuses|status|"
                 "account|jobs|logout|widgets|following|followers",
     .words = "x|twitter|tweet|tweets|xtwitter"},
    {.name = "facebook",
     .rule = {2, 120, ".-_", true, false},
     .url_before = "https://www.facebook.com/",
     .hosts = "facebook.com|fb.com|m.me",
     .leading = "pg",
     .reserved = "groups|events|photo|photos|photo.php|permalink.php|watch|sharer|sharer.php|share|"
                 "share.php|story.php|hashtag|marketplace|login|login.php|help|policies|reel|reels|"
                 "video.php|videos|media|pages|people|p|profile.php|dialog|plugins|search|stories|"
                 "home.php|l.php|ads|business|gaming|public|directory|privacy|settings|messages|"
                 "notes|live|l|tr|v|permalink|posts|friends|bookmarks|fundraisers|donate|games|"
                 "about",
     .words = "facebook|fb|face book|meta"},
    {.name = "linkedin",
     .rule = {2, 120, "-_.", true, false},
     .url_before = "https://www.linkedin.com/in/",
     .url_after = "/",
     .hosts = "linkedin.com",
     .leading = "in",
     .needs_leading = true,
     .reserved = "pub|profile|company|school|in|posts|feed|jobs|pulse|groups|showcase|learning|"
                 "sales|talent|search|login|signup",
     .words = "linkedin|linked in|li"},
    {.name = "threads",
     .rule = {1, 30, "._", false, true},
     .url_before = "https://www.threads.com/@",
     .hosts = "threads.net|threads.com",
     .reserved = "t|search|login|activity|about|custom_feed|tag",
     .words = "threads"},
    {.name = "bluesky",
     .rule = {4, 253, ".-", false, true},
     .url_before = "https://bsky.app/profile/",
     .hosts = "bsky.app",
     .leading = "profile",
     .needs_leading = true,
     .reserved = "profile|search|feeds|hashtag|settings|lists|starter-pack",
     .words = "bluesky|bsky|blue sky"},
    {.name = "mastodon",
     .rule = {3, 300, "._-@", false, false},
     .words = "mastodon|fediverse|fedi|toot"},
    {.name = "twitch",
     .rule = {2, 25, "_", false, false},
     .url_before = "https://www.twitch.tv/",
     .hosts = "twitch.tv",
     .leading = "popout|moderator|embed",
     .reserved = "videos|directory|p|settings|downloads|jobs|subscriptions|team|search|store|turbo|"
                 "login|signup|prime|friends|inventory|wallet|drops|collections|clip",
     .words = "twitch|twitchtv|ttv"},
    {.name = "snapchat",
     .rule = {3, 15, "._-", false, false},
     .url_before = "https://www.snapchat.com/add/",
     .hosts = "snapchat.com",
     .leading = "add|u",
     .reserved =
         "p|discover|spotlight|lens|unlock|t|explore|map|download|login|topic|story|ads|add",
     .words = "snapchat|snap|sc"},
    {.name = "pinterest",
     .rule = {3, 30, "_-", false, false},
     .url_before = "https://www.pinterest.com/",
     .url_after = "/",
     .hosts = "pinterest.com|pinterest.dk|pinterest.de|pinterest.fr|pinterest.se|pinterest.es|"
              "pinterest.it|pinterest.at|pinterest.ch|pinterest.pt|pinterest.ca|pinterest.ie|"
              "pinterest.nz|pinterest.jp|pinterest.co.uk|pinterest.co.kr|pinterest.com.au|"
              "pinterest.com.mx|pinterest.ph|pinterest.cl",
     .reserved = "pin|search|ideas|explore|today|topics|login|business|settings|categories|source|"
                 "discover|_",
     .words = "pinterest|pin|pins"},
    {.name = "telegram",
     .rule = {4, 32, "_", false, false},
     .url_before = "https://t.me/",
     .hosts = "t.me|telegram.me|telegram.dog",
     .leading = "s",
     .reserved = "joinchat|c|addstickers|share|proxy|socks|addlist|iv|login|invoice|setlanguage|"
                 "addtheme|bg|boost|contact",
     .words = "telegram|tg"},
    {.name = "spotify",
     .rule = {1, 64, "._-", false, false},
     .url_before = "https://open.spotify.com/user/",
     .hosts = "spotify.com",
     .leading = "artist|user|show",
     .needs_leading = true,
     .reserved = "track|album|playlist|episode|search|genre|artist|user|show",
     .words = "spotify"},
    {.name = "podcast",
     .rule = {0, 0, "", false, false},
     .hosts = "podcasts.apple.com|itunes.apple.com",
     .words = "podcast|podcasts|apple podcasts|podkast"},
    {.name = "substack",
     .rule = {1, 100, "._-", false, true},
     .url_before = "https://substack.com/@",
     .hosts = "substack.com",
     .leading = "profile",
     .reserved = "home|inbox|notes|search|browse|explore|about|signup|signin|note|chat|discover",
     .words = "substack|nyhedsbrev|newsletter"},
    {.name = "reddit",
     .rule = {3, 20, "_-", false, false},
     .url_before = "https://www.reddit.com/user/",
     .url_after = "/",
     .hosts = "reddit.com",
     .leading = "user|u",
     .needs_leading = true,
     .reserved = "r|user|u|search|comments|message|submit",
     .words = "reddit"},
    {.name = "discord",
     .rule = {2, 37, "._#", false, false},
     .hosts = "discord.com|discordapp.com",
     .leading = "users",
     .needs_leading = true,
     .reserved = "invite|channels|servers|app|login|register|users",
     .words = "discord"},
    {.name = "github",
     .rule = {1, 39, "-", false, false},
     .url_before = "https://github.com/",
     .hosts = "github.com",
     .leading = "sponsors|orgs",
     .reserved = "topics|features|search|explore|settings|marketplace|about|login|join|pricing|"
                 "trending|collections|events|notifications|new|organizations|enterprise|security|"
                 "apps|readme|site|contact|issues|pulls",
     .words = "github|git hub"},
    {.name = "patreon",
     .rule = {1, 64, "_-.", false, false},
     .url_before = "https://www.patreon.com/",
     .hosts = "patreon.com",
     .leading = "c|cw",
     .reserved = "posts|user|join|bePatron|checkout|login|signup|explore|search|home|create|about|"
                 "pricing|portal|messages|policy|file|collection",
     .words = "patreon"},
    {.name = "onlyfans",
     .rule = {3, 30, "._-", false, false},
     .url_before = "https://onlyfans.com/",
     .hosts = "onlyfans.com",
     .reserved = "my|posts|about|terms|privacy|contact|help|blog|search|login|signup|action|chats",
     .words = "onlyfans|only fans|of"},
    {.name = "website",
     .rule = {0, 0, "", false, false},
     .words = "website|web site|webside|web|hjemmeside|homepage|home page|site|blog|own site|"
              "egen side|webseite|site web|sitio web|hjemmesider|domain|www"},
    {.name = "other", .rule = {1, 100, "._-", true, false}, .words = "other|andet|andre"},
    {.name = "unknown", .rule = {1, 100, "._-", true, false}, .words = ""},
});

constexpr std::string_view kShortLinks =
    "goo.gl|bit.ly|tinyurl.com|t.co|vm.tiktok.com|vt.tiktok.com|lnkd.in|fb.me|fb.watch|pin.it|"
    "youtu.be|ow.ly|buff.ly|is.gd|rb.gy|cutt.ly|t.ly|shorturl.at|dlvr.it|rebrand.ly|spotify.link|"
    "snapchat.app.link|t.snapchat.com|discord.gg|redd.it|amzn.to|trib.al|bl.ink|tiny.cc|s.id|"
    "spoti.fi|apple.co|instagram.app.link|on.fb.me|spotify.app.link|forms.gle|wp.me|v.gd|"
    "shorturl.com|j.mp|l.ead.me|qrco.de|maps.app.goo.gl";
constexpr std::string_view kLinkInBio =
    "linktr.ee|beacons.ai|bio.site|campsite.bio|lnk.bio|linkin.bio|solo.to|carrd.co|taplink.cc|"
    "allmylinks.com|linkpop.com|hoo.be|milkshake.app|msha.ke|bio.link|linkbio.co|stan.store|"
    "tap.bio|shorby.com|contactinbio.com|withkoji.com|koji.to|snipfeed.co|komi.io|pillar.io|"
    "flow.page|biolinky.co|linktree.com|direct.me|about.me|lnk.to|ffm.bio|ffm.to|linkfly.to|"
    "heylink.me|instabio.cc|lit.link|potofu.me|later.com|heylink.com|beacons.page|throne.com";
constexpr std::string_view kUnmodelled =
    "soundcloud.com|vimeo.com|medium.com|tumblr.com|kick.com|rumble.com|vk.com|weibo.com|"
    "bilibili.com|odysee.com|dailymotion.com|flickr.com|behance.net|dribbble.com|deviantart.com|"
    "ko-fi.com|buymeacoffee.com|bandcamp.com|mixcloud.com|quora.com|goodreads.com|strava.com|"
    "letterboxd.com|last.fm|gitlab.com|cameo.com|bere.al|lemon8-app.com|clubhouse.com|dev.to|"
    "wa.me|whatsapp.com|fansly.com|twitcasting.tv|500px.com|vsco.co|etsy.com|imdb.com|"
    "wikipedia.org|wikidata.org|google.com";
constexpr std::string_view kMastodonServers =
    "mas.to|fosstodon.org|hachyderm.io|chaos.social|respublicae.eu|infosec.exchange|helvede.net|"
    "norrebro.space|mamot.fr|wisskomm.social|framapiaf.org|kolektiva.social|fediscience.org|"
    "mathstodon.xyz|universeodon.com|techhub.social|det.social|wikis.world|en.osm.town|troet.cafe|"
    "indieweb.social|ohai.social|journa.host|newsie.social|masto.ai|c.im|masto.host|mindly.social|"
    "home.social|toot.community|tech.lgbt|expressional.social|uddannelse.social|pixelfed.social";
/// Words before a platform's host that change nothing: mobile pages and languages.
constexpr std::string_view kPlainSubdomains =
    "www|www2|ww|w|m|mobile|web|touch|mbasic|d|music|open|old|new|np|en-gb|en-us|da-dk|de-de|"
    "fr-fr|es-es|es-la|pt-br|nb-no|sv-se|it-it|nl-nl|pl-pl|gaming|lm|go";

bool is_plain_subdomain(std::string_view label) {
    const bool is_language =
        label.size() == 2 && is_ascii_letter(label[0]) && is_ascii_letter(label[1]);
    const bool is_locale = label.size() == 5 && label[2] == '-';
    return is_language || is_locale || is_listed(kPlainSubdomains, label);
}

const Platform* platform_with_host(std::string_view host) {
    for (const auto& platform : kPlatforms) {
        if (!platform.hosts.empty() && is_listed(platform.hosts, host))
            return &platform;
    }
    return nullptr;
}

/// The longest word that the normalized header is, begins with or holds.
const Platform* platform_of_word(std::string_view word) {
    for (const auto& platform : kPlatforms) {
        if (!platform.words.empty() && is_listed(platform.words, word))
            return &platform;
    }
    // "instagramprofil", "youtubekanal": only names too long to begin another word.
    for (const auto& platform : kPlatforms) {
        if (platform.name.size() >= 6 && platform.name != "website" && platform.name != "threads" &&
            platform.name != "unknown" && word.starts_with(platform.name)) {
            return &platform;
        }
    }
    if (word.starts_with("twitter"))
        return platform_named("x");
    if (word.starts_with("hjemmeside") || word.starts_with("website")) {
        return platform_named("website");
    }
    return nullptr;
}

/// Words that stand beside a platform's name without naming another one.
constexpr std::string_view kBesides =
    "of|li|pin|pins|of|sc|other|andet|andre|meta|new|web|site|www|domain|blog|toot|tweet|tweets";

}  // namespace

bool is_listed(std::string_view list, std::string_view word) {
    if (word.empty())
        return false;
    while (!list.empty()) {
        const auto end = std::min(list.find('|'), list.size());
        if (end == word.size() && equals_ignoring_case(list.substr(0, end), word))
            return true;
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return false;
}

std::span<const Platform> known_platforms() {
    return kPlatforms;
}

const Platform* platform_named(std::string_view name) {
    for (const auto& platform : kPlatforms) {
        if (platform.name == name)
            return &platform;
    }
    return nullptr;
}

HostFinding find_host(std::string_view host) {
    bool is_plain = true;
    while (host.find('.') != std::string_view::npos) {
        if (is_listed(kShortLinks, host))
            return {HostKind::ShortLink, nullptr};
        if (is_listed(kLinkInBio, host))
            return {HostKind::LinkInBio, nullptr};
        if (const auto* platform = platform_with_host(host)) {
            return {is_plain ? HostKind::Platform : HostKind::Elsewhere, platform};
        }
        if (is_listed(kUnmodelled, host))
            return {HostKind::Unmodelled, nullptr};
        const auto dot = host.find('.');
        is_plain = is_plain && is_plain_subdomain(host.substr(0, dot));
        host.remove_prefix(dot + 1);
    }
    return {};
}

bool looks_like_mastodon(std::string_view host) {
    return is_listed(kMastodonServers, host) || host.ends_with(".social") ||
           host.starts_with("social.") || host.find("mastodon") != std::string_view::npos ||
           host.find("mstdn") != std::string_view::npos ||
           host.find("masto") != std::string_view::npos || host.starts_with("toot.");
}

std::string platform_of(std::string_view word) {
    const std::string folded = is_utf8(word) ? fold(word) : std::string();
    const auto whole = trim(folded);
    if (whole.empty())
        return {};
    for (const auto& platform : kPlatforms) {
        if (!platform.words.empty() && is_listed(platform.words, whole)) {
            return std::string(platform.name);
        }
    }
    const Platform* found = nullptr;
    for (std::size_t i = 0; i < whole.size();) {
        const auto start = i;
        while (i < whole.size() && (is_ascii_letter(whole[i]) || is_digit(whole[i]) ||
                                    static_cast<unsigned char>(whole[i]) >= 0x80)) {
            ++i;
        }
        const auto token = whole.substr(start, i - start);
        if (token.empty()) {
            ++i;
            continue;
        }
        const auto* platform = is_listed(kBesides, token) ? nullptr : platform_of_word(token);
        if (platform == nullptr || platform == found)
            continue;
        if (found != nullptr)
            return {};
        found = platform;
    }
    return found == nullptr ? std::string() : std::string(found->name);
}

const std::vector<std::string>& platforms() {
    static const std::vector<std::string> kNames = [] {
        std::vector<std::string> names;
        for (const auto& platform : kPlatforms)
            names.emplace_back(platform.name);
        return names;
    }();
    return kNames;
}

}  // namespace coterie::normalize
