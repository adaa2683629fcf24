#pragma once
// Signals as values: blocked in every thread, taken by whoever waits. Construct before any thread
// starts.

#include <initializer_list>
#include <optional>

#include "base/time.h"

namespace sluice::cli {

class Signals {
public:
    explicit Signals(std::initializer_list<int> wanted);
    ~Signals();  // restores the mask of this thread
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;

    int wait() const;
    // The one that is pending, if any.
    std::optional<int> poll() const;
    // From now on the next one of `wanted` ends the process with `status` at once, whatever it is
    // doing.
    void next_one_ends(int status) const;

private:
    struct State;
    State* state_;  // never freed: the thread of next_one_ends() may use it until the process ends
};

}  // namespace sluice::cli
