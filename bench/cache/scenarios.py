"""The scenarios. Each gets a fresh Redis, a fresh database and fresh subject processes, and returns plain numbers.

What every figure counts is said in README.md, section "Scenarios".
"""

import time
from dataclasses import dataclass

import samples
from samples import MS

START_AHEAD_MS = 200  # so that all processes have their command before the first read is due
DRAIN_MS = 3000  # an answer that comes later counts as unanswered
PATIENCE_S = 120.0
WARM_ATTEMPTS = 5  # on a busy machine some commands pass their client's limit; what counts is that all is warm in the end
LASTING_MS = 100.0  # a message to another process may take so long
STAMPEDE_KEYS_SEED = 77
FAULTS = ["steady", "hung", "resumed", "killed", "restarted"]


@dataclass(frozen=True)
class Size:
    """How much of everything: the full run, or the short one that shows it works here."""
    hot_seconds: int = 20
    mass_keys: int = 20_000
    race_seconds: int = 12
    fault_seconds: float = 4.0
    absent_ids: int = 200_000
    down_seconds: float = 8.0
    settle_seconds: float = 2.0
    speed_seconds: float = 2.0
    memory_keys: int = 20_000


SHORT = Size(hot_seconds=2, mass_keys=2_000, race_seconds=2, fault_seconds=0.5, absent_ids=5_000, down_seconds=1.0,
             settle_seconds=0.5, speed_seconds=0.2, memory_keys=5_000)


class Bench:
    """One Redis, one database and the subject processes of one scenario."""

    def __init__(self, stage, count, *, ttl_ms, grace_ms, keys, latency_ms, capacity=50_000, stride=1, read_max_ms=None):
        self.stage, self.ttl_ms, self.grace_ms = stage, ttl_ms, grace_ms
        self.redis = stage.redis()
        self.database = stage.database()
        self.database.control("configure", keys=keys, stride=stride, latency_ms=latency_ms)
        self.subjects = [stage.subject(number) for number in range(count)]
        opened = self.all("open", redis_port=self.redis.port, database=str(self.database.path), ttl_ms=ttl_ms,
                          grace_ms=grace_ms, capacity=capacity, ids={"count": keys, "stride": stride},
                          read_max_ms=read_max_ms or stage.read_max_ms)
        stage.versions = opened[0]["versions"]

    def all(self, cmd, **more):
        for subject in self.subjects:
            subject.send(cmd, **more)
        return [subject.answer(PATIENCE_S) for subject in self.subjects]

    def warm(self, count):
        """Every process has read every key once; the first one alone loads them. None of that is counted."""
        for subject in self.subjects:
            for _ in range(WARM_ATTEMPTS):
                done = subject.ask("run", PATIENCE_S, reads=count, keys={"first": 0, "count": count}, order="cycle",
                                   concurrency=50, via="read")
                if not done["errors"]:
                    break
            else:
                raise subject.process.failed(f"{done['errors']} errors while warming up: {subject.ask('faults')}")
        self.database.control("stats", reset=True)

    def start_ns(self):
        return time.monotonic_ns() + START_AHEAD_MS * MS

    def begin(self, subject, cmd, **more):
        """A loop that writes its samples; collect() reads them."""
        path = self.stage.file()
        subject.send(cmd, samples=str(path), drain_ms=DRAIN_MS, **more)
        return subject, path

    @staticmethod
    def collect(begun):
        found = []
        for subject, path in begun:
            subject.answer(PATIENCE_S)
            found += samples.reads(path.read_bytes())
        return found

    def loads(self):
        """(counters, records) of the database since the last time it was asked."""
        path = self.stage.file()
        counters = self.database.control("stats", log=str(path), reset=True)
        return counters, samples.loads(path.read_bytes())

    def faults(self):
        """Rejections that nobody caught (each would end a Node process), over all processes, and what else they saw."""
        answers = self.all("faults")
        return {"unhandled": sum(answer["unhandled"] for answer in answers),
                "processes": [{name: seen for name, seen in answer.items() if name != "unhandled"} for answer in answers]}


def sleep_until(moment_ns):
    time.sleep(max(0.0, (moment_ns - time.monotonic_ns()) / 1e9))


def hot_key(stage, size):
    """10 hot keys with a ttl of 1 s, read by 4 processes; loads take 20 to 50 ms."""
    keys, rate, ttl_ms = 10, 500, 1000
    bench = Bench(stage, 4, ttl_ms=ttl_ms, grace_ms=10_000, keys=keys, latency_ms=[20, 50])
    bench.warm(keys)
    start = bench.start_ns()
    begun = [bench.begin(subject, "load", start_ns=start, rate=rate, duration_ms=size.hot_seconds * 1000,
                         keys={"first": 0, "count": keys}, order="random", seed=number + 1, via="read")
             for number, subject in enumerate(bench.subjects)]
    reads = bench.collect(begun)
    counters, loads = bench.loads()
    expiries, loaded = samples.expiries(loads, ttl_ms)
    near, far = samples.around_loads(reads, loads, before_ms=5, after_ms=20)
    return {
        "expiries": expiries, "loads": loaded, "loads_per_expiry": round(loaded / max(1, expiries), 2),
        "loads_in_flight_max": counters["in_flight_max"],
        "waited": samples.waited_for_loads(reads, loads),
        "steady": samples.latencies(far), "around_expiry": samples.latencies(near),
        "faults": bench.faults(),
    }


