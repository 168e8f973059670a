/// A description of an API, read and compiled: docs/guides/rest.md says what each key means.
#pragma once

#include "sdk/rest/template.hpp"
#include "sdk/rest/values.hpp"

#include "coterie/http.hpp"

#include <nlohmann/json.hpp>
#include <re2/re2.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace coterie::rest {

/// `{at: /pointer, is: value}` and its kin.
struct Condition {
    std::optional<Pointer> at;
    std::optional<Template> value;  ///< instead of `at`
    std::string header;             ///< of an answer, lower case
    std::vector<long> statuses;     ///< of an answer; empty: any
    std::optional<nlohmann::json> is, is_not;
    std::vector<nlohmann::json> in;
    std::optional<bool> exists;
    std::shared_ptr<const re2::RE2> matches;
    std::optional<double> over, under;
    std::optional<Template> in_value, over_value, under_value;  ///< the same, to be filled in
    bool since = false;
    std::vector<Condition> any, all, none;  ///< any of these, all of these, none of these too

    /// Whether it holds for a value that stands at `at`, or in `header`.
    /// \param since_time  The time that `since: true` compares with; nothing: holds.
    [[nodiscard]] bool holds(const std::optional<nlohmann::json>& value,
                             std::optional<Millis> since_time = std::nullopt) const;
    [[nodiscard]] bool holds(const http::Response& response, const nlohmann::json& body) const;
    /// Whether it may hold of an answer with this status: worth parsing its body for.
    [[nodiscard]] bool is_of(long status) const;
    /// The same for what is found in a scope, by `at` or `value`.
    [[nodiscard]] bool holds(const Scope& scope,
                             std::optional<Millis> since_time = std::nullopt) const;
    /// Whether it can be told only where templates are filled in.
    [[nodiscard]] bool has_templates() const;
    /// The names that its templates ask for.
    void names(std::set<std::string>& into) const;

  private:
    template <class Holds>
    [[nodiscard]] bool parts_hold(const Holds& holds) const;
};
using Conditions = std::vector<Condition>;

/// `when: config.KEY`, `not config.KEY`, `config.KEY is VALUE`, or conditions that all hold.
class When {
  public:
    When() = default;
    explicit When(std::string_view text);
    explicit When(Conditions conditions) : conditions_(std::move(conditions)) {}
    [[nodiscard]] bool holds(const Scope& scope) const;
    void names(std::set<std::string>& into) const;

  private:
    std::string name_;
    bool is_negated_ = false;
    std::optional<std::string> value_;
    Conditions conditions_;
};

/// Members of a query, of headers, of a form.
struct Field {
    std::string name;
    JsonTemplate value;
    bool is_json = false;  ///< an object or a list in the description: written as JSON text
};
using Fields = std::vector<Field>;

struct RequestTemplate {
    std::string method = "GET";
    Template target;  ///< a path below the base URL, or a whole URL
    bool is_url = false;
    Fields query, headers, form;
    std::optional<JsonTemplate> body;
    std::optional<Template> text;
    std::string content_type;
    bool is_repeatable = false;

    void names(std::set<std::string>& into) const;
};

struct Paging {
    enum class Kind { None, Cursor, Url, Page, Offset, Keyset };
    Kind kind = Kind::None;
    std::optional<Pointer> next;
    std::string next_header;
    std::optional<std::string> end;
    bool by_link = false;
    std::int64_t first = 1;
    std::int64_t size = 0;
    std::optional<Pointer> last;
    std::optional<Condition> more;
    std::optional<Pointer> total, pages;
    bool until_empty = false;
    std::optional<Template> full_page;  ///< records of one; a page with fewer is the last
    std::uint64_t pages_max = 1'000'000;
    /// Each page is asked for once more when the next one has come.
    bool again = false;
};

struct Job {
    RequestTemplate create;
    Pointer id;
    std::optional<RequestTemplate> poll;
    Pointer state;
    std::vector<nlohmann::json> done, failed;
    std::optional<Pointer> message, files;
    std::optional<RequestTemplate> remove;
    std::optional<Pointer> rows;  ///< how many rows all its files have
    std::int64_t every_seconds = 5, seconds_max = 3600;
};

struct Join {
    std::string name;
    std::size_t size = 100;
    std::optional<RequestTemplate> request;
    std::optional<Pointer> page;  ///< instead: the elements come with the page
    Pointer records;
    Template key;
    std::optional<Pointer> values;
    std::optional<Template> of;
    Conditions only;  ///< of records: the others are asked nothing about
    Conditions where;
    std::vector<long> gone_statuses;
    bool one_by_one = false;
    bool is_optional = false;
    When when;
};

/// Which elements a record is yielded for.
struct Each {
    Template in;
    Conditions where;
    std::optional<Template> id;  ///< of the element; else the element is its own id
};

