/// The mapping language: which source field becomes which record field.
#pragma once

#include "config/node.hpp"
#include "pipeline/normalize/reading.hpp"
#include "record/facts.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace coterie::normalize {

/// A value that could not be understood: kept raw under custom, counted, shown by preview.
struct Issue {
    record::FieldId field{};
    std::string from;    ///< the source field
    std::string reason;  ///< never the value itself
};

/// One source record, normalized.
struct NormalizedRecord {
    std::vector<record::Fact> facts;
    std::vector<Issue> issues;
    /// Not empty: the record cannot be used and goes to quarantine, with this reason.
    std::string refusal;
};

/// What a source's config adds to its mapping.
struct MappingOptions {
    ReadingContext context;
    /// Empty: affinities and other special-category values are refused and reported.
    std::string lawful_basis;
};

/// A compiled mapping. Immutable; any number of threads, each with a Scratch of its own.
class Mapping {
  public:
    /// \throws config::ConfigError with every fault of the node, each at its line and column.
    static Mapping compile(const config::Node& node);
    Mapping(Mapping&&) noexcept;
    Mapping& operator=(Mapping&&) noexcept;
    ~Mapping();

    /// Buffers that one thread reuses from record to record.
    class Scratch {
      public:
        Scratch();
        Scratch(Scratch&&) noexcept;
        ~Scratch();

      private:
        friend class Mapping;
        struct Impl;
        std::unique_ptr<Impl> impl_;
    };

    /// Applies it to one source record (a JSON object). Source fields that no rule reads go under
    /// custom. Pure: the same input gives the same facts, in the same order.
    [[nodiscard]] NormalizedRecord apply(std::string_view json, const MappingOptions& options,
                                         Scratch& scratch) const;

    /// Changes whenever applying it could give other facts (the mapping's text and the version of
    /// the normalizers).
    [[nodiscard]] const std::string& version() const;

    /// Whether it says how the source's records hang together (source.belongs_to,
    /// source.merged_ids).
    [[nodiscard]] bool links_records() const;

  private:
    struct Impl;
    explicit Mapping(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace coterie::normalize
