#include "runtime/io_thread.h"

#include <pthread.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <utility>

namespace sluice {

IoThread::IoThread(
    const std::function<Ports(boost::asio::io_context&)>& ports, IoThreadSettings settings, IoThreadShared shared
)
    : work_(boost::asio::make_work_guard(context_)),
      ports_(ports(context_)),
      desk_(ports_, shared.lease, settings.secrets, settings.tiers, context_.get_executor(), settings.place),
      router_(http::make_public_router(
          {desk_.place, desk_.reads, desk_.pay, desk_.cancel, desk_.reviews, ports_.pages, ports_.orders, shared.lease, ports_.clock,
           ports_.log, shared.tokens, shared.signatures, shared.address_limit, shared.buyer_limit, settings.work_time}
      )),
      listener_(
          context_, std::move(settings.listen), router_, settings.limits, {ports_.clock, ports_.log, shared.stats}
      ) {}

IoThread::~IoThread() { SLUICE_CHECK(!thread_.joinable()); }

void IoThread::run(const std::string& name) {
    thread_ = std::thread([this] { context_.run(); });
    pthread_setname_np(thread_.native_handle(), name.c_str());
}

Task<void> IoThread::finish() {
    co_await listener_.drained();
    co_await desk_.tasks.join();
}

void IoThread::drain(Millis grace) {
    if (!thread_.joinable()) return;
    boost::asio::post(context_, [this] { listener_.drain(); });
    auto finished = boost::asio::co_spawn(context_, finish(), boost::asio::use_future);
    if (finished.wait_for(grace) != std::future_status::ready) {
        boost::asio::post(context_, [this] { listener_.abort(); });
        finished.wait_for(grace);
    }
}

void IoThread::halt() {
    if (!thread_.joinable()) return;
    work_.reset();
    context_.stop();
    thread_.join();
}

}  // namespace sluice
