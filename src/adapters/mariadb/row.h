#pragma once
// Row: the current row of an answer, read as domain types. What a column holds and the type asked
// for must agree; SqlError otherwise.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/mariadb/values.h"

namespace sluice::maria {

class Row {
public:
    template <class T>
    T get(int column) const;
    // For enumerations; `parse` returns an optional. Throws on a value that it does not know.
    template <class Parse>
    auto get_parsed(int column, Parse parse) const {
        auto parsed = parse(view(column));
        if (!parsed) throw_unknown(column);
        return *parsed;
    }
    virtual bool is_null(int column) const = 0;
    // Of texts and bytes, empty for NULL; valid until the next row.
    virtual std::string_view view(int column) const = 0;

protected:
    ~Row() = default;
    virtual std::int64_t number(int column) const = 0;
    [[noreturn]] virtual void throw_unknown(int column) const = 0;

private:
    OrderId order_id(int column) const;
};

template <class T>
T Row::get(int column) const {
    if constexpr (std::is_same_v<T, bool>) {
        return number(column) != 0;
    } else if constexpr (std::is_integral_v<T>) {
        return static_cast<T>(number(column));
    } else if constexpr (kIsStrongInteger<T>) {
        return T{static_cast<typename T::rep>(number(column))};
    } else if constexpr (kIsStrongText<T>) {
        return T{std::string(view(column))};
    } else if constexpr (std::is_same_v<T, OrderId>) {
        return order_id(column);
    } else if constexpr (std::is_same_v<T, WallTime>) {
        return wall_from_ms(number(column));
    } else if constexpr (std::is_same_v<T, Millis>) {
        return Millis{number(column)};
    } else if constexpr (std::is_same_v<T, Currency>) {
        return get_parsed(column, Currency::parse);
    } else if constexpr (std::is_same_v<T, std::string>) {
        return std::string(view(column));
    } else {  // std::optional
        if (is_null(column)) return std::nullopt;
        return get<typename T::value_type>(column);
    }
}

}  // namespace sluice::maria
