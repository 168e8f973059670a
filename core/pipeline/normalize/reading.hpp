/// What reading one raw value can come to.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace coterie::normalize {

/// A value understood; nothing there ("", "-", "N/A", "ukendt": absent, no complaint); or text that
/// is no such value, with the reason: it is kept raw under custom and reported, never guessed.
template <class T>
class Reading {
  public:
    static Reading of(T value) { return Reading(std::move(value), {}); }
    static Reading absent() { return Reading(std::nullopt, {}); }
    /// \param reason  Such as "no phone number: 3 digits"; never the value itself.
    static Reading not_understood(std::string reason) {
        return Reading(std::nullopt, std::move(reason));
    }

    [[nodiscard]] bool has_value() const { return value_.has_value(); }
    [[nodiscard]] bool is_absent() const { return !value_ && reason_.empty(); }
    [[nodiscard]] bool is_not_understood() const { return !reason_.empty(); }
    [[nodiscard]] const T& value() const { return *value_; }
    [[nodiscard]] T& value() { return *value_; }
    [[nodiscard]] const std::string& reason() const { return reason_; }

  private:
    Reading(std::optional<T> value, std::string reason)
        : value_(std::move(value)), reason_(std::move(reason)) {}
    std::optional<T> value_;
    std::string reason_;
};

/// Whether the text says that there is nothing: empty, blanks, "-", "–", "?", "N/A", "none",
/// "ukendt", "ingen", "#N/A", "NaN%", "null", …; case-insensitive, in the languages of the field,
/// save that "Nan", "Null", "Nil" and "Na" written like names are none of it.
bool says_nothing(std::string_view text);

/// What the values of one source are read with.
struct ReadingContext {
    std::string country;   ///< ISO 3166-1 alpha-2 for phones without a prefix; "" unknown
    std::string timezone;  ///< IANA name for times without a zone; "" is UTC
    std::string currency;  ///< ISO 4217 for amounts without one; "" unknown
    enum class DateOrder { DayFirst, MonthFirst, Unknown };
    DateOrder date_order = DateOrder::DayFirst;
    enum class Decimal { Comma, Point, Unknown };
    Decimal decimal = Decimal::Unknown;  ///< the source's decimal mark, where known
};

}  // namespace coterie::normalize
