/// One answer of an API, cut into records and the rest.
#pragma once

#include "sdk/rest/values.hpp"

#include "coterie/result.hpp"

#include <nlohmann/json.hpp>
#include <simdjson.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace coterie::rest {

/// The records as they stand, views into the body, and the answer without them.
struct Page {
    std::vector<std::string_view> records;
    /// The document with an empty list or object in the records' place.
    nlohmann::json envelope;
    /// Whether the records' place is there at all.
    bool has_records = false;
};

/// Cuts a JSON document without building a tree of its records.
/// \param records  Where the array is, or the one record; no `*` in it.
/// \param entries  The values of the object there are the records.
/// \return Transient error where the body is no JSON.
Result<Page> cut_page(std::string_view body, const Pointer& records, bool entries);

/// The value as it stands; empty where there is none. \pre No `*` in the pointer.
std::string_view cut_value(std::string_view json, const Pointer& pointer);

/// The JSON text without what the pointer leads to, however often it stands there; all else as it
/// stands. `*` in the pointer is each member or element. Only members of objects are taken out, and
/// what is in a list under a `*` at the end.
/// \pre The text is JSON.
std::string without(std::string_view json, const Pointer& pointer);

/// A record that values are looked up in. \pre The text lives as long. One thread.
class RecordView {
  public:
    /// Parses; reuses the parser's memory. \return false where it is no JSON object.
    bool assign(std::string_view json);
    [[nodiscard]] std::string_view text() const { return text_; }
    [[nodiscard]] std::optional<nlohmann::json> find(const Pointer& pointer) const;
    /// The whole record, parsed once.
    [[nodiscard]] const nlohmann::json& tree() const;

  private:
    std::string_view text_;
    simdjson::dom::parser parser_;
    simdjson::dom::element root_;
    mutable std::optional<nlohmann::json> tree_;
};

}  // namespace coterie::rest
