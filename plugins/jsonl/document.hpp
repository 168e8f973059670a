/// Elements cut out of one JSON document that may be larger than memory.
#pragma once

#include "window.hpp"

#include "coterie/result.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace jsonl {

/// Finds where a JSON value ends, block by block: knows strings, escapes and brackets, and nothing
/// else. What lies between is for a real parser.
class ValueEnd {
  public:
    /// Looks on. \return Behind the value's last byte, or nullptr if it goes on behind `end`.
    const char* find(const char* at, const char* end);
    /// The text has ended: whether that ended the value, as it does a number's.
    [[nodiscard]] bool may_end_here() const { return kind_ == Kind::Scalar; }

  private:
    enum class Kind { Unknown, Scalar, String, Container };
    Kind kind_ = Kind::Unknown;
    bool in_string_ = false;
    bool escaped_ = false;
    std::uint64_t depth_ = 0;
};

/// One element as it stands.
struct Element {
    std::string_view json;
    std::string name;  ///< of a member; empty in an array
    std::uint64_t index = 0;
    std::string why;  ///< why it is none; json then is what there is of it
};

/// The tokens of a JSON Pointer (RFC 6901). \return Config error where it is none.
coterie::Result<std::vector<std::string>> pointer_tokens(std::string_view pointer);

/// Walks to the container that a pointer names and hands out what is in it.
class Document {
  public:
    /// What is run now and then in long walks that hand out nothing.
    using Heartbeat = std::function<void(std::uint64_t offset)>;

    Document(Window& window, std::vector<std::string> pointer, bool entries,
             std::size_t element_bytes_max, Heartbeat heartbeat);

    /// Goes behind the container's opening bracket.
    /// \return Config error where the pointer leads nowhere or to something else.
    coterie::Result<void> enter();
    /// Instead of enter(): goes on behind the element that `index` was the number of.
    void resume(std::uint64_t index) {
        index_ = index;
        place_ = Place::BehindElement;
    }
    /// \return Whether there was one more; Fatal error where the document ends or breaks.
    coterie::Result<bool> next(Element& element);
    /// Elements handed out; behind the last of them is window.offset().
    [[nodiscard]] std::uint64_t index() const { return index_; }
    /// Whether a reader can resume where the window stands.
    [[nodiscard]] bool can_resume_here() const { return place_ == Place::BehindElement; }
    /// Walks from behind the container to the document's end.
    /// \return What stands behind the document, as far as it is in memory; Fatal error where the
    /// document ends too soon.
    coterie::Result<std::string> finish();

  private:
    enum class Place { Opened, BehindElement, BehindComma, Closed };

    coterie::Result<int> peek();
    coterie::Result<void> expect(char wanted, const char* where);
    coterie::Result<void> skip_value();
    coterie::Result<void> cut_value(Element& element);
    coterie::Result<std::string> name();
    coterie::Result<void> step_into(const std::string& token, const std::string& path);
    coterie::Result<void> find_member(const std::string& token, const std::string& path);
    coterie::Result<void> find_element(const std::string& token, const std::string& path);
    coterie::Result<bool> cut_element(Element& element);
    [[nodiscard]] coterie::Error broken(const std::string& expected, int found) const;
    [[nodiscard]] std::string here() const;

    Window& window_;
    std::vector<std::string> pointer_;
    bool entries_;
    std::size_t element_bytes_max_;
    Heartbeat heartbeat_;
    Place place_ = Place::Opened;
    std::uint64_t index_ = 0;
    bool inside_container_ = false;
    std::string overlong_;
};

}  // namespace jsonl
