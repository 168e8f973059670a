#include "config/yaml_tree.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>
#include <unordered_map>
#include <unordered_set>

namespace coterie::config {

namespace {

/// Ends the parsing: what follows could not be understood.
struct Stop {
    Fault fault;
};

constexpr const char* kMergeKey = "<<";

/// Turns yaml-cpp's marks (bytes, from 0) into places as editors show them (characters, from 1).
class Lines {
  public:
    Lines(std::string_view text, std::string file) : text_(text), file_(std::move(file)) {
        starts_.push_back(0);
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] == '\n') {
                starts_.push_back(i + 1);
            }
        }
    }

    [[nodiscard]] Place at(const YAML::Mark& mark) const {
        if (mark.line < 0 || mark.column < 0) {
            return {file_, 0, 0};
        }
        const std::string_view before = line(static_cast<std::size_t>(mark.line))
                                            .substr(0, static_cast<std::size_t>(mark.column));
        const auto continuing = std::count_if(before.begin(), before.end(), [](char c) {
            return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
        });
        return {file_, mark.line + 1, mark.column + 1 - static_cast<int>(continuing)};
    }

    [[nodiscard]] Place at_byte(std::size_t offset) const {
        const auto next = std::upper_bound(starts_.begin(), starts_.end(), offset);
        YAML::Mark mark;
        mark.line = static_cast<int>(next - starts_.begin()) - 1;
        mark.column = static_cast<int>(offset - *(next - 1));
        return at(mark);
    }

    [[nodiscard]] std::string_view line(std::size_t index) const {
        if (index >= starts_.size()) {
            return {};
        }
        const std::size_t end = index + 1 < starts_.size() ? starts_[index + 1] : text_.size();
        return text_.substr(starts_[index], end - starts_[index]);
    }

    [[nodiscard]] std::size_t count() const { return starts_.size(); }
    [[nodiscard]] std::size_t start(std::size_t index) const { return starts_[index]; }

  private:
    std::string_view text_;
    std::string file_;
    std::vector<std::size_t> starts_;
};

/// "tag:yaml.org,2002:str" as the file has it, "!!str".
std::string tag_as_written(const std::string& tag) {
    constexpr std::string_view kCore = "tag:yaml.org,2002:";
    return tag.starts_with(kCore) ? "!!" + tag.substr(kCore.size()) : tag;
}

