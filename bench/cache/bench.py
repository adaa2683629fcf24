#!/usr/bin/env python3
"""The driver of bench/cache. Called by run.sh, which checks tools and installs the peers. Standard library only.

Runs the chosen scenarios against the chosen subjects, one after the other, and prints one table or JSON. `--report` prints
the table of results that were saved before.
"""

import argparse
import dataclasses
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import report
import scenarios
from processes import HERE, Database, Failed, Redis, Subject

PEERS = ["bentocache", "async_cache_dedupe", "cacheable", "cache_manager"]
SLUICE = "sluice"


class Stage:
    """What one scenario of one subject starts; close() ends all of it, in reverse."""

    def __init__(self, scratch, name, node, sluice, read_max_ms):
        self.folder = Path(tempfile.mkdtemp(dir=scratch))
        self.name, self.node, self.read_max_ms = name, node, read_max_ms
        self.arguments = [sluice] if name == SLUICE else [node, str(HERE / "subject.mjs"), name]
        self.started, self.files, self.versions = [], 0, {}

    def _keep(self, process):
        self.started.append(process)
        return process

    def redis(self):
        return self._keep(Redis(self.folder))

    def database(self):
        return self._keep(Database(self.folder, self.node))

    def subject(self, number):
        return self._keep(Subject(self.name, self.arguments, self.folder, number))

    def file(self):
        self.files += 1
        return self.folder / f"records-{self.files}"

    def close(self):
        for process in reversed(self.started):
            process.stop()
        shutil.rmtree(self.folder)


def first_line(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[0].strip()


def machine(node):
    models = [line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return {
        "cpu": models[0] if models else "unknown", "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "kernel": f"{platform.system()} {platform.release()}",
        "node": first_line(node, "--version"), "redis": first_line("redis-server", "--version").split()[2].removeprefix("v="),
        "load_before": Path("/proc/loadavg").read_text().split()[0],
    }


def run_one(arguments, scratch, name, scenario, size):
    stage = Stage(scratch, name, arguments.node, arguments.sluice, arguments.sluice_read_max_ms)
    try:
        result = scenarios.ALL[scenario](stage, size)
        return {"result": result, "versions": stage.versions}
    finally:
        stage.close()


def run_all(arguments, size):
    found = {"machine": machine(arguments.node), "size": dataclasses.asdict(size), "short": arguments.short, "subjects": {}, "failed": [],
             "read_max_ms": arguments.sluice_read_max_ms}
    for scenario in arguments.scenarios:
        for name in arguments.subjects:
            print(f"{scenario}: {name} …", file=sys.stderr, flush=True)
            began = time.monotonic()
            subject = found["subjects"].setdefault(name, {"versions": {}, "results": {}})
            try:
                done = run_one(arguments, arguments.scratch, name, scenario, size)
            except Failed as failure:
                print(failure, file=sys.stderr)
                found["failed"].append(f"{scenario} {name}: {str(failure).splitlines()[0]}")
                continue
            subject["versions"].update(done["versions"])
            subject["results"][scenario] = done["result"] | {"took_s": round(time.monotonic() - began, 1)}
    return found


def merged(files):
    """Results of several runs of one machine; later files win."""
    found = None
    for file in files:
        more = json.loads(Path(file).read_text())
        if found is None:
            found = more
            continue
        found["failed"] += more["failed"]
        for name, subject in more["subjects"].items():
            mine = found["subjects"].setdefault(name, {"versions": {}, "results": {}})
            mine["versions"].update(subject["versions"])
            mine["results"].update(subject["results"])
    return found


def some_of(known):
    def parse(text):
        chosen = text.replace(",", " ").split()
        for name in chosen:
            if name not in known:
                raise argparse.ArgumentTypeError(f"{name} is none of {', '.join(known)}")
        return chosen
    return parse


def arguments_of(words):
    parser = argparse.ArgumentParser(prog="run.sh", description="Sluice's cache and its peers in the same scenarios.")
    parser.add_argument("--short", action="store_true", default=os.environ.get("QUICK", "0") not in ("", "0"),
                        help="(or QUICK=1) a fraction of everything: shows that it works here")
    parser.add_argument("--subjects", type=some_of([SLUICE, *PEERS]), default=[SLUICE, *PEERS], metavar="A,B")
    parser.add_argument("--scenarios", type=some_of(list(scenarios.ALL)), default=list(scenarios.ALL), metavar="A,B")
    parser.add_argument("--output", choices=["table", "json"], default="table")
    parser.add_argument("--save", metavar="FILE", help="also write the results as JSON")
    parser.add_argument("--report", nargs="+", metavar="FILE", help="run nothing: print the table of saved results")
    parser.add_argument("--down-seconds", type=float, help="how long the database is down (default 8; the law says 30)")
    parser.add_argument("--sluice", default=str(HERE.parents[1] / "build/release/bench/cache_subject"), help="path of cache_subject")
    parser.add_argument("--sluice-read-max-ms", type=int, help="how long Sluice's readers wait for Redis (default: its own, 5)")
    parser.add_argument("--node", default="node")
    parser.add_argument("--scratch", help=argparse.SUPPRESS)
    arguments = parser.parse_args(words)
    if SLUICE in arguments.subjects and not arguments.report and not os.access(arguments.sluice, os.X_OK):
        parser.error(f"{arguments.sluice} is not there: ninja -C build/release cache_subject")
    return arguments


def stop_on(number, frame):
    raise SystemExit(128 + number)


def main():
    arguments = arguments_of(sys.argv[1:])
    if arguments.report:
        found = merged(arguments.report)
    else:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, stop_on)
        size = scenarios.SHORT if arguments.short else scenarios.Size()
        if arguments.down_seconds is not None:
            size = dataclasses.replace(size, down_seconds=arguments.down_seconds)
        found = run_all(arguments, size)
        if arguments.save:
            Path(arguments.save).write_text(json.dumps(found, indent=1) + "\n")
    print(json.dumps(found, indent=1) if arguments.output == "json" else report.table(found))
    return 1 if found["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
