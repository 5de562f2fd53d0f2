"""RTMP as bytes, for what no well-behaved client sends: a handshake, commands, and messages of one's own making."""
import socket
import struct
import time


def amf(value):
    """One AMF0 value."""
    if value is None:
        return b"\x05"
    if isinstance(value, bool):
        return b"\x01" + bytes([value])
    if isinstance(value, (int, float)):
        return b"\x00" + struct.pack(">d", value)
    if isinstance(value, str):
        text = value.encode()
        return b"\x02" + struct.pack(">H", len(text)) + text
    pairs = b"".join(struct.pack(">H", len(key)) + key.encode() + amf(item) for key, item in value.items())
    return b"\x03" + pairs + b"\x00\x00\x09"


class RtmpClient:
    """A connection to the server's RTMP port, after its handshake. What the server says is kept as bytes in `heard`."""

    def __init__(self, port, handshake=True, seconds=15):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=seconds)
        self.heard = b""
        self.chunk = 128
        if handshake:
            self.socket.sendall(b"\x03" + bytes(1536))
            answer = self.read_exactly(1 + 1536 + 1536)
            self.socket.sendall(answer[1:1537])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def read_exactly(self, count):
        read = b""
        while len(read) < count:
            piece = self.socket.recv(count - len(read))
            if not piece:
                raise ConnectionError("closed by the server")
            read += piece
        return read

    def hear(self, words, seconds=10):
        """Whether the server says the words before it closes or the time is over."""
        end = time.monotonic() + seconds
        while words.encode() not in self.heard and time.monotonic() < end:
            self.socket.settimeout(max(0.05, end - time.monotonic()))
            try:
                piece = self.socket.recv(65536)
            except (TimeoutError, ConnectionError):
                break
            if not piece:
                break
            self.heard += piece
        return words.encode() in self.heard

    def is_closed(self, seconds=10):
        """Reads on until the server closes."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.socket.settimeout(max(0.05, end - time.monotonic()))
            try:
                piece = self.socket.recv(65536)
            except TimeoutError:
                return False
            except ConnectionError:
                return True
            if not piece:
                return True
            self.heard += piece
        return False

    def header(self, kind, length, stream=0, timestamp=0, chunk_stream=3):
        """The 11-byte header of chunk type 0."""
        return (bytes([chunk_stream]) + timestamp.to_bytes(3, "big") + length.to_bytes(3, "big") + bytes([kind])
                + struct.pack("<I", stream))

    def message(self, kind, body, stream=0, timestamp=0, chunk_stream=3):
        pieces = [body[i:i + self.chunk] for i in range(0, len(body), self.chunk)] or [b""]
        self.socket.sendall(self.header(kind, len(body), stream, timestamp, chunk_stream)
                            + bytes([0xC0 | chunk_stream]).join(pieces))

    def repeat(self, kind, body, count, step, timestamp=0, stream=1, chunk_stream=6):
        """The message `count` times, each `step` milliseconds after the one before, in the fewest bytes (chunk types 2 and 3)."""
        first = self.header(kind, len(body), stream, timestamp, chunk_stream) + body
        second = bytes([0x80 | chunk_stream]) + step.to_bytes(3, "big") + body
        self.socket.sendall(first + second + (bytes([0xC0 | chunk_stream]) + body) * (count - 2))

    def set_chunk_size(self, size):
        self.message(1, struct.pack(">I", size), chunk_stream=2)
        self.chunk = size

    def command(self, name, transaction, *values, stream=0):
        self.message(20, amf(name) + amf(transaction) + b"".join(amf(value) for value in values), stream)

    def connect(self, app="live", client="a test"):
        self.command("connect", 1, {"app": app, "type": "nonprivate", "flashVer": client, "tcUrl": f"rtmp://127.0.0.1/{app}"})
        return self.hear("NetConnection.Connect.Success")

    def publish(self, name):
        self.command("createStream", 2, None)
        self.command("publish", 3, None, name, "live", stream=1)
        return self.hear("NetStream.Publish.Start")

    def messages_played(self):
        """The audio and video messages in `heard`, once it plays: [(kind, timestamp, body)]. Fails where a byte is out of step."""
        data, at, messages = self.heard, 0, []
        chunk = 128
        while True:
            start = at
            if at + 12 > len(data):
                return messages
            if data[at] not in (2, 3, 4, 5, 6):
                raise AssertionError(f"no message begins at {at}: {data[at:at + 16].hex()}")
            mark, length, kind = int.from_bytes(data[at + 1:at + 4], "big"), int.from_bytes(data[at + 4:at + 7], "big"), data[at + 7]
            extended = mark == 0xFFFFFF
            stream, at = data[at], at + 12
            timestamp = int.from_bytes(data[at:at + 4], "big") if extended else mark
            at += 4 if extended else 0
            body = data[at:at + min(chunk, length)]
            at += len(body)
            while len(body) < length and at < len(data):
                if data[at] != 0xC0 | stream:
                    raise AssertionError(f"the message at {start} does not go on at {at}")
                at += 5 if extended else 1
                piece = data[at:at + min(chunk, length - len(body))]
                at += len(piece)
                body += piece
                if not piece:
                    break
            if len(body) < length:
                return messages
            if kind == 1:
                chunk = int.from_bytes(body, "big")
            if kind in (8, 9):
                messages.append((kind, timestamp, body))

    def metadata(self, values):
        self.message(18, amf("@setDataFrame") + amf("onMetaData") + amf(values), stream=1, chunk_stream=4)

    def send_file(self, tags, speed=1.0, until=None):
        """Sends FLV tags [(kind, timestamp, body)] in real time, until `until` seconds of them are sent."""
        start = time.monotonic()
        for kind, timestamp, body in tags:
            if until is not None and timestamp > until * 1000:
                return
            time.sleep(max(0.0, timestamp / 1000 / speed - (time.monotonic() - start)))
            self.message(kind, body, stream=1, timestamp=timestamp, chunk_stream=6)


def flv_tags(path):
    """The audio and video tags of an FLV file: [(kind, timestamp, body)]."""
    with open(path, "rb") as file:
        data = file.read()
    tags, at = [], 13
    while at + 11 <= len(data):
        kind, length = data[at], int.from_bytes(data[at + 1:at + 4], "big")
        timestamp = int.from_bytes(data[at + 4:at + 7], "big") | data[at + 7] << 24
        if kind in (8, 9):
            tags.append((kind, timestamp, data[at + 11:at + 11 + length]))
        at += 11 + length + 4
    return tags


def write_fat_file(path, to, filler=50_000):
    """The FLV file again with bytes that say nothing (H.264 NAL units of type 12) in each frame: a high bitrate, cheaply made."""
    unit = b"\x0c" + b"\xff" * filler + b"\x80"
    with open(to, "wb") as file:
        file.write(b"FLV\x01\x05\x00\x00\x00\x09\x00\x00\x00\x00")
        for kind, timestamp, body in flv_tags(path):
            if kind == 9 and body[1] == 1:
                body += struct.pack(">I", len(unit)) + unit
            head = bytes([kind]) + len(body).to_bytes(3, "big") + (timestamp & 0xFFFFFF).to_bytes(3, "big") + bytes([timestamp >> 24])
            file.write(head + b"\x00\x00\x00" + body + struct.pack(">I", 11 + len(body)))
    return to
