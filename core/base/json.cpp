#include "base/json.hpp"

#include <fmt/format.h>

#include <array>

namespace coterie {

namespace {

/// Which bytes need an escape inside a JSON string.
constexpr std::array<bool, 256> make_escape_table() {
    std::array<bool, 256> table{};
    for (std::size_t c = 0; c < 0x20; ++c) {
        table[c] = true;
    }
    table['"'] = true;
    table['\\'] = true;
    return table;
}
constexpr auto kNeedsEscape = make_escape_table();

void append_escape(std::string& out, char c) {
    switch (c) {
    case '"':
        out += "\\\"";
        return;
    case '\\':
        out += "\\\\";
        return;
    case '\n':
        out += "\\n";
        return;
    case '\r':
        out += "\\r";
        return;
    case '\t':
        out += "\\t";
        return;
    default:
        fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(c));
    }
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
    out.push_back('"');
    std::size_t done = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (kNeedsEscape[static_cast<unsigned char>(text[i])]) {
            out.append(text, done, i - done);
            append_escape(out, text[i]);
            done = i + 1;
        }
    }
    out.append(text, done);
    out.push_back('"');
}

void JsonWriter::separate() {
    if (needs_comma_) {
        out_.push_back(',');
    }
    needs_comma_ = true;
}

void JsonWriter::begin_object() {
    separate();
    out_.push_back('{');
    needs_comma_ = false;
}

void JsonWriter::end_object() {
    out_.push_back('}');
    needs_comma_ = true;
}

void JsonWriter::begin_array() {
    separate();
    out_.push_back('[');
    needs_comma_ = false;
}

void JsonWriter::end_array() {
    out_.push_back(']');
    needs_comma_ = true;
}

void JsonWriter::key(std::string_view name) {
    separate();
    append_json_string(out_, name);
    out_.push_back(':');
    needs_comma_ = false;
}

void JsonWriter::string(std::string_view text) {
    separate();
    append_json_string(out_, text);
}

void JsonWriter::integer(std::int64_t value) {
    separate();
    const fmt::format_int digits(value);
    out_.append(digits.data(), digits.size());
}

void JsonWriter::boolean(bool value) {
    separate();
    out_ += value ? "true" : "false";
}

void JsonWriter::raw(std::string_view json) {
    separate();
    out_ += json;
}

}  // namespace coterie