/// Builds the tree out of the parser's events, bounded in size and depth.
class TreeBuilder final : public YAML::EventHandler {
  public:
    TreeBuilder(const Lines& lines, std::size_t& nodes_left, std::vector<Fault>& faults)
        : lines_(lines), nodes_left_(nodes_left), faults_(faults) {}

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (++documents_ > 1) {
            throw Stop{{lines_.at(mark), "a second document begins here; allowed: one document in "
                                         "a file, so remove the '---' or make two files"}};
        }
    }
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        Node node;
        node.place = lines_.at(mark);
        // The mark of a missing value is that of whatever comes next, maybe lines below.
        if (!frames_.empty() && frames_.back().has_key &&
            frames_.back().key_place.line != node.place.line) {
            node.place = frames_.back().key_place;
        }
        charge(1, node.place);
        add(std::move(node), anchor, {1, 1});
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        const auto found = anchored_.find(anchor);
        if (found == anchored_.end()) {
            throw Stop{{lines_.at(mark), "this alias stands inside its own anchor; allowed: an "
                                         "alias of a value that has ended before"}};
        }
        const Size size = found->second.size;
        check_depth(frames_.size() + size.depth, lines_.at(mark));
        charge(size.nodes, lines_.at(mark));
        Node copy = found->second.node;
        add(std::move(copy), 0, size);
    }

    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        Node node;
        node.type = Node::Type::Scalar;
        node.place = lines_.at(mark);
        node.scalar = value;
        node.quoted = tag == "!";
        charge(1, node.place);
        refuse_tag(tag, node.place);
        if (value.find('\0') != std::string::npos || !is_utf8(value)) {
            faults_.push_back({node.place, "an escape gives a zero byte or no valid character; "
                                           "allowed: text in UTF-8 without zero bytes"});
            node.scalar.clear();
        }
        add(std::move(node), anchor, {1, 1});
    }

    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value /*style*/) override {
        begin(Node::Type::List, mark, tag, anchor);
    }
    void OnSequenceEnd() override { end(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value /*style*/) override {
        begin(Node::Type::Map, mark, tag, anchor);
    }
    void OnMapEnd() override { end(); }

    /// Where the innermost map or list that is still open begins, while parsing.
    [[nodiscard]] std::optional<Place> innermost() const {
        // A lone plain word before the end becomes a map of one key: the list around it is meant.
        return frames_.empty() ? std::nullopt : std::optional(frames_.back().node.place);
    }

    Node take() { return std::move(root_); }

  private:
    struct Size {
        std::size_t nodes = 1;
        std::size_t depth = 1;
    };
    struct Frame {
        Node node;
        YAML::anchor_t anchor = 0;
        Size size;
        bool has_key = false;
        bool key_refused = false;
        std::string key;
        Place key_place;
        std::unordered_map<std::string, std::size_t> keys;  ///< to the index in key_places
        std::optional<std::size_t> merge;                   ///< the member that is a plain `<<`
    };
    struct Anchored {
        Node node;
        Size size;
    };

    void charge(std::size_t nodes, const Place& place) {
        if (nodes > nodes_left_) {
            throw Stop{{place, fmt::format("more than {} values, aliases counted each time; "
                                           "allowed: at most that many (kNodesMax)",
                                           kNodesMax)}};
        }
        nodes_left_ -= nodes;
    }

    static void check_depth(std::size_t depth, const Place& place) {
        if (depth > kDepthMax) {
            throw Stop{{place, fmt::format("nested more than {} deep; allowed: at most that deep "
                                           "(kDepthMax)",
                                           kDepthMax)}};
        }
    }

    void refuse_tag(const std::string& tag, const Place& place) {
        if (!tag.empty() && tag != "?" && tag != "!") {
            faults_.push_back({place, fmt::format("tag '{}' is not used here; allowed: the value "
                                                  "without a tag, in quotes where it is text",
                                                  printable(tag_as_written(tag), 60))});
        }
    }

    void begin(Node::Type type, const YAML::Mark& mark, const std::string& tag,
               YAML::anchor_t anchor) {
        Frame frame;
        frame.node.type = type;
        frame.node.place = lines_.at(mark);
        frame.anchor = anchor;
        charge(1, frame.node.place);
        check_depth(frames_.size() + 1, frame.node.place);
        refuse_tag(tag, frame.node.place);
        frames_.push_back(std::move(frame));
    }

    void end() {
        Frame frame = std::move(frames_.back());
        frames_.pop_back();
        if (frame.merge) {
            merge_in(frame);
        }
        add(std::move(frame.node), frame.anchor, {frame.size.nodes, frame.size.depth});
    }

    /// `<<: *base`: the keys that the map does not have itself.
    void merge_in(Frame& frame) {
        const auto at = static_cast<std::ptrdiff_t>(*frame.merge);
        Node merged = std::move(frame.node.members[*frame.merge].second);
        frame.node.members.erase(frame.node.members.begin() + at);
        const Place place = frame.node.key_places[*frame.merge];
        frame.node.key_places.erase(frame.node.key_places.begin() + at);
        std::vector<Node> bases;
        if (merged.is_list()) {
            bases = std::move(merged.items);
        } else {
            bases.push_back(std::move(merged));
        }
        for (Node& base : bases) {
            if (!base.is_map()) {
                faults_.push_back({place, "'<<' merges in something that is no map; allowed: an "
                                          "alias of a map, or a list of such"});
                continue;
            }
            for (std::size_t i = 0; i < base.members.size(); ++i) {
                if (frame.keys.try_emplace(base.members[i].first, i).second) {
                    frame.node.members.push_back(std::move(base.members[i]));
                    frame.node.key_places.push_back(std::move(base.key_places[i]));
                }
            }
        }
    }

    void add(Node node, YAML::anchor_t anchor, Size size) {
        if (anchor != 0) {
            charge(size.nodes, node.place);  // the copy kept for the aliases
            anchored_.insert_or_assign(anchor, Anchored{node, size});
        }
        if (frames_.empty()) {
            root_ = std::move(node);
            return;
        }
        Frame& frame = frames_.back();
        frame.size.nodes += size.nodes;
        frame.size.depth = std::max(frame.size.depth, size.depth + 1);
        if (frame.node.is_list()) {
            frame.node.items.push_back(std::move(node));
        } else if (!frame.has_key) {
            take_key(frame, node);
        } else {
            take_value(frame, std::move(node));
        }
    }

    void take_key(Frame& frame, const Node& node) {
        frame.has_key = true;
        frame.key_place = node.place;
        frame.key = node.scalar;
        frame.key_refused = false;
        if (!node.is_scalar()) {
            faults_.push_back({node.place,
                               "a key that is no text; allowed: 'key: value', and quotes "
                               "around a value that begins with { or ["});
            frame.key_refused = true;
            return;
        }
        const auto [known, is_new] =
            frame.keys.try_emplace(frame.key, frame.node.key_places.size());
        if (!is_new) {
            faults_.push_back(
                {node.place, fmt::format("key '{}' stands twice in one map, first at {}; allowed: "
                                         "each key once",
                                         printable(frame.key, 60),
                                         frame.node.key_places[known->second].text())});
            frame.key_refused = true;
        } else if (frame.key == kMergeKey && !node.quoted) {
            frame.merge = frame.node.members.size();
        }
    }

    void take_value(Frame& frame, Node node) {
        frame.has_key = false;
        if (!frame.key_refused) {
            frame.node.members.emplace_back(std::move(frame.key), std::move(node));
            frame.node.key_places.push_back(frame.key_place);
        }
    }

    const Lines& lines_;
    std::size_t& nodes_left_;
    std::vector<Fault>& faults_;
    std::vector<Frame> frames_;
    std::unordered_map<YAML::anchor_t, Anchored> anchored_;
    Node root_;
    int documents_ = 0;
};

