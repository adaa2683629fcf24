"""What the laws of the read path are watched with: four api processes and a worker, visitors over plain sockets, and an eye
on one entry in Redis. Shares no code with the server."""

import collections
import http.client
import json
import os
import re
import socket
import threading

from stack import Node, until

PROCESSES = 4
PACE = 0.002  # seconds between two reads of a reader: leaves the processes something of a small machine
COUNTER = re.compile(r'^sluice_cache_requests_total\{cache="([^"]+)",result="([^"]+)"\} (\d+)$', re.M)


class Visitor:
    """One kept-alive connection to a process, opened by the first read and again after a failure."""

    def __init__(self, node):
        self.host, self.stream = node.admin["public_url"].removeprefix("http://"), None

    def get(self, path):
        """(status, body)"""
        return self.get_all([path])[0]

    def get_all(self, paths):
        """The answers in order; all questions are sent at once."""
        try:
            if self.stream is None:
                address, port = self.host.rsplit(":", 1)
                with socket.create_connection((address, int(port)), timeout=60) as opened:
                    self.stream = opened.makefile("rwb")  # keeps the connection open
            self.stream.write("".join(f"GET {path} HTTP/1.1\r\nHost: {self.host}\r\n\r\n" for path in paths).encode())
            self.stream.flush()
            return [self.answer() for _ in paths]
        except (OSError, ValueError):
            self.close()
            raise

    def answer(self):
        status = int(self.line().split(b" ")[1])
        length = 0
        while line := self.line():
            name, value = line.split(b":", 1)
            length = int(value) if name.lower() == b"content-length" else length
        return status, self.stream.read(length)

    def line(self):
        text = self.stream.readline()
        if not text:
            raise ConnectionError("closed")
        return text.rstrip(b"\r\n")

    def close(self):
        if self.stream is not None:
            stream, self.stream = self.stream, None
            try:
                stream.close()
            except OSError:
                pass  # what could not be sent any more


class Reader(threading.Thread):
    """Reads paths of one process, until it is told to stop or, with `rounds`, so many times; notes what was not a 200."""

    def __init__(self, node, paths, rounds=None):
        super().__init__(daemon=True)
        self.node, self.paths, self.rounds = node, paths, rounds
        self.over, self.reads, self.wrong = threading.Event(), 0, []

    def run(self):
        visitor = Visitor(self.node)
        while not self.over.is_set() and self.rounds != 0:
            for path in self.paths:
                if self.over.is_set():
                    break
                self.look(visitor, path)
                if self.rounds is None:
                    self.over.wait(PACE)
            self.rounds = None if self.rounds is None else self.rounds - 1
        visitor.close()

    def look(self, visitor, path):
        try:
            status, body = visitor.get(path)
        except (OSError, ValueError) as failure:
            self.wrong.append((path, repr(failure)))
            return None
        self.reads += 1
        if status != 200:
            self.wrong.append((path, status, body.decode()))
            return None
        return body


class MonotoneReader(Reader):
    """Judges that nobody is shown less than somebody had been shown before by the same process. `floors` belongs to all
    readers of the process: path → the most that an answer had."""

    def __init__(self, node, paths, value_of, floors):
        super().__init__(node, paths)
        self.value_of, self.floors = value_of, floors

    def look(self, visitor, path):
        floor = self.floors.get(path, 0)  # shown before this read began
        body = super().look(visitor, path)
        if body is None:
            return
        value = self.value_of(path, json.loads(body))
        if value < floor:
            self.wrong.append((path, f"{value} after {floor}"))
        # Two readers may overwrite each other: then the floor is lower than it could be, never higher.
        self.floors[path] = max(value, self.floors.get(path, 0))


class Readers:
    """Several at once, for as long as the block lasts."""

    def __init__(self, readers):
        self.readers = readers

    def __enter__(self):
        for reader in self.readers:
            reader.start()
        return self

    def __exit__(self, *_):
        for reader in self.readers:
            reader.over.set()
        self.join()

    def join(self):
        for reader in self.readers:
            reader.join(timeout=120)

    def reads(self):
        return sum(reader.reads for reader in self.readers)

    def wrong(self):
        return [(reader.node.data_dir.rsplit("/", 1)[-1], *each) for reader in self.readers for each in reader.wrong]


