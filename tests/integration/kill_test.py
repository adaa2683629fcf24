#!/usr/bin/env python3
"""Kills a selling server with SIGKILL at random moments, starts it again, and lets a witness judge.

The witness is this program: it shares no code with the server, journals every answer that it saw (fsync before the next
request) and reads the ledger with its own SQL. Required: no accepted order is ever missing, nothing is oversold, nothing
is settled twice, and `sluice audit` finds every law kept.

    kill_test.py [--sluice build/release/sluice] [--kills 20] [--seed 1] [--keep DIR]
"""

import argparse
import datetime
import http.client
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

BUYERS = 40
THREADS = 8
UNITS = 100_000
LIMIT = 1_000


class Journal:
    """One JSON line per answer, on disk before anybody acts on it."""

    def __init__(self, path):
        self.file = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
        self.lock = threading.Lock()
        self.lines = []

    def write(self, key, buyer, sale, quantity, status, code="", order=""):
        line = {"key": key, "buyer": buyer, "sale": sale, "quantity": quantity, "status": status, "code": code,
                "order": order}
        with self.lock:
            os.write(self.file, (json.dumps(line) + "\n").encode())
            os.fsync(self.file)
            self.lines.append(line)


class Server:
    """One embedded server process after the other on the same data directory."""

    def __init__(self, sluice, data_dir, log=None):
        self.sluice, self.data_dir, self.process = sluice, data_dir, None
        self.log = open(log or os.path.join(os.path.dirname(data_dir), "server.log"), "ab")

    def start(self):
        started = time.monotonic()
        admin_file = os.path.join(self.data_dir, "admin.json")
        if os.path.exists(admin_file):
            os.unlink(admin_file)  # of the life before: its kill left it behind
        self.process = subprocess.Popen(
            [self.sluice, "serve", "--data-dir", self.data_dir, "--port", "0", "--admin-port", "0"],
            stdout=self.log, stderr=self.log)
        while not os.path.exists(admin_file):
            if self.process.poll() is not None:
                raise SystemExit(f"the server ended with {self.process.returncode}; see {self.log.name}")
            if time.monotonic() - started > 60:
                raise SystemExit("the server did not become ready")
            time.sleep(0.005)
        with open(admin_file, encoding="utf-8") as file:
            self.admin = json.load(file)
        return time.monotonic() - started

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)

    def call(self, method, path, body=None):
        host = self.admin["admin_url"].removeprefix("http://")
        connection = http.client.HTTPConnection(host, timeout=30)
        headers = {"Authorization": "Bearer " + self.admin["token"], "Content-Type": "application/json"}
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        reply = connection.getresponse()
        text = reply.read()
        connection.close()
        if reply.status >= 300:
            raise SystemExit(f"{method} {path}: {reply.status} {text.decode()}")
        return json.loads(text) if text else {}


class Shopper(threading.Thread):
    """Buys without end. No answer and 503 are repeated with the same key until a definite answer comes."""

    def __init__(self, number, seed, server, sale, tokens, journal, stop):
        super().__init__(daemon=True)
        self.number, self.random, self.server, self.sale = number, random.Random(seed), server, sale
        self.tokens, self.journal, self.stop_event = tokens, journal, stop
        self.made = 0
        self.connection = None

    def run(self):
        while not self.stop_event.is_set():
            buyer = self.random.choice(list(self.tokens))
            key, quantity = f"k{self.number}-{self.made}", self.random.choice([1, 1, 1, 2])
            self.made += 1
            while not self.attempt(key, buyer, quantity):
                time.sleep(0.02)
            if self.random.random() < 0.05:
                self.attempt(key, buyer, quantity)  # a double click

    def attempt(self, key, buyer, quantity):
        """True when the answer was definite."""
        try:
            status, reply = self.post(key, buyer, quantity)
        except (OSError, http.client.HTTPException):
            self.connection = None
            self.journal.write(key, buyer, self.sale, quantity, 0)
            return False
        self.journal.write(key, buyer, self.sale, quantity, status, reply.get("code", ""), reply.get("order_id", ""))
        return status != 503

    def post(self, key, buyer, quantity):
        if self.connection is None:
            host = self.server.admin["public_url"].removeprefix("http://")
            self.connection = http.client.HTTPConnection(host, timeout=15)
        self.connection.request(
            "POST", f"/v1/sales/{self.sale}/orders", json.dumps({"quantity": quantity}),
            {"Authorization": "Bearer " + self.tokens[buyer], "Idempotency-Key": key,
             "Content-Type": "application/json"})
        reply = self.connection.getresponse()
        return reply.status, json.loads(reply.read())


