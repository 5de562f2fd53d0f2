"""A relay of UDP that delays every datagram, some more than others, and loses some, by a seed: a bad network for tests, where the kernel has none
to offer."""
import heapq
import random
import selectors
import socket
import threading
import time


class LossyRelay:
    """Whoever talks to `port` talks to `target`, each from a socket of its own."""

    def __init__(self, target, delay, loss, jitter=0, seed=1, port=0):
        self.target, self.delay, self.loss, self.jitter = target, delay, loss, jitter
        self.random = random.Random(seed)
        self.front = self.bound(port)
        self.port = self.front.getsockname()[1]
        self.backs, self.peers, self.waiting, self.count = {}, {}, [], 0
        self.lost = 0
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.front, selectors.EVENT_READ)
        self.is_over = False
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    @classmethod
    def pair(cls, targets, **network):
        """Two with ports that follow each other, the first of them even."""
        while True:
            first = None
            try:
                first = cls(targets[0], **network)
                if first.port % 2 == 0:
                    return first, cls(targets[1], **network, port=first.port + 1)
            except OSError:
                pass
            if first is not None:
                first.close()

    @staticmethod
    def bound(port=0):
        one = socket.socket(type=socket.SOCK_DGRAM)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        one.bind(("127.0.0.1", port))
        one.setblocking(False)
        return one

    def back_of(self, peer):
        if peer not in self.backs:
            self.backs[peer] = self.bound()
            self.peers[self.backs[peer]] = peer
            self.selector.register(self.backs[peer], selectors.EVENT_READ)
        return self.backs[peer]

    def take(self, source):
        while True:
            try:
                data, peer = source.recvfrom(2048)
            except OSError:
                return
            way = (self.back_of(peer), self.target) if source is self.front else (self.front, self.peers[source])
            for delay, datagram in self.fate(data, source is self.front):
                self.count += 1
                heapq.heappush(self.waiting, (time.monotonic() + delay, self.count, *way, datagram))

    def fate(self, data, is_to_target):
        """What becomes of a datagram: [(delay, datagram)]."""
        if self.random.random() < self.loss:
            self.lost += 1
            return []
        return [(self.delay + self.random.random() * self.jitter, data)]

    def run(self):
        while not self.is_over:
            pause = self.waiting[0][0] - time.monotonic() if self.waiting else 0.1
            for key, _ in self.selector.select(max(0, min(pause, 0.1))):
                self.take(key.fileobj)
            while self.waiting and self.waiting[0][0] <= time.monotonic():
                _, _, out, to, data = heapq.heappop(self.waiting)
                try:
                    out.sendto(data, to)
                except OSError:
                    pass  # nobody is there any more

    def close(self):
        self.is_over = True
        self.thread.join()
        for one in (self.front, *self.backs.values()):
            one.close()