def mass_expiry(stage, size):
    """Every key expires at once; then 4 processes read all of them at 2500 reads/s each. Loads take 50 ms."""
    keys, rate, ttl_ms = size.mass_keys, 2500, 2000
    bench = Bench(stage, 4, ttl_ms=ttl_ms, grace_ms=60_000, keys=keys, latency_ms=[2, 2])
    bench.warm(keys)
    bench.database.control("configure", latency_ms=[50, 50])
    bench.database.control("bump")
    time.sleep(ttl_ms / 1000 + 0.3)
    start = bench.start_ns()
    begun = [bench.begin(subject, "load", start_ns=start, rate=rate, duration_ms=keys * 1000 // rate,
                         keys={"first": 0, "count": keys}, order="random", seed=STAMPEDE_KEYS_SEED + number, via="read")
             for number, subject in enumerate(bench.subjects)]
    reads = bench.collect(begun)
    counters, loads = bench.loads()
    return {
        "keys": keys, "reads": len(reads), "loads": counters["loads"], "distinct_keys_loaded": len({l.key for l in loads}),
        "loads_in_flight_max": counters["in_flight_max"], "waited": samples.waited_for_loads(reads, loads),
        "latency": samples.latencies(reads), "faults": bench.faults(),
    }


def race(stage, size):
    """One process writes and invalidates, two read, a fourth reads without an L1. Loads take 5 to 50 ms; the ttl is 60 s."""
    keys, rate = 200, 500
    bench = Bench(stage, 4, ttl_ms=60_000, grace_ms=60_000, keys=keys, latency_ms=[5, 50])
    bench.warm(keys)
    chosen = {"first": 0, "count": keys}
    pace = {"start_ns": bench.start_ns(), "duration_ms": size.race_seconds * 1000, "keys": chosen}
    writer, *readers, shared = bench.subjects
    written = [bench.begin(writer, "write", rate=200, order="random", seed=9, **pace)]
    normal = [bench.begin(subject, "load", rate=rate, order="random", seed=number + 1, via="read", **pace)
              for number, subject in enumerate(readers)]
    without_l1 = [bench.begin(shared, "load", rate=rate, order="random", seed=5, via="l2", **pace)]
    writes = bench.collect(written)
    normal, without_l1 = bench.collect(normal), bench.collect(without_l1)
    time.sleep(0.3)  # the last loads and messages
    held = shared.ask("peek", keys=chosen)["found"]
    truth = bench.database.control("truth", first=0, count=keys)["versions"]
    left = [entry[1] for entry, version in zip(held, truth) if entry and entry[0] < version]
    return {
        "invalidations": len(writes), "failed_invalidations": sum(not write.answered for write in writes),
        "invalidate": samples.latencies(writes),
        "normal": samples.stale_after(normal, writes, LASTING_MS),
        "without_l1": samples.stale_after(without_l1, writes, LASTING_MS),
        "keys": keys, "stale_left_in_l2": len(left), "stale_left_fresh_for_s": round(max(left, default=0) / 1000, 1),
        "faults": bench.faults(),
    }


def redis_faults(stage, size):
    """1000 warm keys with a ttl of 2 s, and one read in 10 for a key nobody has asked for yet; Redis is stopped, continued,
    killed and comes back empty under the reads."""
    warm, rate, step = 1000, 500, size.fault_seconds
    bench = Bench(stage, 2, ttl_ms=2000, grace_ms=60_000, keys=100_000, latency_ms=[5, 20])
    bench.warm(warm)
    start = bench.start_ns()
    edges = [start + round(step * i * 1000) * MS for i in range(len(FAULTS) + 1)]
    begun = [bench.begin(subject, "load", start_ns=start, rate=rate, duration_ms=round(step * len(FAULTS) * 1000),
                         keys={"first": 0, "count": warm, "cold": {"every": 10, "first": 10_000 * (number + 1), "count": 10_000}},
                         order="random", seed=number + 1, via="read")
             for number, subject in enumerate(bench.subjects)]
    for edge, act in zip(edges[1:], [bench.redis.hang, bench.redis.resume, bench.redis.kill, bench.redis.start]):
        sleep_until(edge)
        act()
    reads = bench.collect(begun)
    counters, loads = bench.loads()
    result = {"loads_in_flight_max": counters["in_flight_max"], "faults": bench.faults()}
    for name, begin, end in zip(FAULTS, edges, edges[1:]):
        of_part = [read for read in reads if begin <= read.intended < end]
        result[name] = {
            "warm": samples.latencies([read for read in of_part if read.key < warm]),
            "cold": samples.latencies([read for read in of_part if read.key >= warm]),
            "loads": sum(begin <= load.start < end for load in loads),
        }
    return result


