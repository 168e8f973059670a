#include "synth/formats.hpp"

#include <fmt/format.h>

#include <array>
#include <iterator>

namespace coterie::synth {
namespace {

using std::string;
using std::string_view;

void append_cell(string& out, string_view text) {
    out.push_back(';');
    if (text.find_first_of(";\"\n\r") == string_view::npos) {
        out.append(text);
        return;
    }
    out.push_back('"');
    for (const char c : text) {
        out.append(c == '"' ? 2 : 1, c);
    }
    out.push_back('"');
}

void append_json_text(string& out, string_view text) {
    out.push_back('"');
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out.push_back('\\');
        }
        out.push_back(c);
    }
    out.push_back('"');
}

/// Members of an object; those without a value are left out.
class Members {
  public:
    explicit Members(string& out) : out_(out) { out_.push_back('{'); }

    string& key(string_view name) {
        if (!is_first_) {
            out_.push_back(',');
        }
        is_first_ = false;
        append_json_text(out_, name);
        out_.push_back(':');
        return out_;
    }
    void text(string_view name, string_view value) {
        if (!value.empty()) {
            append_json_text(key(name), value);
        }
    }
    void close() { out_.push_back('}'); }

  private:
    string& out_;
    bool is_first_ = true;
};

const Account* account_on(const Record& record, string_view platform) {
    for (const Account& account : record.accounts) {
        if (account.platform == platform) {
            return &account;
        }
    }
    return nullptr;
}

string spelled_topics(const Record& record, Dice& dice) {
    constexpr std::array<string_view, 4> kSeparators{", ", "/", "; ", " | "};
    const string_view separator = dice.pick(kSeparators);
    string text;
    for (const string_view topic : record.topics) {
        text.append(text.empty() ? "" : separator).append(topic);
    }
    return text;
}

string spelled_email(const string& email, Dice& dice) {
    if (email.empty()) {
        return dice.chance(30) ? string(dice.pick(nothings())) : email;
    }
    switch (dice.below(40)) {
    case 0:
        return "mailto:" + email;
    case 1:
        return email + ".";
    case 2:
        return " " + email;
    case 3: {
        const auto at = email.find('@');
        return email.substr(0, at) + " [at] " + email.substr(at + 1);
    }
    case 4: {
        string shouted = email;
        shouted[0] =
            static_cast<char>(shouted[0] - ('a' <= shouted[0] && shouted[0] <= 'z' ? 32 : 0));
        return shouted;
    }
    default:
        return email;
    }
}

string engagement_of(const Account& account, Dice& dice) {
    const auto whole = account.engagement_per_ten_thousand / 100;
    const auto part = account.engagement_per_ten_thousand % 100;
    return dice.chance(500) ? fmt::format("{},{:02}%", whole, part)
                            : fmt::format("{}.{:02} %", whole, part);
}

void append_json_name(Members& members, const Record& record, Dice& dice) {
    const Entity& entity = record.entity;
    if (!record.has_name) {
        return;
    }
    const bool is_person = entity.kind == EntityKind::Person && !entity.family.empty();
    if (!is_person || dice.chance(250)) {
        members.text("fullname", spelled_name(entity, dice));
        return;
    }
    const bool with_middle = !entity.middle.empty() && dice.chance(600);
    const string given = with_middle ? entity.given + " " + entity.middle : entity.given;
    members.text("firstname", dice.chance(20) ? with_typo(given, dice) : given);
    members.text("lastname", dice.chance(20) ? with_typo(entity.family, dice) : entity.family);
}

void append_json_accounts(Members& members, const Record& record, Dice& dice) {
    if (record.accounts.empty()) {
        return;
    }
    string& out = members.key("social");
    char separator = '[';
    for (const Account& account : record.accounts) {
        out.push_back(separator);
        separator = ',';
        Members fields(out);
        fields.text("network", account.platform);
        if (dice.chance(250)) {
            fields.text("url", string(account.link) + account.handle);
        } else {
            fields.text("username", (dice.chance(300) ? "@" : "") + account.handle);
        }
        fields.text("user_id", account.user_id);
        if (dice.chance(800)) {
            fmt::format_to(std::back_inserter(fields.key("followers")), "{}", account.followers);
        } else {
            fields.text("followers", spelled_count(account.followers, dice));
        }
        if (dice.chance(400)) {
            fmt::format_to(std::back_inserter(fields.key("engagement_rate")), "0.{:04}",
                           account.engagement_per_ten_thousand);
        }
        fields.close();
    }
    out.push_back(']');
}

void append_json_properties(string& out, const Record& record, Dice& dice) {
    Members fields(out);
    append_json_name(fields, record, dice);
    fields.text("email", spelled_email(record.email, dice));
    fields.text("booking_email", record.booking_email);
    if (!record.phone.empty()) {
        fields.text("phone", spelled_phone(record.calling_code, record.phone, dice));
    }
    fields.text("agency", record.agency);
    fields.text("country", record.country);
    fields.text("city", record.city);
    fields.text("language", record.language);
    fields.text("owner", record.owner);
    if (record.has_status) {
        fields.text("stage", statuses_english()[record.status]);
    }
    if (record.last_contact) {
        fields.text("last_contacted", iso_date(*record.last_contact) + "T09:30:00Z");
    }
    fields.text("remark", record.note);
    fields.close();
}