def events_of(node, cache):
    """result → how often, of one process; and `outage`: calls of the second level that failed or were not made. A busy
    machine makes some: the server waits 5 ms for Redis. Each may cost a load that no lease protects."""
    total = collections.Counter()
    for name, result, count in COUNTER.findall(node.text("/metrics")):
        if name == cache:
            total[result] = int(count)
    total["outage"] = total["store_failed"] + total["breaker_open"]
    return total


class Cluster:
    """Four processes that serve, and one worker, which carries the invalidation outbox."""

    def __init__(self, stack, name, *settings):
        self.nodes = [Node(stack, f"{name}-{i}", "api", *settings) for i in range(PROCESSES)]
        self.worker = Node(stack, f"{name}-worker", "worker", *settings)

    def start(self):
        for node in [*self.nodes, self.worker]:
            node.start()
        # Each hears invalidations from here on; until then it has no first level to speak of.
        until(lambda: all(events_of(node, "shop")["l1_flushed"] for node in self.nodes), "all hear the feed")

    def end(self):
        for node in [*self.nodes, self.worker]:
            node.end()

    def events(self, cache):
        """Of all together."""
        return sum((events_of(node, cache) for node in self.nodes), collections.Counter())

    def peaks(self):
        return [node.metric("sluice_cache_loads_peak") for node in self.nodes]

    def breakers(self):
        return [node.metric("sluice_cache_breaker_open") for node in self.nodes]

    def get(self, path):
        """What each process answers."""
        answers = []
        for node in self.nodes:
            visitor = Visitor(node)
            answers.append(visitor.get(path))
            visitor.close()
        return answers


Version = collections.namedtuple("Version", "soft load")


class EntryWatch(threading.Thread):
    """Looks at the header of one entry in Redis and keeps every version that it sees: ticket → (soft, load), in ms. Each
    load under a lease has a ticket of its own, one above the last."""

    def __init__(self, stack, key):
        super().__init__(daemon=True)
        self.key, self.over, self.versions = f"sluice:cache:{{{key}}}:v", threading.Event(), {}
        self.socket = socket.create_connection(("127.0.0.1", stack.state()["redis"][0][0]), timeout=60)
        self.stream = self.socket.makefile("rwb")
        self.ask("AUTH", stack.secret("redis"))

    def ask(self, *words):
        self.stream.write(f"*{len(words)}\r\n".encode() + b"".join(b"$%d\r\n%s\r\n" % (len(w), w.encode()) for w in words))
        self.stream.flush()
        head = self.stream.readline()
        return self.stream.read(int(head[1:]) + 2) if head.startswith(b"$") else head

    def look(self):
        words = self.ask("GETRANGE", self.key, "0", "119").split(b"\n", 1)[0].split()
        if len(words) >= 6:
            self.versions[int(words[0])] = Version(int(words[2]), int(words[4]))

    def run(self):
        while not self.over.wait(PACE):
            self.look()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join(timeout=60)
        self.look()
        self.stream.close()
        self.socket.close()


def times(name, otherwise):
    return int(os.environ.get(name, otherwise))


def write_review(node, shop, token, rating, text):
    """Again until the answer is definite: writing the same twice is writing it once."""
    def answered():
        connection = http.client.HTTPConnection(node.admin["public_url"].removeprefix("http://"), timeout=60)
        connection.request("POST", f"/v1/shops/{shop}/reviews", json.dumps({"rating": rating, "text": text}),
                           {"Content-Type": "application/json", "Authorization": "Bearer " + token})
        reply = connection.getresponse()
        body = reply.read()
        connection.close()
        if reply.status not in (200, 201, 503):
            raise AssertionError(f"{reply.status} {body}")
        return reply.status != 503
    until(answered, "a definite answer")
