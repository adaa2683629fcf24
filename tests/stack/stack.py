"""The stack as its operator starts it, for tests: `sluice stack up`, server processes by role, and a ledger of one's own.

Shares no code with the server: it uses the program's commands, HTTP, and plain SQL through the `mariadb` client.
"""

import glob
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "integration"))
import kill_test  # noqa: E402

SLUICE = os.path.abspath(os.environ.get("SLUICE", "build/release/sluice"))
PATIENCE = 90  # seconds; only a failing test waits so long


def until(condition, what, seconds=PATIENCE):
    """The first true value of condition()."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s: {what}")


def command(*arguments, check=True):
    done = subprocess.run([SLUICE, *arguments], capture_output=True, text=True)
    if check and done.returncode != 0:
        raise AssertionError(f"sluice {' '.join(arguments)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done


class Stack:
    """Private Redis, RabbitMQ and MariaDB in a fresh directory."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="sluice-stack-")
        self.directory = os.path.join(self.folder, "stack")
        self.config = os.path.join(self.directory, "sluice.toml")

    def up(self):
        return command("stack", "up", "--dir", self.directory)

    def down(self):
        command("stack", "down", "--dir", self.directory, check=False)
        try:  # a node's helpers end a moment after it
            until(lambda: not self.processes(), "every process of the stack ends", 10)
        finally:
            for pid in self.processes():
                os.kill(pid, signal.SIGKILL)
            shutil.rmtree(self.folder, ignore_errors=True)

    def processes(self):
        """Those whose output goes to a file of ours: every server and companion that `stack up` started and that runs."""
        found = {}
        for entry in glob.glob("/proc/[0-9]*/fd/1"):
            try:
                if os.readlink(entry).startswith(self.directory + "/"):
                    pid = int(entry.split("/")[2])
                    with open(f"/proc/{pid}/cmdline", encoding="utf-8", errors="replace") as file:
                        found[pid] = file.read().replace("\0", " ").strip()
            except OSError:
                continue
        return found

    def state(self):
        """name → (ports, pids)"""
        servers = {}
        with open(os.path.join(self.directory, "state"), encoding="utf-8") as file:
            for line in file:
                name, *words = line.split()
                servers[name] = ([int(w) for w in words if "/" not in w], [int(w.split("/")[0]) for w in words if "/" in w])
        return servers

    def secret(self, name):
        with open(os.path.join(self.directory, "secrets", name), encoding="utf-8") as file:
            return file.read().strip()

    def signal(self, name, number):
        os.kill(self.state()[name][1][0], number)

    def kill(self, name):
        """SIGKILL, and waits for the end."""
        pid = self.state()[name][1][0]
        os.kill(pid, signal.SIGKILL)
        until(lambda: not alive(pid), f"{name} ends")

    def redis(self, *words):
        password = self.secret("redis")
        done = subprocess.run(["redis-cli", "-p", str(self.state()["redis"][0][0]), *words], capture_output=True, text=True,
                              check=True, env={**os.environ, "REDISCLI_AUTH": password})
        return done.stdout.strip()

    def sql(self, statement):
        """Rows of text columns, by the server's own client."""
        password = self.secret("mariadb")
        done = subprocess.run(
            ["mariadb", "--no-defaults", "-h127.0.0.1", f"-P{self.state()['mariadb'][0][0]}", "-usluice", "-N", "-B", "--delimiter=;;",
             "sluice", "-e", statement], capture_output=True, text=True, env={**os.environ, "MYSQL_PWD": password})
        if done.returncode != 0:
            raise AssertionError(f"{statement}: {done.stderr}")
        return [line.split("\t") for line in done.stdout.splitlines()]


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rsplit(")", 1)[1].split()[0] not in ("Z", "X")
    except FileNotFoundError:
        return False


class Node(kill_test.Server):
    """One `sluice serve` of the stack."""

    def __init__(self, stack, name, role="all", *settings):
        super().__init__(SLUICE, os.path.join(stack.folder, name), os.path.join(stack.folder, f"{name}.log"))
        self.stack, self.role, self.settings = stack, role, settings
        self.log_begin = 0  # where the log of this life begins

    def start(self):
        started = time.monotonic()
        admin_file = os.path.join(self.data_dir, "admin.json")
        if os.path.exists(admin_file):
            os.unlink(admin_file)  # of the life before: its kill left it behind
        self.log_begin = os.path.getsize(self.log.name)
        arguments = [SLUICE, "serve", "--config", self.stack.config, "--role", self.role, "--data-dir", self.data_dir,
                     "--port", "0", "--admin-port", "0"]
        for setting in self.settings:
            arguments += ["--set", setting]
        self.process = subprocess.Popen(arguments, stdout=self.log, stderr=self.log)

        def ready():
            if self.process.poll() is not None:
                raise AssertionError(f"{self.role} ended with {self.process.returncode}:\n{self.tail()}")
            return os.path.exists(admin_file)

        until(ready, f"{self.role} is ready")
        with open(admin_file, encoding="utf-8") as file:
            self.admin = json.load(file)
        return time.monotonic() - started

    def end(self):
        if self.process is not None and self.process.poll() is None:
            self.kill()
        self.log.close()

    def said(self):
        """What this life of the process has logged."""
        with open(self.log.name, "rb") as file:
            file.seek(self.log_begin)
            return file.read().decode("utf-8", "replace")

    def tail(self):
        return self.said()[-4000:]

    def metric(self, name):
        """Sum of a metric over its labels."""
        text = self.text("/metrics")
        return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines()
                   if line.startswith((name + " ", name + "{")))

    def text(self, path):
        import http.client
        host = self.admin["admin_url"].removeprefix("http://")
        connection = http.client.HTTPConnection(host, timeout=30)
        connection.request("GET", path, headers={"Authorization": "Bearer " + self.admin["token"]})
        text = connection.getresponse().read().decode()
        connection.close()
        return text


def uuid_of(hexadecimal):
    text = hexadecimal.lower()
    return "-".join([text[:8], text[8:12], text[12:16], text[16:20], text[20:]])
