#pragma once
// CrashPoint: one named step at which this process dies, or loses an answer. Given in the environment
// and meant for tests of the whole program. Thread-safe: of several threads that pass the step at
// once, one is the n-th.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "async/task.h"
#include "base/result.h"

namespace sluice {

class CrashPoint {
public:
    enum class Harm : std::uint8_t { kDieBefore, kDieAfter, kLoseAnswer };

    CrashPoint(Harm harm, std::string step, std::uint64_t nth);
    // Told from whatever thread gets there, before the harm is done.
    void on_harm(std::function<void()> told) { told_ = std::move(told); }

    // "before|after|lose <step> [n]". Errors: kInvalidField, naming what is known.
    static Result<std::unique_ptr<CrashPoint>> parse(std::string_view text);
    // Every step that has a name; "ledger.apply" stands for all its movements.
    static std::span<const std::string_view> steps();

    template <class T>
    Task<Result<T>> around(std::string name, std::function<Task<Result<T>>()> call) {
        return around<T>(std::move(name), std::nullopt, std::move(call));
    }
    template <class T>
    Task<Result<T>> around(
        std::string name, std::optional<Code> /*definite*/, std::function<Task<Result<T>>()> call
    ) {
        const bool here = name == step_ && ++passed_ == nth_;
        if (here && harm_ == Harm::kDieBefore) die();
        auto result = co_await call();
        if (here && harm_ == Harm::kDieAfter) die();
        if (here) co_return lost();
        co_return result;
    }

private:
    [[noreturn]] void die() const;  // as if by kill -9
    Error lost() const;

    const Harm harm_;
    const std::string step_;
    const std::uint64_t nth_;  // 1: the first
    std::atomic<std::uint64_t> passed_{0};
    std::function<void()> told_;
};

}  // namespace sluice
