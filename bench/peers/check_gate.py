#!/usr/bin/env python3
"""check_gate.py HTTP_PORT REDIS_PORT: does the peer gate enforce what it is compared for?

Expects a fresh sale 1 of 10 units, 1 per buyer. 20 buyers at once: exactly 10 are accepted; whoever repeats a key gets the
same order; limit, quantity, window, and a Redis that is not the one that loaded the gate are noticed. Exit status 1 with
the reason when it is not so.
"""

import base64
import concurrent.futures
import http.client
import json
import subprocess
import sys

UNITS, BUYERS = 10, 20
GATE = "peer:{1}:gate"


def token(buyer):
    """As Sluice's, with a signature that nobody checks here."""
    name = base64.urlsafe_b64encode(buyer.encode()).decode().rstrip("=")
    return f"slb1.{name}.4102444800.c2lnbmF0dXJl"


class Gate:
    def __init__(self, http_port, redis_port):
        self.http_port, self.redis_port = http_port, redis_port

    def place(self, buyer, key, quantity=1):
        connection = http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=10)
        headers = {"Authorization": "Bearer " + token(buyer), "Idempotency-Key": key, "Content-Type": "application/json"}
        connection.request("POST", "/v1/sales/1/orders", json.dumps({"quantity": quantity}), headers)
        answer = connection.getresponse()
        body = json.loads(answer.read())
        connection.close()
        return answer.status, body, answer.headers

    def redis(self, *words):
        command = ["redis-cli", "-p", str(self.redis_port), *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def expect(what, seen, wanted):
    if seen != wanted:
        sys.exit(f"check_gate: {what}: {seen!r}, expected {wanted!r}")


def main():
    gate = Gate(int(sys.argv[1]), int(sys.argv[2]))
    buyers = [f"buyer-{i}" for i in range(BUYERS)]
    with concurrent.futures.ThreadPoolExecutor(BUYERS) as pool:
        answers = dict(zip(buyers, pool.map(lambda buyer: gate.place(buyer, "first"), buyers)))
    won = [buyer for buyer in buyers if answers[buyer][0] == 202]
    lost = [buyer for buyer in buyers if answers[buyer][0] == 409]
    expect("accepted", len(won), UNITS)
    expect("refused", len(lost), BUYERS - UNITS)
    expect("reasons", {answers[buyer][1].get("code") for buyer in lost}, {"sold_out"})
    expect("held", gate.redis("hget", GATE, "held"), str(UNITS))
    expect("ids", len({answers[buyer][1]["order_id"] for buyer in won}), UNITS)

    for buyer in won:
        status, body, headers = gate.place(buyer, "first")
        expect("replay", (status, body["order_id"]), (202, answers[buyer][1]["order_id"]))
        expect("replay is marked", headers["Idempotency-Replayed"], "true")
    expect("held after replays", gate.redis("hget", GATE, "held"), str(UNITS))
    expect("orders", gate.redis("hlen", "peer:{1}:orders"), str(UNITS))
    expect("deadlines", gate.redis("zcard", "peer:{1}:due"), str(UNITS))
    expect("rows of held", gate.redis("hlen", "peer:{1}:held"), str(UNITS))
    status, body, _ = gate.place(won[0], "first", 2)
    expect("same key, other quantity", (status, body.get("code")), (422, "payload_mismatch"))

    gate.redis("hset", GATE, "available", str(UNITS + 5))
    status, body, _ = gate.place(won[0], "second")
    expect("beyond the limit", (status, body.get("code"), body.get("left")), (409, "limit_reached", 0))
    status, body, _ = gate.place(lost[0], "again")
    expect("a refused buyer after more units", status, 202)

    gate.redis("hset", GATE, "closes_at_ms", "1")
    status, body, _ = gate.place(lost[1], "late")
    expect("after the window", (status, body.get("code")), (409, "ended"))
    expect("replay after the window", gate.place(won[0], "first")[0], 202)
    gate.redis("hset", GATE, "server", "0" * 40)
    status, body, _ = gate.place(won[0], "first")
    expect("a Redis that did not load the gate", (status, body.get("code")), (503, "recovering"))
    gate.redis("flushall")
    status, body, _ = gate.place(won[0], "first")
    expect("an empty Redis", (status, body.get("code")), (503, "recovering"))


if __name__ == "__main__":
    main()
