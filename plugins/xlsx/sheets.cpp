#include "sheets.hpp"

#include <algorithm>
#include <functional>
#include <set>
#include <string_view>
#include <utility>

namespace xlsx {

namespace {

using nlohmann::json;

/// Whole numbers from this on are not exact as a spreadsheet's numbers.
constexpr double kExactMax = 9007199254740992.0;  // 2^53

/// The value at a JSON Pointer; null where there is none.
const json& at(const json& document, const json::json_pointer& pointer) {
    static const json kNull;
    return document.contains(pointer) ? document.at(pointer) : kNull;
}

std::string text_of(const json& value) {
    return value.is_string() ? value.get<std::string>() : value.is_null() ? "" : value.dump();
}

/// One item a line reads best in a cell, but rows would grow: a semicolon keeps them low.
std::string joined(const std::vector<std::string>& parts) {
    std::string text;
    for (const auto& part : parts) {
        if (!part.empty()) {
            text += (text.empty() ? "" : "; ") + part;
        }
    }
    return text;
}

Cell number_cell(const json& value, Cell (*make)(double)) {
    const bool fits = value.is_number() && std::abs(value.get<double>()) < kExactMax;
    return fits ? make(value.get<double>()) : Cell::of_text(text_of(value));
}

using MakeCell = std::function<Cell(const json&)>;

struct Column {
    const char* header;
    MakeCell cell;
};

MakeCell text(const char* pointer) {
    return [pointer = json::json_pointer(pointer)](const json& golden) {
        return Cell::of_text(text_of(at(golden, pointer)));
    };
}

MakeCell count(const char* pointer) {
    return [pointer = json::json_pointer(pointer)](const json& golden) {
        return number_cell(at(golden, pointer), &Cell::of_count);
    };
}

MakeCell moment(const char* pointer) {
    return [pointer = json::json_pointer(pointer)](const json& golden) {
        return Cell::of_moment(text_of(at(golden, pointer)));
    };
}

/// A list's items; of objects the member `key`. Those before `first` are left out.
MakeCell list(const char* pointer, const char* key = nullptr, std::size_t first = 0) {
    return [pointer = json::json_pointer(pointer), key, first](const json& golden) {
        std::vector<std::string> parts;
        std::size_t index = 0;
        for (const auto& item : at(golden, pointer)) {
            if (index++ >= first) {
                parts.push_back(key == nullptr ? text_of(item) : text_of(item.value(key, json())));
            }
        }
        return Cell::of_text(joined(parts));
    };
}

/// The address as text and as a link; a character that a mail program would take for a part of the
/// link's own grammar ends it, so such an address is text alone.
Cell mail_link(const std::string& address) {
    const bool is_plain = address.find_first_of("?&%#\"<> ,;:") == std::string::npos;
    return is_plain ? Cell::of_link(address, "mailto:" + address) : Cell::of_text(address);
}

/// "@idaholm", or the url where there is no handle; linked where there is a url.
Cell profile_cell(const json& profile) {
    const std::string url = text_of(profile.value("url", json()));
    const std::string handle = text_of(profile.value("handle", json()));
    return Cell::of_link(handle.empty() ? url : "@" + handle, url);
}

/// The platform's account with the most followers; nullptr where there is none.
const json* largest_profile(const json& golden, std::string_view platform) {
    const json* found = nullptr;
    std::int64_t most = -2;
    for (const auto& profile : at(golden, json::json_pointer("/profiles"))) {
        const auto followers = profile.value("followers", std::int64_t{-1});
        if (profile.value("platform", "") == platform && followers > most) {
            most = followers;
            found = &profile;
        }
    }
    return found;
}

constexpr const char* kPlatforms[] = {"instagram", "tiktok", "youtube", "x", "facebook"};
constexpr const char* kPlatformHeaders[] = {"Instagram", "TikTok", "YouTube", "X", "Facebook"};

/// The accounts that have no column of their own.
Cell other_profiles(const json& golden) {
    std::vector<std::string> parts;
    for (const auto& profile : at(golden, json::json_pointer("/profiles"))) {
        const std::string platform = profile.value("platform", "");
        const bool has_column =
            std::any_of(std::begin(kPlatforms), std::end(kPlatforms), [&](const char* known) {
                return platform == known && largest_profile(golden, known) == &profile;
            });
        if (!has_column) {
            const std::string url = profile.value("url", "");
            parts.push_back(url.empty() ? platform + " @" + profile.value("handle", "") : url);
        }
    }
    return Cell::of_text(joined(parts));
}

Cell source_names(const json& golden) {
    std::set<std::string> names;
    for (const auto& source : at(golden, json::json_pointer("/sources"))) {
        names.insert(source.value("source", ""));
    }
    return Cell::of_text(joined({names.begin(), names.end()}));
}

/// "Spring: reel, 5000 DKK"
Cell collaborations(const json& golden) {
    std::vector<std::string> parts;
    for (const auto& item : at(golden, json::json_pointer("/collaborations"))) {
        std::string part = text_of(item.value("campaign", json()));
        const auto add = [&](const std::string& more, const char* before) {
            part += more.empty() ? "" : (part.empty() ? "" : before) + more;
        };
        add(text_of(item.value("deliverable", json())), ": ");
        add(text_of(item.value("at", json())), ", ");
        add(text_of(item.value("fee", json())), ", ");
        if (item.contains("fee")) {
            add(text_of(item.value("currency", json())), " ");
        }
        parts.push_back(std::move(part));
    }
    return Cell::of_text(joined(parts));
}

/// "Spring cause: supports"
Cell affinities(const json& golden) {
    std::vector<std::string> parts;
    for (const auto& item : at(golden, json::json_pointer("/affinities"))) {
        const std::string stance = text_of(item.value("stance", json()));
        parts.push_back(text_of(item.value("cause", json())) +
                        (stance.empty() ? "" : ": " + stance));
    }
    return Cell::of_text(joined(parts));
}

const std::vector<Column>& influencers() {
    static const std::vector<Column> columns = [] {
        std::vector<Column> made{
            {"Name", text("/name/display")},
            {"Given name", text("/name/given")},
            {"Family name", text("/name/family")},
            {"Also known as", list("/name/aliases")},
            {"Kind", text("/kind")},
            {"E-mail",
             [](const json& golden) {
                 return mail_link(text_of(at(golden, json::json_pointer("/emails/0/address"))));
             }},
            {"Other e-mails", list("/emails", "address", 1)},
            {"Phone", text("/phones/0/e164")},
            {"Other phones", list("/phones", "e164", 1)},
        };
        for (std::size_t i = 0; i < std::size(kPlatforms); ++i) {
            made.push_back({kPlatformHeaders[i], [platform = kPlatforms[i]](const json& golden) {
                                const json* profile = largest_profile(golden, platform);
                                return profile == nullptr ? Cell{} : profile_cell(*profile);
                            }});
        }
        made.insert(made.end(),
                    {{"Other profiles", other_profiles},
                     {"Followers", count("/audience/total_followers")},
                     {"Tier", text("/audience/tier")},
                     {"Country", text("/location/country")},
                     {"Region", text("/location/region")},
                     {"City", text("/location/city")},
                     {"Languages", list("/languages")},
                     {"Topics", list("/topics")},
                     {"Occupations", list("/occupations")},
                     {"Agency", text("/representation/agency")},
                     {"Agent", text("/representation/agent/name")},
                     {"Agent e-mail",
                      [](const json& golden) {
                          return mail_link(text_of(
                              at(golden, json::json_pointer("/representation/agent/email"))));
                      }},
                     {"Agent phone", text("/representation/agent/phone")},
                     {"Status", text("/relationship/status")},
                     {"Owner", text("/relationship/owner")},
                     {"First contact", moment("/relationship/first_contact")},
                     {"Last contact", moment("/relationship/last_contact")},
                     {"Next step", text("/relationship/next_step")},
                     {"Collaborations", collaborations},
                     {"Affinities", affinities},
                     {"Consent", text("/consent/status")},
                     {"Lawful basis", text("/consent/lawful_basis")},
                     {"Feedback", list("/relationship/feedback")},
                     {"Notes", list("/notes")},
                     {"Sources", source_names},
                     {"Source records",
                      [](const json& golden) {
                          const auto& sources = at(golden, json::json_pointer("/sources"));
                          return Cell::of_count(static_cast<double>(sources.size()));
                      }},
                     {"Created", moment("/created_at")},
                     {"Updated", moment("/updated_at")},
                     {"Revision", count("/revision")},
                     {"Id", text("/id")}});
        return made;
    }();
    return columns;
}

}  // namespace

std::vector<std::string> influencer_columns() {
    std::vector<std::string> headers;
    for (const Column& column : influencers()) {
        headers.emplace_back(column.header);
    }
    return headers;
}

std::vector<Cell> influencer_row(const json& golden) {
    std::vector<Cell> cells;
    cells.reserve(influencers().size());
    for (const Column& column : influencers()) {
        cells.push_back(column.cell(golden));
    }
    return cells;
}

std::vector<std::string> profile_columns() {
    return {"Name",     "Platform", "Handle",  "URL", "Followers", "Engagement rate",
            "Verified", "Seen",     "User id", "Id"};
}

std::vector<std::vector<Cell>> profile_rows(const json& golden) {
    std::vector<std::vector<Cell>> rows;
    for (const auto& profile : at(golden, json::json_pointer("/profiles"))) {
        const auto value = [&](const char* key) { return profile.value(key, json()); };
        const std::string url = text_of(value("url"));
        rows.push_back({Cell::of_text(text_of(at(golden, json::json_pointer("/name/display")))),
                        Cell::of_text(text_of(value("platform"))),
                        Cell::of_text(text_of(value("handle"))), Cell::of_link(url, url),
                        number_cell(value("followers"), &Cell::of_count),
                        number_cell(value("engagement_rate"), &Cell::of_share),
                        Cell::of_text(value("verified").is_boolean()
                                          ? (value("verified").get<bool>() ? "yes" : "no")
                                          : ""),
                        Cell::of_moment(text_of(value("observed_at"))),
                        Cell::of_text(text_of(value("user_id"))),
                        Cell::of_text(text_of(at(golden, json::json_pointer("/id"))))});
    }
    return rows;
}

std::vector<std::string> provenance_columns() {
    return {"Id", "Field", "Value", "Source", "Record", "Source field", "Rule", "Seen"};
}

std::vector<std::vector<Cell>> provenance_rows(const json& golden) {
    std::vector<std::vector<Cell>> rows;
    for (const auto& [pointer, from] : at(golden, json::json_pointer("/provenance")).items()) {
        const auto value = [&, &origin = from](const char* key) {
            return text_of(origin.value(key, json()));
        };
        rows.push_back({Cell::of_text(text_of(at(golden, json::json_pointer("/id")))),
                        Cell::of_text(pointer),
                        Cell::of_text(text_of(at(golden, json::json_pointer(pointer)))),
                        Cell::of_text(value("source")), Cell::of_text(value("record_id")),
                        Cell::of_text(value("field")), Cell::of_text(value("rule")),
                        Cell::of_moment(value("seen_at"))});
    }
    return rows;
}

}  // namespace xlsx
