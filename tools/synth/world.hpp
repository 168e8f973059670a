/// The people behind the records: each is computed from the seed and its number alone, so that a
/// million of them need no memory.
#pragma once

#include "synth/random.hpp"
#include "synth/words.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace coterie::synth {

enum class EntityKind { Person, Duo, FanPage, Channel };

/// Somebody, or something, that has accounts: what the truth calls an entity.
struct Entity {
    std::uint64_t number = 0;
    EntityKind kind = EntityKind::Person;
    const Culture* culture = nullptr;
    // The parts of a name in Latin letters; all but `given` may be empty. A duo's or a channel's
    // whole name is its `given`.
    std::string given, middle, family;
    std::string native_name;  ///< in its own script, where that is not Latin
    std::string stage_name;
    std::string handle;          ///< unique in the world, on Instagram
    std::string earlier_handle;  ///< before the account was renamed; else empty
    std::string tiktok, youtube, x;
    std::string user_id;  ///< Instagram's number of the account
    std::string email;
    std::string earlier_email;
    std::string phone;  ///< national digits; relatives share it
    std::optional<std::uint32_t> agency;
    std::uint32_t followers = 0;
    std::string_view city;
};

/// An agency, whose address and number stand on all the people it represents.
struct Agency {
    std::string name, email, phone;
};

/// All the people there are. Immutable; any thread.
class World {
  public:
    /// \param people  How many there are on the first night; as many again may join later.
    World(std::uint64_t seed, std::uint64_t people);

    [[nodiscard]] Entity entity(std::uint64_t number) const;
    [[nodiscard]] Agency agency(std::uint32_t number) const;

  private:
    [[nodiscard]] EntityKind kind(std::uint64_t number) const;
    [[nodiscard]] std::uint64_t household(std::uint64_t number) const;
    [[nodiscard]] std::uint64_t namesake(std::uint64_t number) const;
    void give_name(Entity& entity) const;
    void give_person_name(Entity& entity) const;
    void give_accounts(Entity& entity) const;
    void give_contacts(Entity& entity) const;
    [[nodiscard]] std::string unique_tail(std::uint64_t number, std::uint64_t version) const;

    std::uint64_t seed_;
    std::uint64_t numbers_;  ///< more than there are entities
    std::uint32_t agencies_;
};

/// a-z and 0-9 of a name in Latin letters: "Søren Bæk" → "soerenbaek".
std::string ascii_letters(std::string_view name);

}  // namespace coterie::synth
