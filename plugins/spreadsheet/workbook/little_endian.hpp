/// Numbers as Microsoft's binary formats write them.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace spreadsheet {

/// The number at `at`; 0 where the bytes end before it does.
template <class Number>
Number little_endian(std::string_view bytes, std::size_t at) {
    static_assert(std::endian::native == std::endian::little);
    Number value = 0;
    if (at <= bytes.size() && bytes.size() - at >= sizeof value) {
        std::memcpy(&value, bytes.data() + at, sizeof value);
    }
    return value;
}

inline std::uint16_t u16_at(std::string_view bytes, std::size_t at) {
    return little_endian<std::uint16_t>(bytes, at);
}
inline std::uint32_t u32_at(std::string_view bytes, std::size_t at) {
    return little_endian<std::uint32_t>(bytes, at);
}
inline std::uint8_t u8_at(std::string_view bytes, std::size_t at) {
    return little_endian<std::uint8_t>(bytes, at);
}

}  // namespace spreadsheet
