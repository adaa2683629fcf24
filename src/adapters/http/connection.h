#pragma once
// One client connection: read a request, run its handler, write the answer, again. Only listener.cc
// uses it. Waiting limits are a single point in time per connection, checked by the listener's
// sweep, so that a request costs no timer.

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "adapters/http/listener.h"
#include "adapters/http/request_parser.h"

namespace sluice::http {

using Socket =
    boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

class Connection;

// What the connections of one listener share; lives on the io_context's thread.
struct Shared {
    const Router& router;
    const Limits limits;
    Clock& clock;
    Log& log;
    HttpStats& stats;
    std::vector<RouteStats*> route_stats;  // by Route::index
    RouteStats* unmatched = nullptr;
    std::string id_prefix;  // of request ids: random per listener
    std::string date_line;  // renewed by the sweep
    std::uint64_t requests = 0;
    bool draining = false;
    std::vector<Connection*> connections;  // each knows its place
    std::unordered_map<std::string, std::size_t> per_address;
};

class Connection final : private Stream {
public:
    Connection(std::shared_ptr<Shared> shared, Socket socket, std::string peer);
    ~Connection() override;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    Task<void> run();
    // By the sweep: ends the current wait if its time has come.
    void check_time(Instant now);
    // Closes it if it waits for a request.
    void drain();
    void abort();

private:
    enum class Phase : std::uint8_t { kIdle, kHead, kBody, kHandling, kWriting, kLingering };
    enum class Next : std::uint8_t { kAnswer, kRefuse, kClose };

    void enter(Phase phase);
    std::string_view input() const { return {buffer_.data() + begin_, end_ - begin_}; }
    Task<Next> read_request();
    Task<Next> read_head();
    Task<Next> read_body();
    Task<bool> fill();
    bool read_now();
    Next after_failed_fill();
    Next refuse(Error error);

    Task<bool> answer();
    Task<bool> send_response(const Response& response, bool keep_alive);
    Task<Response> handle(const Route& route);
    Response refuse_unmatched(const Router::Match& match) const;
    bool take_path_values(const Router::Match& match);
    Task<void> run_stream(const Response& response);
    Task<bool> write(std::string piece) override;
    Task<bool> send(std::string_view bytes);
    Task<void> linger();

    std::shared_ptr<Shared> shared_;
    Socket socket_;
    std::size_t place_ = 0;  // in shared_->connections
    Request request_;
    RequestParser parser_;
    Error refusal_;  // iff Next::kRefuse

    std::vector<char> buffer_;  // input: bytes begin_..end_ are not used yet
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::string head_;  // of the current request; its views point here
    std::string out_;

    Phase phase_ = Phase::kIdle;
    Instant limit_ = Instant::max();  // of the current phase
    bool timed_out_ = false;
    bool gone_ = false;  // the client, or this side by abort(): nothing more is sent
};

}  // namespace sluice::http
