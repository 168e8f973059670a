/// Errors as values: what a function of the SDK returns when it can fail.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

namespace coterie {

/// Whose fault it is, and so what happens next.
enum class ErrorKind {
    Transient,  ///< The world: a later try may succeed. The core retries, then fails this source.
    Config,     ///< A person must act: credentials, paths, settings.
    Data,       ///< One record is bad: it is quarantined, the rest goes on.
    Fatal,      ///< This source cannot go on.
    Cancelled,  ///< The core asked to stop; nobody's fault.
};

/// The kind's name as it is shown and logged: "transient", "config", ….
constexpr std::string_view name_of(ErrorKind kind) {
    switch (kind) {
    case ErrorKind::Transient:
        return "transient";
    case ErrorKind::Config:
        return "config";
    case ErrorKind::Data:
        return "data";
    case ErrorKind::Fatal:
        return "fatal";
    case ErrorKind::Cancelled:
        return "cancelled";
    }
    return "fatal";
}

/// What went wrong. The message starts small, ends without a full stop, names the thing, what was
/// expected and found, and the next step; it never holds a secret or a person's value.
struct Error {
    ErrorKind kind = ErrorKind::Fatal;
    std::string message;
    /// How long to wait before a retry, when the other side said so. Transient errors only.
    std::optional<std::chrono::milliseconds> retry_after = std::nullopt;
    const char* raised_file = __builtin_FILE();
    int raised_line = __builtin_LINE();

    /// The same error, with what was being done in front: "page 3: http status 503".
    [[nodiscard]] Error within(std::string_view doing) && {
        message.insert(0, std::string(doing) + ": ");
        return std::move(*this);
    }
};

/// A value or an Error; the words of std::expected (C++23), so that it can become that.
/// Thread-safety: as the value's.
template <class T>
class [[nodiscard]] Result {
    using Stored = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

  public:
    using value_type = T;

    Result() requires std::is_void_v<T>
    = default;
    template <class U>
    requires(!std::is_void_v<T> && std::is_constructible_v<Stored, U&&> &&
             !std::is_same_v<std::remove_cvref_t<U>, Result> &&
             !std::is_same_v<std::remove_cvref_t<U>, Error>) Result(U&& value)
        : stored_(std::in_place_index<0>, std::forward<U>(value)) {}
    Result(Error error) : stored_(std::in_place_index<1>, std::move(error)) {}

    [[nodiscard]] bool has_value() const { return stored_.index() == 0; }
    explicit operator bool() const { return has_value(); }

    /// \pre has_value()
    [[nodiscard]] Stored& value() & { return std::get<0>(stored_); }
    [[nodiscard]] const Stored& value() const& { return std::get<0>(stored_); }
    [[nodiscard]] Stored&& value() && { return std::get<0>(std::move(stored_)); }
    Stored& operator*() & { return value(); }
    const Stored& operator*() const& { return value(); }
    Stored&& operator*() && { return std::move(*this).value(); }
    Stored* operator->() { return &value(); }
    const Stored* operator->() const { return &value(); }

    /// \pre !has_value()
    [[nodiscard]] Error& error() & { return std::get<1>(stored_); }
    [[nodiscard]] const Error& error() const& { return std::get<1>(stored_); }
    [[nodiscard]] Error&& error() && { return std::get<1>(std::move(stored_)); }

    /// The same value, or what `change` makes of the error.
    template <class F>
    Result transform_error(F&& change) && {
        if (has_value()) {
            return std::move(*this);
        }
        return Result(std::forward<F>(change)(std::move(*this).error()));
    }

  private:
    std::variant<Stored, Error> stored_;
};

/// For transform_error: puts what was being done in front of the message.
inline auto within(std::string doing) {
    return [doing = std::move(doing)](Error error) { return std::move(error).within(doing); };
}

}  // namespace coterie

#define COTERIE_CONCAT_INNER(a, b) a##b
#define COTERIE_CONCAT(a, b) COTERIE_CONCAT_INNER(a, b)

/// COTERIE_TRY(auto value, expression): the value, or returns the error to the caller.
#define COTERIE_TRY(declaration, expression)                                                       \
    COTERIE_TRY_NAMED(declaration, expression, COTERIE_CONCAT(coterie_try_, __COUNTER__))

/// COTERIE_TRY_VOID(expression): goes on, or returns the error to the caller.
#define COTERIE_TRY_VOID(expression)                                                               \
    COTERIE_TRY_VOID_NAMED(expression, COTERIE_CONCAT(coterie_try_, __COUNTER__))

// The name is unique even where one use stands inside another's expression (a lambda).
#define COTERIE_TRY_NAMED(declaration, expression, name)                                           \
    auto name = (expression);                                                                      \
    if (!name) {                                                                                   \
        return std::move(name).error();                                                            \
    }                                                                                              \
    declaration = *std::move(name)
#define COTERIE_TRY_VOID_NAMED(expression, name)                                                   \
    if (auto name = (expression); !name) {                                                         \
        return std::move(name).error();                                                            \
    }
