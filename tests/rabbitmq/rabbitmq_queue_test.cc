// The RabbitMQ queue under the queue contract, on a real broker.

#include "contract/queue_contract.h"
#include "rabbitmq/broker.h"

namespace sluice {

INSTANTIATE_TYPED_TEST_SUITE_P(Rabbitmq, QueueContract, RabbitRig);

}  // namespace sluice
