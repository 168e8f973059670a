/// Random choices that are the same on every machine: integers only, nothing of <random>.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace coterie::synth {

/// What a draw is for. Each purpose has its own sequence, so that a new draw in one place changes
/// nothing elsewhere.
enum class Purpose : std::uint64_t {
    Kind,
    Household,
    Name,
    Handle,
    Contact,
    Audience,
    Place,
    Owner,
    RecordEntity,
    RecordNames,
    RecordContact,
    RecordProfiles,
    RecordDeal,
    RecordTexts,
    Broken,
    Night,
    NightFields,
};

/// Draws are statements of their own wherever their order would else be the compiler's: operands of
/// + and arguments of a function have none.
///
/// splitmix64 (Steele, Lea & Flood 2014) from a seed, a purpose and the number of a thing.
class Dice {
  public:
    Dice(std::uint64_t seed, Purpose purpose, std::uint64_t number)
        : state_(mix(mix(seed) ^ mix(static_cast<std::uint64_t>(purpose) + 1) ^
                     mix(number * 0x9e3779b97f4a7c15U + 0x632be59bd9b4e019U))) {}

    std::uint64_t next() { return mix(state_ += 0x9e3779b97f4a7c15U); }

    /// 0 … limit-1. The bias is below limit / 2^32.
    /// \pre limit > 0
    std::uint32_t below(std::uint32_t limit) {
        return static_cast<std::uint32_t>(((next() >> 32U) * limit) >> 32U);
    }

    /// True so many times in a thousand.
    bool chance(std::uint32_t per_mille) { return below(1000) < per_mille; }

    template <class T, std::size_t Extent>
    const T& pick(std::span<const T, Extent> from) {
        return from[below(static_cast<std::uint32_t>(from.size()))];
    }
    template <class T, std::size_t Size>
    const T& pick(const std::array<T, Size>& from) {
        return pick(std::span<const T>(from));
    }

  private:
    static std::uint64_t mix(std::uint64_t z) {
        z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
        return z ^ (z >> 31U);
    }
    std::uint64_t state_;
};

}  // namespace coterie::synth
