#pragma once
// A TCP proxy of one test between the ledger and its server: passes everything on until it sees
// COMMIT, or the n-th question, and then, when armed, cuts the connection before or after the
// server has carried it out.

#include <array>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace sluice {

class CommitProxy {
public:
    enum class Cut { kNothing, kRequest, kReply };

    explicit CommitProxy(std::uint16_t server_port) : server_port_(server_port) {
        acceptor_.listen();
        acceptor_thread_ = std::thread([this] { accept(); });
    }
    ~CommitProxy() {
        stopping_ = true;
        boost::system::error_code ignored;
        Socket wake(context_);
        wake.connect(acceptor_.local_endpoint(), ignored);  // ends a blocking accept
        acceptor_thread_.join();
        for (auto& pair : pairs_) pair->close();
        for (auto& thread : threads_) thread.join();
    }
    CommitProxy(const CommitProxy&) = delete;
    CommitProxy& operator=(const CommitProxy&) = delete;

    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
    // The next COMMIT of any connection.
    void arm(Cut cut) { cut_ = cut; }
    // The n-th message from the client (the first is its name and password).
    void arm_at(int message, Cut cut) {
        cut_ = cut;
        at_message_ = message;
    }
    int cuts() const { return cuts_; }

private:
    using Tcp = boost::asio::ip::tcp;
    using Socket = Tcp::socket;
    struct Pair {
        explicit Pair(boost::asio::io_context& context) : client(context), server(context) {}
        void close() {
            boost::system::error_code ignored;
            client.shutdown(Socket::shutdown_both, ignored);
            server.shutdown(Socket::shutdown_both, ignored);
        }
        Socket client;
        Socket server;
        std::atomic<bool> swallow_reply{false};
    };

    void accept() {
        for (;;) {
            auto pair = std::make_shared<Pair>(context_);
            boost::system::error_code error;
            acceptor_.accept(pair->client, error);
            if (stopping_ || error) return;
            pair->server.connect({boost::asio::ip::address_v4::loopback(), server_port_}, error);
            if (error) continue;
            pairs_.push_back(pair);
            threads_.emplace_back([this, pair] { to_server(*pair); });
            threads_.emplace_back([this, pair] { to_client(*pair); });
        }
    }
    // A command is one packet: three bytes of length, a number, then 3 (COM_QUERY) and the text.
    void to_server(Pair& pair) {
        std::array<char, 65'536> buffer{};
        boost::system::error_code error;
        for (;;) {
            const auto size = pair.client.read_some(boost::asio::buffer(buffer), error);
            if (error) break;
            const std::string_view packet(buffer.data(), size);
            const bool commit = packet.size() == 11 && packet.substr(4) ==
                                                           "\x03"
                                                           "COMMIT";
            const bool here = at_message_ > 0 ? ++messages_ == at_message_ : commit;
            const auto cut = here ? cut_.exchange(Cut::kNothing) : Cut::kNothing;
            if (cut != Cut::kNothing) ++cuts_;
            if (cut == Cut::kRequest) break;
            if (cut == Cut::kReply) pair.swallow_reply = true;
            boost::asio::write(pair.server, boost::asio::buffer(buffer, size), error);
            if (error) break;
        }
        pair.close();
    }
    void to_client(Pair& pair) {
        std::array<char, 65'536> buffer{};
        boost::system::error_code error;
        for (;;) {
            const auto size = pair.server.read_some(boost::asio::buffer(buffer), error);
            if (error || pair.swallow_reply) break;
            boost::asio::write(pair.client, boost::asio::buffer(buffer, size), error);
            if (error) break;
        }
        pair.close();
    }

    const std::uint16_t server_port_;
    boost::asio::io_context context_;
    Tcp::acceptor acceptor_{context_, Tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)};
    std::atomic<bool> stopping_{false};
    std::atomic<Cut> cut_{Cut::kNothing};
    std::atomic<int> at_message_{0};  // 0: the next COMMIT
    std::atomic<int> messages_{0};
    std::atomic<int> cuts_{0};
    std::vector<std::shared_ptr<Pair>> pairs_;  // of the acceptor's thread until it has ended
    std::vector<std::thread> threads_;          // likewise
    std::thread acceptor_thread_;
};

}  // namespace sluice