/// yaml-cpp's words, and what a person is to do about it.
std::string advice(const std::string& yaml_message) {
    struct Advice {
        std::string_view begins;
        std::string_view says;
    };
    static constexpr Advice kAdvice[] = {
        {"illegal map value",
         "a ':' where no value may begin; allowed: one 'key: value' a line, and quotes around text "
         "that holds ': '"},
        {"illegal block entry",
         "a list item where none may begin; allowed: each '- item' on its own line, all indented "
         "alike"},
        {"illegal map key", "a key where none may begin; allowed: keys of one map indented alike"},
        {"end of map not found",
         "a line that does not fit the map above; allowed: keys of one map indented alike, each as "
         "'key: value'"},
        {"end of sequence not found",
         "a line that does not fit the list above; allowed: items of one list indented alike, each "
         "as '- item'"},
        {"end of map flow not found",
         "a '{' that is not closed; allowed: {key: value, key: value}"},
        {"end of sequence flow not found", "a '[' that is not closed; allowed: [item, item]"},
        {"unknown token",
         "a character that cannot begin a value; allowed: quotes around text that begins with @, ` "
         "or %"},
        {"illegal EOF in scalar",
         "a quote that is not closed; allowed: the same quote at both ends"},
        {"illegal document indicator in scalar",
         "a quote that is not closed before '---'; allowed: the same quote at both ends"},
        {"unknown escape character",
         "an unknown escape in double quotes; allowed: \\\\ for a backslash, or single quotes"},
        {"the referenced anchor is not defined",
         "an alias without its anchor; allowed: '*name' after '&name', and quotes around text that "
         "begins with *"},
    };
    for (const Advice& known : kAdvice) {
        if (yaml_message.starts_with(known.begins)) {
            return std::string(known.says);
        }
    }
    return fmt::format(
        "no valid YAML: {}; allowed: YAML 1.2, text with special characters in quotes",
        yaml_message);
}

