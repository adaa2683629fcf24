#include "adapters/memory/memory_events.h"

#include <mutex>

namespace sluice {
namespace {

struct Subscriber {
    void hear(const OutcomeEvent& event) {
        const std::lock_guard lock(mutex);
        if (subscribed) listener(event);
    }
    void stop() {
        const std::lock_guard lock(mutex);
        subscribed = false;
    }

    std::recursive_mutex mutex;  // a listener may destroy its own handle
    bool subscribed = true;      // guarded by mutex
    Events::Listener listener;   // guarded by mutex
};

}  // namespace

struct MemoryEvents::Subscribers {
    std::mutex mutex;
    std::vector<std::shared_ptr<Subscriber>> list;  // guarded by mutex
};

MemoryEvents::MemoryEvents() : subscribers_(std::make_shared<Subscribers>()) {}

MemoryEvents::~MemoryEvents() = default;

void MemoryEvents::publish(OutcomeEvent event) {
    std::unique_lock lock(subscribers_->mutex);
    const auto list = subscribers_->list;
    lock.unlock();
    for (const auto& subscriber : list) subscriber->hear(event);
}

std::shared_ptr<void> MemoryEvents::subscribe(Listener listener) {
    auto subscriber = std::make_shared<Subscriber>();
    subscriber->listener = std::move(listener);
    {
        const std::lock_guard lock(subscribers_->mutex);
        subscribers_->list.push_back(subscriber);
    }
    auto* raw = subscriber.get();
    auto leave = [subscribers = subscribers_, subscriber = std::move(subscriber)](void*) {
        subscriber->stop();
        const std::lock_guard lock(subscribers->mutex);
        std::erase(subscribers->list, subscriber);
    };
    return {raw, std::move(leave)};
}

}  // namespace sluice