def open_sale(server):
    shop = server.call("POST", "/v1/shops", {"name": "Kill test"})
    goods = server.call("POST", "/v1/goods", {"shop_id": shop["shop_id"], "title": "Mug", "price_minor": 500})
    now = datetime.datetime.now(datetime.timezone.utc)
    hour = datetime.timedelta(hours=1)
    sale = server.call("POST", "/v1/sales", {
        "goods_id": goods["goods_id"], "units": UNITS, "limit_per_buyer": LIMIT, "payment_window_seconds": 2,
        "opens_at": (now - hour).strftime("%Y-%m-%dT%H:%M:%SZ"), "closes_at": (now + hour).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "reason": "kill test"})
    server.call("POST", f"/v1/sales/{sale['sale_id']}/open", {"reason": "kill test"})
    return sale["sale_id"]


def buyer_tokens(sluice, data_dir):
    tokens = {}
    for i in range(BUYERS):
        buyer = f"buyer-{i}"
        command = [sluice, "token", "--buyer", buyer, "--data-dir", data_dir]
        tokens[buyer] = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    return tokens


def drain(data_dir, seconds=60):
    """Waits until the queue's table is empty."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with sqlite3.connect(f"file:{database(data_dir)}?mode=ro", uri=True) as connection:
            if connection.execute("SELECT count(*) FROM queue_messages").fetchone()[0] == 0:
                return True
        time.sleep(0.1)
    return False


def database(data_dir):
    return next(os.path.join(data_dir, name) for name in sorted(os.listdir(data_dir)) if name.endswith(".db"))


def judge(data_dir, journal):
    """What is wrong, by this program's own eyes."""
    wrong = []
    with sqlite3.connect(f"file:{database(data_dir)}?mode=ro", uri=True) as connection:
        rows = connection.execute("SELECT order_id, state, quantity FROM orders").fetchall()
        deferred = {row[0] for row in connection.execute("SELECT order_id FROM deferred_orders")}
        total, available = connection.execute("SELECT total, available FROM sale_stock").fetchone()
    ledger = {row[0]: row for row in rows}
    promised = {}
    for line in journal.lines:
        if line["status"] not in (200, 201, 202):
            continue
        order = bytes.fromhex(line["order"].replace("-", ""))
        if promised.setdefault(line["key"], order) != order:
            wrong.append(f"one key, two orders: {line['key']}")
        if order not in ledger and order not in deferred:
            wrong.append(f"accepted and missing: {line['order']}")
        elif order in ledger and ledger[order][1] == "rejected":
            wrong.append(f"accepted and rejected: {line['order']}")
    active = sum(row[2] for row in rows if row[1] in ("awaiting_payment", "paid"))
    if available < 0 or active + available != total:
        wrong.append(f"units: {active} sold + {available} left != {total}")
    return wrong, len(promised)


def run(options, folder):
    chance = random.Random(options.seed)
    data_dir = os.path.join(folder, "data")
    server = Server(options.sluice, data_dir)
    server.start()
    sale = open_sale(server)
    tokens = buyer_tokens(options.sluice, data_dir)
    journal_path = os.path.join(folder, "journal.jsonl")
    journal, stop = Journal(journal_path), threading.Event()
    shoppers = [Shopper(i, options.seed + i, server, sale, tokens, journal, stop) for i in range(THREADS)]
    for shopper in shoppers:
        shopper.start()
    slowest = 0.0
    for number in range(options.kills):
        time.sleep(chance.uniform(0.05, 0.8))
        server.kill()
        slowest = max(slowest, server.start())
        if sys.stderr.isatty():
            print(f"\r{number + 1}/{options.kills} kills, {len(journal.lines)} answers", end="", file=sys.stderr)
    stop.set()
    for shopper in shoppers:
        shopper.join(timeout=60)
    drained = drain(data_dir)
    clean_exit = server.stop()
    wrong, promised = judge(data_dir, journal)
    command = [options.sluice, "audit", "--data-dir", data_dir, "--journal", journal_path, "--output", "json"]
    audit = subprocess.run(command, capture_output=True, text=True)
    print(f"{options.kills} kills, {len(journal.lines)} answers, {promised} orders accepted, "
          f"slowest start {slowest:.2f} s, audit exit {audit.returncode}", file=sys.stderr)
    if not drained:
        wrong.append("the queue did not drain")
    if clean_exit != 0:
        wrong.append(f"the last server ended with {clean_exit}")
    if audit.returncode != 0:
        wrong.append(f"audit exit {audit.returncode}: {audit.stdout} {audit.stderr}")
    if promised == 0:
        wrong.append("nothing was sold: the test proves nothing")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sluice", default=os.environ.get("SLUICE", "build/release/sluice"))
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", help="keep everything in this new folder")
    options = parser.parse_args()
    options.sluice = os.path.abspath(options.sluice)
    folder = options.keep or tempfile.mkdtemp(prefix="sluice-kill-")
    os.makedirs(folder, exist_ok=True)
    began = time.monotonic()
    try:
        wrong = run(options, folder)
    finally:
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)
    for line in wrong[:20]:
        print("FAIL " + line)
    print(f"Ran 1 test in {time.monotonic() - began:.3f}s\n")
    print("FAILED (failures=1)" if wrong else "OK")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
