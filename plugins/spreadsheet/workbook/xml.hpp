/// XML as a stream of elements and text, by expat. What hostile XML lives on is refused: document
/// types (and so every entity beyond the five), deep nesting, endless tags.
#pragma once

#include "byte_source.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct XML_ParserStruct;

namespace spreadsheet {

/// The part of a name behind its prefix.
inline std::string_view local_name(std::string_view name) {
    const std::size_t colon = name.rfind(':');
    return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

/// Of one start tag; what it gives lives as long as the call that got it.
class XmlAttributes {
  public:
    explicit XmlAttributes(const char** pairs) : pairs_(pairs) {}

    /// By name without a prefix: an attribute that has one is another one.
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const {
        for (const char** pair = pairs_; *pair != nullptr; pair += 2) {
            if (name == *pair) {
                return std::string_view(pair[1]);
            }
        }
        return std::nullopt;
    }
    /// By name behind some prefix, whichever the file chose.
    [[nodiscard]] std::optional<std::string_view> find_prefixed(std::string_view name) const {
        for (const char** pair = pairs_; *pair != nullptr; pair += 2) {
            const std::string_view full(*pair);
            if (full.size() > name.size() && local_name(full) == name) {
                return std::string_view(pair[1]);
            }
        }
        return std::nullopt;
    }
    [[nodiscard]] std::string_view get(std::string_view name) const {
        return find(name).value_or(std::string_view());
    }
    /// "1" or "true".
    [[nodiscard]] bool is_true(std::string_view name) const {
        const std::string_view text = get(name);
        return text == "1" || text == "true";
    }
    const char** begin_pair() const { return pairs_; }

  private:
    const char** pairs_;
};

/// Takes what the parser finds. Names come without their prefix.
class XmlHandler {
  public:
    virtual ~XmlHandler() = default;
    virtual void start(std::string_view name, const XmlAttributes& attributes) = 0;
    virtual void end(std::string_view name) = 0;
    /// A piece of text: one text may come in many.
    virtual void text(std::string_view piece) = 0;
};

/// Feeds a source to a handler. One thread.
class XmlParser {
  public:
    /// \param part  For messages.
    XmlParser(ByteSource& source, XmlHandler& handler, std::string part);
    XmlParser(const XmlParser&) = delete;
    XmlParser& operator=(const XmlParser&) = delete;
    ~XmlParser();

    /// Goes on until the handler pauses it or the source ends (it is read to its last byte).
    /// \return true where it was paused; false at the end. Data error where the XML is broken.
    coterie::Result<bool> run();
    /// Asks run() to return after the current call of the handler.
    void pause();
    /// Asks run() to fail with `error` after the current call of the handler.
    void fail(coterie::Error error);
    /// Whether fail() was called: the handler refused, the XML itself is not broken.
    [[nodiscard]] bool is_refused() const { return refusal_.has_value(); }

  private:
    struct Callbacks;

    coterie::Error broken(std::string_view why) const;
    coterie::Result<bool> feed();
    coterie::Result<void> check_token();

    ByteSource& source_;
    XmlHandler& handler_;
    std::string part_;
    XML_ParserStruct* parser_;
    std::uint64_t fed_bytes_ = 0;
    std::uint64_t fed_at_event_ = 0;  ///< when the parser last found something
    std::uint32_t depth_ = 0;
    bool is_paused_ = false;
    bool is_last_ = false;
    bool is_done_ = false;
    std::optional<coterie::Error> refusal_;
};

/// Parses it all.
coterie::Result<void> parse_xml(ByteSource& source, XmlHandler& handler, std::string part);

}  // namespace spreadsheet
