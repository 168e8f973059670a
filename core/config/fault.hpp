/// Places in configuration files, and what is wrong there.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace coterie::config {

/// A place in a file; line and column count from 1, 0 means unknown.
struct Place {
    std::string file;
    int line = 0;
    int column = 0;

    /// "coterie.yaml:14:7"
    [[nodiscard]] std::string text() const;
    friend bool operator==(const Place&, const Place&) = default;
};

/// One thing that a person must mend.
struct Fault {
    Place place;
    /// "unknown key 'page_sze' in source 'crm'; did you mean 'page_size'? allowed: page_size, path"
    std::string message;

    /// "coterie.yaml:14:7: unknown key …"
    [[nodiscard]] std::string text() const;
};

/// Thrown once, with all the faults of a configuration, in the order of their places.
class ConfigError : public std::runtime_error {
  public:
    explicit ConfigError(std::vector<Fault> faults);
    [[nodiscard]] const std::vector<Fault>& faults() const { return faults_; }

  private:
    std::vector<Fault> faults_;
};

/// "; did you mean 'page_size'? allowed: page_size, path": the nearest of `allowed` where one is
/// near enough, and the whole list.
std::string suggestion(const std::string& found, const std::vector<std::string>& allowed);

}  // namespace coterie::config
