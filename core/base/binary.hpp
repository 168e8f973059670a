/// Compact binary encodings: variable-length numbers and length-prefixed texts.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace coterie {

/// Seven bits a byte, the lowest first; the high bit says that more follow.
inline void append_varint(std::string& out, std::uint64_t value) {
    while (value >= 0x80) {
        out.push_back(static_cast<char>(value | 0x80));
        value >>= 7;
    }
    out.push_back(static_cast<char>(value));
}

/// The text's size as a varint, then its bytes.
inline void append_sized_text(std::string& out, std::string_view text) {
    append_varint(out, text.size());
    out += text;
}

/// Reads what the appenders wrote, or any damaged bytes: every step is checked against the end and
/// says whether it could be done. Borrows the bytes. One thread at a time.
class BinaryReader {
  public:
    explicit BinaryReader(std::string_view bytes) : rest_(bytes) {}

    /// A varint of at most `max`.
    template <class Integer>
    [[nodiscard]] bool number(Integer& out,
                              std::uint64_t max = std::numeric_limits<Integer>::max()) {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
            const auto byte = static_cast<unsigned char>(rest_.front());
            rest_.remove_prefix(1);
            value |= static_cast<std::uint64_t>(byte & 0x7fU) << shift;
            if (byte < 0x80) {
                out = static_cast<Integer>(value);
                return value <= max;
            }
        }
        return false;
    }
    [[nodiscard]] bool text(std::string_view& out) {
        std::uint64_t size = 0;
        if (!number(size) || size > rest_.size()) {
            return false;
        }
        out = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return true;
    }
    [[nodiscard]] std::size_t left() const { return rest_.size(); }

  private:
    std::string_view rest_;
};

}  // namespace coterie
