"""A TCP gate between a process and a server, which delays, stalls and cuts what passes.

Bytes are never changed and never reordered: what arrives is a prefix of what was sent, as on a real network.
"""

import selectors
import socket
import threading
import time

PIECE = 65536


class TcpGate:
    """Listens on a loopback port of its own; every connection goes to `target()` = (host, port)."""

    def __init__(self, target):
        self.target = target
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.lock = threading.Lock()
        self.pairs = set()
        self.stalled_until = 0.0  # monotonic; nothing passes, either way
        self.swallow_replies = False  # what the server says is thrown away, then the connection is cut
        self.refusing = False
        self.closed = False
        threading.Thread(target=self._accept, daemon=True).start()

    def stall(self, seconds):
        """For so long nothing passes, and nobody is told."""
        self.stalled_until = max(self.stalled_until, time.monotonic() + seconds)

    def lose_next_replies(self):
        """Every connection loses its next reply: the request was carried out, and the connection ends."""
        self.swallow_replies = True

    def cut(self):
        """Ends every connection now, in the middle of whatever was passing."""
        with self.lock:
            pairs = list(self.pairs)
        for pair in pairs:
            pair.close()

    def refuse(self, refusing):
        self.refusing = refusing
        if refusing:
            self.cut()

    def heal(self):
        self.stalled_until, self.swallow_replies, self.refusing = 0.0, False, False

    def close(self):
        self.closed = True
        self.listener.close()
        self.cut()

    def _accept(self):
        while not self.closed:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            if self.refusing:
                client.close()
                continue
            try:
                server = socket.create_connection(self.target(), timeout=5)
            except OSError:
                client.close()
                continue
            pair = _Pair(self, client, server)
            with self.lock:
                self.pairs.add(pair)
            threading.Thread(target=pair.pump, daemon=True).start()

    def forget(self, pair):
        with self.lock:
            self.pairs.discard(pair)


class _Pair:
    def __init__(self, gate, client, server):
        self.gate, self.client, self.server = gate, client, server
        for end in (client, server):
            end.settimeout(None)
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def pump(self):
        selector = selectors.DefaultSelector()
        try:
            selector.register(self.client, selectors.EVENT_READ, self.server)
            selector.register(self.server, selectors.EVENT_READ, self.client)
            while self._step(selector):
                pass
        except (OSError, ValueError):
            pass
        finally:
            selector.close()
            self.close()
            self.gate.forget(self)

    def _step(self, selector):
        pause = self.gate.stalled_until - time.monotonic()
        if pause > 0:
            time.sleep(min(pause, 0.05))
            return True
        for key, _ in selector.select(timeout=0.5):
            data = key.fileobj.recv(PIECE)
            if not data:
                return False
            if key.fileobj is self.server and self.gate.swallow_replies:
                return False
            key.data.sendall(data)
        return True

    def close(self):
        for end in (self.client, self.server):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            end.close()
