"""The system under chaos: private servers, two api and two worker processes, and a TCP gate before each server for each
kind of process. Whoever is killed is started again; heal() brings everything back.
"""

import datetime
import json
import os
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "stack"))
from stack import SLUICE, Node, Stack, alive, command, until  # noqa: E402,F401
from tcp_gate import TcpGate  # noqa: E402

SERVERS = ("redis", "rabbitmq", "mariadb")
FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"
SETTINGS = ("worker.retry_tiers_ms=300,400,500",)


class ChaosNode(Node):
    """A node that reaches its servers through gates, with a wall clock that can be stepped."""

    def __init__(self, world, name, role):
        super().__init__(world.stack, name, role, *SETTINGS)
        self.world, self.name = world, name
        self.clock_file = os.path.join(world.stack.folder, f"{name}.clock")
        self.lock = threading.RLock()
        self.ended = []  # how it ended when nobody had killed it
        self.step_clock(0)

    def step_clock(self, seconds):
        with open(self.clock_file + ".new", "w", encoding="utf-8") as file:
            file.write(f"{seconds:+d}\n")
        os.replace(self.clock_file + ".new", self.clock_file)

    def start(self):
        """Until it is ready: a process that cannot start, because a server is gone, is started again.

        A mistake in how it is started shows as the last lines of its log."""
        with self.lock:
            end = time.monotonic() + 180
            while True:
                try:
                    return self._start_once()
                except AssertionError:
                    if time.monotonic() > end:
                        raise
                    time.sleep(0.5)

    def _start_once(self):
        admin_file = os.path.join(self.data_dir, "admin.json")
        if os.path.exists(admin_file):
            os.unlink(admin_file)
        self.log_begin = os.path.getsize(self.log.name)
        arguments = [SLUICE, "serve", "--config", self.stack.config, "--role", self.role, "--data-dir", self.data_dir,
                     "--port", "0", "--admin-port", "0"]
        gates = self.world.gates[self.name]
        for setting in [*self.settings, *(f"{name}.address=127.0.0.1:{gates[name].port}" for name in SERVERS)]:
            arguments += ["--set", setting]
        clock = {"LD_PRELOAD": FAKETIME, "FAKETIME_TIMESTAMP_FILE": self.clock_file, "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                 "FAKETIME_CACHE_DURATION": "1"}
        self.process = subprocess.Popen(arguments, stdout=self.log, stderr=self.log, env={**os.environ, **clock, **self.world.extra_env(self)})

        def ready():
            if self.process.poll() is not None:
                raise AssertionError(f"{self.role} ended with {self.process.returncode}:\n{self.tail()}")
            return os.path.exists(admin_file)

        until(ready, f"{self.name} is ready", 60)
        with open(admin_file, encoding="utf-8") as file:
            self.admin = json.load(file)

    def look(self):
        """Notes an end that nobody brought about; true while it runs."""
        code = self.process.poll()
        if code is None:
            return True
        self.ended.append(f"{self.name} ended by itself with {code}: ...{self.tail()[-600:]}")
        return False

    def revive(self):
        with self.lock:
            if not self.look():
                self.start()

    def kill_and_restart(self):
        """True if there was somebody to kill."""
        with self.lock:
            lived = self.look()
            self.kill()
            self.start()
            return lived

    def freeze(self, seconds):
        with self.lock:
            self.process.send_signal(signal.SIGSTOP)
            time.sleep(seconds)
            self.process.send_signal(signal.SIGCONT)


class World:
    def __init__(self):
        self.stack = Stack()
        self.gates, self.nodes = {}, {}
        self.redis_target = {}  # node → another Redis than the stack's
        self.servers_lock = threading.RLock()
        self.environment = {}  # node → variables for its next start

    def up(self):
        if not os.path.exists(FAKETIME):
            raise SystemExit(f"{FAKETIME} is missing: install faketime")
        self.stack.up()
        for name, role in (("api-1", "api"), ("api-2", "api"), ("worker-1", "worker"), ("worker-2", "worker")):
            self.gates[name] = {server: TcpGate(lambda n=name, s=server: self.target(n, s)) for server in SERVERS}
            self.nodes[name] = ChaosNode(self, name, role)
        for node in self.nodes.values():
            node.start()

    def down(self):
        for node in self.nodes.values():
            node.end()
        for gates in self.gates.values():
            for gate in gates.values():
                gate.close()
        self.stack.down()

    def extra_env(self, node):
        return self.environment.get(node.name, {})

    def target(self, node, server):
        if server == "redis" and node in self.redis_target:
            return "127.0.0.1", self.redis_target[node]
        return "127.0.0.1", self.stack.state()[server][0][0]

    @property
    def apis(self):
        return [node for node in self.nodes.values() if node.role == "api"]

    def server_up(self):
        """Starts what is dead; what was stopped in its tracks goes on."""
        with self.servers_lock:
            for name in SERVERS:
                for pid in self.stack.state()[name][1][:1]:
                    try:
                        os.kill(pid, signal.SIGCONT)
                    except ProcessLookupError:
                        pass
            self.stack.up()

    def heal(self):
        for gates in self.gates.values():
            for gate in gates.values():
                gate.heal()
        self.redis_target.clear()
        self.server_up()
        self.rabbitmqctl("set_vm_memory_high_watermark", "0.4")
        command("migrate", "--config", self.stack.config, check=False)  # declares what is missing at the broker
        for node in self.nodes.values():
            node.step_clock(0)
            node.revive()

    def ended(self):
        """What ended by itself since this was asked last."""
        texts = [text for node in self.nodes.values() for text in node.ended]
        for node in self.nodes.values():
            node.ended.clear()
        return texts

    def rabbitmqctl(self, *words):
        pid = self.stack.state()["rabbitmq"][1][0]
        with open(f"/proc/{pid}/environ", "rb") as file:
            pairs = [line.split(b"=", 1) for line in file.read().split(b"\0") if b"=" in line]
        environment = {name.decode(): value.decode() for name, value in pairs}
        environment.pop("RUNNING_UNDER_SYSTEMD", None)
        done = subprocess.run(["/usr/lib/rabbitmq/bin/rabbitmqctl", "--node", "sluice@localhost", *words], env=environment,
                              capture_output=True, text=True, timeout=120)
        if done.returncode != 0:
            raise AssertionError(f"rabbitmqctl {words[0]}: {done.stdout}{done.stderr}")
        return done.stdout

    def open_sale(self, units, limit, mode="queued", payment_window=3):
        admin = self.apis[0]
        shop = admin.call("POST", "/v1/shops", {"name": "Chaos"})
        goods = admin.call("POST", "/v1/goods", {"shop_id": shop["shop_id"], "title": "Mug", "price_minor": 500})
        now = datetime.datetime.now(datetime.timezone.utc)
        hour, stamp = datetime.timedelta(hours=6), "%Y-%m-%dT%H:%M:%SZ"
        sale = admin.call("POST", "/v1/sales", {
            "goods_id": goods["goods_id"], "units": units, "limit_per_buyer": limit, "mode": mode, "price_minor": 500,
            "payment_window_seconds": payment_window, "opens_at": (now - hour).strftime(stamp),
            "closes_at": (now + hour).strftime(stamp)})["sale_id"]
        admin.call("POST", f"/v1/sales/{sale}/open", {"reason": "chaos"})
        if mode == "queued":
            until(lambda: self.gate_open(sale), f"the gate of sale {sale} opens")
        return sale

    def gate_open(self, sale):
        return self.stack.sql(f"SELECT gate_state FROM sales WHERE sale_id = {sale}") == [["open"]]
