#include "cache/key_record.h"

#include <algorithm>

namespace sluice::cache {
namespace {

void keep_until(RecordedMeta& meta, StoreMillis at) { meta.gone_at = std::max(meta.gone_at, at); }

bool is_fresh(const RecordedValue& value, StoreMillis now) { return now < value.soft; }

}  // namespace

void expire(KeyRecord& record, StoreMillis now) {
    if (record.value && now >= record.value->hard) record.value.reset();
    if (record.meta && now >= record.meta->gone_at) record.meta.reset();
}

AcquireStep acquire(
    KeyRecord& record, const AcquireRequest& request, const std::string& generation, StoreMillis now
) {
    expire(record, now);
    if (record.value && is_fresh(*record.value, now) &&
        record.value->ticket != request.seen_ticket) {
        return {AcquireVerdict::kFresh, 0, 0};
    }
    if (!record.meta) {
        record.meta.emplace();
        record.meta->generation = generation;
        record.meta->seq = record.value ? record.value->seq : 0;
    }
    RecordedMeta& meta = *record.meta;
    const bool held = !meta.owner.empty() && now < meta.lease_until;
    if (held && meta.owner != request.owner)
        return {AcquireVerdict::kBusy, 0, meta.lease_until - now};
    if (now < meta.not_before) return {AcquireVerdict::kBackingOff, 0, meta.not_before - now};
    // A store that lost the meta but not the value must not hand out tickets that look old.
    meta.ticket = std::max(meta.ticket, record.value ? record.value->ticket : 0) + 1;
    meta.owner = request.owner;
    meta.lease_until = now + request.lease.count();
    keep_until(meta, now + request.load_max.count() + kMetaSlackMs);
    return {AcquireVerdict::kAcquired, meta.ticket, 0};
}

bool extend(KeyRecord& record, const Lease& lease, Millis term, StoreMillis now) {
    expire(record, now);
    if (!record.meta || record.meta->owner != lease.owner) return false;
    if (record.meta->generation != lease.generation) return false;
    record.meta->lease_until = now + term.count();
    keep_until(*record.meta, record.meta->lease_until + kMetaSlackMs);
    return true;
}

CommitVerdict judge_commit(const KeyRecord& record, const Lease& lease) {
    if (!record.meta) return CommitVerdict::kMetaMissing;
    if (record.meta->generation != lease.generation) return CommitVerdict::kGenerationChanged;
    if (record.value && record.value->ticket >= lease.ticket) return CommitVerdict::kTicketOlder;
    return CommitVerdict::kStored;
}

CommitVerdict commit(KeyRecord& record, const CommitRequest& request, StoreMillis now) {
    expire(record, now);
    const CommitVerdict verdict = judge_commit(record, request.lease);
    if (verdict != CommitVerdict::kStored) return verdict;
    RecordedMeta& meta = *record.meta;
    RecordedValue& value = record.value.emplace();
    value.seq = meta.seq;
    value.ticket = request.lease.ticket;
    value.soft = now + request.soft_ttl.count();
    value.hard = value.soft + request.grace.count();
    value.load_ms = request.load.count();
    value.null = request.null;
    value.payload = request.payload;
    if (meta.owner == request.lease.owner) meta.owner.clear();
    meta.failures = 0;
    meta.not_before = 0;
    return verdict;
}

void release(KeyRecord& record, const ReleaseRequest& request, StoreMillis now) {
    expire(record, now);
    if (!record.meta || record.meta->generation != request.lease.generation) return;
    RecordedMeta& meta = *record.meta;
    if (meta.owner != request.lease.owner) return;  // taken over: its new owner decides
    meta.owner.clear();
    if (!request.failed) return;
    ++meta.failures;
    meta.not_before = now + backoff_ms(request.backoff_first, request.backoff_max, meta.failures);
    keep_until(meta, meta.not_before + request.backoff_max.count() + kMetaSlackMs);
}

void invalidate(
    KeyRecord& record, InvalidateMode mode, const std::string& generation, StoreMillis now
) {
    expire(record, now);
    const std::uint64_t seq = record.meta ? record.meta->seq : record.value ? record.value->seq : 0;
    // "There is none" is never served stale.
    if (record.value && (mode == InvalidateMode::kDelete || record.value->null)) record.value.reset();
    if (record.value) record.value->soft = std::min(record.value->soft, now);
    const std::uint64_t ticket = record.meta ? record.meta->ticket : 0;
    const StoreMillis kept = record.meta ? record.meta->gone_at : 0;
    RecordedMeta& meta = record.meta.emplace();
    meta.generation = generation;
    meta.seq = seq + 1;
    meta.ticket = ticket;
    meta.gone_at = std::max(kept, now + kMetaSlackMs);
}

std::int64_t backoff_ms(Millis first, Millis max, int failures) {
    constexpr int kDoublingsMax = 20;
    const int doublings = std::clamp(failures - 1, 0, kDoublingsMax);
    return std::min(first.count() << doublings, max.count());
}

}  // namespace sluice::cache
