// The load client against a server of raw sockets that behaves, misbehaves and goes away.

#include "load/client.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <thread>

#include "load/crowd.h"
#include "load/firehose.h"
#include "load/http_text.h"
#include "load/journal_writer.h"
#include "load/latency.h"
#include "load/requests.h"

namespace sluice::load {
namespace {

TEST(HttpText, ReadsAnswersPieceByPiece) {
    const std::string whole =
        "HTTP/1.1 409 Conflict\r\ncontent-length: 19\r\nX: y\r\nConnection: "
        "close\r\n\r\n{\"code\":\"sold_out\"}";
    Answer answer;
    std::size_t length = 0;
    for (std::size_t n = 0; n < whole.size(); ++n) {
        ASSERT_EQ(read_answer(std::string_view(whole).substr(0, n), answer, length), Read::kMore)
            << n;
    }
    ASSERT_EQ(read_answer(whole + "HTTP/1.1 200", answer, length), Read::kDone);
    EXPECT_EQ(answer.status, 409);
    EXPECT_EQ(length, whole.size());
    EXPECT_TRUE(answer.close);
    EXPECT_EQ(text_member(answer.body, "code"), "sold_out");
    EXPECT_EQ(header_of(answer.head, "x"), "y");
    EXPECT_EQ(header_of(answer.head, "absent"), "");
}

TEST(HttpText, RefusesWhatItCannotFollow) {
    Answer answer;
    std::size_t length = 0;
    for (const char* text :
         {"SMTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 abc\r\n\r\n",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 1x\r\n\r\n", "\r\n\r\n"}) {
        EXPECT_EQ(read_answer(text, answer, length), Read::kBroken) << text;
    }
    EXPECT_EQ(read_answer("HTTP/1.1 204 No Content\r\n\r\n", answer, length), Read::kDone);
}

TEST(HttpText, TextMembersAreFoundByWholeName) {
    const std::string_view json =
        R"({"xorder":"1","order_id" : "2","n":3,"state":"code","code":"c"})";
    EXPECT_EQ(text_member(json, "order"), "");
    EXPECT_EQ(text_member(json, "order_id"), "2");
    EXPECT_EQ(text_member(json, "n"), "");
    EXPECT_EQ(text_member(json, "code"), "c");
}

TEST(HttpText, PurchaseHasTheLengthItSays) {
    for (const std::int64_t quantity : {1, 10, 123'456}) {
        std::string text;
        append_purchase(text, "h", Purchase{7, quantity, "token", "key"});
        const std::string_view body = std::string_view(text).substr(text.find("\r\n\r\n") + 4);
        EXPECT_EQ(header_of(text, "Content-Length"), std::to_string(body.size()));
        EXPECT_EQ(header_of(text, "Idempotency-Key"), "key");
    }
}

TEST(Latency, PercentilesAreNearAndTheGreatestIsExact) {
    LatencyHistogram latency;
    EXPECT_EQ(latency.percentile_ms(0.99), 0);
    for (int i = 1; i <= 1'000; ++i) latency.record(i * kMillisecond);
    EXPECT_NEAR(latency.percentile_ms(0.5), 500, 5);
    EXPECT_NEAR(latency.percentile_ms(0.99), 990, 10);
    EXPECT_EQ(latency.percentile_ms(1), 1'000);
    EXPECT_EQ(latency.max_ms(), 1'000);
}

TEST(Loop, TimersRunInOrderAndTiesInTheOrderMade) {
    Loop loop;
    std::string ran;
    loop.at(loop.now() + 2, [&] { ran += 'c'; });
    loop.at(loop.now() + 1, [&] { ran += 'a'; });
    loop.at(loop.now() + 1, [&] { ran += 'b'; });
    loop.run([&] { return ran.size() == 3; });
    EXPECT_EQ(ran, "abc");
}

// Accepts connections on a free port and lets `serve` answer on each, one thread a connection.
class TinyServer {
public:
    explicit TinyServer(std::function<std::string(int connection, const std::string& request)> serve
    )
        : serve_(std::move(serve)), listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        void* raw = &address;
        EXPECT_EQ(::bind(listener_, static_cast<sockaddr*>(raw), size), 0);
        EXPECT_EQ(::listen(listener_, 64), 0);
        EXPECT_EQ(::getsockname(listener_, static_cast<sockaddr*>(raw), &size), 0);
        port_ = ntohs(address.sin_port);
        acceptor_ = std::thread([this] { accept_all(); });
    }
    ~TinyServer() {
        ::shutdown(listener_, SHUT_RDWR);
        acceptor_.join();
        ::close(listener_);
        for (std::thread& thread : threads_) thread.join();
    }
    Target target() const { return Target{"127.0.0.1", port_}; }
    int requests() const { return requests_; }

private:
    void accept_all() {
        for (int number = 0;; ++number) {
            const int socket = ::accept(listener_, nullptr, nullptr);
            if (socket < 0) return;
            threads_.emplace_back([this, socket, number] { converse(socket, number); });
        }
    }
    // One request ends with its head plus Content-Length bytes; "" from serve_ closes the
    // connection.
    void converse(int socket, int number) {
        std::string received;
        std::array<char, 4'096> part;
        while (true) {
            const std::size_t head = received.find("\r\n\r\n");
            std::size_t length = std::string::npos;
            if (head != std::string::npos) {
                const std::string_view said =
                    header_of(std::string_view(received).substr(0, head + 2), "Content-Length");
                length = head + 4 + (said.empty() ? 0 : std::stoul(std::string(said)));
            }
            if (length != std::string::npos && received.size() >= length) {
                ++requests_;
                const std::string reply = serve_(number, received.substr(0, length));
                received.erase(0, length);
                if (reply.empty()) break;
                if (::send(socket, reply.data(), reply.size(), MSG_NOSIGNAL) < 0) break;
                continue;
            }
            const ssize_t n = ::recv(socket, part.data(), part.size(), 0);
            if (n <= 0) break;
            received.append(part.data(), static_cast<std::size_t>(n));
        }
        ::close(socket);
    }

    std::function<std::string(int, const std::string&)> serve_;
    int listener_;
    std::uint16_t port_ = 0;
    std::atomic<int> requests_{0};
    std::vector<std::thread> threads_;
    std::thread acceptor_;
};

std::string reply_of(int status, const std::string& body) {
    return "HTTP/1.1 " + std::to_string(status) +
           " X\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

struct Collector final : Receiver {
    void answered(std::uint64_t tag, const Answer& answer) override {
        seen.emplace_back(tag, answer.status);
    }
    std::vector<std::pair<std::uint64_t, int>> seen;
};

std::string plain_request() {
    std::string text;
    append_request(text, "GET", "/", "h", "", "");
    return text;
}

TEST(Client, ReusesConnectionsAndAnswersEveryRequest) {
    TinyServer server([](int, const std::string&) { return reply_of(200, "{}"); });
    Loop loop;
    Client client(loop, server.target(), 2, 5 * kSecond);
    Collector collector;
    for (std::uint64_t i = 0; i < 100; ++i)
        client.send(Request{plain_request(), &collector, i, false});
    loop.run([&] { return client.idle(); });
    EXPECT_EQ(collector.seen.size(), 100U);
    for (const auto& [tag, status] : collector.seen) EXPECT_EQ(status, 200);
    EXPECT_EQ(client.connects(), 2U);
}

TEST(Client, AConnectionThatBreaksIsAnsweredAsUnknownAndReplaced) {
    TinyServer server([](int connection, const std::string&) {
        return connection == 0 ? "" : reply_of(200, "{}");
    });
    Loop loop;
    Client client(loop, server.target(), 1, 5 * kSecond);
    Collector collector;
    client.send(Request{plain_request(), &collector, 1, false});
    client.send(Request{plain_request(), &collector, 2, false});
    loop.run([&] { return client.idle(); });
    ASSERT_EQ(collector.seen.size(), 2U);
    EXPECT_EQ(collector.seen[0], std::make_pair(std::uint64_t{1}, 0));
    EXPECT_EQ(collector.seen[1], std::make_pair(std::uint64_t{2}, 200));
}

TEST(Client, NoAnswerInTimeIsUnknown) {
    TinyServer server([](int connection, const std::string&) {
        return connection == 0 ? std::string("HTTP/1.1 200 OK\r\n") : reply_of(200, "{}");
    });
    Loop loop;
    Client client(loop, server.target(), 1, 60 * kMillisecond);
    Collector collector;
    client.send(Request{plain_request(), &collector, 1, false});
    loop.run([&] { return client.idle(); });
    ASSERT_EQ(collector.seen.size(), 1U);
    EXPECT_EQ(collector.seen[0].second, 0);
}

TEST(Client, ARefusedConnectionIsUnknownAndDoesNotSpin) {
    Target nobody;
    {
        const TinyServer server([](int, const std::string&) { return reply_of(200, "{}"); });
        nobody = server.target();
    }
    Loop loop;
    Client client(loop, nobody, 4, kSecond);
    Collector collector;
    for (std::uint64_t i = 0; i < 10; ++i)
        client.send(Request{plain_request(), &collector, i, false});
    loop.run([&] { return client.idle(); });
    EXPECT_EQ(collector.seen.size(), 10U);
}

TEST(Journal, KeepsWhatWasAppended) {
    const std::string path = ::testing::TempDir() + "sluice-journal-" + std::to_string(::getpid());
    std::filesystem::remove(path);
    {
        auto journal = JournalWriter::open(path, 2);
        ASSERT_TRUE(journal.ok());
        for (int i = 0; i < 3; ++i) {
            audit::JournalLine line;
            line.key = "k\"" + std::to_string(i);
            line.status = 202;
            journal->append(line);
        }
        EXPECT_TRUE(journal->sync());
    }
    std::string error;
    const auto lines = audit::read_journal(path, error);
    ASSERT_TRUE(lines.has_value()) << error;
    ASSERT_EQ(lines->size(), 3U);
    EXPECT_EQ((*lines)[2].key, "k\"2");
    std::filesystem::remove(path);
}

TEST(Journal, AFullDiskIsNotedForEver) {
    auto journal = JournalWriter::open("/dev/full", 1);
    ASSERT_TRUE(journal.ok());
    journal->append(audit::JournalLine{});
    EXPECT_FALSE(journal->ok());
    EXPECT_FALSE(journal->sync());
}

TEST(Firehose, CountsAnswersByKindAndStopsAtTheCount) {
    std::atomic<int> n{0};
    TinyServer server([&](int, const std::string&) {
        switch (n++ % 4) {
            case 0:
                return reply_of(202, R"({"order_id":"o"})");
            case 1:
                return reply_of(409, R"({"code":"sold_out"})");
            case 2:
                return reply_of(503, R"({"code":"outcome_unknown"})");
            default:
                return reply_of(503, R"({"code":"recovering"})");
        }
    });
    Loop loop;
    Client client(loop, server.target(), 4, 5 * kSecond);
    FirehosePlan plan;
    plan.sale = 1;
    plan.buyers = {{"b", "t"}};
    plan.connections = 4;
    plan.requests_max = 400;
    plan.duration = 60 * kSecond;
    Firehose firehose(loop, client, nullptr, plan);
    firehose.start();
    loop.run([&] { return firehose.finished(); });
    EXPECT_EQ(firehose.figures().requests, 400U);
    EXPECT_EQ(firehose.figures().accepted, 100U);
    EXPECT_EQ(firehose.figures().unknown, 100U);
    EXPECT_EQ(firehose.figures().refused.at("sold_out"), 100U);
    EXPECT_EQ(firehose.figures().refused.at("recovering"), 100U);
}

TEST(Crowd, RepeatsUnderTheSameKeyUntilItKnows) {
    // Every first request of a key is answered "unknown"; there are two units.
    std::mutex mutex;
    std::map<std::string, int> asked;
    int sold = 0;
    std::map<std::string, std::string> orders;
    TinyServer server([&](int, const std::string& request) {
        const std::lock_guard lock(mutex);
        if (request.starts_with("GET")) return reply_of(200, R"({"state":"awaiting_payment"})");
        if (request.starts_with("POST /v1/payments")) return reply_of(200, "{}");
        if (request.find("/cancel ") != std::string::npos)
            return reply_of(200, R"({"state":"cancelled"})");
        const std::string key(header_of(request, "Idempotency-Key"));
        if (asked[key]++ == 0) return reply_of(503, R"({"code":"outcome_unknown"})");
        if (orders.contains(key))
            return reply_of(202, R"({"order_id":")" + orders[key] + R"(","state":"held"})");
        if (sold == 2) return reply_of(409, R"({"code":"sold_out","order_id":"x"})");
        orders[key] = "order-" + std::to_string(++sold);
        return reply_of(202, R"({"order_id":")" + orders[key] + R"(","state":"held"})");
    });
    const std::string path = ::testing::TempDir() + "sluice-crowd-" + std::to_string(::getpid());
    std::filesystem::remove(path);
    auto journal = JournalWriter::open(path, 0);
    ASSERT_TRUE(journal.ok());
    Loop loop;
    Client client(loop, server.target(), 8, 5 * kSecond);
    CrowdPlan plan;
    plan.sale = 1;
    plan.buyers = 50;
    plan.payment_secret = "secret";
    plan.token_of = [](const std::string& buyer) { return "token-of-" + buyer; };
    Crowd crowd(loop, client, *journal, plan);
    crowd.start();
    loop.run([&] { return crowd.finished(); });
    const CrowdFigures& figures = crowd.figures();
    EXPECT_EQ(figures.buyers_done, 50U);
    EXPECT_EQ(figures.accepted, 2U);
    EXPECT_EQ(figures.settled, 2U);
    EXPECT_EQ(figures.two_ids, 0U);
    EXPECT_EQ(figures.unknown, 0U);
    EXPECT_GE(figures.refused.at("sold_out"), 48U);
    ASSERT_TRUE(journal->sync());
    std::string error;
    const auto lines = audit::read_journal(path, error);
    ASSERT_TRUE(lines.has_value()) << error;
    EXPECT_EQ(lines->size(), figures.requests);
    std::filesystem::remove(path);
}

}  // namespace
}  // namespace sluice::load
