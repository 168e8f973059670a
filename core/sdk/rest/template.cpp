#include "sdk/rest/template.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <stdexcept>

namespace coterie::rest {

namespace {

using Json = nlohmann::json;

std::string trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) {
        return {};
    }
    return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

template <class Change>
std::string mapped(std::string text, Change change) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [change](unsigned char c) { return static_cast<char>(change(c)); });
    return text;
}

Millis time_in(const Json& value, std::string_view filter) {
    const auto time = parse_time(value);
    if (!time) {
        throw std::runtime_error("filter '" + std::string(filter) + "' wants a time, and got " +
                                 (value.is_string() ? "a text that is none" : "something else"));
    }
    return *time;
}

/// A number out of a text; whole where it is whole.
Json number_of(const Json& value) {
    if (value.is_number()) {
        return value;
    }
    const std::string text = trimmed(text_of(value));
    std::int64_t whole = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), whole);
    if (error == std::errc() && end == text.data() + text.size()) {
        return whole;
    }
    const auto parsed = Json::parse(text, nullptr, false);
    if (!parsed.is_number()) {
        throw std::runtime_error("filter 'number' got a text that is none");
    }
    return parsed;
}

Json moved(const Json& value, std::string_view argument, int sign) {
    const double seconds = std::stod(std::string(argument)) * sign;
    if (value.is_number()) {
        return value.get<double>() + seconds;
    }
    return format_time(time_in(value, sign < 0 ? "minus" : "plus") +
                       static_cast<Millis>(std::llround(seconds * 1000)));
}

Json quoted(const Json& value, std::string_view argument) {
    std::string text = "'";
    for (const char c : text_of(value)) {
        if (argument == "\\" && (c == '\'' || c == '\\')) {
            text += '\\';
        } else if (argument == "'" && c == '\'') {
            text += '\'';
        }
        text += c;
    }
    return text + "'";
}

Json list_of(const Json& value) {
    return value.is_array() ? value : Json::array({value});
}

Json joined(const Json& value, std::string_view separator) {
    std::string text;
    for (const Json& element : list_of(value)) {
        text.append(text.empty() ? std::string_view() : separator).append(text_of(element));
    }
    return text;
}

Json split(const Json& value, const std::string& separator) {
    if (value.is_array()) {
        return value;
    }
    Json list = Json::array();
    const std::string text = text_of(value);
    for (std::size_t at = 0; at <= text.size();) {
        const auto end = std::min(text.find(separator, at), text.size());
        if (auto part = trimmed(std::string_view(text).substr(at, end - at)); !part.empty()) {
            list.push_back(std::move(part));
        }
        at = end + std::max<std::size_t>(separator.size(), 1);
    }
    return list;
}

Json objects(const Json& value, const std::string& key) {
    Json list = Json::array();
    for (const Json& element : list_of(value)) {
        list.push_back({{key, element}});
    }
    return list;
}

/// Group 1 of the first match (without groups the whole), of a text or of a list's first element
/// that matches; null where nothing does.
Json matched(const Json& value, const std::string& expression) {
    const re2::RE2 compiled(expression, re2::RE2::Quiet);
    const bool has_group = compiled.NumberOfCapturingGroups() > 0;
    for (const Json& element : list_of(value)) {
        const std::string text = text_of(element);
        re2::StringPiece found[2];
        if (compiled.Match(text, 0, text.size(), re2::RE2::UNANCHORED, found, 2)) {
            const auto& part = found[has_group ? 1 : 0];
            return std::string(part.data(), part.size());
        }
    }
    return nullptr;
}

struct FilterInfo {
    std::string_view name;
    bool wants_argument;
    Json (*apply)(const Json&, const std::string&);
};

