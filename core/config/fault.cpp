#include "config/fault.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace coterie::config {

namespace {

bool stands_before(const Fault& a, const Fault& b) {
    return std::tie(a.place.file, a.place.line, a.place.column) <
           std::tie(b.place.file, b.place.line, b.place.column);
}

/// In the order of their places, each once: an alias is checked wherever it is used, and would
/// repeat what is wrong at its anchor.
std::vector<Fault> in_order(std::vector<Fault> faults) {
    std::stable_sort(faults.begin(), faults.end(), stands_before);
    const auto same = [](const Fault& a, const Fault& b) {
        return a.place == b.place && a.message == b.message;
    };
    faults.erase(std::unique(faults.begin(), faults.end(), same), faults.end());
    return faults;
}

std::string all_texts(const std::vector<Fault>& faults) {
    std::string out;
    for (const Fault& fault : faults) {
        out += (out.empty() ? "" : "\n") + fault.text();
    }
    return out;
}

}  // namespace

std::string Place::text() const {
    return line == 0 ? file : fmt::format("{}:{}:{}", file, line, column);
}

std::string Fault::text() const {
    return fmt::format("{}: {}", place.text(), message);
}

ConfigError::ConfigError(std::vector<Fault> faults)
    : std::runtime_error(all_texts(in_order(faults))), faults_(in_order(std::move(faults))) {}

std::string suggestion(const std::string& found, const std::vector<std::string>& allowed) {
    std::string out;
    if (const auto near = nearest(found, allowed)) {
        out += fmt::format("; did you mean '{}'?", *near);
    } else {
        out += ";";
    }
    return out + fmt::format(" allowed: {}", fmt::join(allowed, ", "));
}

}  // namespace coterie::config
