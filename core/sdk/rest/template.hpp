/// Text and JSON with {…} in them, as a description of an API has it (docs/guides/rest.md).
#pragma once

#include "sdk/rest/values.hpp"

#include <nlohmann/json.hpp>

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace coterie::rest {

/// Where names of templates get their values.
class Scope {
  public:
    virtual ~Scope() = default;
    /// \return Nothing where the name has no value.
    [[nodiscard]] virtual std::optional<nlohmann::json> find(std::string_view name) const = 0;
    /// What {/pointer} stands for: a value of the record at hand; nothing where there is none.
    [[nodiscard]] virtual std::optional<nlohmann::json> find(const Pointer&) const {
        return std::nullopt;
    }
};

/// One {name|filter:argument|…}.
class Expression {
  public:
    /// \throws std::invalid_argument  where a filter is unknown or wants another argument.
    explicit Expression(std::string_view text);
    /// \return Nothing where the name has no value.
    /// \throws std::runtime_error  where a filter cannot use the value: no time, no number.
    [[nodiscard]] std::optional<nlohmann::json> evaluate(const Scope& scope) const;
    [[nodiscard]] const std::string& name() const { return name_; }
    /// The names that it asks for.
    void names(std::set<std::string>& into) const;
    [[nodiscard]] const std::string& text() const { return text_; }

  private:
    struct Filter {
        std::string name, argument;
    };
    std::string text_, name_;
    std::optional<Pointer> pointer_;
    std::vector<Filter> filters_;
};

/// A text. Threads: any number, once made.
class Template {
  public:
    Template() = default;
    /// \throws std::invalid_argument  where a brace is not closed or a filter is none.
    explicit Template(std::string_view text);

    /// What is to become of the values that are put into other text.
    using Encode = std::string (*)(std::string_view);
    /// The value; of a text that is one {…} alone with its type. Nothing where a name has no value.
    [[nodiscard]] std::optional<nlohmann::json> evaluate(const Scope& scope,
                                                         Encode encode = nullptr) const;
    /// As text. \throws std::runtime_error  names what has no value.
    [[nodiscard]] std::string text(const Scope& scope, Encode encode = nullptr) const;
    [[nodiscard]] const std::string& source() const { return source_; }
    [[nodiscard]] bool is_constant() const;
    /// The names that it asks for.
    void names(std::set<std::string>& into) const;

  private:
    struct Part {
        std::string literal;
        std::optional<Expression> expression;
    };
    std::string source_;
    std::vector<Part> parts_;
};

/// A JSON value with templates as its texts; a member or element without a value is left out.
class JsonTemplate {
  public:
    JsonTemplate() = default;
    explicit JsonTemplate(const nlohmann::json& source);
    [[nodiscard]] std::optional<nlohmann::json> evaluate(const Scope& scope) const;
    void names(std::set<std::string>& into) const;

  private:
    enum class Kind { Constant, Text, List, Object };
    Kind kind_ = Kind::Constant;
    nlohmann::json constant_;
    Template text_;
    std::vector<JsonTemplate> elements_;
    std::vector<Template> keys_;  ///< "..." spreads an object
};

}  // namespace coterie::rest