const std::array kFilters = {
    FilterInfo{"rfc3339", false,
               [](const Json& v, const std::string&) -> Json {
                   return format_time(time_in(v, "rfc3339") / 1000 * 1000);
               }},
    FilterInfo{"rfc3339_ms", false,
               [](const Json& v, const std::string&) -> Json {
                   return format_time(time_in(v, "rfc3339_ms"), true);
               }},
    FilterInfo{"epoch", false,
               [](const Json& v, const std::string&) -> Json { return time_in(v, "epoch") / 1000; }},
    FilterInfo{"epoch_ms", false,
               [](const Json& v, const std::string&) -> Json { return time_in(v, "epoch_ms"); }},
    FilterInfo{"date", true,
               [](const Json& v, const std::string& format) -> Json {
                   return format_time(time_in(v, "date"), format);
               }},
    FilterInfo{"minus", true,
               [](const Json& v, const std::string& by) { return moved(v, by, -1); }},
    FilterInfo{"plus", true, [](const Json& v, const std::string& by) { return moved(v, by, 1); }},
    FilterInfo{"join", true, [](const Json& v, const std::string& by) { return joined(v, by); }},
    FilterInfo{"split", true, [](const Json& v, const std::string& by) { return split(v, by); }},
    FilterInfo{"objects", true,
               [](const Json& v, const std::string& key) { return objects(v, key); }},
    FilterInfo{"default", true, [](const Json& v, const std::string&) { return v; }},
    FilterInfo{"or", true, [](const Json& v, const std::string&) { return v; }},
    FilterInfo{"lookup", true, [](const Json& v, const std::string&) { return v; }},
    FilterInfo{"length", false,
               [](const Json& v, const std::string&) -> Json {
                   return v.is_string() ? v.get_ref<const std::string&>().size() : v.size();
               }},
    FilterInfo{"text", false, [](const Json& v, const std::string&) -> Json { return text_of(v); }},
    FilterInfo{"number", false, [](const Json& v, const std::string&) { return number_of(v); }},
    FilterInfo{"lower", false,
               [](const Json& v, const std::string&) -> Json {
                   return mapped(text_of(v), [](int c) { return std::tolower(c); });
               }},
    FilterInfo{"upper", false,
               [](const Json& v, const std::string&) -> Json {
                   return mapped(text_of(v), [](int c) { return std::toupper(c); });
               }},
    FilterInfo{"json", false, [](const Json& v, const std::string&) -> Json { return v.dump(); }},
    FilterInfo{"trim", false,
               [](const Json& v, const std::string&) -> Json { return trimmed(text_of(v)); }},
    FilterInfo{"match", true,
               [](const Json& v, const std::string& by) { return matched(v, by); }},
    FilterInfo{"parse", true,
               [](const Json& v, const std::string& pointer) -> Json {
                   const Json parsed = Json::parse(text_of(v), nullptr, false);
                   if (parsed.is_discarded()) {
                       throw std::runtime_error("filter 'parse' got a text that is no JSON");
                   }
                   return Pointer(pointer).find(parsed).value_or(Json());
               }},
    FilterInfo{"quote", true,
               [](const Json& v, const std::string& with) { return quoted(v, with); }},
};

const FilterInfo* filter_named(std::string_view name) {
    const auto found = std::find_if(kFilters.begin(), kFilters.end(),
                                    [name](const FilterInfo& one) { return one.name == name; });
    return found == kFilters.end() ? nullptr : &*found;
}

}  // namespace

Expression::Expression(std::string_view text) : text_(text) {
    std::size_t end = text.find('|');
    name_ = trimmed(text.substr(0, end));
    if (name_.empty()) {
        throw std::invalid_argument("'{" + text_ + "}' has no name");
    }
    if (name_.starts_with('/')) {
        pointer_ = Pointer(name_);
    }
    while (end != std::string_view::npos) {
        const std::size_t start = end + 1;
        end = text.find('|', start);
        const std::string_view one = text.substr(start, end - start);
        const auto colon = one.find(':');
        Filter filter{trimmed(one.substr(0, colon)), colon == std::string_view::npos
                                                         ? std::string()
                                                         : std::string(one.substr(colon + 1))};
        const FilterInfo* info = filter_named(filter.name);
        if (info == nullptr) {
            std::string allowed;
            for (const FilterInfo& known : kFilters) {
                allowed.append(allowed.empty() ? "" : ", ").append(known.name);
            }
            throw std::invalid_argument("unknown filter '" + filter.name + "' in '{" + text_ +
                                        "}'; allowed: " + allowed);
        }
        if (info->wants_argument != (colon != std::string_view::npos)) {
            throw std::invalid_argument("filter '" + filter.name + "' in '{" + text_ +
                                        (info->wants_argument
                                             ? "}' wants an argument, as in " + filter.name + ":60"
                                             : "}' takes no argument"));
        }
        if (filter.name == "minus" || filter.name == "plus") {
            char* rest = nullptr;
            std::strtod(filter.argument.c_str(), &rest);
            if (filter.argument.empty() || *rest != '\0') {
                throw std::invalid_argument("filter '" + filter.name + "' in '{" + text_ +
                                            "}' wants a number");
            }
        }
        if (filter.name == "match") {
            const re2::RE2 compiled(filter.argument, re2::RE2::Quiet);
            if (!compiled.ok()) {
                throw std::invalid_argument("filter 'match' in '{" + text_ +
                                            "}': " + compiled.error());
            }
        }
        if (filter.name == "parse") {
            static_cast<void>(Pointer(filter.argument));  // throws where it is none
        }
        filters_.push_back(std::move(filter));
    }
}

