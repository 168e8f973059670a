/// One source record's JSON as a flat tree that borrows from its text. simdjson's DOM turns numbers
/// into doubles, and a user id of twenty digits or an amount of "1.10" must come out as it went in;
/// its on-demand reader does not see all of a broken document. So this small reader keeps each
/// value's raw text, and refuses all that RFC 8259 does not allow.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace coterie::normalize {

enum class JsonType : std::uint8_t { Null, Boolean, Number, String, Array, Object };

using NodeIndex = std::uint32_t;
inline constexpr NodeIndex kNoNode = 0xFFFFFFFF;
/// How deeply arrays and objects may nest.
inline constexpr unsigned kJsonDepthMax = 64;

/// What the rules of a mapping have done with a node so far.
enum class NodeUse : std::uint8_t {
    Unread,
    Partly,  ///< something below it was taken
    Used,
    Kept,  ///< it could not be used, and stands under custom
};

struct JsonNode {
    JsonType type = JsonType::Null;
    NodeUse use = NodeUse::Unread;
    NodeIndex parent = kNoNode;
    NodeIndex first_child = kNoNode;
    NodeIndex next = kNoNode;    ///< its right neighbour
    std::uint32_t position = 0;  ///< among its neighbours, from 0
    std::string_view key;        ///< of a member of an object, unescaped
    std::string_view raw;        ///< as it stands in the document
    std::string_view text;       ///< of a string, unescaped; else as `raw`
};

/// One document at a time; its buffers are used again for the next. One thread.
class JsonTree {
  public:
    /// \param json  must outlive the use of the nodes.
    /// \return "" or what is wrong: "unexpected character at byte 17". Half a surrogate pair (an
    ///         emoji that a CRM cut in two) is no fault: it is read as U+FFFD.
    /// \par Cost One pass over the bytes; no allocation once the buffers have grown.
    std::string parse(std::string_view json);

    [[nodiscard]] const JsonNode& operator[](NodeIndex index) const { return nodes_[index]; }
    [[nodiscard]] NodeIndex root() const { return 0; }
    [[nodiscard]] std::size_t node_count() const { return nodes_.size(); }
    /// The first member with this key, or kNoNode.
    [[nodiscard]] NodeIndex find(NodeIndex object, std::string_view key) const;
    /// Its path from the root: "social[0].name".
    [[nodiscard]] std::string path(NodeIndex index) const;

    /// Marks a node as used or kept, and those above it as partly used.
    void mark(NodeIndex index, NodeUse use);

  private:
    bool parse_value(NodeIndex self, unsigned depth);
    bool parse_container(NodeIndex self, unsigned depth, char close);
    bool parse_string(std::string_view& text);
    bool unescape(std::size_t begin, std::size_t end, std::string_view& text);
    bool parse_number();
    bool parse_word(std::string_view word);
    bool parse_document();
    void skip_blanks();
    [[nodiscard]] char peek() const { return at_ < json_.size() ? json_[at_] : '\0'; }
    bool fail(const char* what);
    NodeIndex add_node(NodeIndex parent, std::uint32_t position);

    std::string_view json_;
    std::size_t at_ = 0;
    const char* fault_ = nullptr;
    std::vector<JsonNode> nodes_;
    std::string unescaped_;                     ///< never grows while a document is read
    std::string mended_;                        ///< the document without half surrogates
    std::vector<std::size_t> half_surrogates_;  ///< places of their "\u"
};

/// The JSON without white space between its tokens.
std::string compact_json(std::string_view raw);

}  // namespace coterie::normalize
