#pragma once
// Strong<Tag, Rep>: a number or string that cannot be mistaken for another one. Comparable and hashable, nothing else.

#include <compare>
#include <cstddef>
#include <functional>
#include <utility>

namespace sluice {

template <class Tag, class Rep>
class Strong {
public:
    using rep = Rep;

    constexpr Strong() = default;
    constexpr explicit Strong(Rep value) : value_(std::move(value)) {}

    constexpr const Rep& value() const { return value_; }
    friend constexpr auto operator<=>(const Strong&, const Strong&) = default;
    friend constexpr bool operator==(const Strong&, const Strong&) = default;

private:
    Rep value_{};
};

}  // namespace sluice

template <class Tag, class Rep>
struct std::hash<sluice::Strong<Tag, Rep>> {
    std::size_t operator()(const sluice::Strong<Tag, Rep>& strong) const noexcept {
        return std::hash<Rep>{}(strong.value());
    }
};
