#pragma once
// FaultPlan: which port calls fail, and how. All decorated ports of a test share one plan and one
// counter, so "the n-th port call" is well defined and a test can try every n. A call fails either
// before anything happened (kUnavailable or the port's own definite code), or after it really
// happened (kOutcomeUnknown). Used by one thread.

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "async/task.h"
#include "base/prng.h"
#include "ports/clock.h"

namespace sluice {

enum class Fault : std::uint8_t { kErrorBefore, kUnknownAfter };

// A fault of certain calls. "ledger.apply" names all applies, "ledger.apply.settle" some of them,
// "ledger" every call of that port.
struct CallRule {
    std::string name;
    std::optional<Fault> fault;               // nullopt: the call is only late
    std::optional<Code> code = std::nullopt;  // of kErrorBefore, instead of the plan's own
    std::uint64_t times = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t skip = 0;  // leaves so many calls of that name alone first
    Millis before{0};        // the call reaches its port so much later
    Millis after{0};         // and its answer comes so much later

    bool covers(std::string_view call) const {
        return call.starts_with(name) && (call.size() == name.size() || call[name.size()] == '.');
    }
};

class FaultPlan {
public:
    // From now on: the n-th call fails (1 = the next one), alone or with all that follow.
    void fail_call(std::uint64_t n, Fault fault, bool and_all_later = false) {
        scripted_ = Scripted{calls_ + n, fault, and_all_later};
    }
    // Every call fails with a chance of one in `odds`, in either way.
    void fail_randomly(Prng& chance, std::uint64_t odds) { random_ = Random{&chance, odds}; }
    // Every call takes up to `each_max` before it reaches the port, and as much after.
    void delay_randomly(Prng& chance, Clock& clock, Millis each_max) {
        latency_ = Latency{&chance, &clock, each_max};
    }
    // Rules go before everything else; of several the first that covers a call counts.
    void add_rule(CallRule rule, Clock& clock) {
        rules_.push_back(std::move(rule));
        rule_clock_ = &clock;
    }
    void heal() {
        scripted_.reset();
        random_.reset();
        rules_.clear();
    }
    // The definite error of a failure before the call, for ports that have no code of their own for
    // it.
    void set_error(Code code) { error_ = code; }

    std::uint64_t calls() const { return calls_; }
    std::uint64_t failures() const { return failures_; }
    const std::string& last_failed() const { return last_failed_; }

    // Runs call() under the plan. `name` tells people which call failed.
    template <class T>
    Task<Result<T>> around(std::string name, std::function<Task<Result<T>>()> call) {
        return around<T>(std::move(name), std::nullopt, std::move(call));
    }
    template <class T>
    Task<Result<T>> around(
        std::string name, std::optional<Code> definite, std::function<Task<Result<T>>()> call
    ) {
        auto fault = next_fault();
        const auto rule = next_rule(name);
        if (rule) fault = rule->fault;
        if (rule && rule->code) definite = rule->code;
        if (fault) {
            ++failures_;
            last_failed_ = name;
        }
        co_await pause();
        if (rule) co_await wait(rule->before);
        if (fault == Fault::kErrorBefore) co_return fail(definite.value_or(error_), name);
        auto result = co_await call();
        co_await pause();
        if (rule) co_await wait(rule->after);
        if (fault == Fault::kUnknownAfter) co_return fail(Code::kOutcomeUnknown, name);
        co_return result;
    }

private:
    struct Scripted {
        std::uint64_t call;
        Fault fault;
        bool and_all_later;
    };
    struct Random {
        Prng* chance;
        std::uint64_t odds;
    };
    struct Latency {
        Prng* chance;
        Clock* clock;
        Millis each_max;
    };

    std::optional<Fault> next_fault() {
        ++calls_;
        if (scripted_ && calls_ >= scripted_->call) {
            if (calls_ == scripted_->call || scripted_->and_all_later) return scripted_->fault;
        }
        if (random_ && random_->chance->one_in(random_->odds)) {
            return random_->chance->one_in(2) ? Fault::kErrorBefore : Fault::kUnknownAfter;
        }
        return std::nullopt;
    }
    std::optional<CallRule> next_rule(std::string_view name) {
        for (CallRule& rule : rules_) {
            if (!rule.covers(name)) continue;
            if (rule.skip > 0) {
                --rule.skip;
                continue;
            }
            if (rule.times == 0) continue;
            --rule.times;
            return rule;
        }
        return std::nullopt;
    }
    Task<void> wait(Millis time) {
        if (time == Millis{0}) co_return;
        Event nobody;
        co_await rule_clock_->sleep_until(rule_clock_->now() + time, nobody);
    }
    Task<void> pause() {
        if (!latency_) co_return;
        const auto most = static_cast<std::uint64_t>(latency_->each_max.count());
        const Millis wait{static_cast<std::int64_t>(latency_->chance->below(most + 1))};
        Event nobody;
        co_await latency_->clock->sleep_until(latency_->clock->now() + wait, nobody);
    }

    std::uint64_t calls_ = 0;
    std::uint64_t failures_ = 0;
    std::string last_failed_;
    Code error_ = Code::kUnavailable;
    std::optional<Scripted> scripted_;
    std::optional<Random> random_;
    std::optional<Latency> latency_;
    std::vector<CallRule> rules_;
    Clock* rule_clock_ = nullptr;  // set iff there ever was a rule
};

}  // namespace sluice
