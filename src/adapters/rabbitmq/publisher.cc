#include "adapters/rabbitmq/publisher.h"

#include <utility>

#include "adapters/rabbitmq/declare.h"
#include "adapters/rabbitmq/publisher_loop.h"

namespace sluice {

Publisher::Publisher(RabbitOptions options, std::unique_ptr<AmqpLink> link, Clock& clock, Log& log)
    : loop_(std::make_shared<Loop>(std::move(options), std::move(link), clock, log)) {
    thread_.post([loop = loop_] { loop->run(); });
}

Publisher::~Publisher() { loop_->stop(); }

Task<Result<Done>> Publisher::publish(PublishRequest request) {
    if (request.deadline.passed(loop_->clock().now())) {
        co_return fail(Code::kNotPublished, "the deadline passed");
    }
    if (request.body.size() > kPublishBytesMax) {
        co_return fail(
            Code::kNotPublished, "a message of " + std::to_string(request.body.size()) + " bytes"
        );
    }
    auto start = [loop = loop_, request = std::move(request)](Resume<Result<Done>> answer) mutable {
        loop->submit(std::move(request), std::move(answer));
    };
    co_return co_await suspend<Result<Done>>(std::move(start));
}

bool Publisher::known_down() const { return loop_->known_down(); }

Result<std::unique_ptr<AmqpLink>> open_publisher_link(const RabbitOptions& options) {
    auto link = AmqpLink::connect(options.endpoint, options.prefix + " publisher");
    if (!link.ok()) return link.error();
    auto declared = declare_topology(**link, topology_of(options));
    if (!declared.ok()) return declared.error();
    auto confirming = (*link)->select_confirms();
    if (!confirming.ok()) return confirming.error();
    return link;
}

}  // namespace sluice
