/// How people write names, numbers and dates down: each function picks one of the ways.
#pragma once

#include "synth/world.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace coterie::synth {

/// A day, counted from 1 January 2025.
struct Day {
    std::uint32_t number = 0;
};

/// The whole name as it stands in one cell: "HOLM, Ida", "ida holm ✨", "Dr. Ida Marie Holm" …
std::string spelled_name(const Entity& entity, Dice& dice);
/// One slip of the fingers: two letters swapped, one doubled or one left out. ASCII letters only.
std::string with_typo(std::string text, Dice& dice);
/// "12,5K", "12.500", "12 500", "10k-15k", ">12000" …
std::string spelled_count(std::uint32_t count, Dice& dice);
/// "+45 12 34 56 78", "0045…", "12345678", "4.512345678E9" …
std::string spelled_phone(std::string_view calling_code, std::string_view digits, Dice& dice);
/// "12-03-2026", "12.3.26", "12/3-26", "12. marts 2026", an Excel serial …
std::string spelled_date(Day day, Dice& dice);
/// "2026-03-12"
std::string iso_date(Day day);
/// A handle as it stands in a cell: bare, with @, with capitals, as a link.
/// \param link  The platform's address before the handle: "https://www.instagram.com/".
std::string spelled_handle(std::string_view handle, std::string_view link, Dice& dice);
/// "12.500 kr.", "DKK 12500", "12,5 tkr", "1500 EUR" …
std::string spelled_fee(std::uint32_t kroner, Dice& dice);

}  // namespace coterie::synth
