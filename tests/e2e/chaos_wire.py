"""What lies between a publisher and the server, and does harm to what passes while it is told to: bytes of TCP, and datagrams of UDP.
Which of them is decided by a seed. What the server answers passes untouched."""
import random
import re
import selectors
import socket
import struct
import threading
import time

from lossy_relay import LossyRelay

PATIENCE = 0.2  # seconds between two looks at what it is told


def flipped(data, dice):
    """With one bit in some forty bytes turned round: headers are hit soon."""
    data = bytearray(data)
    for _ in range(1 + len(data) // 40):
        data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
    return bytes(data)


def without_some(data, dice):
    at = dice.randrange(len(data))
    return data[:at] + data[at + 1 + dice.randrange(64):]


def with_some_again(data, dice):
    at = dice.randrange(len(data))
    return data[:at + 1 + dice.randrange(64)] + data[at:]


def swapped(data, dice):
    at = dice.randrange(len(data))
    return data[at:] + data[:at]


TCP_HARMS = {"flipped": flipped, "dropped": without_some, "repeated": with_some_again, "reordered": swapped}
# What becomes of a datagram that is hit: [(how much later, datagram)].
UDP_HARMS = {"flipped": lambda data, dice: [(0, flipped(data, dice))], "dropped": lambda data, dice: [],
             "repeated": lambda data, dice: [(0, data), (dice.uniform(0, 0.05), data)],
             "reordered": lambda data, dice: [(dice.uniform(0.02, 0.15), data)]}


class TcpWire:
    """Whoever connects to `port` is connected to the server's."""

    carries = "bytes"

    def __init__(self, target, seed):
        self.target, self.seed = target, seed
        self.front = socket.create_server(("127.0.0.1", 0))
        self.port = self.front.getsockname()[1]
        self.harm, self.dice, self.hit = None, None, 0
        self.pairs = {}  # each end of a connection: the other, and whether it is the publisher's
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.front, selectors.EVENT_READ)
        self.is_over = False
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def begin(self, harm, dice):
        """From here on what passes is harmed; `hit` counts how often."""
        self.hit, self.dice = 0, dice
        self.harm = harm

    def end(self):
        self.harm = None

    def run(self):
        while not self.is_over:
            if self.harm == "cut":
                self.cut()
            for key, _ in self.selector.select(PATIENCE):
                if key.fileobj is self.front:
                    self.accept()
                elif key.fileobj in self.pairs:
                    self.pass_on(key.fileobj)
            if self.harm == "held":
                time.sleep(PATIENCE / 4)  # what waits is ready all the time

    def accept(self):
        client, _ = self.front.accept()
        try:
            server = socket.create_connection(("127.0.0.1", self.target), timeout=5)
        except OSError:
            client.close()
            return
        for end, other, is_publisher in ((client, server, True), (server, client, False)):
            end.settimeout(5)
            self.pairs[end] = (other, is_publisher)
            self.selector.register(end, selectors.EVENT_READ)

    def pass_on(self, end):
        other, is_publisher = self.pairs[end]
        if is_publisher and self.harm == "held":
            self.hit += 1
            return
        try:
            data = end.recv(65536)
            if data and is_publisher and self.harm in TCP_HARMS:
                self.hit += 1
                data = TCP_HARMS[self.harm](data, self.dice)
            other.sendall(data if is_publisher else self.answer(data))
        except OSError:
            data = b""
        if not data:
            self.close_pair(end)

    def answer(self, data):
        """What the publisher hears of what the server says."""
        return data

    def close_pair(self, end):
        for one in (end, self.pairs[end][0]):
            self.selector.unregister(one)
            del self.pairs[one]
            one.close()

    def cut(self):
        """Connections are reset, as by a router that has forgotten them."""
        self.harm = None
        for end in [end for end, (_, is_publisher) in self.pairs.items() if is_publisher]:
            self.hit += 1
            self.pairs[end][0].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_pair(end)

    def close(self):
        self.is_over = True
        self.thread.join()
        for one in (self.front, *self.pairs):
            one.close()


class UdpWire(LossyRelay):
    """The same for datagrams: half of them are hit."""

    carries = "datagrams"

    def __init__(self, target, seed):
        self.harm, self.dice, self.hit = None, random.Random(seed), 0
        super().__init__(("127.0.0.1", target), delay=0, loss=0, seed=seed)

    def begin(self, harm, dice):
        self.hit, self.dice = 0, dice
        self.harm = harm

    def end(self):
        self.harm = None

    def fate(self, data, is_to_target):
        harm = self.harm
        if harm is None or not is_to_target:
            return [(0, data)]
        if harm == "held":
            self.hit += 1
            return []
        if self.dice.random() < 0.5:
            return [(0, data)]
        self.hit += 1
        return UDP_HARMS[harm](data, self.dice)


class RtspWire(TcpWire):
    """RTSP whose RTP goes over UDP: the server's ports are named to the publisher as those of wires of their own, which do the harm."""

    carries = "datagrams"

    def __init__(self, target, seed):
        self.wires = []
        super().__init__(target, seed)

    def begin(self, harm, dice):
        for wire in self.wires:
            wire.begin(harm, random.Random(dice.random()))

    def end(self):
        self.hit = sum(wire.hit for wire in self.wires)
        for wire in self.wires:
            wire.end()

    def accept(self):
        while self.wires:
            self.wires.pop().close()
        super().accept()

    def answer(self, data):
        """With other ports of RTP and RTCP (RFC 2326, 12.39)."""
        return re.sub(rb"server_port=(\d+)-(\d+)", self.rename, data)

    def rename(self, found):
        pair = [UdpWire(int(port), f"{self.seed}/{port}") for port in found.groups()]
        self.wires += pair
        return b"server_port=%d-%d" % tuple(wire.port for wire in pair)

    def close(self):
        super().close()
        for wire in self.wires:
            wire.close()
