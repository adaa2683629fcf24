"""Results as one table in Markdown: a row a figure, a column a subject."""

# (scenario, title, rows); a row is (label, path into the result, how it is written)
PLAIN, RATIO = "{}", "{} ×"
SCENARIOS = [
    ("hot_key", "Hot keys, 4 processes, ttl 1 s", [
        ("expiries seen", "expiries", PLAIN),
        ("**loads per expiry** (ideal 1)", "loads_per_expiry", PLAIN),
        ("reads that waited for a load", "waited", PLAIN),
        ("p50 / p99 / p99.9 ms, steady", "steady.p50_ms steady.p99_ms steady.p999_ms", "{} / {} / {}"),
        ("p50 / p99 / p99.9 ms, around an expiry", "around_expiry.p50_ms around_expiry.p99_ms around_expiry.p999_ms", "{} / {} / {}"),
        ("**p99 around an expiry ÷ steady**", "around_expiry.p99_ms steady.p99_ms", RATIO),
    ]),
    ("mass_expiry", "Mass expiry", [
        ("keys / reads", "keys reads", "{} / {}"),
        ("**greatest number of loads in flight** (4 processes)", "loads_in_flight_max", PLAIN),
        ("**reads that waited though an old copy existed**", "waited", PLAIN),
        ("loads / distinct keys loaded", "loads distinct_keys_loaded", "{} / {}"),
        ("errors + unanswered", "latency.errors latency.unanswered", "{} + {}"),
        ("p50 / p99 / p99.9 ms", "latency.p50_ms latency.p99_ms latency.p999_ms", "{} / {} / {}"),
    ]),
    ("race", "Writers racing loaders", [
        ("invalidations / failed", "invalidations failed_invalidations", "{} / {}"),
        ("**stale reads without an L1** / reads after an invalidation", "without_l1.stale without_l1.reads_after", "{} / {}"),
        ("… longest after the invalidation, ms", "without_l1.longest_ms", PLAIN),
        ("**stale normal reads** / reads after an invalidation", "normal.stale normal.reads_after", "{} / {}"),
        ("… of them more than 100 ms after", "normal.stale_lasting", PLAIN),
        ("**keys left stale in the L2** when all is quiet / keys", "stale_left_in_l2 keys", "{} / {}"),
        ("… which stays fresh for another, s", "stale_left_fresh_for_s", PLAIN),
    ]),
    ("redis_faults", "Redis hung, killed, restarted empty", [
        row
        for part, title in [("steady", "steady"), ("hung", "**hung** (SIGSTOP)"), ("resumed", "resumed"),
                            ("killed", "**killed**"), ("restarted", "restarted empty")]
        for row in [
            (f"{title}: warm keys, p50 / p99 / max ms", f"{part}.warm.p50_ms {part}.warm.p99_ms {part}.warm.max_ms", "{} / {} / {}"),
            (f"{title}: cold keys, p50 / p99 / max ms", f"{part}.cold.p50_ms {part}.cold.p99_ms {part}.cold.max_ms", "{} / {} / {}"),
            (f"{title}: errors + unanswered, of reads",
             f"{part}.warm.errors+{part}.cold.errors {part}.warm.unanswered+{part}.cold.unanswered {part}.warm.reads+{part}.cold.reads",
             "{} + {}, {}"),
            (f"{title}: loads", f"{part}.loads", PLAIN),
        ]
    ]),
    ("absent_ids", "Ids that do not exist", [
        ("ids / of them exist", "ids exist", "{} / {}"),
        ("**loads of ids that do not exist**", "loads_of_absent", PLAIN),
        ("greatest number of loads in flight", "loads_in_flight_max", PLAIN),
        ("commands that Redis ran (those inside scripts too)", "redis_commands", PLAIN),
        ("keys / MB left in Redis", "redis_keys_left redis_megabytes_left", "{} / {}"),
        ("errors", "errors", PLAIN),
    ]),
    ("database_down", "Database down while an old copy exists", [
        ("down for, s", "down_s", PLAIN),
        ("**errors + unanswered**, of reads", "down.errors down.unanswered down.reads", "{} + {}, {}"),
        ("p50 / p99 / max ms while down", "down.p50_ms down.p99_ms down.max_ms", "{} / {} / {}"),
        ("loads tried while down", "attempts_while_down", PLAIN),
        ("errors after it came back", "back_up.errors", PLAIN),
    ]),
    ("speed", "Speed of one process on one core", [
        ("read that hits the L1, p50 ns / million a second", "l1.p50_ns l1.per_second", "{} / {}"),
        ("… as a coroutine, p50 ns / million a second", "l1_get.p50_ns l1_get.per_second", "{} / {}"),
        ("read that hits the L2 (64 at once), p50 ns", "l2.p50_ns", PLAIN),
        ("… as one bulk read of 64, p50 ns a key", "l2_many.p50_ns", PLAIN),
        ("bare GET of its Redis client (64 at once), p50 ns", "get.p50_ns", PLAIN),
        ("**L2 hit ÷ bare GET**", "l2_over_get", RATIO),
        ("bare GET of hiredis in pipelines of 64, p50 ns", "get_raw.p50_ns", PLAIN),
        ("L2 hit ÷ that", "l2_over_get_raw", RATIO),
        ("… in a bulk read ÷ that", "l2_many_over_get_raw", RATIO),
        ("bytes of memory an L1 entry (key and payload are 206)", "memory.entry_bytes", PLAIN),
    ]),
]
NAMES = {"sluice": "sluice", "bentocache": "bentocache", "async_cache_dedupe": "async-cache-dedupe", "cacheable": "cacheable",
         "cache_manager": "cache-manager"}


