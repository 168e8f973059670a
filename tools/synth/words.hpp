/// The word lists out of which fictional people are put together.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace coterie::synth {

using Words = std::span<const std::string_view>;

/// Where a person's names, places and phone number come from. A word with a bar is written two
/// ways: in its own script and in Latin letters ("Нина|Nina").
struct Culture {
    std::string_view country;       ///< ISO 3166-1
    std::string_view calling_code;  ///< without +
    /// What all the made-up mobile numbers begin with; seven digits follow.
    std::string_view mobile_prefix;
    std::uint32_t weight;  ///< of a thousand people, so many
    Words given;
    Words family;
    Words family_heads;  ///< with family_tails: composed family names; may be empty
    Words family_tails;
    Words countries;  ///< how people write the country
    Words cities;
    Words languages;  ///< how people write the language
};

std::span<const Culture> cultures();

Words handle_words();
Words mail_domains();
Words agency_words();
Words agency_tails();
Words channel_heads();
Words channel_tails();
Words topics();
Words statuses_danish();
Words statuses_english();
Words owners();
Words notes();
Words campaigns();
Words honorifics();
Words emoji();
Words nothings();  ///< what people write where there is nothing to write

}  // namespace coterie::synth
