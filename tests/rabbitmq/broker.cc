#include "rabbitmq/broker.h"

#include <gtest/gtest.h>

#include <atomic>
#include <iostream>

#include "adapters/rabbitmq/declare.h"

namespace sluice {
namespace {

struct Broker {
    TestDirectory directory;
    std::unique_ptr<stack::RabbitmqServer> server;
};
std::unique_ptr<Broker> the_broker;

std::unique_ptr<Broker> start_broker() {
    auto started = std::make_unique<Broker>();
    stack::RabbitmqOptions options;
    options.directory = started->directory.file("rabbitmq");
    options.password = "only-for-this-test";
    options.dies_with_us = true;
    auto server = stack::RabbitmqServer::start(options);
    if (!server.ok()) std::cerr << to_string(server.error()) << "\n";
    SLUICE_CHECK(server.ok());
    started->server = std::move(*server);
    return started;
}

class StopBroker final : public testing::Environment {
public:
    void TearDown() override {
        if (the_broker != nullptr) the_broker->server->stop();
        the_broker.reset();
    }
};
[[maybe_unused]] auto* const registered = testing::AddGlobalTestEnvironment(new StopBroker);

RabbitOptions completed(RabbitOptions options) {
    options.endpoint = broker_endpoint();
    options.prefix = fresh_prefix();
    options.partitions = 2;
    options.tiers.delays = {Millis{500}, Millis{4'000}, Millis{10'000}};
    return options;
}

}  // namespace

stack::RabbitmqServer& broker() {
    if (the_broker == nullptr) the_broker = start_broker();
    return *the_broker->server;
}

RabbitEndpoint broker_endpoint() {
    RabbitEndpoint endpoint;
    endpoint.port = broker().port();
    endpoint.user = broker().user();
    endpoint.password = broker().password();
    endpoint.vhost = broker().vhost();
    endpoint.reply_timeout = Millis{20'000};
    return endpoint;
}

std::string fresh_prefix() {
    static std::atomic<int> used{0};
    return "test" + std::to_string(++used);
}

std::unique_ptr<AmqpLink> link_to_broker() {
    auto link = AmqpLink::connect(broker_endpoint(), "test");
    if (!link.ok()) std::cerr << to_string(link.error()) << "\n";
    SLUICE_CHECK(link.ok());
    return std::move(*link);
}

RabbitRig::RabbitRig(RabbitOptions options) : options_(completed(std::move(options))) {
    open_queue();
}

RabbitRig::~RabbitRig() {
    queue_.reset();
    if (!broker().running()) return;
    auto deleted = delete_topology(*link_to_broker(), topology_of(options_));
    EXPECT_TRUE(deleted.ok()) << to_string(deleted.error());
}

void RabbitRig::open_queue() {
    queue_.reset();
    auto opened = RabbitOrderQueue::open(options_, clock_, log_);
    if (!opened.ok()) std::cerr << to_string(opened.error()) << "\n";
    SLUICE_CHECK(opened.ok());
    queue_ = std::move(*opened);
}

void RabbitRig::pass(Millis time) {
    Event never;
    (void)run(clock_.sleep_until(clock_.now() + time, never));
}

void RabbitRig::publish_raw(Partition partition, std::string body) {
    auto published = queue_->publish_raw(partition, std::move(body), in(Millis{2'000}));
    SLUICE_CHECK(run(std::move(published)).ok());
}

void RabbitRig::restart() {
    queue_.reset();
    broker().kill();
    auto restarted = broker().restart();
    if (!restarted.ok()) std::cerr << to_string(restarted.error()) << "\n";
    SLUICE_CHECK(restarted.ok());
    open_queue();
}

void RabbitRig::publish_until_ok(Partition partition, const Message& message) {
    const auto until = clock_.in(Millis{60'000});
    for (;;) {
        auto published = run(queue_->publish(partition, message, in(Millis{2'000})));
        if (published.ok()) return;
        SLUICE_CHECK(!until.passed(clock_.now()));
        pass(Millis{50});
    }
}

}  // namespace sluice
