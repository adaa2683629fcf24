// The gate contract over a real Redis server.

#include "contract/gate_contract.h"

#include "adapters/redis/redis_gate.h"
#include "redis/test_redis.h"

namespace sluice {
namespace {

class RedisGateRig {
public:
    RedisGateRig() : redis_(fresh_redis()) { connect(); }

    Gate& gate() { return *gate_; }
    WallTime now() const { return redis_.now(); }
    void pass(Millis by) { redis_.pass(by); }
    void lose_server() {
        redis_.restart_empty();
        connect();
    }
    template <class T>
    T run(Task<T> task) {
        return loop_->run(std::move(task));
    }

private:
    void connect() {
        gate_.reset();
        loop_ = std::make_unique<RedisLoop>(redis_.endpoint());
        gate_ = std::make_unique<RedisGate>(loop_->connection());
    }

    TestRedis& redis_;
    std::unique_ptr<RedisLoop> loop_;
    std::unique_ptr<RedisGate> gate_;
};

}  // namespace

INSTANTIATE_TYPED_TEST_SUITE_P(Redis, GateContract, RedisGateRig);

}  // namespace sluice
