#pragma once
// Precompiled for every target that uses coroutines: parsing Asio is most of the time that a small file takes to
// compile. Only a speed-up: the clang build goes without, so every file still includes what it uses.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>