def absent_ids(stage, size):
    """Random ids out of 10⁹, of which every thousandth exists, 64 readers in one process. Loads take 5 ms."""
    keys, stride = 1_000_000, 1_000
    bench = Bench(stage, 1, ttl_ms=60_000, grace_ms=60_000, keys=keys, stride=stride, latency_ms=[5, 5])
    commands, memory = bench.redis.figure("stats", "total_commands_processed"), bench.redis.figure("memory", "used_memory")
    done = bench.subjects[0].ask("run", PATIENCE_S, reads=size.absent_ids, keys={"first": 0, "count": keys * stride},
                                 order="random", seed=3, concurrency=64, via="read")
    counters, _ = bench.loads()
    time.sleep(0.2)
    return {
        "ids": size.absent_ids, "exist": done["found"], "errors": done["errors"], "seconds": round(done["seconds"], 1),
        "loads_of_absent": counters["absent"], "loads_in_flight_max": counters["in_flight_max"],
        "redis_commands": bench.redis.figure("stats", "total_commands_processed") - commands,
        "redis_keys_left": int(bench.redis.call("DBSIZE")[1:]),
        "redis_megabytes_left": round((bench.redis.figure("memory", "used_memory") - memory) / 1e6, 1),
        "faults": bench.faults(),
    }


def database_down(stage, size):
    """1000 warm keys with a ttl of 1 s and a grace of 60 s; the database fails every load for a while."""
    keys, rate = 1000, 500
    bench = Bench(stage, 2, ttl_ms=1000, grace_ms=60_000, keys=keys, latency_ms=[5, 20])
    bench.warm(keys)
    start = bench.start_ns()
    before, after = size.settle_seconds, size.settle_seconds
    edges = [start, start + int(before * 1e9), start + int((before + size.down_seconds) * 1e9)]
    begun = [bench.begin(subject, "load", start_ns=start, rate=rate,
                         duration_ms=round((before + size.down_seconds + after) * 1000),
                         keys={"first": 0, "count": keys}, order="random", seed=number + 1, via="read")
             for number, subject in enumerate(bench.subjects)]
    sleep_until(edges[1])
    bench.database.control("configure", down=True)
    sleep_until(edges[2])
    bench.database.control("configure", down=False)
    reads = bench.collect(begun)
    counters, loads = bench.loads()
    # A load under way when the database went down or came up belongs to neither side: a margin of one latency.
    down = [read for read in reads if edges[1] <= read.intended < edges[2] - 20 * MS]
    return {
        "down_s": size.down_seconds, "down": samples.latencies(down),
        "attempts_while_down": sum(edges[1] <= load.start < edges[2] for load in loads),
        "loads_in_flight_max": counters["in_flight_max"],
        "back_up": samples.latencies([read for read in reads if read.intended >= edges[2] + 20 * MS]),
        "faults": bench.faults(),
    }


def speed(stage, size):
    """One process, one warm key set: reads that hit the L1, reads that hit the L2, and bare GETs of the same Redis client."""
    keys = 1000
    # What a hit costs is asked here, not what happens when the L2 is late: its readers wait for it.
    bench = Bench(stage, 1, ttl_ms=300_000, grace_ms=300_000, keys=keys + size.memory_keys, latency_ms=[2, 2], read_max_ms=1000)
    bench.warm(keys)
    subject, chosen = bench.subjects[0], {"first": 0, "count": keys}
    result = {}
    for what, concurrent in [("l1", False), ("l1_get", False), ("l2", True), ("l2_many", True), ("get", True), ("get_raw", True)]:
        once = {"what": what, "keys": chosen, "concurrent": concurrent}
        subject.ask("speed", PATIENCE_S, for_s=size.speed_seconds / 4, **once)  # warms up what compiles as it runs
        result[what] = subject.ask("speed", PATIENCE_S, for_s=size.speed_seconds, **once)
    for what in ("l2", "l2_many"):
        for bare in ("get", "get_raw"):
            if result[what] and result[bare]:
                result[f"{what}_over_{bare}"] = round(result[what]["p50_ns"] / result[bare]["p50_ns"], 2)
    result["memory"] = subject.ask("memory", PATIENCE_S, keys={"first": keys, "count": size.memory_keys}, concurrency=64)
    return result


ALL = {scenario.__name__: scenario
       for scenario in [hot_key, mass_expiry, race, redis_faults, absent_ids, database_down, speed]}
