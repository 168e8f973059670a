/// What a source knows of somebody: one record, before it is written in the source's format.
#pragma once

#include "synth/spelling.hpp"
#include "synth/world.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace coterie::synth {

/// What to make.
struct Request {
    std::uint64_t seed = 1;
    std::uint64_t records = 1000;
    std::uint32_t sources = 2;
    std::uint32_t change_per_million = 0;  ///< 0: no second night
    bool skewed = false;                   ///< a few people have very many records
};

/// An account on a platform, as a source knows it.
struct Account {
    std::string_view platform;
    std::string_view link;  ///< what stands before the handle in a link
    std::string handle;
    std::string user_id;
    std::uint32_t followers = 0;
    std::uint32_t engagement_per_ten_thousand = 0;
};

/// One record. What is empty, the source does not know.
struct Record {
    std::uint64_t number = 0;
    std::uint64_t entity_number = 0;
    Entity entity;
    bool has_name = true;
    std::vector<Account> accounts;
    std::string email;
    std::string booking_email;
    std::string calling_code, phone;
    std::string agency;
    std::string_view country, city, language;
    std::vector<std::string_view> topics;
    std::uint32_t status = 0;  ///< place in statuses_danish() and statuses_english()
    bool has_status = false;
    std::optional<Day> last_contact;
    std::string_view owner, note, campaign;
    std::uint32_t fee = 0;
    Dice spelling;  ///< for how its values are written
};

/// Draws records. Each depends on the request's seed and its own number alone. Immutable; any
/// thread.
class Records {
  public:
    explicit Records(const Request& request);

    /// Which records the sources hold in a night (1 or 2), in ascending order.
    [[nodiscard]] bool is_there(std::uint64_t number, int night) const;
    /// One more than the greatest number of a record in that night.
    [[nodiscard]] std::uint64_t end(int night) const;
    [[nodiscard]] std::uint64_t entity_of(std::uint64_t number) const;
    [[nodiscard]] std::uint32_t source_of(std::uint64_t number) const;
    [[nodiscard]] bool is_changed(std::uint64_t number, int night) const;
    [[nodiscard]] Record record(std::uint64_t number, int night) const;

  private:
    void add_contacts(Record& record) const;
    void add_accounts(Record& record) const;
    void add_relationship(Record& record) const;
    void add_texts(Record& record) const;
    void change(Record& record) const;

    Request request_;
    std::uint64_t people_;
    std::uint64_t stride_;
    World world_;
};

}  // namespace coterie::synth
