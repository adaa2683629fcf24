#pragma once
// One io thread: its own io_context, listener, batchers and use cases; nothing on the request path is shared with another
// thread but the lease (read-only) and the stores (thread-safe). All io threads share the public port.

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <string>
#include <thread>

#include "adapters/http/listener.h"
#include "adapters/http/public_api.h"
#include "app/buyer_desk.h"

namespace sluice {

struct IoThreadSettings {
    http::ListenOptions listen;
    http::Limits limits;
    PlaceLimits place;
    OrderSecrets secrets;
    RetryTiers tiers;
    Millis work_time{5'000};
};

struct IoThreadShared {  // outlives the thread
    const CatalogueLease& lease;
    http::HttpStats& stats;
    const http::TokenAuthority& tokens;
    const http::PaymentSignatures& signatures;
    http::RateLimiter* address_limit;
    http::RateLimiter* buyer_limit;
};

class IoThread {
public:
    // `ports` is asked once, for the context of this thread.
    IoThread(
        const std::function<Ports(boost::asio::io_context&)>& ports, IoThreadSettings settings, IoThreadShared shared
    );
    ~IoThread();  // halt() first
    IoThread(const IoThread&) = delete;
    IoThread& operator=(const IoThread&) = delete;

    // Binds; port() is known afterwards. Nothing is accepted before run(). Errors: kUnavailable.
    Result<Done> bind() { return listener_.start(); }
    std::uint16_t port() const { return listener_.port(); }
    void run(const std::string& name);
    // Answers what was asked, for at most `grace`; then closes everything. What others began on its executor goes on.
    void drain(Millis grace);
    // Ends whatever is left and joins the thread.
    void halt();

private:
    Task<void> finish();

    boost::asio::io_context context_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    const Ports ports_;
    BuyerDesk desk_;
    http::Router router_;
    http::HttpListener listener_;
    std::thread thread_;
};

}  // namespace sluice
