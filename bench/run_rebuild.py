#!/usr/bin/env python3
"""How long a sale is shut after Redis has lost everything, against the bound of the design (P10): lease + margin, which no
node may promise for the old gate any longer, + 2 s for each million orders that the new gate is told of. On a private stack
in a temporary directory, with everything settled before (nothing is left to drain).

    bench/run_rebuild.py [path/to/sluice]       environment: ROUNDS=5 ORDERS=100000 BUYERS=4096

A round: FLUSHALL (which itself keeps Redis busy the longer the more there is; not counted), then the time until the ledger says
that the gate of the next epoch is open, seen every few milliseconds. (The process that rebuilt it takes orders from then on, others
with their next look at the catalogue, at most 0.2 s later.) At the end `sluice audit` must find nothing.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import stack_tool

ROOT = Path(__file__).resolve().parent.parent
PATIENCE_S = 120


def until(what, ready):
    end = time.monotonic() + PATIENCE_S
    while not (value := ready()):
        if time.monotonic() > end:
            sys.exit(f"run_rebuild: {what}: not within {PATIENCE_S} s")
        time.sleep(0.005)
    return value


class Stack:
    def __init__(self, sluice, folder):
        self.sluice, self.folder, self.config = sluice, folder, folder / "stack" / "sluice.toml"
        self.server = None

    def __enter__(self):
        try:
            self.run("stack", "up", "--dir", str(self.folder / "stack"))
            data = self.folder / "all"
            self.server = subprocess.Popen(
                [self.sluice, "serve", "--config", str(self.config), "--data-dir", str(data), "--port", "0", "--admin-port", "0",
                 "--log-level", "warn"], stdin=subprocess.DEVNULL)
            until("the server", (data / "admin.json").exists)
        except BaseException:  # also Ctrl-C: nothing stays behind
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.server:
            self.server.terminate()
            self.server.wait(60)
        self.run("stack", "down", "--dir", str(self.folder / "stack"))

    def run(self, *words):
        return subprocess.run([self.sluice, *words], check=True, stdout=subprocess.PIPE, text=True).stdout

    def sql(self, query):
        return stack_tool.sql(self.config, query)

    def lose_redis(self):
        redis = stack_tool.stack_config(self.config, "redis")
        environment = os.environ | {"REDISCLI_AUTH": redis.get("password", "")}
        subprocess.run(["redis-cli", "-h", redis["host"], "-p", redis["port"], "FLUSHALL"], check=True, env=environment,
                       stdout=subprocess.DEVNULL)


def fill(stack, orders, buyers):
    """A sale with so many settled orders; its number."""
    loaded = json.loads(stack.run("bench", "--config", str(stack.config), "--data-dir", str(stack.folder / "all"), "--requests",
                                  str(orders), "--buyers", str(buyers), "--units", "1000000000", "--output", "json"))
    if not loaded["accepted"]:
        sys.exit(f"run_rebuild: no order was accepted: {loaded['refused']}")
    [[sale]] = stack.sql("SELECT MAX(sale_id) FROM sales")
    until("settling", lambda: int(stack.sql(f"SELECT COUNT(*) FROM orders WHERE sale_id={sale}")[0][0]) >= loaded["accepted"])
    return int(sale)


class Session:
    """One client of the database for many questions: starting one for each would take a processor from what is measured."""

    def __init__(self, config):
        command, environment = stack_tool.sql_command(config)
        self.client = subprocess.Popen([*command, "--unbuffered"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                       bufsize=1, env=environment)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.stdin.close()
        self.client.wait(10)

    def row(self, query):
        self.client.stdin.write(query + ";\n")
        return self.client.stdout.readline().rstrip("\n").split("\t")


def reopening(stack, session, sale):
    gate = f"SELECT s.gate_state, t.epoch FROM sales s JOIN sale_stock t USING (sale_id) WHERE sale_id={sale}"
    state, epoch = session.row(gate)
    if state != "open":
        sys.exit(f"run_rebuild: the gate is {state} before anything was done to it")
    stack.lose_redis()
    began = time.monotonic()

    def reopened():
        state, now = session.row(gate)
        return state == "open" and int(now) > int(epoch)
    until("the gate", reopened)
    return time.monotonic() - began


def main():
    sluice = sys.argv[1] if len(sys.argv) > 1 else str(ROOT / "build/release/sluice")
    rounds, orders, buyers = (int(os.environ.get(name, usual)) for name, usual in (("ROUNDS", 5), ("ORDERS", 100_000), ("BUYERS", 4_096)))
    with tempfile.TemporaryDirectory(prefix="sluice-rebuild-") as folder, Stack(sluice, Path(folder)) as stack:
        sale = fill(stack, orders, buyers)
        [[held]] = stack.sql(f"SELECT COUNT(*) FROM orders WHERE sale_id={sale}")
        settings = {name: int(value) for name, value in stack.sql("SELECT name, value FROM settings")}
        bound = (settings["lease_ms"] + settings["lease_margin_ms"]) / 1000 + 2 * int(held) / 1e6
        took = []
        with Session(stack.config) as session:
            for number in range(1, rounds + 1):
                took.append(reopening(stack, session, sale))
                print(f"round {number}: {held} orders of {buyers} buyers, shut for {took[-1]:.2f} s, bound {bound:.2f} s", flush=True)
        stack.run("audit", "--config", str(stack.config))
        print(f"\nshut ÷ bound: median {statistics.median(took) / bound:.2f}, worst {max(took) / bound:.2f} of {rounds}; audit ok")


if __name__ == "__main__":
    main()
