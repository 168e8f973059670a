/// What of a golden record is told to who invites the person.
#pragma once

#include "settings.hpp"

#include "coterie/result.hpp"

#include <nlohmann/json.hpp>

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

namespace greenfly {

/// A person's cells by the profile's field names; a field without a value is not there.
using Person = std::map<std::string, std::string, std::less<>>;

/// Whose address or number it is already: an invitation reaches one person, and an agency's
/// address stands on many. One thread.
class Taken {
  public:
    /// Whether nobody else has it; then `id` has.
    bool take(const std::string& contact, std::string_view id);
    [[nodiscard]] std::string owner(const std::string& contact) const;

  private:
    std::unordered_map<std::string, std::string> owners_;
};

/// \return Data error, for people, where the person may not be invited or cannot be reached.
coterie::Result<Person> person_of(const nlohmann::json& golden, const Settings& settings,
                                  Taken& taken);

}  // namespace greenfly
