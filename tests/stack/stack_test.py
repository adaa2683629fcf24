#!/usr/bin/env python3
"""Sluice on real Redis, RabbitMQ and MariaDB: processes by role, everything killed once, failures that the protocol names.

    SLUICE=build/release/sluice tests/stack/stack_test.py [test…]

One stack for all tests, each with sales and server processes of its own. The witness shares no code with the server.
"""

import datetime
import hashlib
import hmac
import http.client
import json
import os
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from stack import SLUICE, Node, Stack, command, kill_test, until, uuid_of  # noqa: E402

STACK = Stack()
TIERS = "worker.retry_tiers_ms=300,400,500"


def setUpModule():
    STACK.up()


def tearDownModule():
    STACK.down()


class StackTest(unittest.TestCase):
    def setUp(self):
        self.stack, self.nodes = STACK, []

    def tearDown(self):
        for node in self.nodes:
            node.end()

    def node(self, role="all", *settings):
        node = Node(self.stack, f"{self._testMethodName}-{len(self.nodes)}", role, *settings)
        self.nodes.append(node)
        node.start()
        return node

    def sale(self, admin, units=10, limit=10, price=500, payment_window=900, mode="queued"):
        """An open sale whose gate serves."""
        shop = admin.call("POST", "/v1/shops", {"name": "Corner"})
        goods = admin.call("POST", "/v1/goods", {"shop_id": shop["shop_id"], "title": "Mug", "price_minor": price})
        now = datetime.datetime.now(datetime.timezone.utc)
        hour, stamp = datetime.timedelta(hours=1), "%Y-%m-%dT%H:%M:%SZ"
        sale = admin.call("POST", "/v1/sales", {
            "goods_id": goods["goods_id"], "units": units, "limit_per_buyer": limit, "mode": mode,
            "price_minor": price, "payment_window_seconds": payment_window,
            "opens_at": (now - hour).strftime(stamp), "closes_at": (now + hour).strftime(stamp)})["sale_id"]
        admin.call("POST", f"/v1/sales/{sale}/open", {"reason": "test"})
        if mode == "queued":
            until(lambda: admin.call("GET", f"/v1/sales/{sale}")["sale"]["gate_state"] == "open", "the gate opens")
        return sale

    def token(self, buyer):
        return command("token", "--config", self.stack.config, "--buyer", buyer).stdout.strip()

    def ask(self, node, method, path, body=None, token=None, headers=None):
        connection = http.client.HTTPConnection(node.admin["public_url"].removeprefix("http://"), timeout=60)
        fields = {"Content-Type": "application/json", **(headers or {})}
        if token:
            fields["Authorization"] = "Bearer " + token
        connection.request(method, path, json.dumps(body) if isinstance(body, dict) else body, fields)
        reply = connection.getresponse()
        text = reply.read().decode()
        connection.close()
        return reply.status, json.loads(text) if text else {}

    def buy(self, node, sale, token, key, quantity=1):
        """(status, order id) once the answer is definite."""
        def answered():
            status, reply = self.ask(node, "POST", f"/v1/sales/{sale}/orders", {"quantity": quantity}, token,
                                     {"Idempotency-Key": key})
            return (status, reply) if status != 503 else None
        return until(answered, "a definite answer")

    def pay(self, node, order, payment, amount=500):
        secret = self.stack.secret("payment")
        body = json.dumps({"payment_id": payment, "order_id": order, "amount_minor": amount, "currency": "CNY"})
        stamp = str(int(time.time()))
        signature = hmac.new(secret.encode(), f"{stamp}.{body}".encode(), hashlib.sha256).hexdigest()
        return self.ask(node, "POST", "/v1/payments/notifications", body, None,
                        {"Sluice-Signature": f"t={stamp},v1={signature}"})

    def state_of(self, node, order, token):
        return self.ask(node, "GET", f"/v1/orders/{order}", token=token)[1].get("state")

    def ledger(self, sale):
        """order id → state, by our own SQL."""
        rows = self.stack.sql(f"SELECT HEX(order_id), state FROM orders WHERE sale_id = {sale}")
        return {uuid_of(order): state for order, state in rows}

    def audit(self, *arguments):
        done = command("audit", "--config", self.stack.config, "--output", "json", *arguments, check=False)
        return done.returncode, json.loads(done.stdout)

    # What an operator starts with.

    def test_a_second_up_finds_everything_running_and_doctor_is_content(self):
        before = self.stack.state()
        self.stack.up()
        self.assertEqual(self.stack.state(), before)
        self.assertIn('"up"', command("stack", "status", "--dir", self.stack.directory, "--output", "json").stdout)
        done = command("doctor", "--config", self.stack.config, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_demo_proves_every_law_on_the_real_servers(self):
        done = command("demo", "--config", self.stack.config, "--exit", "--buyers", "4000", "--output", "json", check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        proof = json.loads(done.stdout)
        self.assertEqual((proof["oversold"], proof["lost"], proof["duplicates"], proof["drift"]), (0, 0, 0, 0))
        self.assertGreaterEqual(proof["paid"], 400)

    # Processes by role.

    def test_every_server_and_process_is_killed_once_and_nothing_is_lost(self):
        api, worker = self.node("api"), self.node("worker")
        spare = self.node("worker")
        sale = self.sale(api, kill_test.UNITS, kill_test.LIMIT, payment_window=3)
        tokens = {f"b{i}": self.token(f"b{i}") for i in range(8)}
        path = os.path.join(self.stack.folder, "journal.jsonl")
        journal, stop = kill_test.Journal(path), threading.Event()
        shoppers = [kill_test.Shopper(i, i, api, sale, tokens, journal, stop) for i in range(4)]
        for shopper in shoppers:
            shopper.start()
        accepted = lambda: sum(1 for line in list(journal.lines) if line["status"] == 202)  # noqa: E731
        until(lambda: accepted() > 20, "orders flow")
        for victim in ("redis", "rabbitmq", "mariadb", worker, api, spare):
            if isinstance(victim, str):
                self.stack.kill(victim)
                self.stack.up()
            else:
                victim.kill()
                victim.start()
            before = accepted()
            until(lambda: accepted() > before + 20, f"orders flow again after {victim}")
        stop.set()
        for shopper in shoppers:
            shopper.join(timeout=90)
        promised = {line["order"] for line in journal.lines if line["status"] in (200, 201, 202)}
        missing = lambda: promised - set(self.ledger(sale))  # noqa: E731
        until(lambda: not missing(), "every promised order is in the ledger")
        self.assertNotIn("rejected", {state for order, state in self.ledger(sale).items() if order in promised})
        until(lambda: self.audit("--journal", path)[0] == 0, f"the audit is ok: {self.audit('--journal', path)}")

    def test_a_lost_gate_is_told_ahead_what_the_ledger_has_while_leases_run_out(self):
        node = self.node()
        sale, tokens = self.sale(node), {buyer: self.token(buyer) for buyer in ("ann", "bob")}
        orders = {buyer: self.buy(node, sale, token, "k")[1]["order_id"] for buyer, token in tokens.items()}
        until(lambda: len(self.ledger(sale)) == 2, "both orders are settled")
        self.stack.redis("FLUSHALL")
        told = lambda: self.stack.redis("KEYS", f"sluice:{{{sale}}}:load:*:buyers")  # noqa: E731
        until(told, "the new gate is told of the buyers")
        self.assertEqual(node.call("GET", f"/v1/sales/{sale}")["sale"]["gate_state"], "recovering")
        self.stack.redis("HSET", told(), "ann", "1 0 1")  # a mark that stays only if the row is not sent again
        status, reply = self.ask(node, "POST", f"/v1/orders/{orders['bob']}/cancel", token=tokens["bob"])
        self.assertEqual(status, 200, reply)
        until(lambda: node.call("GET", f"/v1/sales/{sale}")["sale"]["gate_state"] == "open", "the gate opens")
        self.assertEqual(self.stack.redis("HGET", f"sluice:{{{sale}}}:buyers", "ann"), "1 0 1")
        bob = lambda: self.stack.redis("HGET", f"sluice:{{{sale}}}:buyers", "bob").split()[:2]  # noqa: E731
        until(lambda: bob() == ["0", "0"], f"bob's cancelled order is given back: {bob()}")
        self.assertEqual(self.stack.redis("KEYS", f"sluice:{{{sale}}}:load:*"), "")
        until(lambda: self.audit()[0] == 0, "the audit is ok")

    def test_partitions_are_shared_by_workers_and_handed_over_when_one_stops(self):
        api, first = self.node("api"), self.node("worker")
        sales = [self.sale(api, 1000, 1000) for _ in range(8)]
        second = self.node("worker")
        token = self.token("ann")
        settled = lambda node: node.metric("sluice_settlement_batch_orders_count")  # noqa: E731
        number = 0

        def both_settle():
            nonlocal number
            for sale in sales:
                number += 1
                self.buy(api, sale, token, f"k{number}")
            return settled(second) > 0 and settled(first) > before
        before = settled(first)
        until(both_settle, "both workers settle")
        self.assertEqual(second.stop(), 0)
        orders = [self.buy(api, sale, token, f"last-{sale}")[1]["order_id"] for sale in sales]
        for order in orders:
            until(lambda: self.state_of(api, order, token) == "awaiting_payment", "the other worker settles it")

    def test_direct_mode_sells_from_the_database_alone(self):
        node = self.node()
        sale = self.sale(node, units=3, mode="direct")
        token = self.token("ann")
        answers = [self.buy(node, sale, token, f"k{i}")[0] for i in range(4)]
        self.assertEqual(answers, [201, 201, 201, 409])
        self.assertEqual(self.buy(node, sale, token, "k0")[0], 200)
        self.assertEqual(self.stack.sql(f"SELECT available FROM sale_stock WHERE sale_id = {sale}"), [["0"]])

    # Degraded modes: a metric while it lasts, and a log line at the change.

    def metric_is(self, node, line):
        until(lambda: line in node.text("/metrics").splitlines(), f"{line}\n{node.text('/metrics')}")

    def test_a_dependency_that_is_down_is_shown_and_told_once(self):
        node = self.node()
        for server, name in (("redis", "gate"), ("rabbitmq", "queue"), ("mariadb", "ledger")):
            told = lambda word: sum(f'"dependency":"{name}"' in line and f'"msg":"{word}"' in line  # noqa: E731
                                    for line in node.tail().splitlines())
            self.metric_is(node, f'sluice_dependency_up{{dependency="{name}"}} 1')
            self.stack.kill(server)
            self.metric_is(node, f'sluice_dependency_up{{dependency="{name}"}} 0')
            until(lambda: told("down") == 1, "it is told")
            self.stack.up()
            self.metric_is(node, f'sluice_dependency_up{{dependency="{name}"}} 1')
            until(lambda: told("up again") == 1, "it is told")
            self.assertEqual(told("down"), 1, node.tail())
        self.sale(node)  # and everything works again

    def test_without_a_worker_the_age_of_what_waits_rises_and_its_partition_is_named(self):
        api, worker = self.node("api"), self.node("worker")
        sale = self.sale(api)
        partition = self.stack.sql(f"SELECT queue_partition FROM sales WHERE sale_id = {sale}")[0][0]
        queue = f'{{queue="orders.{partition}"}}'
        told = lambda text: sum(text in line and f'"partition":"{partition}"' in line  # noqa: E731
                                for line in api.tail().splitlines())
        self.metric_is(api, f"sluice_queue_consumers{queue} 1")
        self.assertEqual(worker.stop(), 0)
        self.assertEqual(self.buy(api, sale, self.token("ann"), "k1")[0], 202)
        self.metric_is(api, f"sluice_queue_consumers{queue} 0")
        until(lambda: api.metric("sluice_queue_oldest_age_seconds") > 1, "the age rises")
        self.assertEqual(told("orders wait and no worker takes them"), 1)
        worker.start()
        self.metric_is(api, f"sluice_queue_consumers{queue} 1")
        until(lambda: api.metric("sluice_queue_oldest_age_seconds") == 0, "it is taken")
        until(lambda: told("a worker takes the orders again") == 1, "it is told")

    # The story of the original description: an order whose payment ran out cannot be cancelled.

    def refuse_cancels(self, sale):
        self.stack.sql(f"CREATE TRIGGER refuse_{sale} BEFORE UPDATE ON orders FOR EACH ROW BEGIN "
                  f"IF NEW.sale_id = {sale} AND NEW.state = 'cancelled' THEN "
                  "SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1205, MESSAGE_TEXT = 'Lock wait timeout (test)'; END IF; END")
        self.addCleanup(self.stack.sql, f"DROP TRIGGER IF EXISTS refuse_{sale}")

    def work_of(self, order):
        return self.stack.sql(f"SELECT state, attempt FROM deferred_work WHERE kind = 'expiry' AND work_key = '{order}'")

    def test_an_expiry_that_fails_goes_through_the_tiers_to_the_desk_and_is_redriven(self):
        node = self.node("all", TIERS)
        sale = self.sale(node, payment_window=1)
        self.refuse_cancels(sale)
        token = self.token("ann")
        order = self.buy(node, sale, token, "k1")[1]["order_id"]
        until(lambda: self.work_of(order), "it fails, and is parked")
        until(lambda: self.work_of(order) == [["buried", "5"]], "five attempts, then the desk")
        self.assertEqual(self.state_of(node, order, token), "awaiting_payment")
        self.stack.sql(f"DROP TRIGGER refuse_{sale}")
        done = command("dlq", "redrive", "--kind", "expiry", "--key", order, "--yes", "--reason", "mended", "--data-dir", node.data_dir)
        self.assertEqual(done.returncode, 0, done.stderr)
        until(lambda: self.state_of(node, order, token) == "cancelled", "it expires after all")
        until(lambda: not self.work_of(order), "the desk is empty")
        self.assertEqual(self.stack.sql(f"SELECT available FROM sale_stock WHERE sale_id = {sale}"), [["10"]])

    def test_a_payment_that_lands_while_the_expiry_fails_wins(self):
        node = self.node("all", TIERS)
        sale = self.sale(node, payment_window=1)
        self.refuse_cancels(sale)
        token = self.token("ann")
        order = self.buy(node, sale, token, "k1")[1]["order_id"]
        until(lambda: self.work_of(order), "it fails, and is parked")
        status, reply = self.pay(node, order, f"pay-{sale}")
        self.assertEqual(status, 200, reply)
        self.assertEqual(self.state_of(node, order, token), "paid")
        until(lambda: not self.work_of(order), "there is nothing left to expire")

    # Compensation: what the ledger refuses is given back to the gate, stock and limit together.

    def test_orders_that_the_ledger_refuses_are_given_back_to_the_gate_and_named_by_the_audit(self):
        self.stack = Stack()  # of its own: what is done to this ledger by hand breaks its laws for good
        self.stack.up()
        self.addCleanup(self.stack.down)
        node = self.node()
        sale = self.sale(node, units=5, limit=3)
        ann, bob = self.token("ann"), self.token("bob")
        path = os.path.join(self.stack.folder, "refused.jsonl")
        journal = kill_test.Journal(path)
        self.assertEqual(self.buy(node, sale, ann, "first")[0], 202)
        until(lambda: self.stack.sql(f"SELECT available FROM sale_stock WHERE sale_id = {sale}") == [["4"]], "it settles")
        # Behind the gate's back: three units vanish, as the books of a restored database might have it.
        self.stack.sql(f"UPDATE sale_stock SET available = available - 3, total = total - 3 WHERE sale_id = {sale}")
        orders = []
        for buyer, token in (("ann", ann), ("bob", bob), ("bob", bob)):
            key = f"k{len(orders)}"
            status, reply = self.buy(node, sale, token, key)
            self.assertIn(status, (202, 409), reply)
            journal.write(key, buyer, sale, 1, status, reply.get("code", ""), reply.get("order_id", ""))
            if status == 202:
                orders.append(reply["order_id"])
        until(lambda: all(order in self.ledger(sale) for order in orders), "every one is decided")
        refused = [order for order in orders if self.ledger(sale)[order] == "rejected"]
        self.assertEqual(len(orders) - len(refused), 1, "one unit was left")
        self.stack.sql(f"UPDATE sale_stock SET available = available + 3, total = total + 3 WHERE sale_id = {sale}")
        self.assertEqual(self.stack.sql(f"SELECT available FROM sale_stock WHERE sale_id = {sale}"), [["3"]])
        code, report = self.audit("--journal", path)
        self.assertEqual(code, 4, report)
        broken = next(law for law in report["laws"] if law["law"] == "L10")
        self.assertEqual(sorted(broken["orders"]), sorted(refused))
        # The gate has nothing in flight any more: stock and limit of the refused orders came back to it.
        until(lambda: self.stack.redis("HGET", f"sluice:{{{sale}}}:gate", "held") == "0", "nothing is held")
        self.assertEqual(self.stack.redis("HLEN", f"sluice:{{{sale}}}:held"), "0")
        # Once it is told of the units that returned, the very buyer who was refused can have them.
        command("reconcile", "--fix", "--data-dir", node.data_dir, check=False)
        gate = f"sluice:{{{sale}}}:gate"
        until(lambda: self.stack.redis("HGET", gate, "available") == "3", "the gate is rebuilt")
        self.assertEqual(self.buy(node, sale, bob, "again")[0], 202)


if __name__ == "__main__":
    unittest.main(verbosity=2)
