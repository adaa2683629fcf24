#include "adapters/http/listener.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "adapters/http/connection.h"
#include "adapters/http/problem.h"
#include "async/task_group.h"
#include "base/hmac.h"

namespace sluice::http {
namespace {

using boost::asio::ip::tcp;
using ErrorCode = boost::system::error_code;
using Acceptor = boost::asio::basic_socket_acceptor<tcp, boost::asio::io_context::executor_type>;
using ReusePort = boost::asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
constexpr auto kAwait = boost::asio::as_tuple(boost::asio::use_awaitable_t<>{});
constexpr Millis kAcceptPause{50};  // after an accept that failed for want of descriptors or memory

// "Date: Sun, 22 Nov 2026 08:00:00 GMT\r\n" (RFC 9110 §5.6.7)
std::string date_line(WallTime now) {
    constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto day = std::chrono::floor<std::chrono::days>(now);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss<Millis> time{now - day};
    std::array<char, 80> text{};
    std::snprintf(
        text.data(), text.size(), "Date: %s, %02u %s %04d %02d:%02d:%02d GMT\r\n",
        kDays[std::chrono::weekday{day}.c_encoding()], static_cast<unsigned>(date.day()),
        kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
        static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
        static_cast<int>(time.seconds().count())
    );
    return text.data();
}

Task<void> serve(std::shared_ptr<Shared> shared, Socket socket, std::string peer) {
    Log& log = shared->log;
    try {
        Connection connection{std::move(shared), std::move(socket), std::move(peer)};
        co_await connection.run();
    } catch (const std::exception& thrown
    ) {  // e.g. no memory: this connection ends, the others go on
        log.error("http", "a connection failed", {{"what", thrown.what()}});
    }
}

}  // namespace

struct HttpListener::State : std::enable_shared_from_this<HttpListener::State> {
    State(
        boost::asio::io_context& io, ListenOptions o, const Router& router, Limits limits,
        ListenerPorts ports
    )
        : options(std::move(o)),
          acceptor(io.get_executor()),
          sweep_timer(io),
          pause_timer(io),
          tasks(io.get_executor()),
          shared(std::make_shared<Shared>(Shared{
              router,
              limits,
              ports.clock,
              ports.log,
              ports.stats,
              {},
              nullptr,
              {},
              {},
              0,
              false,
              {},
              {}})) {}

    Result<Done> open();
    Task<void> accept_loop();
    void admit(Socket socket);
    void turn_away(Socket socket);
    void sweep();

    const ListenOptions options;
    Acceptor acceptor;
    boost::asio::steady_timer sweep_timer;
    boost::asio::steady_timer pause_timer;
    TaskGroup tasks;  // the accept loop and every connection
    std::shared_ptr<Shared> shared;
    bool stopped = false;  // the listener is gone
};

Result<Done> HttpListener::State::open() {
    ErrorCode ec;
    const auto address = boost::asio::ip::make_address(options.address, ec);
    const tcp::endpoint endpoint{address, options.port};
    if (!ec) acceptor.open(endpoint.protocol(), ec);
    if (!ec) acceptor.set_option(tcp::acceptor::reuse_address{true}, ec);
    if (!ec && options.reuse_port) acceptor.set_option(ReusePort{true}, ec);
    if (!ec) acceptor.bind(endpoint, ec);
    if (!ec) acceptor.listen(boost::asio::socket_base::max_listen_connections, ec);
    if (!ec) return Done{};
    return fail(
        Code::kUnavailable, "cannot listen on " + options.address + " port " +
                                std::to_string(options.port) + ": " + ec.message()
    );
}

Task<void> HttpListener::State::accept_loop() {
    const auto self = shared_from_this();
    while (acceptor.is_open()) {
        auto [ec, socket] = co_await acceptor.async_accept(kAwait);
        if (!ec) {
            admit(std::move(socket));
        } else if (acceptor.is_open() && ec != boost::asio::error::connection_aborted) {
            shared->log.warn("http", "accept failed", {{"what", ec.message()}});
            pause_timer.expires_after(kAcceptPause);
            co_await pause_timer.async_wait(kAwait);
        }
    }
}

void HttpListener::State::admit(Socket socket) {
    ErrorCode ec;
    const auto remote = socket.remote_endpoint(ec);
    if (ec) return;  // gone already
    std::string peer = remote.address().to_string();
    const auto count = shared->per_address.find(peer);
    const std::size_t same = count == shared->per_address.end() ? 0 : count->second;
    const std::size_t same_max = shared->limits.connections_per_address_max;
    if (shared->connections.size() >= shared->limits.connections_max ||
        (same_max > 0 && same >= same_max)) {
        return turn_away(std::move(socket));
    }
    tasks.spawn(serve(shared, std::move(socket), std::move(peer)));
}

void HttpListener::State::turn_away(Socket socket) {
    shared->stats.connection_refused();
    Request nobody;
    nobody.id = shared->id_prefix + std::to_string(++shared->requests);
    Framing framing;
    framing.date_line = shared->date_line;
    framing.keep_alive = false;
    std::string out;
    append_response(out, problem(nobody, fail(Code::kOverloaded, "too many connections")), framing);
    ErrorCode ec;
    socket.non_blocking(true, ec);
    if (!ec) socket.write_some(boost::asio::buffer(out), ec);
    if (!ec) socket.shutdown(boost::asio::socket_base::shutdown_send, ec);
}

void HttpListener::State::sweep() {
    shared->date_line = date_line(shared->clock.wall());
    const Instant now = shared->clock.now();
    for (Connection* connection : shared->connections) connection->check_time(now);
    if (shared->draining && tasks.running() == 0) return;
    sweep_timer.expires_after(shared->limits.sweep_interval);
    sweep_timer.async_wait([weak = weak_from_this()](ErrorCode ec) {
        const auto self = weak.lock();
        if (self && !self->stopped && !ec) self->sweep();
    });
}

HttpListener::HttpListener(
    boost::asio::io_context& io, ListenOptions options, const Router& router, Limits limits,
    ListenerPorts ports
)
    : state_(std::make_shared<State>(io, std::move(options), router, limits, ports)) {
    Shared& shared = *state_->shared;
    for (const Route& route : router.routes()) {
        shared.route_stats.push_back(&ports.stats.route(route.pattern, route.method));
    }
    shared.unmatched = &ports.stats.route("unmatched", Method::kOther);
    shared.id_prefix = hex(random_bytes(4)) + "-";
}

HttpListener::~HttpListener() {
    state_->stopped = true;
    ErrorCode ignored;
    state_->acceptor.close(ignored);
    state_->sweep_timer.cancel();
    state_->pause_timer.cancel();
    abort();
}

Result<Done> HttpListener::start() {
    auto opened = state_->open();
    if (!opened) return opened;
    state_->tasks.spawn(state_->accept_loop());
    state_->sweep();
    return opened;
}

std::uint16_t HttpListener::port() const {
    ErrorCode ec;
    const auto endpoint = state_->acceptor.local_endpoint(ec);
    return ec ? std::uint16_t{0} : endpoint.port();
}

void HttpListener::drain() {
    state_->shared->draining = true;
    ErrorCode ignored;
    state_->acceptor.close(ignored);
    state_->pause_timer.cancel();
    for (Connection* connection : state_->shared->connections) connection->drain();
}

Task<void> HttpListener::drained() {
    co_await state_->tasks.join();
    state_->sweep_timer.cancel();
}

void HttpListener::abort() {
    for (Connection* connection : state_->shared->connections) connection->abort();
}

std::size_t HttpListener::connections() const { return state_->shared->connections.size(); }

}  // namespace sluice::http