std::optional<nlohmann::json> Expression::evaluate(const Scope& scope) const {
    auto value = pointer_ ? scope.find(*pointer_) : scope.find(name_);
    for (const Filter& filter : filters_) {
        if (filter.name == "default") {
            if (!value || is_empty(*value)) {
                value = filter.argument;
            }
        } else if (filter.name == "or") {
            if (!value || is_empty(*value)) {
                value = filter.argument.starts_with('/') ? scope.find(Pointer(filter.argument))
                                                         : scope.find(filter.argument);
            }
        } else if (filter.name == "lookup") {
            if (value) {
                value = scope.find("lookup." + filter.argument + "[" + text_of(*value) + "]");
            }
        } else if (value) {
            value = filter_named(filter.name)->apply(*value, filter.argument);
        }
    }
    return value && value->is_null() ? std::nullopt : value;
}

void Expression::names(std::set<std::string>& into) const {
    into.insert(name_);
    for (const Filter& filter : filters_) {
        if (filter.name == "lookup") {
            into.insert("lookup." + filter.argument);
        } else if (filter.name == "or") {
            into.insert(filter.argument);
        }
    }
}

Template::Template(std::string_view text) : source_(text) {
    std::string literal;
    const auto end_literal = [&] {
        if (!literal.empty()) {
            parts_.push_back({std::move(literal), std::nullopt});
            literal.clear();
        }
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if ((c == '{' || c == '}') && i + 1 < text.size() && text[i + 1] == c) {
            literal += c;
            ++i;
        } else if (c == '{') {
            const auto close = text.find('}', i);
            if (close == std::string_view::npos) {
                throw std::invalid_argument("'" + source_ +
                                            "': a '{' is not closed; write '{{' for a brace");
            }
            end_literal();
            parts_.push_back({{}, Expression(text.substr(i + 1, close - i - 1))});
            i = close;
        } else if (c == '}') {
            throw std::invalid_argument("'" + source_ +
                                        "': a '}' closes nothing; write '}}' for a brace");
        } else {
            literal += c;
        }
    }
    end_literal();
}

bool Template::is_constant() const {
    return std::none_of(parts_.begin(), parts_.end(),
                        [](const Part& part) { return part.expression.has_value(); });
}

std::optional<nlohmann::json> Template::evaluate(const Scope& scope, Encode encode) const {
    if (parts_.size() == 1 && parts_.front().expression && encode == nullptr) {
        return parts_.front().expression->evaluate(scope);
    }
    std::string text;
    for (const Part& part : parts_) {
        if (!part.expression) {
            text += part.literal;
            continue;
        }
        const auto value = part.expression->evaluate(scope);
        if (!value) {
            return std::nullopt;
        }
        text += encode == nullptr ? text_of(*value) : encode(text_of(*value));
    }
    return text;
}

std::string Template::text(const Scope& scope, Encode encode) const {
    const auto value = evaluate(scope, encode);
    if (value) {
        return text_of(*value);
    }
    for (const Part& part : parts_) {
        if (part.expression && !part.expression->evaluate(scope)) {
            throw std::runtime_error("'" + source_ + "': there is no value for '{" +
                                     part.expression->text() + "}'");
        }
    }
    return {};
}

void Template::names(std::set<std::string>& into) const {
    for (const Part& part : parts_) {
        if (part.expression) {
            part.expression->names(into);
        }
    }
}

JsonTemplate::JsonTemplate(const nlohmann::json& source) {
    if (source.is_string()) {
        text_ = Template(source.get_ref<const std::string&>());
        kind_ = Kind::Text;
    } else if (source.is_array()) {
        kind_ = Kind::List;
        for (const auto& element : source) {
            elements_.emplace_back(element);
        }
    } else if (source.is_object()) {
        kind_ = Kind::Object;
        for (const auto& [key, element] : source.items()) {
            keys_.emplace_back(key);
            elements_.emplace_back(element);
        }
    } else {
        constant_ = source;
    }
}

std::optional<nlohmann::json> JsonTemplate::evaluate(const Scope& scope) const {
    switch (kind_) {
    case Kind::Text:
        return text_.evaluate(scope);
    case Kind::List: {
        Json list = Json::array();
        for (const JsonTemplate& element : elements_) {
            if (auto value = element.evaluate(scope)) {
                list.push_back(std::move(*value));
            }
        }
        // A list all of whose parts have no value has none: a filter whose bound is missing.
        return list.empty() && !elements_.empty() ? std::nullopt : std::optional<Json>(list);
    }
    case Kind::Object: {
        Json object = Json::object();
        for (std::size_t i = 0; i < elements_.size(); ++i) {
            auto value = elements_[i].evaluate(scope);
            if (value && keys_[i].source() == "..." && value->is_object()) {
                object.update(*value);
            } else if (value) {
                object[keys_[i].text(scope)] = std::move(*value);
            }
        }
        return object;
    }
    case Kind::Constant:
        break;
    }
    return constant_;
}

void JsonTemplate::names(std::set<std::string>& into) const {
    text_.names(into);
    for (const JsonTemplate& element : elements_) {
        element.names(into);
    }
    for (const Template& key : keys_) {
        key.names(into);
    }
}

}  // namespace coterie::rest