def lookup(result, path):
    """The value at a dotted path; `a.b+c.d` is their sum. None when it is not there."""
    if "+" in path:
        values = [lookup(result, part) for part in path.split("+")]
        return None if None in values else sum(values)
    for part in path.split("."):
        if not isinstance(result, dict) or part not in result:
            return None
        result = result[part]
    return result


def shown(value, path):
    if value is None:
        return "–"
    if path.endswith("per_second"):
        return f"{value / 1e6:.3g}"
    if path.endswith("_ms"):
        return f"{value:.0f}" if value >= 100 else f"{value:.1f}"
    return str(round(value)) if isinstance(value, float) and path.endswith(("_ns", "_bytes")) else str(value)


def cell(result, paths, form):
    values = [(lookup(result, path), path) for path in paths.split()]
    if all(value is None for value, _ in values):
        return "–"
    if form == RATIO and len(values) == 2:
        (over, _), (under, _) = values
        return f"{over / under:.1f} ×" if over is not None and under else "–"
    return form.format(*(shown(value, path) for value, path in values))


def table(found):
    machine, subjects = found["machine"], found["subjects"]
    lines = [
        f"Machine: {machine['cpu']}, {machine['cores']} cores, {machine['memory_gb']} GB, {machine['kernel']}; node {machine['node']},"
        f" Redis {machine['redis']}; load {machine['load_before']} before the first run.",
        "Only ratios and counts compare subjects: all share the cores with Redis, the database and the driver.",
        *(["Short form: a fraction of everything. It shows that the benchmark works here; do not quote its figures."]
          if found.get("short") else []), "",
        *(f"- {NAMES[name]}: " + ", ".join(f"{package} {version}" for package, version in subject["versions"].items())
          for name, subject in subjects.items()), "",
        "| | " + " | ".join(NAMES[name] for name in subjects) + " |", "|---" * (len(subjects) + 1) + "|",
    ]
    for scenario, title, rows in SCENARIOS:
        results = [subject["results"].get(scenario) for subject in subjects.values()]
        if not any(results):
            continue
        lines.append(f"| **{title}** |" + " |" * len(subjects))
        for label, paths, form in rows:
            cells = [cell(result, paths, form) for result in results]
            if any(text != "–" for text in cells):
                lines.append(f"| {label} | " + " | ".join(cells) + " |")
        unhandled = [str(lookup(result, "faults.unhandled") or 0) for result in results]
        if any(text != "0" for text in unhandled):
            lines.append("| rejections nobody caught (each ends a Node process by default) | " + " | ".join(unhandled) + " |")
    lines += [f"\nNot measured: {failure}" for failure in found["failed"]]
    return "\n".join(lines)
