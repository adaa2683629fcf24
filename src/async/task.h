#pragma once
// Task<T>: a lazily started coroutine on Boost.Asio. Beware of g++ 12 (see docs/style.md): inside an expression that
// contains co_await, never build an aggregate T{…} or a lambda with non-trivial captures; name it on the line above and
// std::move it in.

#include <boost/asio/awaitable.hpp>

#include "base/result.h"

namespace sluice {

template <class T>
using Task = boost::asio::awaitable<T>;

using Executor = boost::asio::any_io_executor;

}  // namespace sluice
