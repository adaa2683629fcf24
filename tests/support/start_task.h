#pragma once
// Starting a coroutine on a test's io_context and keeping its value: Result<T> has no default constructor, which co_spawn
// would need of a returned value. An exception of the coroutine passes through whoever runs the context.

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include "async/task.h"

namespace sluice {

template <class T>
Task<void> keep_value(Task<T> task, std::shared_ptr<std::optional<T>> value) {
    value->emplace(co_await std::move(task));
}

// The value appears when the task ends; somebody must run the context.
template <class T>
std::shared_ptr<std::optional<T>> start_task(boost::asio::io_context& context, Task<T> task) {
    auto value = std::make_shared<std::optional<T>>();
    auto rethrow = [](const std::exception_ptr& failure) {
        if (failure) std::rethrow_exception(failure);
    };
    boost::asio::co_spawn(context, keep_value(std::move(task), value), std::move(rethrow));
    return value;
}

}  // namespace sluice