Fault fault_of(const YAML::Exception& error, const Lines& lines, const TreeBuilder& builder) {
    Place place = lines.at(error.mark);
    const bool is_unclosed = error.msg.find("flow not found") != std::string::npos;
    if (is_unclosed && builder.innermost()) {
        place = *builder.innermost();
    }
    std::string message = advice(error.msg);
    const auto index = static_cast<std::size_t>(std::max(0, place.line - 1));
    if (lines.line(index).find("${") != std::string_view::npos) {
        message += "; inside { } and [ ], put quotes around \"${…}\"";
    }
    return {std::move(place), std::move(message)};
}

/// What must be right before the parser may see the text. \return whether it is.
bool check_bytes(std::string_view text, const Lines& lines, std::vector<Fault>& faults) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if ((byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7F) {
            faults.push_back({lines.at_byte(i), fmt::format("control character \\x{:02x}; allowed: "
                                                            "text in UTF-8, saved as such",
                                                            byte)});
            return false;
        }
    }
    if (is_utf8(text)) {
        return true;
    }
    for (std::size_t i = 0; i < lines.count(); ++i) {
        const std::string_view line = lines.line(i);
        if (!is_utf8(line)) {
            std::size_t good = 0;
            while (good < line.size()) {
                std::size_t length = 1;
                while (length <= 4 && good + length <= line.size() &&
                       !is_utf8(line.substr(good, length))) {
                    ++length;
                }
                if (length > 4 || good + length > line.size()) {
                    break;
                }
                good += length;
            }
            faults.push_back({lines.at_byte(lines.start(i) + good),
                              "a byte that is no UTF-8; allowed: text saved as UTF-8 (not "
                              "Latin-1 or Windows-1252)"});
            return false;
        }
    }
    return false;
}

/// YAML forbids tabs in the indentation; yaml-cpp takes some of them and then nests differently.
void refuse_tabs(const Lines& lines, std::vector<Fault>& faults) {
    for (std::size_t i = 0; i < lines.count(); ++i) {
        const std::string_view line = lines.line(i);
        const std::size_t content = line.find_first_not_of(" \t\r\n");
        const std::size_t tab = line.find('\t');
        if (content != std::string_view::npos && line[content] != '#' && tab < content) {
            faults.push_back({lines.at_byte(lines.start(i) + tab),
                              "a tab in the indentation; allowed: blanks, two a level"});
        }
    }
}

}  // namespace

std::optional<Node> build_tree(std::string_view text, const std::string& file,
                               std::size_t& nodes_left, std::vector<Fault>& faults) {
    if (text.size() > kFileBytesMax) {
        faults.push_back({{file, 0, 0},
                          fmt::format("larger than {} bytes; allowed: at most that much "
                                      "(kFileBytesMax)",
                                      kFileBytesMax)});
        return std::nullopt;
    }
    if (text.starts_with("\xEF\xBB\xBF")) {
        text.remove_prefix(3);
    }
    const Lines lines(text, file);
    const std::size_t faults_before = faults.size();
    if (check_bytes(text, lines, faults)) {
        refuse_tabs(lines, faults);
    }
    if (faults.size() > faults_before) {
        return std::nullopt;
    }
    TreeBuilder builder(lines, nodes_left, faults);
    std::istringstream stream{std::string(text)};
    try {
        YAML::Parser parser(stream);
        while (parser.HandleNextDocument(builder)) {
        }
    } catch (const Stop& stop) {
        faults.push_back(stop.fault);
        return std::nullopt;
    } catch (const YAML::Exception& error) {
        faults.push_back(fault_of(error, lines, builder));
        return std::nullopt;
    }
    Node root = builder.take();
    if (root.place.file.empty()) {
        root.place = {file, 1, 1};
    }
    return root;
}

}  // namespace coterie::config
