#include "sdk/rest/records.hpp"

#include "coterie/files.hpp"

#include <algorithm>
#include <set>
#include <span>
#include <stdexcept>

namespace coterie::rest {

namespace {

using Json = nlohmann::json;

/// The record with further members behind its own.
std::string with_members(std::string_view record, const Json& members) {
    std::string text(record);
    if (members.empty()) {
        return text;
    }
    text.pop_back();  // '}'
    const auto last = text.find_last_not_of(" \t\r\n");
    const bool is_empty = text[last] == '{';
    const std::string added = members.dump();
    return text.append(is_empty ? "" : ",").append(added, 1);
}

}  // namespace

bool RecordScope::assign(std::string_view json) {
    names_.clear();
    joined_.clear();
    added_ = Json::object();
    return view_.assign(json);
}

std::optional<nlohmann::json> RecordScope::find(std::string_view name) const {
    constexpr std::string_view kJoin = "join.";
    constexpr std::string_view kAdded = "added.";
    if (name.starts_with(kJoin)) {
        const auto slash = std::min(name.find('/'), name.size());
        const auto list = joined_.find(name.substr(kJoin.size(), slash - kJoin.size()));
        if (list == joined_.end()) {
            return std::nullopt;
        }
        return Pointer(name.substr(slash)).find(list->second);
    }
    if (name.starts_with(kAdded)) {
        const auto added = added_.find(name.substr(kAdded.size()));
        return added == added_.end() ? std::nullopt : std::optional<Json>(*added);
    }
    if (name == ".") {
        return view_.tree();
    }
    if (const auto found = names_.find(name); found != names_.end()) {
        return found->second;
    }
    return outer_.find(name);
}

// --- Joins ---------------------------------------------------------------------------------------

std::vector<std::string> RecordMaker::keys_of(const Join& join) const {
    if (!std::all_of(join.only.begin(), join.only.end(),
                     [&](const Condition& condition) { return condition.holds(scope_, since_); })) {
        return {};
    }
    const auto value = join.of    ? join.of->evaluate(scope_)
                       : pass_.id ? pass_.id->evaluate(scope_)
                                  : std::nullopt;
    std::vector<std::string> keys;
    if (value) {
        for (const Json& one : value->is_array() ? *value : Json::array({*value})) {
            if (!is_empty(one)) {
                keys.push_back(text_of(one));
            }
        }
    }
    return keys;
}

void RecordMaker::collect(const Join& join, const nlohmann::json& body, const std::string* key,
                          Joined& into) {
    const auto found = join.records.find(body);
    if (!found) {
        return;
    }
    for (const Json& element : found->is_array() ? *found : Json::array({*found})) {
        const ElementScope scope(names_, element);
        const bool is_wanted =
            std::all_of(join.where.begin(), join.where.end(),
                        [&](const Condition& condition) { return condition.holds(scope); });
        if (!is_wanted) {
            continue;
        }
        const auto whose = key != nullptr ? std::optional<Json>(*key) : join.key.evaluate(scope);
        if (!whose) {
            continue;
        }
        Json& list = into.lists.try_emplace(text_of(*whose), Json::array()).first->second;
        const auto values = join.values ? join.values->find(element) : element;
        if (!values) {
            continue;
        }
        if (join.values && values->is_array()) {
            list.insert(list.end(), values->begin(), values->end());
        } else {
            list.push_back(*values);
        }
    }
}

Result<void> RecordMaker::ask_join(const Join& join, const std::vector<std::string>& keys,
                                   Joined& into) {
    Names names(names_);
    if (join.one_by_one) {
        names.set("id", keys.front());
    } else {
        names.set("ids", keys);
    }
    std::vector<long> accepts = join.gone_statuses;
    if (join.is_optional) {
        accepts.insert(accepts.end(), {401, 403, 404});
    }
    COTERIE_TRY(const auto response, api_.send(api_.request(*join.request, names), accepts));
    const auto has = [&](const std::vector<long>& statuses) {
        return std::find(statuses.begin(), statuses.end(), response.status) != statuses.end();
    };
    if (has(join.gone_statuses)) {
        for (const std::string& key : keys) {
            into.gone[key] = true;
        }
        return {};
    }
    if (!response.ok()) {
        api_.log(LogLevel::Warning, "what belongs to records as '" + join.name +
                                        "' is refused: http status " +
                                        std::to_string(response.status));
        return {};
    }
    if (response.body.empty()) {
        return {};
    }
    const Json body = Json::parse(response.body, nullptr, false);
    if (body.is_discarded()) {
        return Error{ErrorKind::Transient, "join '" + join.name + "': the answer is no JSON"};
    }
    collect(join, body, join.one_by_one ? &keys.front() : nullptr, into);
    return {};
}

Result<RecordMaker::Lists> RecordMaker::join(const std::vector<std::string_view>& records,
                                             const nlohmann::json& envelope) {
    Lists lists;
    for (const Join& join : pass_.joins) {
        Joined& joined = lists[join.name];
        if (!join.when.holds(names_)) {
            continue;
        }
        if (join.page) {
            if (const auto elements = join.page->find(envelope)) {
                collect(join, *elements, nullptr, joined);
            }
            continue;
        }
        std::set<std::string> seen;
        std::vector<std::string> keys;
        const auto ask = [&]() -> Result<void> {
            auto asked = ask_join(join, keys, joined);
            keys.clear();
            return asked;
        };
        for (const std::string_view record : records) {
            if (!scope_.assign(record)) {
                continue;
            }
            for (std::string& key : keys_of(join)) {
                if (seen.insert(key).second) {
                    keys.push_back(std::move(key));
                    if (keys.size() == (join.one_by_one ? 1 : join.size)) {
                        COTERIE_TRY_VOID(ask());
                    }
                }
            }
        }
        if (!keys.empty()) {
            COTERIE_TRY_VOID(ask());
        }
    }
    return lists;
}

// --- One record ----------------------------------------------------------------------------------

void RecordMaker::add_members() {
    for (const Add& add : pass_.adds) {
        auto value = add.value.evaluate(scope_);
        if (value && !add.lookup.empty()) {
            const LookupTable* table = api_.lookup(add.lookup);
            const auto look_up = [&](const Json& key) -> Json {
                const Json* found = table == nullptr ? nullptr : table->find(text_of(key));
                return found == nullptr ? Json() : *found;
            };
            if (value->is_array()) {
                Json list = Json::array();
                for (const Json& key : *value) {
                    if (Json one = look_up(key); !one.is_null()) {
                        list.push_back(std::move(one));
                    }
                }
                value = std::move(list);
            } else {
                value = look_up(*value);
            }
        }
        if (value && !value->is_null()) {
            scope_.add(add.name, std::move(*value));
        }
    }
}

void RecordMaker::decode(nlohmann::json& record, const Decode& decode) const {
    const LookupTable* table = api_.lookup(decode.lookup);
    Json* at = decode.at ? decode.at->locate(record) : &record;
    if (table == nullptr || at == nullptr || !at->is_object()) {
        return;
    }
    const auto label_of = [](const Json& options, const Json& id) -> Json {
        for (const Json& option : options) {
            if (option.is_object() && option.contains("id") &&
                text_of(option.at("id")) == text_of(id)) {
                return option.value("label", id);
            }
        }
        return id;
    };
    Json decoded = Json::object();
    for (const auto& [key, value] : at->items()) {
        const Json* field = table->find(key);
        if (field == nullptr || !field->is_object()) {
            decoded[key] = value;
            continue;
        }
        std::string name = text_of(field->value(decode.name, Json(key)));
        if (decoded.contains(name) || at->contains(name)) {
            name += " (" + key + ")";
        }
        const Json options = decode.options.empty() ? Json() : field->value(decode.options, Json());
        if (!options.is_array()) {
            decoded[name] = value;
        } else if (value.is_array()) {
            Json labels = Json::array();
            for (const Json& one : value) {
                labels.push_back(label_of(options, one));
            }
            decoded[name] = std::move(labels);
        } else {
            decoded[name] = label_of(options, value);
        }
    }
    *at = std::move(decoded);
}

void RecordMaker::gather(nlohmann::json& record, const Gather& gather) {
    Json gathered = Json::object();
    for (auto member = record.begin(); member != record.end();) {
        const std::string& name = member.key();
        if (name.size() > gather.suffix.size() && name.ends_with(gather.suffix)) {
            gathered[name.substr(0, name.size() - gather.suffix.size())] = std::move(*member);
            member = record.erase(member);
        } else {
            ++member;
        }
    }
    if (!gathered.empty()) {
        record[gather.into] = std::move(gathered);
    }
}

std::string RecordMaker::text_of_record() const {
    const auto text_of = [](const Json& tree) {
        return tree.dump(-1, ' ', false, Json::error_handler_t::replace);
    };
    std::string text(scope_.view().text());
    if (!pass_.gathers.empty()) {
        Json tree = scope_.view().tree();
        for (const Gather& one : pass_.gathers) {
            gather(tree, one);
        }
        text = text_of(tree);
    }
    for (const Pointer& drop : pass_.drops) {
        text = without(text, drop);
    }
    if (!pass_.decodes.empty()) {
        Json tree = Json::parse(text, nullptr, false);
        for (const Decode& one : pass_.decodes) {
            decode(tree, one);
        }
        text = text_of(tree);
    }
    return pass_.wrap.empty() ? text : "{" + Json(pass_.wrap).dump() + ":" + text + "}";
}

void RecordMaker::hand_over(const std::string& id, const std::string& json, bool is_gone) {
    if (is_gone) {
        sink_.deleted(id);
    } else {
        sink_.record(json, id);
    }
}

std::vector<std::pair<std::string, nlohmann::json>> RecordMaker::elements() const {
    std::vector<std::pair<std::string, Json>> elements;
    const auto list = pass_.each->in.evaluate(scope_);
    if (!list) {
        return elements;
    }
    std::set<std::string> seen;
    for (const Json& element : list->is_array() ? *list : Json::array({*list})) {
        const ElementScope scope(scope_, element);
        const bool is_wanted =
            std::all_of(pass_.each->where.begin(), pass_.each->where.end(),
                        [&](const Condition& condition) { return condition.holds(scope); });
        const auto id = pass_.each->id ? pass_.each->id->evaluate(scope) : element;
        if (is_wanted && id && !is_empty(*id) && seen.insert(text_of(*id)).second) {
            elements.emplace_back(text_of(*id), element);
        }
    }
    return elements;
}

bool RecordMaker::any_gone(const Lists& lists) const {
    return std::any_of(pass_.joins.begin(), pass_.joins.end(), [&](const Join& join) {
        if (join.gone_statuses.empty()) {
            return false;
        }
        const auto keys = keys_of(join);
        const auto& gone = lists.at(join.name).gone;
        return std::any_of(keys.begin(), keys.end(),
                           [&](const std::string& key) { return gone.contains(key); });
    });
}

std::optional<std::string> RecordMaker::find_id(std::string& id) const {
    if (pass_.id) {
        const auto found = pass_.id->evaluate(scope_);
        if (!found || is_empty(*found)) {
            return "no id at '" + pass_.id->source() + "'";
        }
        id = text_of(*found);
        return std::nullopt;
    }
    const auto key = pass_.key->evaluate(scope_);
    if (!key || is_empty(*key)) {
        return std::nullopt;  // the core makes one from the content
    }
    if (!pass_.for_each.empty()) {
        id = text_of(scope_.find("item.key").value_or(Json()));
    }
    for (const Json& name : key->is_array() ? *key : Json::array({*key})) {
        const Json& record = scope_.view().tree();
        const auto value = record.find(text_of(name));
        if (value == record.end() || is_empty(*value)) {
            return "nothing in '" + text_of(name) + "', which is the key";
        }
        id.append(id.empty() ? "" : ":").append(text_of(*value));
    }
    return std::nullopt;
}

void RecordMaker::take_one(std::string_view json, const Lists& lists, std::string& id) {
    ++counts_.records;
    const auto element = pass_.element ? cut_value(json, *pass_.element) : json;
    const auto where = "stream pass '" + pass_.name + "'";
    if (!scope_.assign(element)) {
        sink_.quarantine(files::printable(json), where, "not a JSON object");
        return;
    }
    if (const auto missing = find_id(id)) {
        sink_.quarantine(files::printable(json), where, *missing);
        return;
    }
    if (pass_.paging.again) {
        if (left_out_.contains(id)) {
            return;
        }
        page_ids_.insert(id);
    }
    bool is_gone = pass_.emits_deleted || any_gone(lists);
    std::map<std::string, Json, std::less<>> joined;
    for (const Join& join : pass_.joins) {
        Json list = Json::array();
        for (const std::string& key : keys_of(join)) {
            const auto& all = lists.at(join.name).lists;
            if (const auto found = all.find(key); found != all.end()) {
                list.insert(list.end(), found->second.begin(), found->second.end());
            }
        }
        joined.emplace(join.name, std::move(list));
    }
    scope_.set("id", id);
    scope_.set_joined(joined);
    if (pass_.record && !is_gone) {
        const auto record = pass_.record->evaluate(scope_);
        if (!record || !record->is_object()) {
            sink_.quarantine(files::printable(json), where, "the API gives no such record");
            return;
        }
        replaced_ = record->dump();
        scope_.assign(replaced_);
        scope_.set("id", id);
        scope_.set_joined(std::move(joined));
    }
    if (pass_.changed_at) {
        const auto changed = scope_.view().find(*pass_.changed_at);
        if (const auto time = changed ? parse_time(*changed) : std::nullopt) {
            counts_.newest = std::max(counts_.newest.value_or(*time), *time);
        }
    }
    add_members();
    if (!std::all_of(pass_.where.begin(), pass_.where.end(),
                     [&](const Condition& condition) { return condition.holds(scope_, since_); })) {
        ++counts_.passed_over;
        return;
    }
    is_gone =
        is_gone || std::any_of(pass_.deleted_when.begin(), pass_.deleted_when.end(),
                               [&](const Condition& condition) { return condition.holds(scope_); });
    if (pass_.merged_ids) {
        if (const auto merged = pass_.merged_ids->evaluate(scope_)) {
            for (const Json& one : merged->is_array() ? *merged : Json::array({*merged})) {
                if (!is_empty(one) && text_of(one) != id) {
                    sink_.deleted(text_of(one));
                }
            }
        }
    }
    if (pass_.is_of_several && is_of_changes_) {
        sink_.replaces(id + ":");  // whom it was of before, and is not now
    }
    if (!pass_.each) {
        hand_over(id, is_gone ? std::string() : with_members(text_of_record(), scope_.added()),
                  is_gone);
        return;
    }
    const auto whose = elements();
    counts_.of_nobody += whose.empty() ? 1 : 0;
    const std::string text = is_gone ? std::string() : text_of_record();
    for (const auto& [element_id, value] : whose) {
        Json members = scope_.added();
        members[pass_.each_as] = value;
        hand_over(id + ":" + element_id, is_gone ? std::string() : with_members(text, members),
                  is_gone);
    }
}

Result<RecordMaker::Last> RecordMaker::take(const std::vector<std::string_view>& records,
                                            const nlohmann::json& envelope) {
    Lists lists;
    if (!pass_.joins.empty()) {
        COTERIE_TRY(lists, join(records, envelope));
    }
    Last last;
    page_ids_.clear();
    for (const std::string_view record : records) {
        std::string id;
        take_one(record, lists, id);
        last.ids_hash =
            files::text_hash(id.empty() ? record : id, last.ids_hash ^ 14695981039346656037ULL);
    }
    if (pass_.paging.last && !records.empty() && scope_.assign(records.back())) {
        last.value = scope_.view().find(*pass_.paging.last);
    }
    return last;
}

}  // namespace coterie::rest
