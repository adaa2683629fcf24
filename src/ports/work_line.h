#pragma once
// WorkLine: the messages that one consumer has received and not handed over, in order, and the
// rules of handing over (docs/protocol.md §6): orders merge up to a limit and never across anything
// else; a barrier waits for the acks of everything before it. Pure; shared by every queue adapter.

#include <cstdint>
#include <deque>
#include <string>

#include "ports/order_queue.h"

namespace sluice {

// What a message body means to a consumer; Undecodable, with the body whole, if it was not
// encode()d.
Work decode_work(std::string body);

class WorkLine {
public:
    void push(std::uint64_t id, Work work);  // ids grow
    bool empty() const { return waiting_.empty(); }

    // Orders at hand before the next thing that comes alone; the largest number when such a thing
    // is there, because then no more can be merged.
    std::size_t orders_waiting() const;
    bool may_deliver() const;
    // At most `orders_max` orders, but at least the first message. Only while may_deliver().
    Delivery deliver(std::size_t orders_max);
    // Whoever consumes is done with everything up to here.
    void acked(AckToken through);

private:
    struct Waiting {
        std::uint64_t id = 0;
        Work work;  // an OrderRun of one batch, or what comes alone
    };

    std::deque<Waiting> waiting_;  // by id
    std::uint64_t pushed_ = 0;     // the last id
    std::uint64_t delivered_ = 0;  // the last id handed over; <= pushed_
    std::uint64_t acked_ = 0;      // <= delivered_
};

}  // namespace sluice
