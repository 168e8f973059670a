#include "pipeline/match/keys.hpp"
#include "pipeline/match/match.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace coterie::match {

namespace {

using record::FactView;
using record::FieldId;

std::string shown_name(std::span<const FactView> facts) {
    std::string display;
    std::string given;
    std::string family;
    for (const FactView& fact : facts) {
        if (fact.field == FieldId::NameDisplay) {
            display = fact.value;
        } else if (fact.field == FieldId::NameGiven) {
            given = fact.value;
        } else if (fact.field == FieldId::NameFamily) {
            family = fact.value;
        }
    }
    if (!display.empty()) {
        return display;
    }
    return given.empty() || family.empty() ? given + family : given + ' ' + family;
}

Evidence about_names(NameRelation relation, const std::string& a, const std::string& b) {
    const std::string both = "'" + a + "' and '" + b + "'";
    switch (relation) {
    case NameRelation::Agree:
        return {"names agree", true, both};
    case NameRelation::SameGiven:
        return {"given names agree, family names differ", true, both};
    case NameRelation::SameFamily:
        return {"family names agree, given names differ: relatives, or a nickname", false, both};
    case NameRelation::Conflict:
        return {"names conflict", false, both};
    case NameRelation::Unknown:
        break;
    }
    return {"names tell nothing: one is missing or no person's full name", false, both};
}

std::string_view word_of(Kind kind) {
    return kind == Kind::Person ? "a person" : kind == Kind::Group ? "a group" : "a brand";
}

using Identifiers = std::vector<ReadableIdentifier>;

/// Whether both sides say their user id on the platform, and none is common.
bool user_ids_differ(const Identifiers& a, const Identifiers& b, std::uint16_t platform) {
    bool has_left = false;
    bool has_right = false;
    for (const auto& right : b) {
        has_right = has_right || (right.identifier.kind == IdentifierKind::UserId &&
                                  right.identifier.platform == platform);
    }
    for (const auto& left : a) {
        if (left.identifier.kind != IdentifierKind::UserId ||
            left.identifier.platform != platform) {
            continue;
        }
        has_left = true;
        for (const auto& right : b) {
            if (right.identifier.hash == left.identifier.hash) {
                return false;
            }
        }
    }
    return has_left && has_right;
}

}  // namespace

std::vector<Evidence> explain(std::span<const FactView> a, std::span<const FactView> b,
                              const MatchOptions& /*options*/) {
    const Identifiers left = identifiers_of(a);
    const Identifiers right = identifiers_of(b);
    const Name left_name = name_of(a);
    const Name right_name = name_of(b);
    const NameRelation names = relate(left_name, right_name);
    const bool are_apart = kinds_conflict(left_name.kind, right_name.kind);
    std::vector<Evidence> evidence;
    Agreement agreement;
    for (const ReadableIdentifier& one : left) {
        const auto other = std::find_if(right.begin(), right.end(), [&](const auto& candidate) {
            return candidate.identifier.hash == one.identifier.hash;
        });
        if (other == right.end()) {
            continue;
        }
        const bool is_role = one.identifier.kind == IdentifierKind::RoleContact ||
                             other->identifier.kind == IdentifierKind::RoleContact;
        const bool is_vetoed = one.identifier.kind == IdentifierKind::Handle &&
                               user_ids_differ(left, right, one.identifier.platform);
        if (is_role) {
            const auto& role = one.identifier.kind == IdentifierKind::RoleContact ? one : *other;
            evidence.push_back(
                {"same " + role.what + ", which stands on many people", false, one.value});
        } else if (is_vetoed) {
            evidence.push_back(
                {"same " + one.what + ", but the accounts' user ids differ", false, one.value});
        } else {
            agreement.add(one.identifier.kind);
            evidence.push_back({"same " + one.what, true, one.value});
        }
    }
    const Strength strength = are_apart ? Strength{} : strength_of(agreement, names);
    for (Evidence& one : evidence) {
        one.joins = one.joins && strength.value > 0;
    }
    if (evidence.empty()) {
        evidence.push_back({"no identifier in common", false, ""});
    }
    evidence.push_back(about_names(names, shown_name(a), shown_name(b)));
    evidence.back().joins = evidence.back().joins && strength.value > 0;
    if (are_apart) {
        evidence.push_back(
            {"one is a person, the other is not", false,
             fmt::format("{} and {}", word_of(left_name.kind), word_of(right_name.kind))});
    }
    return evidence;
}

}  // namespace coterie::match
