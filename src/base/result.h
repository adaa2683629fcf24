#pragma once
// Result<T>: a value or an Error, and the only channel for failure between layers. [[nodiscard]], so a lost failure is
// a compiler error. Reading the wrong side is a programming mistake and aborts.

#include <string>
#include <utility>
#include <variant>

#include "base/check.h"
#include "base/error.h"

namespace sluice {

struct Done {
    friend bool operator==(const Done&, const Done&) = default;
};

template <class T>
class [[nodiscard]] Result {
public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

    bool ok() const { return state_.index() == 0; }
    explicit operator bool() const { return ok(); }

    T& value() & {
        SLUICE_CHECK(ok());
        return *std::get_if<0>(&state_);
    }
    const T& value() const& {
        SLUICE_CHECK(ok());
        return *std::get_if<0>(&state_);
    }
    T&& value() && {
        SLUICE_CHECK(ok());
        return std::move(*std::get_if<0>(&state_));
    }
    const Error& error() const {
        SLUICE_CHECK(!ok());
        return *std::get_if<1>(&state_);
    }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }

private:
    std::variant<T, Error> state_;
};

inline Error fail(Code code, std::string detail = {}) { return Error{code, std::move(detail)}; }

}  // namespace sluice
