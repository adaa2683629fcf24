#!/usr/bin/env python3
"""Every named step of place, settle, pay, expire, park, bury and rebuild, on the real stack: the process dies before it,
dies after it, or never hears that it happened. Then a fresh process takes over; at the end the witness judges it all.

    SLUICE=build/release/sluice tests/chaos/crash_points_test.py [test…]

Every step is met once, with one harm; SLUICE_CRASH_POINTS=all meets each with all three.
"""

import json
import os
import signal
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "stack"))
import witness  # noqa: E402
from crowd import PRICE, Crowd, Deeds, Journal, Person  # noqa: E402
from stack import SLUICE, Node, Stack, command, until  # noqa: E402
from world import World  # noqa: E402

SETTINGS = ("worker.retry_tiers_ms=200,200,200",)
# What has to happen for a process to come by a step.
ORDER = ("gate.reserve", "queue.publish.orders", "consumer.take", "ledger.snapshot", "ledger.apply.settle", "gate.sync",
         "consumer.ack", "ledger.due", "gate.claim_stale")
EXPIRY = ("ledger.apply.cancel",)
PAYMENT = ("ledger.record_payment",)
FAILING_SETTLEMENT = ("ledger.apply.park", "gate.park", "queue.publish_after", "ledger.apply.bury", "queue.notify_dead")
FAILING_EXPIRY = ("ledger.defer_work", "ledger.finish_work")
REBUILD = ("ledger.begin_epoch", "ledger.rows", "gate.load_ahead", "queue.publish.barrier", "ledger.apply.seal",
           "ledger.gate_image", "gate.load", "ledger.open_gate")


class CrashNode(Node):
    def __init__(self, stack, name):
        super().__init__(stack, name, "all", *SETTINGS)

    def start_with(self, crash_at):
        os.environ.pop("SLUICE_CRASH_AT", None)
        if crash_at:
            os.environ["SLUICE_CRASH_AT"] = crash_at
        try:
            self.start()
        except AssertionError:
            if not crash_at or self.process.returncode != -signal.SIGKILL:
                raise  # else it came to its step before it was ready, which is as good
        finally:
            os.environ.pop("SLUICE_CRASH_AT", None)

    def dead(self):
        return self.process.poll() is not None


class Scene:
    """One stack, one ledger and one journal for all tests."""

    def __init__(self):
        self.stack = Stack()
        self.stack.up()
        self.node = CrashNode(self.stack, "node")
        self.node.start_with(None)
        self.journal = Journal(os.path.join(self.stack.folder, "journal.jsonl"))
        self.deeds = Deeds(os.path.join(self.stack.folder, "deeds.jsonl"))
        self.sales = []
        self.sale = self.open_sale(900)
        self.brief = self.open_sale(1)
        self.node.stop()
        token = command("token", "--config", self.stack.config, "--buyer", "ann").stdout.strip()
        crowd = Crowd([self.node], self.sales, {"ann": token}, self.stack.secret("payment"), self.journal, self.deeds)
        self.buyer = Person(crowd, 0, 1)

    def open_sale(self, window):
        world = World.__new__(World)  # only to open a sale
        world.stack, world.nodes = self.stack, {"api": self.node}
        self.node.role = "api"
        sale = world.open_sale(100_000, 100_000, payment_window=window)
        self.node.role = "all"
        self.sales.append(sale)
        return sale

    def buy(self, sale):
        self.buyer.made += 1
        status, order = self.buyer.attempt(sale, "ann", f"k{self.buyer.made}", 1)
        return order if status in (200, 201, 202) else None

    def refuse(self, sale, event, state):
        self.stack.sql(f"CREATE TRIGGER refuse_{sale} BEFORE {event} ON orders FOR EACH ROW BEGIN "
                       f"IF NEW.sale_id = {sale} AND NEW.state = '{state}' THEN "
                       "SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1205, MESSAGE_TEXT = 'Lock wait timeout (test)'; END IF; END")

    def relent(self, sale):
        self.stack.sql(f"DROP TRIGGER IF EXISTS refuse_{sale}")

    def down(self):
        self.node.end()
        self.stack.down()


SCENE = None


def setUpModule():
    global SCENE
    SCENE = Scene()


def tearDownModule():
    SCENE.down()


