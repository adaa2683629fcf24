"""The processes of a run: a private Redis, the database and the subjects. Each dies with the driver, however it ends."""

import ctypes
import json
import os
import queue
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
PR_SET_PDEATHSIG = 1
START_S = 10.0
STOP_S = 5.0

_libc = ctypes.CDLL(None, use_errno=True)


def _die_with_the_driver():
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Failed(Exception):
    """The run cannot go on: a process did not start, answer or end as it must."""


class Process:
    def __init__(self, name, arguments, log, **options):
        self.name, self.log = name, log
        self.errors = open(log, "ab")
        self.child = subprocess.Popen(
            arguments, stderr=self.errors, preexec_fn=_die_with_the_driver, start_new_session=True, **options)

    def stop(self):
        if self.child.stdin:
            self.child.stdin.close()
        if self.child.poll() is None:
            self.child.terminate()
            self.child.send_signal(signal.SIGCONT)
            try:
                self.child.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self.child.kill()
        self.child.wait()
        self.errors.close()

    def failed(self, what):
        tail = Path(self.log).read_text(errors="replace")[-2000:]
        return Failed(f"{self.name}: {what}\n{tail}")

    def wait_until(self, ready):
        until = time.monotonic() + START_S
        while not ready():
            if self.child.poll() is not None:
                raise self.failed(f"ended with status {self.child.returncode}")
            if time.monotonic() > until:
                raise self.failed(f"did not answer within {START_S:.0f} s")
            time.sleep(0.02)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Redis:
    """Nothing is written to disk: what is measured is the cache in front of it. Restarted, it is empty."""

    def __init__(self, folder):
        self.folder, self.port, self.process = folder, free_port(), None
        self.start()

    def start(self):
        self.process = Process("redis-server", [
            "redis-server", "--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self.folder), "--save", "",
            "--appendonly", "no", "--daemonize", "no", "--logfile", str(self.folder / "redis.log"),
        ], self.folder / "redis.err", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        self.process.wait_until(self._answers)

    def _answers(self):
        try:
            return self.call("PING") == "+PONG"
        except OSError:
            return False

    def call(self, *words):
        """The first line of the answer, or all of a bulk one."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
            request = f"*{len(words)}\r\n" + "".join(f"${len(word)}\r\n{word}\r\n" for word in words)
            connection.sendall(request.encode())
            answer = connection.makefile("rb")
            line = answer.readline().decode().rstrip()
            return answer.read(int(line[1:])).decode() if line.startswith("$") else line

    def figure(self, section, name):
        for line in self.call("INFO", section).splitlines():
            if line.startswith(name + ":"):
                return int(line.split(":")[1])
        raise Failed(f"Redis says nothing about {name}")

    def hang(self):
        os.kill(self.process.child.pid, signal.SIGSTOP)

    def resume(self):
        os.kill(self.process.child.pid, signal.SIGCONT)

    def kill(self):
        self.process.child.kill()
        self.process.stop()

    def stop(self):
        self.process.stop()


class Database:
    """database.mjs and its control connection."""

    def __init__(self, folder, node):
        self.path = folder / "database.sock"
        self.process = Process("database", [node, HERE / "database.mjs", str(self.path)], folder / "database.err",
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        self.connection = socket.socket(socket.AF_UNIX)
        self.process.wait_until(self._connects)
        self.lines = self.connection.makefile("rw")

    def _connects(self):
        try:
            self.connection.connect(str(self.path))
        except OSError:
            return False
        return True

    def control(self, op, **more):
        self.lines.write("C " + json.dumps({"op": op, **more}) + "\n")
        self.lines.flush()
        return json.loads(self.lines.readline())

    def stop(self):
        self.connection.close()
        self.process.stop()


class Subject:
    """A process that reads through a cache. send() does not wait, answer() does."""

    def __init__(self, name, arguments, folder, number):
        self.process = Process(f"{name} {number}", arguments, folder / f"{name}-{number}.err",
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.answers = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        for line in self.process.child.stdout:
            self.answers.put(line)
        self.answers.put(None)

    def send(self, cmd, **more):
        try:
            self.process.child.stdin.write((json.dumps({"cmd": cmd, **more}) + "\n").encode())
            self.process.child.stdin.flush()
        except OSError as error:
            raise self.process.failed(f"took no command: {error}") from error

    def answer(self, seconds):
        try:
            line = self.answers.get(timeout=seconds)
        except queue.Empty:
            raise self.process.failed(f"no answer within {seconds:.0f} s") from None
        if line is None:
            raise self.process.failed(f"ended with status {self.process.child.wait()}")
        answer = json.loads(line)
        if not answer.pop("ok"):
            raise self.process.failed(answer["error"])
        return answer

    def ask(self, cmd, seconds=60.0, **more):
        self.send(cmd, **more)
        return self.answer(seconds)

    def stop(self):
        self.process.stop()
