#include "store/store_test_support.hpp"

#include <random>

namespace coterie::store {
namespace {

std::string from_hex(std::string_view hex) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
    }
    return bytes;
}

TEST(Codec, AnyTextComesBack) {
    Codec codec;
    std::mt19937 random(7);
    for (std::size_t size : {0U, 1U, 2U, 100U, 5000U, 3'000'000U}) {
        SCOPED_TRACE(size);
        std::string noise(size, '\0');
        for (auto& c : noise) {
            c = static_cast<char>(random());
        }
        EXPECT_EQ(must(codec.decompress(codec.compress(noise))), noise);
        const std::string alike(size, 'a');
        EXPECT_EQ(must(codec.decompress(codec.compress(alike))), alike);
    }
    for (std::uint64_t number = 0; number < 1000; ++number) {
        EXPECT_EQ(must(codec.decompress(codec.compress(raw_json(number)))), raw_json(number));
    }
}

TEST(Codec, ASmallRecordOfTheFieldTakesAboutHalf) {
    Codec codec;
    EXPECT_LT(codec.compress(raw_json(17)).size() * 2, raw_json(17).size() + 20);
}

TEST(Codec, WhatDoesNotGetSmallerIsKeptAsItIs) {
    Codec codec;
    EXPECT_EQ(codec.compress("x"), std::string("\0x", 2));
}

TEST(Codec, TheSameTextGivesTheSameBytesWhateverCameBefore) {
    Codec fresh, used;
    for (std::uint64_t number = 0; number < 100; ++number) {
        static_cast<void>(used.compress(raw_json(number)));
    }
    EXPECT_EQ(used.compress(raw_json(1)), fresh.compress(raw_json(1)));
}

/// The frame was made by the first version. If this fails, the dictionary was changed: stores on
/// people's disks could not be read any more. Add a new kind of frame instead.
TEST(Codec, FramesOfTheFirstVersionAreReadForEver) {
    Codec codec;
    EXPECT_EQ(must(codec.decompress(from_hex(
                  "0128b52ffd2492e50100c0506572736f6e2064663363653738347031303030444b227d0c"
                  "000a028e524f82570f9acb02760ae0220e0ecf41d41cb821d71999caff5e656259011d94"
                  "2861"))),
              raw_json(1));
}

TEST(Codec, DamagedTextIsAnErrorAndNeverACrash) {
    Codec codec;
    EXPECT_FALSE(codec.decompress("").has_value());
    EXPECT_FALSE(codec.decompress("\x07whatever").has_value());
    const auto sound = codec.compress(raw_json(5));
    for (std::size_t size = 1; size < sound.size(); ++size) {
        EXPECT_FALSE(codec.decompress(sound.substr(0, size)).has_value()) << size;
    }
    for (std::size_t bit = 8; bit < sound.size() * 8; ++bit) {
        auto damaged = sound;
        damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
        const auto read = codec.decompress(damaged);
        // A few bits of a frame's header mean nothing; the text is right or it is an error.
        EXPECT_TRUE(!read.has_value() || *read == raw_json(5)) << bit;
    }
}

}  // namespace
}  // namespace coterie::store
