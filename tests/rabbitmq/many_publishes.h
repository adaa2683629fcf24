#pragma once
// Many publishes at once from one thread, and what became of each.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "async/task_group.h"
#include "rabbitmq/broker.h"

namespace sluice {

inline Message numbered(std::uint64_t number) { return Barrier{SaleId{1}, Epoch{number}}; }

inline std::string code_of(const Result<Done>& result) {
    return result.ok() ? "ok" : std::string(info(result.error().code).wire);
}

struct Outcomes {
    std::map<std::uint64_t, std::string> of;  // "ok" or the wire code, by number

    std::set<std::uint64_t> with(const std::string& code) const {
        std::set<std::uint64_t> found;
        for (const auto& [number, each] : of) {
            if (each == code) found.insert(number);
        }
        return found;
    }
};

// `lines` coroutines publish at once, each the next number as soon as its last one is answered,
// until `stop(outcomes so far)`.
template <class Stop>
Task<Outcomes> publish_many(
    OrderQueue& queue, Clock& clock, std::uint64_t lines, Millis deadline, Stop stop
) {
    Outcomes outcomes;
    std::uint64_t next = 0;
    TaskGroup group(co_await boost::asio::this_coro::executor);
    auto line = [](OrderQueue& to, Clock& time, Millis each, Outcomes& into, std::uint64_t& number,
                   Stop& until) -> Task<void> {
        while (!until(into)) {
            const auto mine = ++number;
            auto message = numbered(mine);
            const auto at_most = time.in(each);
            auto published = co_await to.publish(Partition{0}, std::move(message), at_most);
            into.of[mine] = code_of(published);
        }
    };
    for (std::uint64_t i = 0; i < lines; ++i)
        group.spawn(line(queue, clock, deadline, outcomes, next, stop));
    co_await group.join();
    co_return outcomes;
}

// The numbers of everything in the partition, in order, acked on the way.
inline std::vector<std::uint64_t> drain_numbers(RabbitRig& rig) {
    std::vector<std::uint64_t> found;
    auto consumer = rig.run(rig.queue().consume(Partition{0}, rig.in(Millis{2'000}))).value();
    for (auto wait = Millis{5'000};; wait = rig.patience()) {
        auto taken = rig.run(consumer->take(1, rig.clock().in(wait))).value();
        if (!taken) return found;
        found.push_back(std::get<Barrier>(taken->work).epoch.value());
        SLUICE_CHECK(rig.run(consumer->ack(taken->through, rig.in(Millis{2'000}))).ok());
    }
}

}  // namespace sluice
