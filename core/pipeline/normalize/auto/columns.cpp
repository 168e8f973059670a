#include "pipeline/normalize/auto/columns.hpp"

#include "base/hash.hpp"
#include "base/text.hpp"
#include "pipeline/normalize/characters.hpp"
#include "pipeline/normalize/fact_values.hpp"
#include "pipeline/normalize/identity_values.hpp"
#include "pipeline/normalize/mapping_json.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <unordered_set>

namespace coterie::normalize::automap {
namespace {

/// How deep leaves are looked for; what lies deeper stays with its parent under custom.
constexpr std::size_t kDepthMax = 6;

bool is_nameable(std::string_view key) {
    return !key.empty() && key.find_first_of(".[]") == std::string_view::npos;
}

/// Gathers the leaves of record after record.
class Gathering {
  public:
    void add(std::string_view json) {
        if (!tree_.parse(json).empty() || tree_[tree_.root()].type != JsonType::Object) {
            return;
        }
        last_ = kBegin;
        heads_.clear();
        Column top;
        walk_object(tree_.root(), top, 0);
        ++sample_.records;
    }

    Sample take() {
        for (const std::size_t at : order_) {
            sample_.columns.push_back(std::move(columns_[at]));
        }
        return std::move(sample_);
    }

  private:
    static constexpr std::size_t kBegin = static_cast<std::size_t>(-1);

    void walk_object(NodeIndex object, const Column& parent, std::size_t depth) {
        for (NodeIndex child = tree_[object].first_child; child != kNoNode;
             child = tree_[child].next) {
            const auto& node = tree_[child];
            Column column;
            column.key = std::string(node.key);
            column.parents = parent.parents;
            if (!parent.key.empty()) {
                column.parents.push_back(parent.key);
            }
            column.each = parent.each;
            column.path = depth == 0 ? column.key : parent.path + "." + column.key;
            column.below = parent.each.empty() ? "" : parent.below + "." + column.key;
            // A field at the top is found by its whole name, whatever is in it.
            column.is_addressable = parent.is_addressable &&
                                    (depth == 0 ? !column.key.empty() && column.key.front() != '.'
                                                : is_nameable(column.key));
            walk(child, column, depth);
        }
    }

    void walk(NodeIndex index, const Column& column, std::size_t depth) {
        const auto& node = tree_[index];
        if (node.type == JsonType::Object) {
            if (depth + 1 < kDepthMax) {
                Column inner = column;
                // Below the top only a path leads on, so the name must be fit for one.
                inner.is_addressable = column.is_addressable && is_nameable(column.key);
                walk_object(index, inner, depth + 1);
            }
        } else if (node.type == JsonType::Array) {
            walk_array(index, column, depth);
        } else {
            add_value(column, node);
        }
    }

    void walk_array(NodeIndex array, const Column& column, std::size_t depth) {
        for (NodeIndex child = tree_[array].first_child; child != kNoNode;
             child = tree_[child].next) {
            const auto& node = tree_[child];
            if (node.type == JsonType::Object) {
                if (depth + 1 < kDepthMax) {
                    Column inner = column;
                    inner.is_addressable =
                        column.is_addressable && is_nameable(column.key) && column.each.empty();
                    inner.path += "[*]";
                    inner.each = inner.path;
                    inner.below.clear();
                    walk_object(child, inner, depth + 1);
                }
            } else if (node.type != JsonType::Array) {
                add_value(column, node);
            }
        }
    }

    void add_value(const Column& found, const JsonNode& node) {
        const std::size_t at = place_of(found);
        if (at == kBegin || node.type == JsonType::Null || says_nothing(trim(node.text))) {
            return;
        }
        Column& column = columns_[at];
        ++column.values;
        if (last_record_[at] != sample_.records + 1) {
            last_record_[at] = sample_.records + 1;
            ++column.filled;
        }
        if (column.seen.size() < kDistinctValuesMax) {
            auto text = std::string(clip_utf8(trim(node.text), kValueBytesMax));
            if (distinct_[at].insert(text).second) {
                column.seen.emplace_back(sample_.records, std::move(text));
                ++column.distinct;
            }
        }
    }

    /// The column's place; a new one stands behind the known one that came before it in this
    /// record, since records may leave out what is empty.
    std::size_t place_of(const Column& found) {
        const auto known = places_.find(found.path);
        if (known != places_.end()) {
            if (last_ == kBegin && !heads_.empty()) {
                move_heads_before(known->second);
            }
            heads_.clear();
            last_ = known->second;
            return known->second;
        }
        if (columns_.size() >= kColumnsMax) {
            left_out_.insert(found.path);
            sample_.left_out = left_out_.size();
            return kBegin;
        }
        const std::size_t at = columns_.size();
        columns_.push_back(found);
        distinct_.emplace_back();
        last_record_.push_back(0);
        places_.emplace(found.path, at);
        if (last_ == kBegin) {
            heads_.push_back(at);
            order_.push_back(at);
            return at;
        }
        order_.insert(std::find(order_.begin(), order_.end(), last_) + 1, at);
        last_ = at;
        return at;
    }

