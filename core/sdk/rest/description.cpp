#include "sdk/rest/description.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <functional>
#include <stdexcept>

namespace coterie::rest {

namespace {

using Json = nlohmann::json;

/// One object of the description. Each key that is asked for is known; finish() tells the others.
class Part {
  public:
    Part(const Json& json, std::string place, std::vector<std::string>& faults)
        : json_(json), place_(std::move(place)), faults_(faults) {
        if (!json_.is_object()) {
            fault("", "expected an object");
        }
    }

    [[nodiscard]] const Json* get(const std::string& key) {
        known_.push_back(key);
        if (!json_.is_object()) {
            return nullptr;
        }
        const auto found = json_.find(key);
        return found == json_.end() || found->is_null() ? nullptr : &*found;
    }
    [[nodiscard]] std::string place(const std::string& key) const {
        return key.empty() ? place_ : place_.empty() ? key : place_ + "." + key;
    }
    void fault(const std::string& key, const std::string& what) {
        faults_.push_back(place(key) + ": " + what);
    }
    [[nodiscard]] std::vector<std::string>& faults() { return faults_; }

    /// Reads a value, and tells what is wrong with it.
    template <class Read>
    void read(const std::string& key, Read&& read_value) {
        if (const Json* value = get(key)) {
            try {
                read_value(*value);
            } catch (const std::exception& error) {
                fault(key, error.what());
            }
        }
    }
    void require(const std::string& key) {
        if (get(key) == nullptr) {
            fault(key, "is missing");
        }
    }

    void take(const std::string& key, std::string& into) {
        read(key, [&](const Json& value) {
            expect(value.is_string() || value.is_number(), "a text");
            into = text_of(value);
        });
    }
    void take(const std::string& key, bool& into) {
        read(key, [&](const Json& value) {
            expect(value.is_boolean(), "true or false");
            into = value.get<bool>();
        });
    }
    void take(const std::string& key, std::int64_t& into) {
        read(key, [&](const Json& value) {
            expect(value.is_number_integer(), "a whole number");
            into = value.get<std::int64_t>();
        });
    }
    void take(const std::string& key, double& into) {
        read(key, [&](const Json& value) {
            expect(value.is_number(), "a number");
            into = value.get<double>();
        });
    }
    void take(const std::string& key, std::optional<double>& into) {
        double value = 0;
        take(key, value);
        if (get(key) != nullptr) {
            into = value;
        }
    }
    void take(const std::string& key, Pointer& into) {
        read(key, [&](const Json& value) { into = Pointer(text_in(value)); });
    }
    void take(const std::string& key, std::optional<Pointer>& into) {
        read(key, [&](const Json& value) { into = Pointer(text_in(value)); });
    }
    void take(const std::string& key, Template& into) {
        read(key, [&](const Json& value) { into = Template(text_in(value)); });
    }
    void take(const std::string& key, std::optional<Template>& into) {
        read(key, [&](const Json& value) { into = Template(text_in(value)); });
    }
    void take(const std::string& key, JsonTemplate& into) {
        read(key, [&](const Json& value) { into = JsonTemplate(value); });
    }
    void take(const std::string& key, std::optional<JsonTemplate>& into) {
        read(key, [&](const Json& value) { into = JsonTemplate(value); });
    }
    void take(const std::string& key, Fields& into) {
        read(key, [&](const Json& value) {
            expect(value.is_object(), "an object");
            for (const auto& [name, text] : value.items()) {
                into.push_back({name, JsonTemplate(text), text.is_structured()});
            }
        });
    }
    void take(const std::string& key, std::vector<long>& into) {
        read(key, [&](const Json& value) {
            for (const Json& one : value.is_array() ? value : Json::array({value})) {
                expect(one.is_number_integer(), "a status or a list of them");
                into.push_back(one.get<long>());
            }
        });
    }
    void take(const std::string& key, std::vector<Json>& into) {
        read(key, [&](const Json& value) {
            for (const Json& one : value.is_array() ? value : Json::array({value})) {
                into.push_back(one);
            }
        });
    }
    void take(const std::string& key, std::vector<Pointer>& into) {
        read(key, [&](const Json& value) {
            for (const Json& one : value.is_array() ? value : Json::array({value})) {
                into.emplace_back(text_in(one));
            }
        });
    }

