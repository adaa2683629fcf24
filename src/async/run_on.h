#pragma once
// run_on(executor, f): runs f() on another executor (a strand that owns some state) and resumes the caller on its own.

#include <type_traits>
#include <utility>

#include "async/suspend.h"

namespace sluice {

template <class F>
Task<std::invoke_result_t<F&>> run_on(Executor executor, F f) {
    using T = std::invoke_result_t<F&>;
    auto start = [executor = std::move(executor), f = std::move(f)](Resume<T> resume) mutable {
        boost::asio::post(executor, [f = std::move(f), resume = std::move(resume)]() mutable { resume(f()); });
    };
    return suspend<T>(std::move(start));
}

}  // namespace sluice
