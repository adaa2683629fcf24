#include "cache/guarded_store.h"

#include <algorithm>

namespace sluice::cache {
namespace {

constexpr const char* kOpen = "the cache's store is resting";

template <class T>
const Error* error_in(const Result<T>& answer) {
    return answer.ok() ? nullptr : &answer.error();
}

}  // namespace

bool is_store_trouble(const Error& error) { return error.code != Code::kInvalidField; }

bool is_breaker_open(const Error& error) {
    return error.code == Code::kUnavailable && error.detail == kOpen;
}

GuardedStore::GuardedStore(Store& store, const Context& context, const ContextOptions& options)
    : store_(store),
      context_(context),
      read_max_(options.read_max),
      write_max_(options.write_max),
      breaker_(options.breaker, options.read_max * 2 / 5) {}

Result<Breaker::Pass> GuardedStore::allow() {
    const Instant now = context_.time().now();
    const std::lock_guard lock(mutex_);
    const auto pass = breaker_.allow(now);
    if (!pass) return fail(Code::kUnavailable, kOpen);
    return *pass;
}

void GuardedStore::report(Breaker::Pass pass, const Error* error) {
    const Instant now = context_.time().now();
    const std::uint64_t random = context_.random();
    const std::lock_guard lock(mutex_);
    breaker_.report(pass, error == nullptr || !is_store_trouble(*error), now, random);
    up_.store(breaker_.phase() == Breaker::Phase::kClosed, std::memory_order_relaxed);
}

Task<Result<std::vector<std::optional<StoredValue>>>> GuardedStore::read(
    std::vector<std::string> keys
) {
    const auto pass = allow();
    if (!pass.ok()) co_return pass.error();
    auto answer = co_await store_.read(std::move(keys), context_.time().in(read_max_));
    report(*pass, error_in(answer));
    co_return answer;
}

Task<Result<std::vector<std::optional<StoredValue>>>> GuardedStore::read_patiently(
    std::vector<std::string> keys
) {
    const auto pass = allow();
    if (!pass.ok()) co_return pass.error();
    auto answer = co_await store_.read(std::move(keys), context_.time().in(write_max_));
    report(*pass, error_in(answer));
    co_return answer;
}

Task<Result<std::vector<Acquired>>> GuardedStore::acquire(std::vector<AcquireRequest> requests) {
    const auto pass = allow();
    if (!pass.ok()) co_return pass.error();
    auto answer = co_await store_.acquire(std::move(requests), context_.time().in(read_max_));
    report(*pass, error_in(answer));
    co_return answer;
}

Task<Result<std::vector<bool>>> GuardedStore::extend(std::vector<Lease> leases, Millis lease) {
    const auto pass = allow();
    if (!pass.ok()) co_return pass.error();
    auto answer = co_await store_.extend(std::move(leases), lease, context_.time().in(write_max_));
    report(*pass, error_in(answer));
    co_return answer;
}

Task<Result<std::vector<Committed>>> GuardedStore::commit(std::vector<CommitRequest> requests) {
    const auto pass = allow();
    if (!pass.ok()) co_return pass.error();
    auto answer = co_await store_.commit(std::move(requests), context_.time().in(write_max_));
    report(*pass, error_in(answer));
    co_return answer;
}

Task<Result<Done>> GuardedStore::release(std::vector<ReleaseRequest> requests) {
    const auto pass = allow();
    if (!pass.ok()) co_return pass.error();
    auto answer = co_await store_.release(std::move(requests), context_.time().in(write_max_));
    report(*pass, error_in(answer));
    co_return answer;
}

Task<Result<Done>> GuardedStore::invalidate(
    std::vector<std::string> keys, InvalidateMode mode, Deadline deadline
) {
    const auto pass = allow();
    if (!pass.ok()) co_return pass.error();
    const Deadline limit{std::min(deadline.at, context_.time().now() + write_max_)};
    auto answer = co_await store_.invalidate(std::move(keys), mode, limit);
    report(*pass, error_in(answer));
    co_return answer;
}

std::uint64_t GuardedStore::opened() const {
    const std::lock_guard lock(mutex_);
    return breaker_.opened();
}

}  // namespace sluice::cache