    /// New columns with no known one before them in this record stand before the one after them.
    void move_heads_before(std::size_t known) {
        order_.resize(order_.size() - heads_.size());
        order_.insert(std::find(order_.begin(), order_.end(), known), heads_.begin(), heads_.end());
    }

    JsonTree tree_;
    Sample sample_;
    std::vector<Column> columns_;
    std::vector<std::unordered_set<std::string>> distinct_;  ///< beside columns_
    std::vector<std::size_t> last_record_;                   ///< beside columns_
    std::vector<std::size_t> order_;
    std::vector<std::size_t> heads_;  ///< new columns at the begin of this record; last in order_
    std::map<std::string, std::size_t, std::less<>> places_;
    std::set<std::string> left_out_;
    std::size_t last_ = kBegin;
};

bool has_letter(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        return is_ascii_letter(c) || (static_cast<unsigned char>(c) & 0x80U) != 0;
    });
}

bool is_number(std::string_view text) {
    return has_digit(text) && std::all_of(text.begin(), text.end(), [](char c) {
               return is_digit(c) || c == '.' || c == ',' || c == ' ' || c == '-' || c == '+' ||
                      c == '%' || c == '\'';
           });
}

bool is_phone_like(std::string_view text) {
    std::size_t digits = 0;
    std::size_t letters = 0;
    for (const char c : text) {
        digits += is_digit(c) ? 1 : 0;
        letters += is_ascii_letter(c) ? 1 : 0;
        if (!is_digit(c) && !is_ascii_letter(c) &&
            std::string_view(" +-()./;,\n\xC2\xA0").find(c) == std::string_view::npos) {
            return false;
        }
    }
    return digits >= 6 && digits <= 34 && letters <= 4;
}

bool is_international(std::string_view text) {
    return is_phone_like(text) && (text.front() == '+' || text.starts_with("(+"));
}

/// One word that few names look like: with '@', '_', a digit or an inner dot.
bool is_marked_handle(std::string_view text) {
    if (text.find_first_of(" \t\n,;:/()") != std::string_view::npos || !has_letter(text)) {
        return false;
    }
    const bool has_inner_dot =
        text.find('.') != std::string_view::npos && text.find('.') + 1 < text.size();
    return text.front() == '@' || text.find('_') != std::string_view::npos || has_digit(text) ||
           has_inner_dot;
}

bool holds_post(std::string_view text) {
    static constexpr std::array<std::string_view, 10> kPosts{
        "/p/",      "/reel/",    "/status/", "/video/",   "/watch",
        "/shorts/", "youtu.be/", "/posts/",  "/stories/", "/photo"};
    return std::any_of(kPosts.begin(), kPosts.end(), [&](std::string_view part) {
        return text.find(part) != std::string_view::npos;
    });
}

bool has_suffix(std::string_view text) {
    return is_digit(text.front()) && has_letter(text) && text.size() <= 14;
}

/// What one value reads as, added to the sums.
class Judge {
  public:
    Judge(const ReadingContext& context, Column& column) : context_(context), column_(column) {}

    void add(std::string_view text) {
        auto& sums = column_.shares;
        const bool number = is_number(text);
        const bool letters = has_letter(text);
        const auto words = words_of(text).size();
        const bool web = read_web(text);
        const bool email =
            text.find('@') != std::string_view::npos && read_emails(text).has_value();
        const bool at = text.front() == '@' && words == 1;
        sums.email += email ? 1 : 0;
        sums.number += number ? 1 : 0;
        sums.text += letters ? 1 : 0;
        sums.at_handle += at ? 1 : 0;
        sums.marked_handle += !email && !web && is_marked_handle(text) ? 1 : 0;
        sums.handle += !email && read_profiles(text, "instagram").has_value() ? 1 : 0;
        sums.phone += !web && !email && is_phone_like(text) ? 1 : 0;
        sums.international += !web && is_international(text) ? 1 : 0;
        sums.long_text += text.size() > 60 || words > 8 ? 1 : 0;
        sums.several += text.find_first_of(";,|/") != std::string_view::npos ? 1 : 0;
        sums.channel_id += text.size() == 24 && text.starts_with("UC") ? 1 : 0;
        add_numbers(text);
        if (!web && !email) {
            add_words(text, number, letters, words, at);
        }
    }

