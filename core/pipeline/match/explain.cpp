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

/// What speaks for two records that name one record, or of which one names the other.
std::string about_record(const ExplainedRecord& a, const ReadableIdentifier& one,
                         const ExplainedRecord& b) {
    const auto who = [](const ExplainedRecord& record) {
        return std::string(record.name.source) + '/' + std::string(record.name.record_id);
    };
    const bool a_belongs = !belongs_to(a.facts).empty();
    const bool b_belongs = !belongs_to(b.facts).empty();
    if (a_belongs && b_belongs) {
        return "both are activities of " + one.value;
    }
    if (!a_belongs && !b_belongs) {
        // One has swallowed the other, or both a third that is gone.
        const std::string winner = one.value == who(a)   ? who(b)
                                   : one.value == who(b) ? who(a)
                                                         : who(a) + " and " + who(b);
        return one.value + " was merged into " + winner + " by the CRM";
    }
    const std::string contact = who(a_belongs ? b : a);
    return "activity of " + one.value +
           (one.value == contact ? std::string()
                                 : ", which was merged into " + contact + " by the CRM");
}

/// What the source itself says of the two.
void explain_records(const ExplainedRecord& a, const ExplainedRecord& b,
                     std::vector<Evidence>& evidence, Agreement& agreement) {
    const Identifiers left = records_of(a.facts, a.name);
    const Identifiers right = records_of(b.facts, b.name);
    for (const ReadableIdentifier& one : left) {
        for (const ReadableIdentifier& other : right) {
            const bool is_same = one.identifier.hash == other.identifier.hash &&
                                 (one.identifier.kind == IdentifierKind::RecordLink ||
                                  other.identifier.kind == IdentifierKind::RecordLink);
            if (is_same) {
                agreement.add(IdentifierKind::RecordLink);
                evidence.push_back({about_record(a, one, b), true, ""});
            }
        }
    }
}

}  // namespace

std::vector<Evidence> explain(const ExplainedRecord& a, const ExplainedRecord& b,
                              const MatchOptions& /*options*/) {
    const Identifiers left = identifiers_of(a.facts);
    const Identifiers right = identifiers_of(b.facts);
    const Name left_name = name_of(a.facts);
    const Name right_name = name_of(b.facts);
    const NameRelation names = relate(left_name, right_name);
    const bool are_apart = kinds_conflict(left_name.kind, right_name.kind);
    std::vector<Evidence> evidence;
    Agreement agreement;
    explain_records(a, b, evidence, agreement);
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
    if (!belongs_to(a.facts).empty() || !belongs_to(b.facts).empty()) {
        return evidence;  // an activity has no name
    }
    evidence.push_back(about_names(names, shown_name(a.facts), shown_name(b.facts)));
    evidence.back().joins = evidence.back().joins && strength.value > 0;
    if (are_apart) {
        evidence.push_back(
            {"one is a person, the other is not", false,
             fmt::format("{} and {}", word_of(left_name.kind), word_of(right_name.kind))});
    }
    return evidence;
}

}  // namespace coterie::match
