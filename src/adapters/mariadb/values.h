#pragma once
// How the domain's types go into SQL, for statements that are prepared (connection.h) and for texts
// (sql_text.h) alike: visit_value(value, sink) calls exactly one of
//
//     sink.integer(std::int64_t)   numbers, times (milliseconds since 1970), money, quantities
//     sink.bytes(std::string_view) ids: compared byte by byte
//     sink.text(std::string_view)  everything that is read by people, and enumerations by name
//     sink.null()

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/ids.h"
#include "base/time.h"
#include "base/units.h"

namespace sluice::maria {

template <class T>
inline constexpr bool kIsStrongInteger = false;
template <class Tag, class Rep>
inline constexpr bool kIsStrongInteger<Strong<Tag, Rep>> = std::is_integral_v<Rep>;
template <class T>
inline constexpr bool kIsStrongText = false;
template <class Tag>
inline constexpr bool kIsStrongText<Strong<Tag, std::string>> = true;

// Goes in as bytes. A view: the caller keeps them.
struct Bytes {
    std::string_view view;
};

template <class T, class Sink>
void visit_value(const T& value, Sink& sink) {
    if constexpr (std::is_integral_v<T>) {
        sink.integer(static_cast<std::int64_t>(value));
    } else if constexpr (kIsStrongInteger<T>) {
        sink.integer(static_cast<std::int64_t>(value.value()));
    } else if constexpr (kIsStrongText<T>) {
        sink.bytes(value.value());
    } else if constexpr (std::is_same_v<T, OrderId>) {
        const auto* first = reinterpret_cast<const char*>(value.bytes().data());
        sink.bytes({first, value.bytes().size()});
    } else if constexpr (std::is_same_v<T, Bytes>) {
        sink.bytes(value.view);
    } else if constexpr (std::is_same_v<T, WallTime>) {
        sink.integer(to_ms(value));
    } else if constexpr (std::is_same_v<T, Millis>) {
        sink.integer(value.count());
    } else if constexpr (std::is_same_v<T, Currency>) {
        sink.text(value.text());
    } else if constexpr (requires { value.has_value(); }) {
        if (value.has_value()) {
            visit_value(*value, sink);
        } else {
            sink.null();
        }
    } else {
        sink.text(std::string_view(value));
    }
}

}  // namespace sluice::maria
