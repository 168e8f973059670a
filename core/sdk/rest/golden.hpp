/// What templates of a write-back may ask of a golden record.
#pragma once

#include "sdk/rest/template.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace coterie::rest {

/// The value at a path such as name.given, emails[0].address, profiles[platform=tiktok].handle,
/// profiles[*].url (a list). Nothing where there is none.
std::optional<nlohmann::json> at_path(const nlohmann::json& golden, std::string_view path);

/// JSON Pointers of the values at such a path.
std::vector<std::string> pointers_at(const nlohmann::json& golden, std::string_view path);
/// Whether the value at this pointer stands so in a source record, by the golden record's
/// provenance: not where it was derived, or the mapping says it.
bool stands_in(const nlohmann::json& golden, const std::string& pointer, std::string_view source,
               std::string_view record_id);

/// Whether the person wants no contact: do_not_contact, a withdrawn consent, or an opt-out of an
/// address of their own.
bool is_opted_out(const nlohmann::json& golden);
/// Whether that source record says itself, in this field of its, that the person wants no contact.
bool says_opted_out(const nlohmann::json& golden, std::string_view field, std::string_view source,
                    std::string_view record_id);
/// The address that the person is known by: the first that is no booker's or agent's.
std::optional<nlohmann::json> own_email(const nlohmann::json& golden);

class GoldenScope final : public Scope {
  public:
    GoldenScope(const Scope& outer, const nlohmann::json& golden)
        : outer_(outer), golden_(golden) {}
    [[nodiscard]] std::optional<nlohmann::json> find(std::string_view name) const override {
        auto value = at_path(golden_, name);
        return value ? value : outer_.find(name);
    }

  private:
    const Scope& outer_;
    const nlohmann::json& golden_;
};

}  // namespace coterie::rest