struct Add {
    std::string name;
    JsonTemplate value;
    std::string lookup;  ///< empty: `value` is it; else it is the key looked up
};

/// Members whose names end alike become members of one object: annotations beside values.
struct Gather {
    std::string suffix, into;
};

struct Decode {
    std::optional<Pointer> at;
    std::string lookup;
    std::string name = "name";
    std::string options;
};

enum class Format { Json, Csv, Rows };

struct Pass {
    std::string name;
    RequestTemplate request;
    Format format = Format::Json;
    Pointer records;
    bool records_optional = false;
    bool entries = false;
    std::optional<Pointer> element;
    Paging paging;
    std::string for_each;  ///< a lookup; empty: the pass is walked once
    Conditions for_each_where;
    bool emits_deleted = false;
    Conditions where;
    Conditions deleted_when;  ///< any of them
    std::optional<Template> id;
    std::optional<Template> key;  ///< instead: which members are the id; without a value: none
    std::optional<Pointer> changed_at;
    std::optional<Template> merged_ids;
    std::vector<Join> joins;
    std::optional<JsonTemplate> record;  ///< is kept in the record's place
    std::optional<Each> each;
    std::string each_as = "contact_id";
    /// In a stream whose full read has `each`: records' ids begin with the id, and ':'.
    bool is_of_several = false;
    std::vector<Add> adds;
    std::vector<Decode> decodes;
    std::vector<Gather> gathers;
    std::string wrap;
    std::vector<Pointer> drops;
    std::optional<Job> job;
    When when;
    std::vector<long> empty_statuses;
    std::optional<Condition> restart_when, full_when;
    std::optional<Pointer> resume;
    std::string rows_header;
};

struct Lookup {
    RequestTemplate request;
    Paging paging;
    Pointer records;
    bool entries = false;
    Template key;
    std::optional<JsonTemplate> value;
    Conditions where;
    bool is_optional = false;
    bool is_many = false;  ///< all values of a key, a list
    When when;
};

/// What tells whether anything changed since the last read.
struct Unchanged {
    RequestTemplate request;
    Pointer at;
};

struct Stream {
    std::string name;
    bool is_incremental = false;
    bool in_order = false;  ///< reads of changes ascend by changed_at
    std::int64_t overlap_seconds = 60;
    double full_every_days = 0, changes_days_max = 0;
    When when;
    When whole;  ///< where it does not hold, a full read leaves older records out
    std::optional<Unchanged> unchanged;
    std::vector<std::pair<std::string, JsonTemplate>> with;  ///< {with.NAME} in all passes
    std::vector<Pass> full, changes;
};

/// How an answer tells each item's fate.
struct Results {
    Pointer at;
    std::optional<Pointer> id;
    bool in_order = false;
    std::optional<Condition> ok;
    std::vector<Pointer> text;
};

struct WriteStep {
    RequestTemplate request;
    JsonTemplate item;
    nlohmann::json fields = nlohmann::json::object();  ///< beside those of all steps
    std::optional<Results> results;
    std::size_t batch = 1;
};

struct Find {
    RequestTemplate request;
    Pointer records;
    Template id;
    When when;
};

struct Write {
    std::vector<std::string> streams;
    nlohmann::json fields = nlohmann::json::object();
    nlohmann::json opt_out = nlohmann::json::object();
    std::optional<WriteStep> update, create, remove;
    std::vector<Find> finds;
    std::vector<std::string> contact_fields;  ///< written to nobody who wants no contact
};

struct Seen {
    std::string what;
    RequestTemplate request;
    std::optional<Pointer> total;
    std::string scope;
    bool is_optional = false;
    When when;
};

struct AuthChoice {
    When when;
    nlohmann::json auth;  ///< as described; templates not yet filled
};

struct Errors {
    std::vector<std::string> text;
    Conditions try_again, limit_ends, failed, denied;
    std::optional<Pointer> missing_scopes;
};

struct Description {
    Template base_url;
    std::vector<Template> hosts;
    std::vector<AuthChoice> auth;
    Fields headers;
    std::optional<JsonTemplate> rate;
    http::RateHeaders rate_headers;
    Errors errors;
    std::map<std::string, Lookup> lookups;
    std::vector<Stream> streams;
    std::optional<Write> write;
    std::vector<Seen> check;

    [[nodiscard]] const Stream* stream(std::string_view name) const;

    /// \throws std::invalid_argument  with all that is wrong, each with its place
    ///         (streams.contacts.paging.kind).
    static Description compile(const nlohmann::json& document);
};

/// YAML as JSON, by the core schema. \throws std::invalid_argument  where it is none.
nlohmann::json json_of_yaml(std::string_view yaml);

}  // namespace coterie::rest
