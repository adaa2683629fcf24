#pragma once
// MemoryEvents: outcome events inside one process. publish() calls every listener at once, on the
// caller's thread.
//
// Thread-safe. When a handle's destructor has returned, its listener is not running and never runs
// again; a listener may destroy its own handle.

#include <memory>

#include "ports/events.h"

namespace sluice {

class MemoryEvents final : public Events {
public:
    MemoryEvents();
    ~MemoryEvents() override;

    void publish(OutcomeEvent event) override;
    std::shared_ptr<void> subscribe(Listener listener) override;

private:
    struct Subscribers;
    std::shared_ptr<Subscribers> subscribers_;  // shared with handles, which may outlive this
};

}  // namespace sluice
