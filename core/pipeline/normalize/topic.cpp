#include "pipeline/normalize/fact_text.hpp"
#include "pipeline/normalize/fact_values.hpp"

#include <algorithm>

namespace coterie::normalize {
namespace {

constexpr std::size_t kCellBytesMax = 4096;
/// A longer part is a sentence about somebody, not a topic.
constexpr std::size_t kTopicBytesMax = 100;

/// "#food #travel" is two topics; a sign inside ("c#") parts nothing.
std::vector<std::string_view> hashtag_parts(std::string_view part) {
    if (!part.starts_with('#')) {
        return {part};
    }
    std::vector<std::string_view> parts;
    std::size_t begin = 0;
    for (std::size_t at = 1; at < part.size(); ++at) {
        if (part[at] == '#' && part[at - 1] != '#') {
            parts.push_back(part.substr(begin, at - begin));
            begin = at;
        }
    }
    parts.push_back(part.substr(begin));
    return parts;
}

std::string_view without_hash(std::string_view tag) {
    tag = trim(tag);
    while (tag.starts_with('#')) {
        tag = trim(tag.substr(1));
    }
    return tag;
}

}  // namespace

Reading<std::vector<std::string>> read_topics(std::string_view raw) {
    using Topics = Reading<std::vector<std::string>>;
    const Cell cell = Cell::open(raw, kCellBytesMax);
    if (!cell.is_usable()) {
        return cell.refusal<std::vector<std::string>>();
    }
    std::vector<std::string> topics;
    // Lower case can undo NFC, so it goes first.
    for (const auto part : list_parts(cell.text)) {
        const std::string line = clean_line(to_lower(clean_line(part)));
        for (const auto tag : hashtag_parts(line)) {
            std::string topic(without_hash(tag));
            if (topic.empty() || says_nothing(topic)) {
                continue;
            }
            if (topic.size() > kTopicBytesMax) {
                return Topics::not_understood("no topics: a text of more than 100 bytes");
            }
            if (std::find(topics.begin(), topics.end(), topic) == topics.end()) {
                topics.push_back(std::move(topic));
            }
        }
    }
    return topics.empty() ? Topics::absent() : Topics::of(std::move(topics));
}

}  // namespace coterie::normalize