void append_json_deal(Members& members, const Record& record, Dice& dice) {
    if (record.campaign.empty()) {
        return;
    }
    Members fields(members.key("deal"));
    fields.text("campaign", record.campaign);
    fields.text("fee", spelled_fee(record.fee, dice));
    fields.close();
}

void append_json_tags(Members& members, const Record& record) {
    if (record.topics.empty()) {
        return;
    }
    string& out = members.key("tags");
    char separator = '[';
    for (const string_view topic : record.topics) {
        out.push_back(separator);
        separator = ',';
        append_json_text(out, topic);
    }
    out.push_back(']');
}

}  // namespace

string_view csv_header() {
    return "Nr.;Navn;Insta;Følgere;ER;TikTok;TikTok følgere;YouTube;Twitter;E-mail;Booking e-mail;"
           "Telefon;Bureau;Land;By;Sprog;Emne;Status;Sidst kontaktet;Ansvarlig;Kampagne;Honorar;"
           "Noter\n";
}

void append_csv(string& out, const Record& record, string_view record_id) {
    Dice dice = record.spelling;
    const Account* instagram = account_on(record, "instagram");
    const Account* tiktok = account_on(record, "tiktok");
    const Account* youtube = account_on(record, "youtube");
    const Account* x = account_on(record, "x");
    const auto handle = [&](const Account* account) {
        return account ? spelled_handle(account->handle, account->link, dice) : string();
    };
    const auto followers = [&](const Account* account) {
        return account && dice.chance(850) ? spelled_count(account->followers, dice) : string();
    };
    out.append(record_id);
    append_cell(out, record.has_name ? spelled_name(record.entity, dice) : string());
    append_cell(out, handle(instagram));
    append_cell(out, followers(instagram));
    append_cell(out, instagram && dice.chance(400) ? engagement_of(*instagram, dice) : string());
    append_cell(out, handle(tiktok));
    append_cell(out, followers(tiktok));
    append_cell(out, handle(youtube));
    append_cell(out, handle(x));
    append_cell(out, spelled_email(record.email, dice));
    append_cell(out, record.booking_email);
    append_cell(out, record.phone.empty() ? string()
                                          : spelled_phone(record.calling_code, record.phone, dice));
    append_cell(out, record.agency);
    append_cell(out, record.country);
    append_cell(out, record.city);
    append_cell(out, record.language);
    append_cell(out, spelled_topics(record, dice));
    append_cell(out, record.has_status ? statuses_danish()[record.status] : string_view());
    append_cell(out, record.last_contact ? spelled_date(*record.last_contact, dice) : string());
    append_cell(out, record.owner);
    append_cell(out, record.campaign);
    append_cell(out, record.campaign.empty() ? string() : spelled_fee(record.fee, dice));
    append_cell(out, record.note);
    out.push_back('\n');
}

void append_json(string& out, const Record& record, string_view record_id) {
    Dice dice = record.spelling;
    Members members(out);
    members.text("id", record_id);
    append_json_properties(members.key("properties"), record, dice);
    append_json_accounts(members, record, dice);
    append_json_tags(members, record);
    append_json_deal(members, record, dice);
    members.close();
    out.push_back('\n');
}

void append_broken_csv(string& out, Dice& dice) {
    switch (dice.below(3)) {
    case 0:
        out.append("9;Ida;@ida\n");
        break;
    case 1:
        out.append("9;I\370da;;;;;;;;;;;;;;;;;;;;;\n");
        break;
    default:
        out.append("subtotal;;;1.234.567\n");
        break;
    }
}

void append_broken_json(string& out, Dice& dice) {
    switch (dice.below(3)) {
    case 0:
        out.append(R"({"id":"cut","properties":{"firstname":"Ida)");
        break;
    case 1:
        out.append("{\"id\":\"bytes\",\"properties\":{\"firstname\":\"I\370da\"}}");
        break;
    default:
        out.append(R"(["no","object"])");
        break;
    }
    out.push_back('\n');
}

string_view csv_mapping() {
    return R"(      name.display: Navn
      emails:
        - {address: E-mail}
        - {address: Booking e-mail, role: booking}
      phones: [{e164: Telefon}]
      profiles:
        - {platform: instagram, handle: Insta, followers: Følgere, engagement_rate: ER}
        - {platform: tiktok, handle: TikTok, followers: TikTok følgere}
        - {platform: youtube, handle: YouTube}
        - {platform: x, handle: Twitter}
      location.country: Land
      location.city: By
      languages: Sprog
      topics: Emne
      representation.agency: Bureau
      relationship.status: Status
      relationship.last_contact: Sidst kontaktet
      relationship.owner: Ansvarlig
      collaborations: [{campaign: Kampagne, fee: Honorar}]
      notes: Noter
)";
}

string_view json_mapping() {
    return R"(      name.display: properties.fullname
      name.given: properties.firstname
      name.family: properties.lastname
      emails:
        - {address: properties.email}
        - {address: properties.booking_email, role: booking}
      phones: [{e164: properties.phone}]
      profiles:
        - each: social[*]
          platform: .network
          handle: .username
          url: .url
          user_id: .user_id
          followers: .followers
          engagement_rate: .engagement_rate
      location.country: properties.country
      location.city: properties.city
      languages: properties.language
      topics: tags[*]
      representation.agency: properties.agency
      relationship.status: properties.stage
      relationship.last_contact: properties.last_contacted
      relationship.owner: properties.owner
      collaborations: [{campaign: deal.campaign, fee: deal.fee}]
      notes: properties.remark
)";
}

}  // namespace coterie::synth