class CrashPoints(unittest.TestCase):
    def crash(self, crash_at, stimulate):
        """Starts a process with this crash point and goes on until it has failed there."""
        SCENE.node.start_with(crash_at)
        harmed = SCENE.node.dead
        if crash_at.startswith("lose"):
            harmed = lambda: any("it fails on purpose now" in line and crash_at.split()[1] in line  # noqa: E731
                                 for line in SCENE.node.said().splitlines())
        end = time.monotonic() + 60
        while not harmed():
            self.assertLess(time.monotonic(), end, f"it never came to: {crash_at}")
            stimulate()
            time.sleep(0.05)
        if crash_at.startswith("lose"):
            self.assertFalse(SCENE.node.dead())
            self.assertEqual(SCENE.node.stop(), 0)
        else:
            self.assertEqual(SCENE.node.process.returncode, -signal.SIGKILL)

    def at(self, harm, step):
        if step in REBUILD:
            SCENE.node.start_with(None)
            SCENE.node.stop()
            SCENE.stack.redis("FLUSHALL")
            return self.crash(f"{harm} {step}", lambda: SCENE.buy(SCENE.sale))
        if step in FAILING_SETTLEMENT or step in FAILING_EXPIRY:
            return self.at_failure(harm, step)
        if step in EXPIRY:
            return self.crash(f"{harm} {step}", lambda: SCENE.buy(SCENE.brief))
        if step in PAYMENT:
            return self.crash(f"{harm} {step}", self.buy_and_pay)
        return self.crash(f"{harm} {step}", lambda: SCENE.buy(SCENE.sale))

    def buy_and_pay(self):
        order = SCENE.buy(SCENE.sale)
        if order:
            SCENE.buyer.ask("POST", *self.notification(order))

    def notification(self, order):
        body = json.dumps({"payment_id": f"p-{order}", "order_id": order, "amount_minor": PRICE, "currency": "CNY"})
        return "/v1/payments/notifications", body, {"Sluice-Signature": SCENE.buyer.crowd.sign(body)}

    def at_failure(self, harm, step):
        """Of one sale the ledger refuses to settle or to expire anything."""
        SCENE.node.start_with(None)
        sale = SCENE.open_sale(1)
        SCENE.node.stop()
        settlement = step in FAILING_SETTLEMENT
        SCENE.refuse(sale, "INSERT" if settlement else "UPDATE", "awaiting_payment" if settlement else "cancelled")
        bought = []

        def stimulate():
            if len(bought) < 3:
                bought.append(SCENE.buy(sale))
            parked = SCENE.stack.sql(f"SELECT COUNT(*) FROM deferred_work WHERE sale_id = {sale}")
            if step == "ledger.finish_work" and parked != [["0"]]:
                SCENE.relent(sale)  # so that there is something to finish
        try:
            self.crash(f"{harm} {step}", stimulate)
        finally:
            SCENE.relent(sale)

    def test_zz_after_all_that_nothing_is_lost_and_every_law_holds(self):
        SCENE.node.start_with(None)
        redriven, left = [0.0], []

        def drained():
            if time.monotonic() > redriven[0] + 3:
                redriven[0] = time.monotonic()
                command("dlq", "redrive", "--all", "--yes", "--reason", "test", "--data-dir", SCENE.node.data_dir, check=False)
            left[:] = witness.undrained(SCENE.stack, SCENE.sales, SCENE.journal, [SCENE.sale])
            return not left
        try:
            until(drained, "everything is settled", 120)
        except AssertionError as error:
            self.fail(f"{error}: {left}")
        verdict = witness.judge(SCENE.stack, SLUICE, SCENE.sales, SCENE.journal, SCENE.deeds)
        self.assertEqual(verdict.wrong, [])


def add_test(harm, step):
    name = f"test_{harm}_{step.replace('.', '_')}"
    setattr(CrashPoints, name, lambda self: self.at(harm, step))


HARMS = ("after", "lose", "before")
for _number, _step in enumerate((*ORDER, *PAYMENT, *EXPIRY, *FAILING_EXPIRY, *FAILING_SETTLEMENT, *REBUILD)):
    for _harm in HARMS if os.environ.get("SLUICE_CRASH_POINTS") == "all" else (HARMS[_number % 3],):
        add_test(_harm, _step)


if __name__ == "__main__":
    unittest.main(verbosity=2)
