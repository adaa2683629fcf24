#pragma once
// suspend<T>(start): parks the calling coroutine and hands start() a Resume<T>. Calling the Resume once, from any thread,
// posts the coroutine back to its own executor with the value. A Resume that is destroyed uncalled destroys the
// coroutine (that is how a killed process ends in the simulator), so whoever holds one must call it while running.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <utility>

#include "async/task.h"

namespace sluice {

template <class T>
class Resume {
public:
    template <class Handler>
    explicit Resume(Handler handler) : waiting_(std::make_unique<Holder<Handler>>(std::move(handler))) {}

    void operator()(T value) {
        SLUICE_CHECK(waiting_ != nullptr);
        std::exchange(waiting_, nullptr)->resume(std::move(value));
    }

private:
    struct Waiting {
        virtual ~Waiting() = default;
        virtual void resume(T value) = 0;
    };
    template <class Handler>
    struct Holder final : Waiting {
        explicit Holder(Handler h) : handler(std::move(h)) {}
        void resume(T value) override {
            auto executor = boost::asio::get_associated_executor(handler);
            boost::asio::post(executor, [h = std::move(handler), v = std::move(value)]() mutable {
                std::move(h)(std::move(v));
            });
        }
        Handler handler;
    };

    std::unique_ptr<Waiting> waiting_;  // nullptr once called
};

template <class T, class Start>
Task<T> suspend(Start start) {
    return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(T)>(
        [](auto handler, Start begin) { begin(Resume<T>(std::move(handler))); }, boost::asio::use_awaitable,
        std::move(start)
    );
}

}  // namespace sluice
