/// What the probabilistic part of the matcher compares: folded words and values of a record, kept
/// behind its keys.
#pragma once

#include "pipeline/match/keys.hpp"
#include "record/facts.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace coterie::match {

enum class FeatureKind : std::uint8_t {
    Given,   ///< all given names, folded to a-z and blanks
    Family,  ///< the family name, likewise, without particles
    Word,    ///< a name that cannot be parted
    Email,   ///< lower case; `name` is kRoleContact where it is a booker's or an agent's
    Phone,   ///< E.164; likewise
    Handle,  ///< "platform/handle", as handles are compared there; "/handle" where none is known
    UserId,  ///< "platform/id"
    City,    ///< folded, as are all below
    Region,
    Country,
    Agency,
    Source,  ///< the source's name
    Custom,  ///< a source field that no mapping names, or the mapping's own; `name` is the field
};
constexpr std::size_t kFeatureKinds = static_cast<std::size_t>(FeatureKind::Custom) + 1;

/// One value.
struct Feature {
    FeatureKind kind{};
    std::string_view name;
    std::string_view value;
};
struct OwnedFeature {
    FeatureKind kind{};
    std::string name;
    std::string value;
};

/// The name of a feature that is an address or number of a booker or agent: shared by its nature.
constexpr std::string_view kRoleContact = "role";

/// Values longer than this many bytes tell what somebody wrote, not who somebody is.
constexpr std::size_t kFeatureBytesMax = 64;
/// The most features of a record; the rest is left out.
constexpr std::size_t kFeaturesMax = 64;

/// \param source  the record's source; may be empty.
/// \return each feature once, sorted.
std::vector<OwnedFeature> features_of(std::span<const record::FactView> facts,
                                      std::string_view source);

/// A kind, a name and a value a feature, each with its length.
std::string encode_features(std::span<const OwnedFeature> features);
/// \pre `features` is what encode_features made; damaged bytes end it early.
template <class Visit>
void for_each_feature(std::string_view features, Visit&& visit) {
    while (features.size() >= 3) {
        const auto kind = static_cast<std::uint8_t>(features[0]);
        const auto name = static_cast<unsigned char>(features[1]);
        const auto value = static_cast<unsigned char>(features[2]);
        features.remove_prefix(3);
        if (kind >= kFeatureKinds || features.size() < std::size_t{name} + value) {
            return;
        }
        visit(Feature{static_cast<FeatureKind>(kind), features.substr(0, name),
                      features.substr(name, value)});
        features.remove_prefix(std::size_t{name} + value);
    }
}

}  // namespace coterie::match