    /// Tells keys that nobody asked for.
    void finish() {
        if (!json_.is_object()) {
            return;
        }
        for (const auto& [key, value] : json_.items()) {
            if (std::find(known_.begin(), known_.end(), key) == known_.end()) {
                std::vector<std::string> allowed(known_);
                std::sort(allowed.begin(), allowed.end());
                allowed.erase(std::unique(allowed.begin(), allowed.end()), allowed.end());
                std::string list;
                for (const std::string& one : allowed) {
                    list.append(list.empty() ? "" : ", ").append(one);
                }
                fault(key, "unknown key; allowed: " + list);
            }
        }
    }

  private:
    static void expect(bool holds, const char* what) {
        if (!holds) {
            throw std::invalid_argument(std::string("expected ") + what);
        }
    }
    static const std::string& text_in(const Json& value) {
        expect(value.is_string(), "a text");
        return value.get_ref<const std::string&>();
    }

    const Json& json_;
    std::string place_;
    std::vector<std::string>& faults_;
    std::vector<std::string> known_;
};

/// A word out of several.
template <class Enum>
void take_word(Part& part, const std::string& key,
               const std::vector<std::pair<std::string, Enum>>& words, Enum& into) {
    part.read(key, [&](const Json& value) {
        std::string allowed;
        for (const auto& [word, meaning] : words) {
            if (value == word) {
                into = meaning;
                return;
            }
            allowed.append(allowed.empty() ? "" : ", ").append(word);
        }
        throw std::invalid_argument("allowed: " + allowed);
    });
}

/// A pointer, or a template.
Template template_of(const Json& value) {
    const std::string text = text_of(value);
    return Template(text.starts_with('/') ? "{" + text + "}" : text);
}

/// A thing, or a list of them.
template <class Visit>
void each_of(Part& part, const std::string& key, Visit&& visit) {
    if (const Json* value = part.get(key)) {
        if (!value->is_array()) {
            visit(*value, part.place(key));
            return;
        }
        for (std::size_t i = 0; i < value->size(); ++i) {
            visit((*value)[i], part.place(key) + "[" + std::to_string(i) + "]");
        }
    }
}

Condition read_condition(const Json& json, const std::string& place,
                         std::vector<std::string>& faults) {
    Condition condition;
    Part part(json, place, faults);
    part.take("at", condition.at);
    part.take("value", condition.value);
    const auto take_bound = [&part](const char* key, std::optional<double>& bound,
                                    std::optional<Template>& filled) {
        const Json* value = part.get(key);
        if (value != nullptr && value->is_string()) {
            part.take(key, filled);
        } else {
            part.take(key, bound);
        }
    };
    take_bound("over", condition.over, condition.over_value);
    take_bound("under", condition.under, condition.under_value);
    const auto take_parts = [&](const char* key, std::vector<Condition>& into) {
        each_of(part, key, [&](const Json& one, const std::string& where) {
            into.push_back(read_condition(one, where, faults));
        });
    };
    take_parts("any", condition.any);
    take_parts("all", condition.all);
    take_parts("not", condition.none);
    part.read("matches", [&](const Json& value) {
        auto expression = std::make_shared<re2::RE2>(text_of(value), re2::RE2::Quiet);
        if (!expression->ok()) {
            throw std::invalid_argument(expression->error());
        }
        condition.matches = std::move(expression);
    });
    part.take("header", condition.header);
    part.take("status", condition.statuses);
    part.read("is", [&](const Json& value) { condition.is = value; });
    part.read("is_not", [&](const Json& value) { condition.is_not = value; });
    const Json* in = part.get("in");
    if (in != nullptr && in->is_string()) {
        part.read("in", [&](const Json& value) { condition.in_value = template_of(value); });
    } else {
        part.take("in", condition.in);
    }
    part.read("exists", [&](const Json& value) { condition.exists = value.get<bool>(); });
    part.take("since", condition.since);
    part.finish();
    return condition;
}

void take_conditions(Part& part, const std::string& key, Conditions& into) {
    each_of(part, key, [&](const Json& json, const std::string& place) {
        into.push_back(read_condition(json, place, part.faults()));
    });
}

void take_condition(Part& part, const std::string& key, std::optional<Condition>& into) {
    if (const Json* json = part.get(key)) {
        into = read_condition(*json, part.place(key), part.faults());
    }
}

/// Conditions on an answer know that answer and nothing else.
void take_answer_conditions(Part& part, const std::string& key, Conditions& into) {
    take_conditions(part, key, into);
    if (std::any_of(into.begin(), into.end(),
                    [](const Condition& condition) { return condition.has_templates(); })) {
        part.fault(key, "looks at an answer alone, where a template is never filled in");
    }
}
void take_answer_condition(Part& part, const std::string& key, std::optional<Condition>& into) {
    take_condition(part, key, into);
    if (into && into->has_templates()) {
        part.fault(key, "looks at an answer alone, where a template is never filled in");
    }
}

void take_when(Part& part, When& into, const char* key = "when") {
    const Json* json = part.get(key);
    if (json != nullptr && json->is_structured()) {
        Conditions conditions;
        take_conditions(part, key, conditions);
        into = When(std::move(conditions));
    } else {
        part.read(key, [&](const Json& value) { into = When(text_of(value)); });
    }
}

RequestTemplate read_request(const Json& json, const std::string& place,
                             std::vector<std::string>& faults) {
    RequestTemplate request;
    Part part(json, place, faults);
    part.take("method", request.method);
    part.take("path", request.target);
    part.read("url", [&](const Json& value) {
        request.target = Template(value.get_ref<const std::string&>());
        request.is_url = true;
    });
    if (part.get("path") == nullptr && part.get("url") == nullptr) {
        part.fault("path", "is missing");
    }
    part.take("query", request.query);
    part.take("headers", request.headers);
    part.take("form", request.form);
    part.take("body", request.body);
    part.take("text", request.text);
    part.take("content_type", request.content_type);
    part.take("repeatable", request.is_repeatable);
    part.finish();
    return request;
}

template <class Into>
void take_request(Part& part, const std::string& key, Into& into) {
    if (const Json* json = part.get(key)) {
        into = read_request(*json, part.place(key), part.faults());
    }
}

void take_paging(Part& owner, Paging& paging) {
    const Json* json = owner.get("paging");
    if (json == nullptr) {
        return;
    }
    using Kind = Paging::Kind;
    Part part(*json, owner.place("paging"), owner.faults());
    take_word<Kind>(part, "kind",
                    {{"none", Kind::None},
                     {"cursor", Kind::Cursor},
                     {"url", Kind::Url},
                     {"page", Kind::Page},
                     {"offset", Kind::Offset},
                     {"keyset", Kind::Keyset}},
                    paging.kind);
    part.take("next", paging.next);
    part.take("next_header", paging.next_header);
    part.read("end", [&](const Json& value) { paging.end = text_of(value); });
    part.take("link", paging.by_link);
    part.take("first", paging.first);
    part.take("size", paging.size);
    part.take("last", paging.last);
    take_answer_condition(part, "more", paging.more);
    part.take("total", paging.total);
    part.take("pages", paging.pages);
    part.take("until_empty", paging.until_empty);
    part.read("full_page", [&](const Json& value) { paging.full_page = template_of(value); });
    part.take("again", paging.again);
    std::int64_t pages_max = static_cast<std::int64_t>(paging.pages_max);
    part.take("pages_max", pages_max);
    paging.pages_max = static_cast<std::uint64_t>(std::max<std::int64_t>(pages_max, 1));
    part.finish();

    const bool has_next = paging.next || !paging.next_header.empty() || paging.by_link;
    const bool has_end =
        paging.more || paging.total || paging.pages || paging.until_empty || paging.full_page;
    switch (paging.kind) {
    case Kind::None:
        break;
    case Kind::Cursor:
    case Kind::Url:
        if (!has_next) {
            part.fault("next", "is missing: where does an answer say what comes next?");
        }
        break;
    case Kind::Offset:
        if (paging.size <= 0) {
            part.fault("size", "is missing: by how much does the offset grow?");
        }
        [[fallthrough]];
    case Kind::Keyset:
        if (paging.kind == Kind::Keyset && !paging.last) {
            part.fault("last", "is missing: which value of a page's last record comes next?");
        }
        [[fallthrough]];
    case Kind::Page:
        if (!has_end) {
            part.fault("",
                       "has no end mark; give one of more, total, pages, until_empty, full_page");
        }
        break;
    }
}

Job read_job(const Json& json, const std::string& place, std::vector<std::string>& faults) {
    Job job;
    Part part(json, place, faults);
    part.require("create");
    take_request(part, "create", job.create);
    part.require("id");
    part.take("id", job.id);
    take_request(part, "poll", job.poll);
    part.take("state", job.state);
    part.take("done", job.done);
    part.take("failed", job.failed);
    part.take("message", job.message);
    part.take("files", job.files);
    take_request(part, "delete", job.remove);
    part.take("rows", job.rows);
    part.take("every", job.every_seconds);
    part.take("seconds_max", job.seconds_max);
    part.finish();
    return job;
}

Join read_join(const Json& json, const std::string& place, std::vector<std::string>& faults) {
    Join join;
    Part part(json, place, faults);
    part.require("name");
    part.take("name", join.name);
    std::int64_t size = static_cast<std::int64_t>(join.size);
    part.take("size", size);
    join.size = static_cast<std::size_t>(std::max<std::int64_t>(size, 1));
    take_request(part, "request", join.request);
    part.take("page", join.page);
    if (!join.request && !join.page) {
        part.fault("request", "is missing; or page, where the elements come with the page");
    }
    part.take("records", join.records);
    part.read("key", [&](const Json& value) { join.key = template_of(value); });
    part.take("values", join.values);
    part.read("of", [&](const Json& value) { join.of = template_of(value); });
    take_conditions(part, "only", join.only);
    take_conditions(part, "where", join.where);
    part.take("gone_statuses", join.gone_statuses);
    part.take("one_by_one", join.one_by_one);
    part.take("optional", join.is_optional);
    take_when(part, join.when);
    if (part.get("key") == nullptr && !join.one_by_one) {
        part.fault("key", "is missing: whose is an element?");
    }
    part.finish();
    return join;
}

void take_adds(Part& owner, std::vector<Add>& adds) {
    const Json* json = owner.get("add");
    if (json == nullptr) {
        return;
    }
    Part part(*json, owner.place("add"), owner.faults());
    if (!json->is_object()) {
        return;
    }
    for (const auto& [name, value] : json->items()) {
        Add add;
        add.name = name;
        if (value.is_object() && value.contains("lookup")) {
            Part one(value, part.place(name), owner.faults());
            one.take("lookup", add.lookup);
            one.require("by");
            one.take("by", add.value);
            one.finish();
        } else {
            part.take(name, add.value);
        }
        adds.push_back(std::move(add));
    }
}

Decode read_decode(const Json& json, const std::string& place, std::vector<std::string>& faults) {
    Decode decode;
    Part part(json, place, faults);
    part.take("at", decode.at);
    part.require("lookup");
    part.take("lookup", decode.lookup);
    part.take("name", decode.name);
    part.take("options", decode.options);
    part.finish();
    return decode;
}

/// The keys of a pass out of an object: the stream's first, then the pass's own over them.
void take_pass(Part& part, Pass& pass) {
    part.take("name", pass.name);
    take_request(part, "request", pass.request);
    take_word<Format>(part, "format",
                      {{"json", Format::Json}, {"csv", Format::Csv}, {"rows", Format::Rows}},
                      pass.format);
    part.take("records", pass.records);
    part.take("records_optional", pass.records_optional);
    part.take("entries", pass.entries);
    part.take("element", pass.element);
    part.take("for_each", pass.for_each);
    take_conditions(part, "for_each_where", pass.for_each_where);
    take_paging(part, pass.paging);
    take_word<bool>(part, "emit", {{"records", false}, {"deleted", true}}, pass.emits_deleted);
    take_conditions(part, "where", pass.where);
    take_conditions(part, "deleted_when", pass.deleted_when);
    part.read("id", [&](const Json& value) { pass.id = template_of(value); });
    part.read("key", [&](const Json& value) { pass.key = Template(text_of(value)); });
    part.take("record", pass.record);
    take_answer_condition(part, "full_when", pass.full_when);
    part.take("resume", pass.resume);
    part.take("changed_at", pass.changed_at);
    part.take("merged_ids", pass.merged_ids);
    each_of(part, "join", [&](const Json& json, const std::string& place) {
        pass.joins.push_back(read_join(json, place, part.faults()));
    });
    if (const Json* json = part.get("each")) {
        Each each;
        if (json->is_object()) {
            Part inner(*json, part.place("each"), part.faults());
            inner.require("in");
            inner.read("in", [&](const Json& value) { each.in = template_of(value); });
            take_conditions(inner, "where", each.where);
            inner.read("id", [&](const Json& value) { each.id = template_of(value); });
            inner.finish();
        } else {
            part.read("each", [&](const Json& value) { each.in = template_of(value); });
        }
        pass.each = std::move(each);
    }
    part.take("each_as", pass.each_as);
    take_adds(part, pass.adds);
    each_of(part, "decode", [&](const Json& json, const std::string& place) {
        pass.decodes.push_back(read_decode(json, place, part.faults()));
    });
    each_of(part, "gather", [&](const Json& json, const std::string& place) {
        Gather gather;
        Part inner(json, place, part.faults());
        inner.require("suffix");
        inner.take("suffix", gather.suffix);
        inner.require("into");
        inner.take("into", gather.into);
        inner.finish();
        pass.gathers.push_back(std::move(gather));
    });
    part.take("wrap", pass.wrap);
    part.take("drop", pass.drops);
    if (const Json* json = part.get("job")) {
        pass.job = read_job(*json, part.place("job"), part.faults());
    }
    take_when(part, pass.when);
    part.take("empty_statuses", pass.empty_statuses);
    take_answer_condition(part, "restart_when", pass.restart_when);
    part.take("rows_header", pass.rows_header);
}

/// \param of_stream  The stream's own keys, which hold for all of its passes.
std::vector<Pass> read_passes(Part& stream, const std::string& key, const Json& of_stream) {
    std::vector<Pass> passes;
    each_of(stream, key, [&](const Json& json, const std::string& place) {
        if (!json.is_object()) {
            stream.fault(key, "expected a pass, an object, or a list of them");
            return;
        }
        Json merged = of_stream;
        for (const auto& [name, value] : json.items()) {
            merged[name] = value;
        }
        Part part(merged, place, stream.faults());
        Pass pass;
        take_pass(part, pass);
        part.finish();
        if (pass.name.empty()) {
            pass.name = key + std::to_string(passes.size() + 1);
        }
        const bool has_files = pass.job && pass.job->files;
        if (part.get("request") == nullptr && !has_files) {
            part.fault("request", "is missing");
        }
        if (!pass.id && !pass.key) {
            part.fault("id", "is missing: what identifies a record for ever?");
        }
        passes.push_back(std::move(pass));
    });
    return passes;
}

Stream read_stream(const std::string& name, const Json& json, std::vector<std::string>& faults) {
    Stream stream;
    stream.name = name;
    Part part(json, "streams." + name, faults);
    std::string description;
    part.take("description", description);
    stream.is_incremental = json.is_object() && json.contains("changes");
    part.take("incremental", stream.is_incremental);
    take_word<bool>(part, "order", {{"none", false}, {"changed", true}}, stream.in_order);
    part.take("overlap", stream.overlap_seconds);
    part.take("full_every", stream.full_every_days);
    part.take("changes_days_max", stream.changes_days_max);
    if (const Json* unchanged = part.get("unchanged")) {
        Unchanged read;
        Part inner(*unchanged, part.place("unchanged"), faults);
        inner.require("request");
        take_request(inner, "request", read.request);
        inner.take("at", read.at);
        inner.finish();
        stream.unchanged = std::move(read);
    }
    take_when(part, stream.when);
    take_when(part, stream.whole, "whole");
    part.read("with", [&](const Json& value) {
        for (const auto& [key, text] : value.items()) {
            stream.with.emplace_back(key, JsonTemplate(text));
        }
    });
    if (!json.is_object()) {
        return stream;
    }
    static const std::vector<std::string> kOfTheStream = {
        "description", "incremental", "order", "overlap", "full_every", "changes_days_max",
        "when",        "with",        "full",  "changes", "unchanged",  "whole"};
    Json of_stream = Json::object();
    for (const auto& [key, value] : json.items()) {
        if (std::find(kOfTheStream.begin(), kOfTheStream.end(), key) == kOfTheStream.end()) {
            of_stream[key] = value;
            static_cast<void>(part.get(key));  // a pass's key: told with the passes
        }
    }
    if (part.get("full") != nullptr) {
        stream.full = read_passes(part, "full", of_stream);
    } else {
        const Json alone = {{"full", Json::object()}};
        Part only(alone, "streams." + name, faults);
        stream.full = read_passes(only, "full", of_stream);
    }
    stream.changes =
        part.get("changes") != nullptr ? read_passes(part, "changes", of_stream) : stream.full;
    const auto has_each = [](const Pass& pass) { return pass.each.has_value(); };
    const bool is_of_several = std::any_of(stream.full.begin(), stream.full.end(), has_each);
    for (Pass& pass : stream.changes) {
        pass.is_of_several = is_of_several;
    }
    part.finish();
    return stream;
}

Lookup read_lookup(const Json& json, const std::string& place, std::vector<std::string>& faults) {
    Lookup lookup;
    Part part(json, place, faults);
    part.require("request");
    take_request(part, "request", lookup.request);
    take_paging(part, lookup.paging);
    part.take("records", lookup.records);
    part.take("entries", lookup.entries);
    part.require("key");
    part.read("key", [&](const Json& value) { lookup.key = template_of(value); });
    part.take("many", lookup.is_many);
    part.take("value", lookup.value);
    take_conditions(part, "where", lookup.where);
    part.take("optional", lookup.is_optional);
    take_when(part, lookup.when);
    part.finish();
    return lookup;
}

WriteStep read_step(const Json& json, const std::string& place, std::size_t batch,
                    std::vector<std::string>& faults) {
    WriteStep step;
    Part part(json, place, faults);
    part.require("request");
    take_request(part, "request", step.request);
    part.take("item", step.item);
    part.read("fields", [&](const Json& value) { step.fields = value; });
    std::int64_t size = static_cast<std::int64_t>(batch);
    part.take("batch", size);
    step.batch = static_cast<std::size_t>(std::max<std::int64_t>(size, 1));
    if (const Json* results = part.get("results")) {
        Results read;
        Part inner(*results, part.place("results"), faults);
        inner.take("at", read.at);
        inner.take("id", read.id);
        inner.take("order", read.in_order);
        take_condition(inner, "ok", read.ok);
        inner.take("text", read.text);
        inner.finish();
        if (!read.id && !read.in_order) {
            inner.fault("id", "is missing; give id, or order: true");
        }
        step.results = std::move(read);
    } else if (step.batch > 1) {
        part.fault("results", "is missing: how does the answer tell which item failed?");
    }
    part.finish();
    return step;
}

Write read_write(const Json& json, std::vector<std::string>& faults) {
    Write write;
    Part part(json, "write", faults);
    each_of(part, "stream",
            [&](const Json& name, const std::string&) { write.streams.push_back(text_of(name)); });
    part.read("fields", [&](const Json& value) { write.fields = value; });
    part.read("opt_out", [&](const Json& value) { write.opt_out = value; });
    std::int64_t batch = 1;
    part.take("batch", batch);
    const auto step = [&](const char* key, std::optional<WriteStep>& into) {
        if (const Json* value = part.get(key)) {
            into = read_step(*value, part.place(key), static_cast<std::size_t>(batch), faults);
        }
    };
    step("update", write.update);
    step("create", write.create);
    step("remove", write.remove);
    each_of(part, "find", [&](const Json& one, const std::string& place) {
        Find find;
        Part inner(one, place, faults);
        inner.require("request");
        take_request(inner, "request", find.request);
        inner.take("records", find.records);
        inner.read("id", [&](const Json& value) { find.id = template_of(value); });
        take_when(inner, find.when);
        inner.finish();
        write.finds.push_back(std::move(find));
    });
    each_of(part, "contact", [&](const Json& name, const std::string&) {
        write.contact_fields.push_back(text_of(name));
    });
    part.finish();
    return write;
}

Errors read_errors(const Json& json, std::vector<std::string>& faults) {
    Errors errors;
    Part part(json, "errors", faults);
    each_of(part, "text", [&](const Json& pointer, const std::string&) {
        errors.text.push_back(text_of(pointer));
    });
    take_answer_conditions(part, "try_again", errors.try_again);
    take_answer_conditions(part, "limit_ends", errors.limit_ends);
    take_answer_conditions(part, "failed", errors.failed);
    take_answer_conditions(part, "denied", errors.denied);
    part.take("missing_scopes", errors.missing_scopes);
    part.finish();
    return errors;
}

void read_rate(Part& owner, Description& description) {
    const Json* json = owner.get("rate");
    if (json == nullptr) {
        return;
    }
    Part part(*json, "rate", owner.faults());
    Json plain = Json::object();
    for (const char* key : {"requests", "seconds", "at_once"}) {
        part.read(key, [&](const Json& value) { plain[key] = value; });
    }
    description.rate = JsonTemplate(plain);
    if (const Json* headers = part.get("headers")) {
        Part names(*headers, "rate.headers", owner.faults());
        auto& into = description.rate_headers;
        names.take("limit", into.limit);
        names.take("remaining", into.remaining);
        names.take("interval_ms", into.interval_ms);
        names.take("reset", into.reset);
        names.take("daily_limit", into.daily_limit);
        names.take("daily_remaining", into.daily_remaining);
        names.take("usage", into.usage);
        names.finish();
        for (std::string* name : {&into.limit, &into.remaining, &into.interval_ms, &into.reset,
                                  &into.daily_limit, &into.daily_remaining, &into.usage}) {
            std::transform(name->begin(), name->end(), name->begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        }
    }
    part.finish();
}

void read_check(Part& owner, Description& description) {
    each_of(owner, "check", [&](const Json& json, const std::string& place) {
        Seen seen;
        Part part(json, place, owner.faults());
        part.require("sees");
        part.take("sees", seen.what);
        part.require("request");
        take_request(part, "request", seen.request);
        part.take("total", seen.total);
        part.take("scope", seen.scope);
        part.take("optional", seen.is_optional);
        take_when(part, seen.when);
        part.finish();
        description.check.push_back(std::move(seen));
    });
}

/// Names of lookups that something asks for and that are not there.
void check_lookups(const Description& description, std::vector<std::string>& faults) {
    const auto check = [&](const std::string& name, const std::string& place) {
        if (!name.empty() && !description.lookups.contains(name)) {
            faults.push_back(place + ": there is no lookup '" + name + "'");
        }
    };
    for (const Stream& stream : description.streams) {
        for (const auto* passes : {&stream.full, &stream.changes}) {
            for (const Pass& pass : *passes) {
                const std::string place = "streams." + stream.name;
                for (const Add& add : pass.adds) {
                    check(add.lookup, place + ".add." + add.name);
                }
                for (const Decode& decode : pass.decodes) {
                    check(decode.lookup, place + ".decode");
                }
            }
        }
    }
}

}  // namespace

template <class Holds>
bool Condition::parts_hold(const Holds& holds) const {
    return (any.empty() || std::any_of(any.begin(), any.end(), holds)) &&
           std::all_of(all.begin(), all.end(), holds) &&
           std::none_of(none.begin(), none.end(), holds);
}

bool Condition::holds(const std::optional<nlohmann::json>& found,
                      std::optional<Millis> since_time) const {
    const bool is_there = found && !found->is_null();
    // A CSV's cells are texts: what is compared is how a value is written.
    const auto same = [&](const Json& wanted) {
        return found && (*found == wanted || text_of(*found) == text_of(wanted));
    };
    if ((exists && *exists != is_there) || (is && !same(*is)) || (is_not && same(*is_not)) ||
        (!in.empty() && std::none_of(in.begin(), in.end(), same))) {
        return false;
    }
    if (matches && (!is_there || !re2::RE2::PartialMatch(text_of(*found), *matches))) {
        return false;
    }
    if (over || under) {
        const double number = is_there ? std::strtod(text_of(*found).c_str(), nullptr) : 0;
        if ((over && number <= *over) || (under && number >= *under)) {
            return false;
        }
    }
    if (since && since_time && is_there) {
        const auto time = parse_time(*found);
        return !time || *time >= *since_time;
    }
    return true;
}

bool Condition::is_of(long status) const {
    return statuses.empty() ||
           std::find(statuses.begin(), statuses.end(), status) != statuses.end();
}

bool Condition::holds(const http::Response& response, const nlohmann::json& body) const {
    if (!is_of(response.status) ||
        !parts_hold([&](const Condition& one) { return one.holds(response, body); })) {
        return false;
    }
    std::optional<Json> found;
    if (!header.empty()) {
        if (const auto text = response.header(header); !text.empty()) {
            found = std::string(text);
        }
    } else if (at) {
        found = at->find(body);
    } else {
        return true;
    }
    return holds(found);
}

bool Condition::holds(const Scope& scope, std::optional<Millis> since_time) const {
    if (!parts_hold([&](const Condition& one) { return one.holds(scope, since_time); })) {
        return false;
    }
    const auto found = value ? value->evaluate(scope) : at ? scope.find(*at) : std::nullopt;
    if (!in_value && !over_value && !under_value) {
        return holds(found, since_time);
    }
    Condition filled = *this;
    if (in_value) {
        const auto list = in_value->evaluate(scope).value_or(Json());
        filled.in = list.is_array() ? list.get<std::vector<Json>>() : std::vector<Json>{list};
        if (filled.in.empty()) {
            return false;
        }
    }
    const auto fill = [&scope](const std::optional<Template>& text, std::optional<double>& bound) {
        if (text) {
            bound = std::strtod(text->text(scope).c_str(), nullptr);
        }
    };
    fill(over_value, filled.over);
    fill(under_value, filled.under);
    return filled.holds(found, since_time);
}

bool Condition::has_templates() const {
    if (value || in_value || over_value || under_value) {
        return true;
    }
    const auto has = [](const Condition& part) { return part.has_templates(); };
    return std::any_of(any.begin(), any.end(), has) || std::any_of(all.begin(), all.end(), has) ||
           std::any_of(none.begin(), none.end(), has);
}

void Condition::names(std::set<std::string>& into) const {
    for (const auto* text : {&value, &in_value, &over_value, &under_value}) {
        if (*text) {
            (*text)->names(into);
        }
    }
    for (const auto* parts : {&any, &all, &none}) {
        for (const Condition& one : *parts) {
            one.names(into);
        }
    }
}

When::When(std::string_view text) {
    if (text.starts_with("not ")) {
        is_negated_ = true;
        text.remove_prefix(4);
    }
    if (const auto is = text.find(" is "); is != std::string_view::npos) {
        value_ = std::string(text.substr(is + 4));
        text = text.substr(0, is);
    }
    name_ = std::string(text);
    if (name_.empty()) {
        throw std::invalid_argument("names nothing");
    }
}

bool When::holds(const Scope& scope) const {
    if (!conditions_.empty()) {
        return std::all_of(conditions_.begin(), conditions_.end(),
                           [&](const Condition& condition) { return condition.holds(scope); });
    }
    if (name_.empty()) {
        return true;
    }
    const auto value = scope.find(name_);
    const bool is_so = value_ ? value && text_of(*value) == *value_
                              : value && !is_empty(*value) && *value != Json(false);
    return is_so != is_negated_;
}

void When::names(std::set<std::string>& into) const {
    if (!name_.empty()) {
        into.insert(name_);
    }
    for (const Condition& condition : conditions_) {
        condition.names(into);
    }
}

void RequestTemplate::names(std::set<std::string>& into) const {
    target.names(into);
    for (const Fields* all : {&query, &headers, &form}) {
        for (const Field& field : *all) {
            field.value.names(into);
        }
    }
    if (body) {
        body->names(into);
    }
    if (text) {
        text->names(into);
    }
}

const Stream* Description::stream(std::string_view name) const {
    const auto found = std::find_if(streams.begin(), streams.end(),
                                    [name](const Stream& one) { return one.name == name; });
    return found == streams.end() ? nullptr : &*found;
}

Description Description::compile(const nlohmann::json& document) {
    Description description;
    std::vector<std::string> faults;
    Part part(document, "", faults);
    part.take("base_url", description.base_url);
    each_of(part, "hosts", [&](const Json& host, const std::string&) {
        description.hosts.emplace_back(text_of(host));
    });
    each_of(part, "auth", [&](const Json& auth, const std::string& place) {
        AuthChoice choice;
        Part inner(auth, place, faults);
        take_when(inner, choice.when);
        choice.auth = auth;
        choice.auth.erase("when");
        description.auth.push_back(std::move(choice));
    });
    part.take("headers", description.headers);
    read_rate(part, description);
    if (const Json* errors = part.get("errors")) {
        description.errors = read_errors(*errors, faults);
    }
    if (const Json* lookups = part.get("lookups")) {
        for (const auto& [name, lookup] : lookups->items()) {
            description.lookups.emplace(name, read_lookup(lookup, "lookups." + name, faults));
        }
    }
    if (const Json* streams = part.get("streams"); streams != nullptr && streams->is_object()) {
        for (const auto& [name, stream] : streams->items()) {
            description.streams.push_back(read_stream(name, stream, faults));
        }
    }
    if (const Json* write = part.get("write")) {
        description.write = read_write(*write, faults);
    }
    read_check(part, description);
    part.finish();
    check_lookups(description, faults);
    if (!faults.empty()) {
        std::string all;
        for (const std::string& fault : faults) {
            all.append(all.empty() ? "" : "; ").append(fault);
        }
        throw std::invalid_argument(all);
    }
    return description;
}

namespace {

Json scalar_of(const YAML::Node& node) {
    const std::string& text = node.Scalar();
    if (node.Tag() == "!") {  // quoted
        return text;
    }
    if (text == "null" || text == "~" || text.empty()) {
        return nullptr;
    }
    if (text == "true" || text == "false") {
        return text == "true";
    }
    const auto parsed = Json::parse(text, nullptr, false);
    return parsed.is_number() ? parsed : Json(text);
}

Json json_of_node(const YAML::Node& node) {
    switch (node.Type()) {
    case YAML::NodeType::Scalar:
        return scalar_of(node);
    case YAML::NodeType::Sequence: {
        Json list = Json::array();
        for (const auto& element : node) {
            list.push_back(json_of_node(element));
        }
        return list;
    }
    case YAML::NodeType::Map: {
        Json object = Json::object();
        for (const auto& member : node) {
            const auto key = member.first.as<std::string>();
            if (key == "<<") {  // YAML's merge key
                const Json inherited = json_of_node(member.second);
                for (const Json& one :
                     inherited.is_array() ? inherited : Json::array({inherited})) {
                    for (const auto& [name, value] : one.items()) {
                        if (!object.contains(name)) {
                            object[name] = value;
                        }
                    }
                }
            } else {
                object[key] = json_of_node(member.second);
            }
        }
        return object;
    }
    default:
        return nullptr;
    }
}

}  // namespace

nlohmann::json json_of_yaml(std::string_view yaml) {
    try {
        return json_of_node(YAML::Load(std::string(yaml)));
    } catch (const YAML::Exception& error) {
        throw std::invalid_argument(std::string("the description is no YAML: ") + error.what());
    }
}

}  // namespace coterie::rest
