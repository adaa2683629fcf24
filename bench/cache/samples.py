"""What the records of a run say. Pure: bytes and numbers in, numbers out; one implementation for all subjects."""

import math
import struct
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass

READ = struct.Struct("<QQQII")
LOAD = struct.Struct("<QQII")
FAILED = 0xFFFFFFFF
UNANSWERED = 0xFFFFFFFE
MS = 1_000_000

WAITED_MS = 5

# A reload that comes sooner than this part of the ttl after the first one of an expiry belongs to that expiry. A cache may
# refresh a little early (spread of expiries) without that counting against it.
SAME_EXPIRY = 0.8


@dataclass(frozen=True)
class Read:
    intended: int
    issued: int
    done: int
    key: int
    outcome: int

    @property
    def answered(self):
        return self.outcome < UNANSWERED


@dataclass(frozen=True)
class Load:
    start: int
    end: int
    key: int
    version: int


def reads(data):
    return [Read(*record) for record in READ.iter_unpack(data)]


def loads(data):
    return [Load(*record) for record in LOAD.iter_unpack(data)]


def latencies(chosen):
    """p50, p99, p99.9 and max in ms from the intended start; of the call alone (`service`) the p50 and p99."""
    from_intended = sorted((read.done - read.intended) / MS for read in chosen)
    of_call = sorted((read.done - read.issued) / MS for read in chosen)
    return {
        "reads": len(chosen),
        "p50_ms": rank(from_intended, 0.5), "p99_ms": rank(from_intended, 0.99),
        "p999_ms": rank(from_intended, 0.999), "max_ms": rank(from_intended, 1.0),
        "service_p50_ms": rank(of_call, 0.5), "service_p99_ms": rank(of_call, 0.99),
        "errors": sum(read.outcome == FAILED for read in chosen),
        "unanswered": sum(read.outcome == UNANSWERED for read in chosen),
    }


def rank(ordered, part):
    """Nearest rank: a value that was really measured, rounded to µs. None of nothing."""
    if not ordered:
        return None
    return round(ordered[max(0, math.ceil(len(ordered) * part) - 1)], 3)


def by_key(records):
    found = defaultdict(list)
    for record in records:
        found[record.key].append(record)
    return found


def expiries(all_loads, ttl_ms):
    """(expiries, loads): an expiry of a key begins with a load and takes in those that follow within its life."""
    count = 0
    for of_key in by_key(all_loads).values():
        first = None
        for start in sorted(load.start for load in of_key):
            if first is None or start - first >= SAME_EXPIRY * ttl_ms * MS:
                first, count = start, count + 1
    return count, len(all_loads)


def around_loads(all_reads, all_loads, before_ms, after_ms):
    """(reads whose intended start lies around a load of their key, the others)."""
    windows = {}
    for key, of_key in by_key(all_loads).items():
        windows[key] = sorted((load.start - before_ms * MS, load.end + after_ms * MS) for load in of_key)
    near, far = [], []
    for read in all_reads:
        (near if _within(windows.get(read.key, []), read.intended) else far).append(read)
    return near, far


def _within(windows, moment):
    # Windows overlap only with their neighbours, and rarely; a few back are enough.
    last = bisect_right(windows, (moment, float("inf")))
    return any(start <= moment <= end for start, end in windows[max(0, last - 8):last])


def waited_for_loads(all_reads, all_loads):
    """Reads that came back with the value of a load that had more than WAITED_MS to go when they were issued. (One that had
    less to go may have ended while the read was on its way to Redis.)"""
    finished = {}
    for load in sorted(all_loads, key=lambda load: load.end):
        if load.version < UNANSWERED:
            finished.setdefault((load.key, load.version), load.end)
    return sum(
        read.answered and read.issued + WAITED_MS * MS < finished.get((read.key, read.outcome), 0) <= read.done for read in all_reads)


def stale_after(all_reads, all_writes, lasting_ms):
    """Reads issued after an invalidation had returned: all of them, the stale ones, and the stale ones issued more than
    `lasting_ms` after it (beyond the time a message between processes may take)."""
    writes = {key: sorted((write.done, write.outcome) for write in of_key if write.answered)
              for key, of_key in by_key(all_writes).items()}
    after = stale = lasting = 0
    longest_ms = 0.0
    for read in all_reads:
        known = writes.get(read.key)
        if not known or not read.answered:
            continue
        last = bisect_right(known, (read.issued, float("inf"))) - 1
        if last < 0:
            continue
        after += 1
        newest = max(version for _, version in known[:last + 1])
        if read.outcome < newest:
            since_ms = (read.issued - _first_invalidation_beyond(known, read.outcome)) / MS
            stale += 1
            lasting += since_ms > lasting_ms
            longest_ms = max(longest_ms, since_ms)
    return {"reads_after": after, "stale": stale, "stale_lasting": lasting, "longest_ms": round(longest_ms, 1)}


def _first_invalidation_beyond(known, outcome):
    """When the first invalidation returned that made `outcome` an old version."""
    return next(done for done, version in known if version > outcome)
