/// Writing JSON without a document in memory.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace coterie {

/// Appends `text` as a JSON string with its quotes. \pre well-formed UTF-8.
void append_json_string(std::string& out, std::string_view text);

/// Appends one JSON value to a string, commas and nesting kept by the writer.
///     JsonWriter json(out); json.begin_object(); json.key("a"); json.string("b");
///     json.end_object();
/// One thread at a time.
class JsonWriter {
  public:
    explicit JsonWriter(std::string& out) : out_(out) {}
    void begin_object();
    void end_object();
    void begin_array();
    void end_array();
    void key(std::string_view name);
    void string(std::string_view text);
    void integer(std::int64_t value);
    void boolean(bool value);
    /// A value that is JSON already: a number's digits, a nested document.
    void raw(std::string_view json);

  private:
    void separate();
    std::string& out_;
    bool needs_comma_ = false;
};

}  // namespace coterie
