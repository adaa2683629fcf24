"""Buyers, payers and those who change their minds, over HTTP. Every answer is on disk (fsync) before anybody acts on it.

Shares no code with the server. What was answered to purchases goes to the journal that `sluice audit --journal` reads;
what was answered to payments and cancels is kept for the witness.
"""

import hashlib
import hmac
import http.client
import json
import os
import random
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "integration"))
import kill_test  # noqa: E402

PRICE = 500


class Journal(kill_test.Journal):
    def __init__(self, path):
        super().__init__(path)
        self.path = path


class Deeds:
    """Answers to payments and cancels, one JSON line each."""

    def __init__(self, path):
        self.file = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
        self.lock, self.lines = threading.Lock(), []

    def write(self, what, order, answer):
        line = {"what": what, "order": order, "answer": answer}
        with self.lock:
            os.write(self.file, (json.dumps(line) + "\n").encode())
            os.fsync(self.file)
            self.lines.append(line)


class Crowd:
    """What all its people share. `apis` are nodes, of which some may be dead at any moment."""

    def __init__(self, apis, sales, tokens, payment_secret, journal, deeds):
        self.apis, self.sales, self.tokens = apis, sales, tokens
        self.payment_secret, self.journal, self.deeds = payment_secret.encode(), journal, deeds
        self.stop, self.people = threading.Event(), []
        self.lock = threading.Lock()
        self.placed = set()          # every order that was ever answered
        self.watched_from, self.first_after = 0.0, {}  # sale → when a new order was answered that was asked for since then

    def start(self, count, seed):
        self.people = [Person(self, i, seed * 1000 + i) for i in range(count)]
        for person in self.people:
            person.start()

    def end(self):
        """Lets everybody finish what they are doing; false if somebody could not."""
        self.stop.set()
        until = time.monotonic() + 120
        for person in self.people:
            person.join(timeout=max(0.0, until - time.monotonic()))
        return not any(person.is_alive() for person in self.people)

    def watch(self):
        """From now on first_after says of each sale when the first new order was accepted that was asked for from now on."""
        with self.lock:
            self.watched_from, self.first_after = time.monotonic(), {}
            return self.watched_from

    def accepted(self, order, sale, asked_at):
        with self.lock:
            if order not in self.placed and asked_at >= self.watched_from:
                self.first_after.setdefault(sale, time.monotonic())
            self.placed.add(order)

    def sign(self, body):
        stamp = str(int(time.time()))
        mac = hmac.new(self.payment_secret, f"{stamp}.{body}".encode(), hashlib.sha256).hexdigest()
        return f"t={stamp},v1={mac}"


class Person(threading.Thread):
    """Buys again and again. No answer and 503 are repeated with the same key until a definite answer comes."""

    def __init__(self, crowd, number, seed):
        super().__init__(daemon=True)
        self.crowd, self.number, self.random = crowd, number, random.Random(seed)
        self.made, self.connection = 0, None
        self.earlier = []  # (order, payment, amount): paid late, whatever became of it

    def run(self):
        while not self.crowd.stop.is_set():
            sale = self.random.choice(self.crowd.sales)
            buyer = self.random.choice(list(self.crowd.tokens))
            key, quantity = f"k{self.number}-{self.made}", self.random.choice([1, 1, 1, 2])
            self.made += 1
            order = self.insist(sale, buyer, key, quantity)
            chance = self.random.random()
            if order is None:
                time.sleep(0.002)
            elif chance < 0.05:
                self.attempt(sale, buyer, key, quantity)  # a double click
            elif chance < 0.27:
                self.pay(order, f"pay-{sale}-{key}", PRICE * quantity)
            elif chance < 0.30:
                for _ in range(2):  # the provider tells it twice
                    self.pay(order, f"pay-{sale}-{key}", PRICE * quantity)
            elif chance < 0.40:
                self.cancel(order, buyer)
            elif chance < 0.45:
                self.earlier.append((order, f"pay-{sale}-{key}", PRICE * quantity))
            if len(self.earlier) > 20:  # by now most of these have expired
                self.pay(*self.earlier.pop(0))

    def insist(self, sale, buyer, key, quantity):
        """The order's id if it was placed, once the answer is definite."""
        while True:
            status, order = self.attempt(sale, buyer, key, quantity)
            if status not in (0, 503):
                return order if status in (200, 201, 202) else None
            time.sleep(0.02)

    def attempt(self, sale, buyer, key, quantity):
        asked_at = time.monotonic()
        status, reply = self.ask("POST", f"/v1/sales/{sale}/orders", {"quantity": quantity},
                                 {"Authorization": "Bearer " + self.crowd.tokens[buyer], "Idempotency-Key": key})
        order = reply.get("order_id", "")
        self.crowd.journal.write(key, buyer, sale, quantity, status, reply.get("code", ""), order)
        if status in (200, 201, 202):
            self.crowd.accepted(order, sale, asked_at)
        return status, order

    def pay(self, order, payment, amount):
        body = json.dumps({"payment_id": payment, "order_id": order, "amount_minor": amount, "currency": "CNY"})
        for _ in range(50):  # a provider repeats its notification, not for ever
            status, reply = self.ask("POST", "/v1/payments/notifications", body,
                                     {"Sluice-Signature": self.crowd.sign(body)})
            if status == 200:
                return self.crowd.deeds.write("pay", order, reply)
            if status not in (0, 503):
                return self.crowd.deeds.write("refused", order, reply)
            time.sleep(0.1)

    def cancel(self, order, buyer):
        headers = {"Authorization": "Bearer " + self.crowd.tokens[buyer]}
        for _ in range(50):
            status, reply = self.ask("POST", f"/v1/orders/{order}/cancel", {}, headers)
            if status == 200:
                return self.crowd.deeds.write("cancel", order, reply)
            if status not in (0, 503) and reply.get("code") != "not_settled_yet":
                return None
            time.sleep(0.1)

    def ask(self, method, path, body, headers):
        """(status, reply); (0, {}) when no answer came."""
        try:
            if self.connection is None:
                node = self.random.choice(self.crowd.apis)
                self.connection = http.client.HTTPConnection(node.admin["public_url"].removeprefix("http://"), timeout=15)
            text = body if isinstance(body, str) else json.dumps(body)
            self.connection.request(method, path, text, {**headers, "Content-Type": "application/json"})
            reply = self.connection.getresponse()
            read = reply.read()
            if self.random.random() < 0.02:
                self.forget_connection()  # the next one may go to the other process
            return reply.status, json.loads(read) if read else {}
        except (OSError, http.client.HTTPException, ValueError, TypeError):
            self.forget_connection()
            return 0, {}

    def forget_connection(self):
        if self.connection is not None:
            self.connection.close()
        self.connection = None