  private:
    bool read_web(std::string_view text) {
        auto& sums = column_.shares;
        const bool has_scheme = text.find("://") != std::string_view::npos;
        const bool has_host =
            text.starts_with("www.") ||
            (text.find('.') != std::string_view::npos && text.find('/') != std::string_view::npos &&
             !has_digit(text.substr(0, 1)));
        if (!has_scheme && !has_host) {
            return false;
        }
        const auto profiles = read_profiles(text, "");
        const bool on_platform = profiles.has_value() && !profiles.value().empty() &&
                                 profiles.value().front().platform != "website";
        const bool web = has_scheme || on_platform || read_url(text).has_value();
        if (on_platform) {
            sums.link += 1;
            column_.link_platforms[profiles.value().front().platform] += 1;
        }
        sums.web += web ? 1 : 0;
        sums.post += holds_post(text) ? 1 : 0;
        return web;
    }

    void add_numbers(std::string_view text) {
        auto& sums = column_.shares;
        const bool begins_numeric = is_digit(text.front()) || text.front() == '<' ||
                                    text.front() == '>' || text.front() == '~' ||
                                    text.starts_with("ca");
        const bool is_count = begins_numeric && read_count(text, context_).has_value();
        sums.count += is_count ? 1 : 0;
        sums.count_suffix += is_count && has_suffix(text) ? 1 : 0;
        if (has_digit(text)) {
            sums.percent += text.find('%') != std::string_view::npos ? 1 : 0;
            sums.share += read_share(text, context_, true).has_value() ? 1 : 0;
            const auto money = read_money(text, context_);
            sums.money += money.has_value() && has_currency(text, money.value().currency) ? 1 : 0;
            sums.time += !is_bare_number(text) && read_time(text, context_).has_value() ? 1 : 0;
        }
    }

    /// Whether the text itself names a currency, and not the context alone.
    [[nodiscard]] static bool has_currency(std::string_view text, const std::string& currency) {
        return !currency.empty() && !is_number(text);
    }
    [[nodiscard]] static bool is_bare_number(std::string_view text) {
        return std::all_of(text.begin(), text.end(),
                           [](char c) { return is_digit(c) || c == '.' || c == ','; }) &&
               std::count(text.begin(), text.end(), '.') < 2;
    }

    void add_words(std::string_view text, bool number, bool letters, std::size_t words, bool at) {
        auto& sums = column_.shares;
        sums.country += !number && read_countries(text).has_value() ? 1 : 0;
        sums.language += !number && read_languages(text).has_value() ? 1 : 0;
        sums.flag += read_flag(text).has_value() ? 1 : 0;
        sums.status += !number && read_relationship_status(text).has_value() ? 1 : 0;
        sums.platform += !number && !platform_of(text).empty() ? 1 : 0;
        const bool is_name = letters && !number && !at && text.size() <= 100 && words <= 10;
        sums.name += is_name ? 1 : 0;
        if (is_name && words >= 2 && words <= 5 && !has_digit(text)) {
            const auto name = read_person_name(text);
            sums.full_name += name.has_value() && !name.value().display.empty() ? 1 : 0;
        }
    }

    const ReadingContext& context_;
    Column& column_;
};

void judge(Column& column, const ReadingContext& context) {
    if (column.seen.empty()) {
        return;
    }
    Judge judge(context, column);
    for (const auto& [record, text] : column.seen) {
        judge.add(text);
    }
    const auto total = static_cast<double>(column.seen.size());
    auto& s = column.shares;
    for (double* sum : {&s.email,     &s.link,         &s.web,   &s.post,          &s.at_handle,
                        &s.handle,    &s.phone,        &s.count, &s.international, &s.number,
                        &s.percent,   &s.count_suffix, &s.share, &s.money,         &s.country,
                        &s.language,  &s.time,         &s.flag,  &s.status,        &s.platform,
                        &s.name,      &s.full_name,    &s.text,  &s.several,       &s.channel_id,
                        &s.long_text, &s.marked_handle}) {
        *sum /= total;
    }
    for (auto& [platform, sum] : column.link_platforms) {
        sum /= total;
    }
}

}  // namespace

Sample read_sample(std::span<const std::string_view> records, const ReadingContext& context) {
    std::vector<std::pair<std::uint64_t, std::string_view>> by_hash;
    by_hash.reserve(records.size());
    for (const auto record : records) {
        by_hash.emplace_back(hash64(record), record);
    }
    std::sort(by_hash.begin(), by_hash.end());
    if (by_hash.size() > kSampleRecordsMax) {
        by_hash.resize(kSampleRecordsMax);
    }
    Gathering gathering;
    for (const auto& [hash, record] : by_hash) {
        gathering.add(record);
    }
    Sample sample = gathering.take();
    for (Column& column : sample.columns) {
        judge(column, context);
    }
    return sample;
}

double share_on(const Column& column, std::string_view platform) {
    if (column.seen.empty()) {
        return 0;
    }
    const auto count =
        std::count_if(column.seen.begin(), column.seen.end(), [&](const auto& value) {
            const auto read = read_profiles(value.second, platform);
            return read.has_value() && !read.value().empty() &&
                   read.value().front().platform == platform;
        });
    return static_cast<double>(count) / static_cast<double>(column.seen.size());
}

}  // namespace coterie::normalize::automap
