#include "record/facts.hpp"

namespace coterie::record {

namespace {

constexpr char kVersion = 1;

void append_varint(std::string& out, std::uint64_t value) {
    while (value >= 0x80) {
        out.push_back(static_cast<char>(value | 0x80));
        value >>= 7;
    }
    out.push_back(static_cast<char>(value));
}

void append_text(std::string& out, std::string_view text) {
    append_varint(out, text.size());
    out += text;
}

/// Reads what the appenders wrote; every step is checked against the end.
class Cursor {
  public:
    explicit Cursor(std::string_view bytes) : rest_(bytes) {}

    bool varint(std::uint64_t& value) {
        value = 0;
        for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
            const auto byte = static_cast<unsigned char>(rest_.front());
            rest_.remove_prefix(1);
            value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
            if (byte < 0x80) {
                return true;
            }
        }
        return false;
    }
    bool text(std::string_view& value) {
        std::uint64_t size = 0;
        if (!varint(size) || size > rest_.size()) {
            return false;
        }
        value = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return true;
    }
    [[nodiscard]] bool at_end() const { return rest_.empty(); }

  private:
    std::string_view rest_;
};

}  // namespace

void encode_facts(std::span<const Fact> facts, std::string& out) {
    out.push_back(kVersion);
    for (const Fact& fact : facts) {
        append_varint(out, static_cast<std::uint64_t>(fact.field));
        append_varint(out, fact.item);
        append_text(out, fact.value);
        append_text(out, fact.from);
    }
}

Result<std::vector<FactView>> decode_facts(std::string_view encoded) {
    if (encoded.empty() || encoded.front() != kVersion) {
        return Error{ErrorKind::Fatal, "stored facts are damaged or of another version"};
    }
    Cursor cursor(encoded.substr(1));
    std::vector<FactView> facts;
    facts.reserve(encoded.size() / 16);
    while (!cursor.at_end()) {
        std::uint64_t field = 0;
        std::uint64_t item = 0;
        FactView fact;
        if (!cursor.varint(field) || !cursor.varint(item) || !cursor.text(fact.value) ||
            !cursor.text(fact.from) || field >= static_cast<std::uint64_t>(FieldId::Count_) ||
            item > 0xffff) {
            return Error{ErrorKind::Fatal, "stored facts are damaged"};
        }
        fact.field = static_cast<FieldId>(field);
        fact.item = static_cast<std::uint16_t>(item);
        facts.push_back(fact);
    }
    return facts;
}

}  // namespace coterie::record
