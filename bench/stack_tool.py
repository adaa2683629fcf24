#!/usr/bin/env python3
"""What run_stack.sh needs besides a shell. Standard library only; Python 3.11.

  stack_tool.py tokens SECRET COUNT                   buyers' tokens, one a line, valid for a day
  stack_tool.py open-sale DATA_DIR                    a new hot sale that takes orders; prints its number
  stack_tool.py await-settled DATA_DIR SALE AT_LEAST PATIENCE_S
                                                      until the ledger has so many orders and gets no more; JSON
  stack_tool.py settled-between CONFIG SALE           first to last settled_at of the ledger's rows; JSON
  stack_tool.py settings CONFIG                       what the stack's servers say about their durability
  stack_tool.py best-loop LOOP…                       best orders_per_s of these in the lines of mariadb_loops on stdin
  stack_tool.py summary RESULTS                       median and range of each figure; lines are `name<TAB>value`
"""

import base64
import hashlib
import hmac
import json
import os
import statistics
import subprocess
import sys
import time
import tomllib
import urllib.request
from datetime import datetime, timedelta, timezone
from pathlib import Path

UNITS, LIMIT, PRICE = 1_000_000_000, 1_000_000, 100
DAY_S = 86_400
LOOK_S = 0.1
STILL_S = 1.0  # no new row for so long: the ledger has them all


def base64url(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def tokens(secret, count):
    """slb1.<buyer>.<expiry>.<HMAC-SHA256 of all before>, as src/adapters/http/credentials.cc makes them."""
    expires = int(time.time()) + DAY_S
    for number in range(int(count)):
        signed = f"slb1.{base64url(f'bench-{number}'.encode())}.{expires}"
        print(f"{signed}.{base64url(hmac.digest(secret.encode(), signed.encode(), hashlib.sha256))}")


class Admin:
    """The admin listener of the server that owns a data directory."""

    def __init__(self, data_dir):
        owner = json.loads((Path(data_dir) / "admin.json").read_text())
        self.url, self.token = owner["admin_url"], owner["token"]

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def orders(self, sale):
        stock = self.call("GET", f"/v1/sales/{sale}")["stock"]
        return stock["orders"], stock["rejected_orders"]


def open_sale(data_dir):
    admin = Admin(data_dir)
    shop = admin.call("POST", "/v1/shops", {"name": "Bench"})["shop_id"]
    goods = admin.call("POST", "/v1/goods", {"shop_id": shop, "title": "Hot", "price_minor": PRICE})["goods_id"]
    now = datetime.now(timezone.utc)
    # Nothing expires while it is measured.
    sale = admin.call("POST", "/v1/sales", {
        "goods_id": goods, "units": UNITS, "limit_per_buyer": LIMIT, "payment_window_seconds": DAY_S,
        "opens_at": (now - timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "closes_at": (now + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
    })["sale_id"]
    admin.call("POST", f"/v1/sales/{sale}/open", {"reason": "bench"})
    until = time.monotonic() + 60
    while admin.call("GET", f"/v1/sales/{sale}")["sale"]["gate_state"] != "open":
        if time.monotonic() > until:
            sys.exit("stack_tool: the sale did not open within 60 s")
        time.sleep(LOOK_S)
    print(sale)


def await_settled(data_dir, sale, at_least, patience):
    admin, at_least = Admin(data_dir), int(at_least)
    began = seen_at = time.monotonic()
    last, rejected = -1, 0
    while time.monotonic() - began < float(patience):
        orders, rejected = admin.orders(sale)
        now = time.monotonic()
        if orders != last:
            last, seen_at = orders, now
        if last >= at_least and now - seen_at >= STILL_S:
            break
        time.sleep(LOOK_S)
    print(json.dumps({
        "orders": last, "rejected": rejected, "complete": last >= at_least,
        "seen_at": time.time() - (time.monotonic() - seen_at),
    }))


def stack_config(config, section):
    with open(config, "rb") as file:
        values = dict(tomllib.load(file).get(section) or sys.exit(f"stack_tool: no [{section}] in {config}"))
    if "password" not in values and "password_file" in values:
        values["password"] = (Path(config).parent / values["password_file"]).read_text().strip()
    values["host"], _, values["port"] = values["address"].rpartition(":")
    return values


def sql_command(config):
    """The mariadb client of the stack's ledger, and its environment."""
    maria = stack_config(config, "mariadb")
    command = [
        "mariadb", "--no-defaults", "--batch", "--skip-column-names", "--protocol=tcp", f"--host={maria['host']}",
        f"--port={maria['port']}", f"--user={maria.get('user', 'sluice')}", maria.get("database", "sluice"),
    ]
    environment = os.environ | {"MYSQL_PWD": maria.get("password", "")}
    return command, environment


def sql(config, query):
    """Rows of the stack's ledger."""
    command, environment = sql_command(config)
    done = subprocess.run(command, input=query, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return [line.split("\t") for line in done.stdout.splitlines()]


def settled_between(config, sale):
    """The rate counts the rows after the first transaction: its own duration is not between the two times."""
    where = f"sale_id={int(sale)}"
    [[rows, first, last]] = sql(config, f"SELECT COUNT(*), MIN(settled_at), MAX(settled_at) FROM orders WHERE {where}")
    if int(rows) == 0:
        sys.exit("stack_tool: nothing was settled")
    [[later]] = sql(config, f"SELECT COUNT(*) FROM orders WHERE {where} AND settled_at>{int(first)}")
    seconds = (int(last) - int(first)) / 1000
    per_s = int(later) / seconds if seconds > 0 else 0
    print(json.dumps({"rows": int(rows), "seconds": seconds, "per_s": per_s}))


def settings(config):
    names = ["version", "innodb_flush_log_at_trx_commit", "log_bin", "sync_binlog", "innodb_buffer_pool_size"]
    [values] = sql(config, "SELECT " + ", ".join("@@" + name for name in names))
    print("MariaDB   " + ", ".join(f"{name}={value}" for name, value in zip(names, values)))
    redis = stack_config(config, "redis")
    command = ["redis-cli", "--no-auth-warning", "-h", redis["host"], "-p", str(redis["port"])]
    command += ["config", "get", "appendonly", "appendfsync", "maxmemory-policy"]
    environment = os.environ | ({"REDISCLI_AUTH": redis["password"]} if redis.get("password") else {})
    words = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout.split()
    print("Redis     " + ", ".join(f"{name}={value}" for name, value in zip(words[::2], words[1::2])))


def best_loop(*wanted):
    loops = [json.loads(line) for line in sys.stdin]
    print(max(one["orders_per_s"] for one in loops if one["loop"] in wanted))


def summary(results):
    figures = {}
    for line in Path(results).read_text().splitlines():
        name, value = line.split("\t")
        figures.setdefault(name, []).append(float(value))
    width = max(map(len, figures), default=0)
    for name, values in figures.items():
        digits = 2 if statistics.median(values) < 1000 else 0
        print(f"{name:<{width}}  median {statistics.median(values):>9.{digits}f}   "
              f"range {min(values):.{digits}f} to {max(values):.{digits}f}   runs {len(values)}")


COMMANDS = {
    "tokens": tokens, "open-sale": open_sale, "await-settled": await_settled, "settled-between": settled_between,
    "settings": settings, "best-loop": best_loop, "summary": summary,
}

if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in COMMANDS:
        sys.exit(__doc__)
    COMMANDS[sys.argv[1]](*sys.argv[2:])
