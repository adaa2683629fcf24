#!/usr/bin/env python3
"""`sluice serve` as its operator sees it: signals, what still works while it goes down, and the figures it shows.

    SLUICE=build/release/sluice tests/integration/serve_test.py
"""

import datetime
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kill_test import Server  # noqa: E402

SLUICE = os.path.abspath(os.environ.get("SLUICE", "build/release/sluice"))
PATIENCE = 60  # seconds; only a failing test waits so long


def until(condition, what):
    """The first true value of condition()."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.01)
    raise AssertionError(f"not within {PATIENCE} s: {what}")


class ServeTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="sluice-serve-")
        self.data_dir = os.path.join(self.folder, "data")
        self.server = Server(SLUICE, self.data_dir)
        self.server.start()

    def tearDown(self):
        if self.server.process.poll() is None:
            self.server.kill()
        self.server.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def log(self):
        with open(self.server.log.name, encoding="utf-8") as file:
            return file.read()

    def signal(self, number):
        self.server.process.send_signal(number)

    def exit_code(self):
        return self.server.process.wait(timeout=PATIENCE)

    def sale(self):
        """An open sale of 10 units whose gate serves."""
        call = self.server.call
        shop = call("POST", "/v1/shops", {"name": "Corner"})
        goods = call("POST", "/v1/goods", {"shop_id": shop["shop_id"], "title": "Mug", "price_minor": 500})
        now = datetime.datetime.now(datetime.timezone.utc)
        hour = datetime.timedelta(hours=1)
        stamp = "%Y-%m-%dT%H:%M:%SZ"
        sale = call("POST", "/v1/sales", {
            "goods_id": goods["goods_id"], "units": 10, "limit_per_buyer": 10,
            "opens_at": (now - hour).strftime(stamp), "closes_at": (now + hour).strftime(stamp)})["sale_id"]
        call("POST", f"/v1/sales/{sale}/open", {"reason": "test"})
        until(lambda: call("GET", f"/v1/sales/{sale}")["sale"]["gate_state"] == "open", "the gate opens")
        command = [SLUICE, "token", "--buyer", "ann", "--data-dir", self.data_dir]
        self.token = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
        return sale

    def ask(self, method, path, body=None, key=None):
        """(status, answer) of the public listener."""
        connection = http.client.HTTPConnection(self.public_address(), timeout=PATIENCE)
        headers = {"Authorization": "Bearer " + self.token, "Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        reply = connection.getresponse()
        answer = json.loads(reply.read())
        connection.close()
        return reply.status, answer

    def ready(self):
        """The status of /readyz."""
        connection = http.client.HTTPConnection(self.server.admin["admin_url"].removeprefix("http://"), timeout=PATIENCE)
        connection.request("GET", "/readyz")
        status = connection.getresponse().status
        connection.close()
        return status

    def public_address(self):
        return self.server.admin["public_url"].removeprefix("http://")

    def buy(self, sale, key):
        return self.ask("POST", f"/v1/sales/{sale}/orders", {"quantity": 1}, key)

    def definite(self, sale, key):
        """Its first answer that is not 503: a gate that has just opened may still say recovering."""
        def attempt():
            reply = self.buy(sale, key)
            return reply[0] != 503 and reply
        return until(attempt, "a definite answer")

    def accepted(self, sale, key):
        status, answer = self.definite(sale, key)
        self.assertEqual(status, 202, answer)
        return answer["order_id"]

    def settled(self, order):
        """Its state, once it has one: a gate that is being rebuilt says recovering for a while."""
        def look():
            status, answer = self.ask("GET", f"/v1/orders/{order}?wait=5s")
            return status == 200 and answer["state"] != "held" and answer["state"]
        return until(look, "settled")

    def half_a_request(self):
        """A connection that keeps the server waiting for the rest of a head, for as long as its limit allows."""
        host, port = self.public_address().rsplit(":", 1)
        connection = socket.create_connection((host, int(port)), timeout=PATIENCE)
        connection.sendall(b"GET /livez HTTP/1.1\r\nHost: half\r\n")
        return connection


class Signals(ServeTest):
    def test_whose_port_is_taken_is_told_what_chooses_another(self):
        with open(os.path.join(self.data_dir, "admin.json"), encoding="utf-8") as file:
            taken = json.load(file)["admin_url"].rpartition(":")[2]
        for option, other, setting in (("--port", "--admin-port", "http.public_port"),
                                       ("--admin-port", "--port", "http.admin_port")):
            second = subprocess.run([SLUICE, "serve", "--data-dir", os.path.join(self.folder, "second"), option, taken, other, "0"],
                                    capture_output=True, text=True, timeout=PATIENCE)
            self.assertNotEqual(second.returncode, 0)
            self.assertIn(f"cannot listen on 127.0.0.1 port {taken}", second.stderr)
            self.assertIn(f"{setting} ({option}) chooses another one", second.stderr)

    def test_term_drains_and_ends_well(self):
        sale = self.sale()
        order = self.accepted(sale, "k1")
        self.signal(signal.SIGTERM)
        self.assertEqual(self.exit_code(), 0)
        self.assertIn("stopped", self.log())
        self.server.start()
        self.assertEqual(self.settled(order), "awaiting_payment")

    def test_usr2_stops_admitting_and_works_the_queue_off(self):
        sale = self.sale()
        before = [self.accepted(sale, f"k{i}") for i in range(5)]
        self.assertEqual(self.ready(), 200)
        self.signal(signal.SIGUSR2)
        orders = f"/v1/sales/{sale}/orders"
        too_many = {"quantity": 1000}  # refused either way, and leaves no trace
        until(lambda: self.ask("POST", orders, too_many)[1]["code"] == "stopped", "a lame duck")
        self.assertIn("lame duck", self.log())
        self.assertEqual(self.ready(), 503, "no new buyers are to be sent here")
        for order in before:
            self.assertEqual(self.settled(order), "awaiting_payment")
        status, order = self.ask("POST", f"/v1/orders/{before[0]}/cancel")
        self.assertEqual((status, order["state"]), (200, "cancelled"), "what it has is looked after")
        self.assertEqual(self.buy(sale, "late")[1]["code"], "stopped", "for good")
        self.signal(signal.SIGTERM)
        self.assertEqual(self.exit_code(), 0)
        self.server.start()
        self.accepted(sale, "late")

    def test_a_second_term_ends_at_once(self):
        sale = self.sale()
        order = self.accepted(sale, "k1")
        with self.half_a_request():
            self.signal(signal.SIGTERM)
            until(lambda: "draining" in self.log(), "draining")
            self.assertIsNone(self.server.process.poll(), "it waits for the request that is half here")
            self.signal(signal.SIGTERM)
            self.assertEqual(self.exit_code(), 130)
        self.assertNotIn("stopped", self.log())
        self.server.start()
        self.assertEqual(self.definite(sale, "k1")[1]["order_id"], order, "and nothing that was accepted is lost")
        self.assertEqual(self.settled(order), "awaiting_payment")

    def test_int_after_term_ends_at_once_too(self):
        self.token = ""
        with self.half_a_request():
            self.signal(signal.SIGTERM)
            until(lambda: "draining" in self.log(), "draining")
            self.signal(signal.SIGINT)
            self.assertEqual(self.exit_code(), 130)

    def test_hup_reads_the_log_level_again(self):
        self.signal(signal.SIGHUP)
        until(lambda: "log level reloaded" in self.log(), "reloaded")
        self.assertIsNone(self.server.process.poll())


class Figures(ServeTest):
    def metric(self, name):
        host = self.server.admin["admin_url"].removeprefix("http://")
        connection = http.client.HTTPConnection(host, timeout=PATIENCE)
        connection.request("GET", "/metrics")
        lines = connection.getresponse().read().decode().splitlines()
        connection.close()
        return next((line.rsplit(" ", 1)[1] for line in lines if line.startswith(name + " ")), None)

    def test_metrics_show_where_the_units_are(self):
        sale = self.sale()
        orders = [self.accepted(sale, f"k{i}") for i in range(3)]
        for order in orders:
            self.assertEqual(self.settled(order), "awaiting_payment")
        self.assertEqual(self.ask("POST", f"/v1/orders/{orders[0]}/cancel")[0], 200)
        wanted = {"available": "8", "held": "0", "awaiting_payment": "2", "paid": "0"}
        name = "sluice_stock_units{{sale=\"{}\",state=\"{}\"}}"
        shown = lambda: {state: self.metric(name.format(sale, state)) for state in wanted}  # noqa: E731
        until(lambda: shown() == wanted, f"{wanted}; shown: {shown()}")


if __name__ == "__main__":
    unittest.main()
