#include "store/row_list.hpp"

#include <algorithm>
#include <limits>

namespace coterie::store {

std::string encode_rows(std::span<const std::uint32_t> rows) {
    std::vector<std::uint32_t> sorted;
    if (!std::is_sorted(rows.begin(), rows.end())) {
        sorted.assign(rows.begin(), rows.end());
        std::sort(sorted.begin(), sorted.end());
        rows = sorted;
    }
    std::string encoded;
    encoded.reserve(rows.size() + 8);
    std::uint32_t before = 0;
    for (const auto row : rows) {
        auto distance = row - before;
        before = row;
        while (distance >= 0x80) {
            encoded += static_cast<char>(distance | 0x80);
            distance >>= 7;
        }
        encoded += static_cast<char>(distance);
    }
    return encoded;
}

Result<void> decode_rows(std::string_view encoded, std::vector<std::uint32_t>& rows) {
    const Error damaged{ErrorKind::Fatal,
                        "a list of rows is damaged; restore the store from a backup"};
    rows.reserve(rows.size() + encoded.size());
    std::uint64_t row = 0;
    std::uint64_t distance = 0;
    unsigned shift = 0;
    for (const char c : encoded) {
        const auto byte = static_cast<unsigned char>(c);
        distance |= std::uint64_t{byte & 0x7fU} << shift;
        if ((byte & 0x80U) != 0) {
            shift += 7;
            if (shift > 28) {
                return damaged;
            }
            continue;
        }
        row += distance;
        if (row > std::numeric_limits<std::uint32_t>::max()) {
            return damaged;
        }
        rows.push_back(static_cast<std::uint32_t>(row));
        distance = 0;
        shift = 0;
    }
    if (shift != 0) {
        return damaged;
    }
    return {};
}

void sort_unique(std::vector<std::uint32_t>& rows) {
    if (!std::is_sorted(rows.begin(), rows.end())) {
        std::sort(rows.begin(), rows.end());
    }
    rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
}

}  // namespace coterie::store
