/// The two inner loops: finding the bytes that mean something, and writing JSON text.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace coterie::text {

/// Bytes that must be readable, whatever they are, behind each text given to the functions below:
/// they look at 16 bytes at a time.
constexpr std::size_t kPadding = 16;

/// The first byte in [at, end) that is one of four, or end.
class AnyOf {
  public:
    AnyOf(char a, char b, char c, char d) : bytes_{a, b, c, d} {}

    [[nodiscard]] const char* find(const char* at, const char* end) const {
#ifdef __SSE2__
        const __m128i a = _mm_set1_epi8(bytes_[0]);
        const __m128i b = _mm_set1_epi8(bytes_[1]);
        const __m128i c = _mm_set1_epi8(bytes_[2]);
        const __m128i d = _mm_set1_epi8(bytes_[3]);
        for (; at < end; at += 16) {
            const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
            const __m128i ab = _mm_or_si128(_mm_cmpeq_epi8(block, a), _mm_cmpeq_epi8(block, b));
            const __m128i cd = _mm_or_si128(_mm_cmpeq_epi8(block, c), _mm_cmpeq_epi8(block, d));
            const auto hits = static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(ab, cd)));
            if (hits != 0) {
                const char* const hit = at + std::countr_zero(hits);
                return hit < end ? hit : end;
            }
        }
        return end;
#else
        for (; at < end; ++at) {
            if (*at == bytes_[0] || *at == bytes_[1] || *at == bytes_[2] || *at == bytes_[3]) {
                return at;
            }
        }
        return end;
#endif
    }

  private:
    char bytes_[4];
};

/// Whether all of it is ASCII.
inline bool is_ascii(const char* at, const char* end) {
    std::uint64_t seen = 0;
    for (; end - at >= 8; at += 8) {
        std::uint64_t eight = 0;
        std::memcpy(&eight, at, 8);
        seen |= eight;
    }
    for (; at < end; ++at) {
        seen |= static_cast<unsigned char>(*at);
    }
    return (seen & 0x8080808080808080ULL) == 0;
}

/// Writes one byte as it stands inside a JSON string. \return Behind what was written.
inline char* write_json_byte(char c, char* out) {
    static constexpr char kHex[] = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && c != '"' && c != '\\') {
        *out++ = c;
        return out;
    }
    *out++ = '\\';
    switch (c) {
    case '"':
    case '\\':
        *out++ = c;
        return out;
    case '\n':
        *out++ = 'n';
        return out;
    case '\r':
        *out++ = 'r';
        return out;
    case '\t':
        *out++ = 't';
        return out;
    default:
        std::memcpy(out, "u00", 3);
        out[3] = kHex[byte >> 4U];
        out[4] = kHex[byte & 15U];
        return out + 5;
    }
}

/// Writes UTF-8 text as the inside of a JSON string. \pre 6 * (end - at) + kPadding bytes of room.
inline char* write_json_text(const char* at, const char* end, char* out) {
#ifdef __SSE2__
    const __m128i quote = _mm_set1_epi8('"');
    const __m128i backslash = _mm_set1_epi8('\\');
    const __m128i control_max = _mm_set1_epi8(0x1F);
    while (at < end) {
        const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(out), block);
        const __m128i special = _mm_or_si128(
            _mm_or_si128(_mm_cmpeq_epi8(block, quote), _mm_cmpeq_epi8(block, backslash)),
            _mm_cmpeq_epi8(_mm_min_epu8(block, control_max), block));
        // A bit behind the block's end keeps countr_zero at 16 where nothing is special.
        const unsigned hits = static_cast<unsigned>(_mm_movemask_epi8(special)) | 0x10000U;
        const std::ptrdiff_t plain = std::countr_zero(hits);
        if (plain >= end - at) {
            return out + (end - at);
        }
        at += plain;
        out += plain;
        if (plain < 16) {
            out = write_json_byte(*at++, out);
        }
    }
    return out;
#else
    for (; at < end; ++at) {
        out = write_json_byte(*at, out);
    }
    return out;
#endif
}

}  // namespace coterie::text
