"""What is kept an eye on in an hour of chaos: the server's journal, its counters, its memory and open files, and the machine itself."""
import datetime
import json
import os
import re
import statistics
import threading
import time

from harness import WEIR

STATES = ("recovering", "stopping", "stopped", "failed", "error")
STARVED = 1.0  # seconds that the machine stood still for a thread that wanted a tenth
# At the end of everything these are what they were before.
GAUGES = ("weir_media_bytes", "weir_viewers", "weir_rtmp_connections", "weir_srt_connections", "weir_rtsp_connections", "weir_streams",
          "weir_ingest_running", "weir_slate_running", "weir_pull_configured")


class Entry:
    """A line of the journal."""

    def __init__(self, fields, line):
        self.line = line
        self.time = datetime.datetime.fromisoformat(fields["time"].replace("Z", "+00:00")).timestamp()
        self.level, self.message, self.stream = fields["level"], fields["message"], fields.get("stream", "")

    def wants_a_reason(self):
        return self.level != "info" or self.message in ("publisher left", *STATES)


class Journal:
    """The server's log as it grows. What is no line of it (a sanitizer's words, an assertion) is `strange`."""

    def __init__(self, path):
        self.path, self.at, self.entries, self.strange = path, 0, [], []
        self.lock = threading.Lock()

    def read(self):
        with self.lock, open(self.path, "rb") as file:
            file.seek(self.at)
            data = file.read()
            whole = data[:data.rfind(b"\n") + 1]
            self.at += len(whole)
            for line in whole.decode("utf-8", "replace").splitlines():
                try:
                    self.entries.append(Entry(json.loads(line), line))
                except (ValueError, KeyError):
                    self.strange.append(line)

    def about(self, stream, since):
        self.read()
        with self.lock:
            return [entry for entry in self.entries if entry.time >= since - 0.002 and entry.stream == stream]


class Heartbeat(threading.Thread):
    """When the machine had no time for anybody: [(from, to)] in wall clock. What happens then and a little later has that reason."""

    def __init__(self):
        super().__init__(daemon=True)
        self.starved = []
        self.start()

    def run(self):
        while True:
            before = time.time()
            time.sleep(0.1)
            if time.time() - before > STARVED:
                self.starved.append((before, time.time()))


class Samples:
    """Memory and open files of the server over time."""

    def __init__(self, server):
        self.server, self.memory, self.files = server, [], []
        with open(WEIR, "rb") as program:
            self.is_sanitized = b"__asan_init" in program.read()  # its memory says nothing

    def take(self):
        self.memory.append(self.server.memory_bytes() / 2**20)
        self.files.append(self.open_files())

    def open_files(self):
        return len(os.listdir(f"/proc/{self.server.child.pid}/fd"))

    def growth(self, most_memory, most_files):
        """In words, where the last third is above the one before. (The first fills windows and pools.)"""
        third = len(self.memory) // 3
        if third < 20:
            return []
        for what, values, most in (("memory", self.memory, most_memory), ("open files", self.files, most_files)):
            middle, last = (statistics.median(values[begin:begin + third]) for begin in (third, 2 * third))
            if last > middle + most and not (what == "memory" and self.is_sanitized):
                yield f"{what}: {middle:.1f} in the middle third, {last:.1f} in the last"


def counters(server, stream):
    """Counters that tell of trouble: those of the stream, and those of all."""
    found = {}
    for line in server.get("/metrics").text.splitlines():
        name, _, value = line.rpartition(" ")
        if name.startswith("#") or 'kind="received"' in name:
            continue
        of = re.search(r'stream="([^"]*)"', name)
        if of is None or of[1] == stream:
            found[name] = float(value)
    return found


def gauges(server):
    return {name: server.metric(name) for name in GAUGES}
