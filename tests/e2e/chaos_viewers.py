"""Viewers that read a stream as it comes, over HTTP or through a player's pipe, hold what they get to its format, and come back when
they are let go. Those of a quiet stream may see no end, no hole and no clock that goes back."""
import http.client
import itertools
import os
import re
import select
import shutil
import threading
import time

from harness import HLS_CHECK, text_of

LONGEST_STEP = 0.5  # seconds from one frame of a track to the next, where there is no hole
LONGEST_STILL = 20  # seconds without a byte of a stream that runs
TS_PACKET = 188
TS_CLOCK = 90000
# What a disturbed source may bring about: another segmentation than was planned; a segment whose keyframe was lost on the way; a part
# that is cut short, and so is shown before its time (by less than a tenth of a second); and a segment whose first pictures were lost,
# which is dated as if they were there.
TOLERATED = "hint_kept,independent_segments,date_future,date_differs"
CONNECTING = 8  # seconds


class Malformed(Exception):
    """What came is not what the format says."""


class Clock:
    """The decoding times of one track: none goes back; a step that is too long is a hole."""

    def __init__(self, name, is_strict):
        self.name, self.is_strict, self.last = name, is_strict, None

    def see(self, now):
        if self.last is not None and now < self.last:
            raise Malformed(f"{self.name} goes back from {self.last:.3f} to {now:.3f} s")
        if self.last is not None and self.is_strict and now - self.last > LONGEST_STEP:
            raise Malformed(f"{self.name} has a hole from {self.last:.3f} to {now:.3f} s")
        self.last = now


def is_header(kind, body):
    """A sequence header: it has the time of the picture to join at, and not one of its own."""
    if kind == 9:
        return body[0] & 0x0F == 0 if body[0] & 0x80 else body[1] == 0
    return (body[0] >> 4, body[1]) == (10, 0) or body[0] == 0x90


class Flv:
    """FLV tags (Adobe Flash Video File Format, annex E)."""

    def __init__(self, is_strict):
        self.data, self.has_header = bytearray(), False
        self.clocks = {8: Clock("the sound", is_strict), 9: Clock("the picture", is_strict)}

    def feed(self, data):
        self.data += data
        if not self.has_header:
            if len(self.data) < 13:
                return
            if self.data[:3] != b"FLV":
                raise Malformed(f"FLV begins with {bytes(self.data[:13]).hex()}")
            del self.data[:13]
            self.has_header = True
        at = 0
        while len(self.data) - at >= 11:
            length = int.from_bytes(self.data[at + 1:at + 4], "big")
            end = at + 15 + length
            if self.data[at] not in (8, 9, 18):
                raise Malformed(f"no FLV tag begins with {bytes(self.data[at:at + 11]).hex()}")
            if len(self.data) < end:
                break
            if int.from_bytes(self.data[end - 4:end], "big") != 11 + length:
                raise Malformed("an FLV tag's size behind it is another")
            if self.data[at] in self.clocks and not is_header(self.data[at], self.data[at + 11:at + 13]):
                stamp = int.from_bytes(self.data[at + 4:at + 7], "big") | self.data[at + 7] << 24
                self.clocks[self.data[at]].see(stamp / 1000)
            at = end
        del self.data[:at]


class Ts:
    """Transport stream packets (ISO/IEC 13818-1, 2.4.3): in step, none left out, decoding times in order."""

    def __init__(self, is_strict):
        self.data, self.is_strict = bytearray(), is_strict
        self.counters, self.clocks = {}, {}

    def feed(self, data):
        self.data += data
        whole = len(self.data) // TS_PACKET * TS_PACKET
        for at in range(0, whole, TS_PACKET):
            self.see(self.data[at:at + TS_PACKET])
        del self.data[:whole]

    def see(self, packet):
        if packet[0] != 0x47:
            raise Malformed(f"no packet begins with {bytes(packet[:4]).hex()}")
        pid, control, counter = (packet[1] & 0x1F) << 8 | packet[2], packet[3] >> 4 & 3, packet[3] & 15
        if pid == 0x1FFF:
            return
        has_field, has_payload = bool(control & 2), bool(control & 1)
        may_jump = has_field and packet[4] > 0 and packet[5] & 0x80
        last = self.counters.get(pid)
        if last is not None and has_payload and not may_jump and counter != (last + 1) & 15:
            raise Malformed(f"the continuity counter of PID {pid} goes from {last} to {counter}")
        if has_payload:
            self.counters[pid] = counter
            if packet[1] & 0x40:
                self.see_start(pid, packet[4 + (1 + packet[4] if has_field else 0):], may_jump)

    def see_start(self, pid, payload, may_jump):
        """The header of a PES packet (2.4.3.6) has the times."""
        if payload[:3] != b"\x00\x00\x01" or not payload[7] & 0x80:
            return
        at = 14 if payload[7] & 0x40 else 9
        field = payload[at:at + 5]
        stamp = (field[0] >> 1 & 7) << 30 | field[1] << 22 | field[2] >> 1 << 15 | field[3] << 7 | field[4] >> 1
        if may_jump or pid not in self.clocks:
            self.clocks[pid] = Clock(f"PID {pid}", self.is_strict)
        self.clocks[pid].see(stamp / TS_CLOCK)


class HttpStream:
    """An endless answer over HTTP."""

    def __init__(self, viewer, suffix):
        self.connection = http.client.HTTPConnection("127.0.0.1", viewer.server.http_port, timeout=LONGEST_STILL * 3)
        self.connection.request("GET", f"/{viewer.stream}{suffix}")
        self.answer = self.connection.getresponse()
        if self.answer.status != 200:
            self.connection.close()
            raise OSError(f"{self.answer.status}")

    def read(self):
        return self.answer.read1(65536)

    def close(self):
        self.connection.close()


class Pipe:
    """What a player writes to its standard output."""

    def __init__(self, viewer, *command):
        self.processes, self.has_begun = viewer.processes, False
        self.child = self.processes.start(*command, log=f"{viewer.log_name}.log", is_piped=True)

    def read(self):
        """A player that does not get through is ended: some wait for ever once they have been rejected."""
        if not self.has_begun and not select.select([self.child.stdout], [], [], CONNECTING)[0]:
            return b""
        self.has_begun = True
        return os.read(self.child.stdout.fileno(), 65536)

    def close(self):
        self.processes.end(self.child, seconds=2)
        self.child.stdout.close()


def player(address, container, *options):
    return ("ffmpeg", "-nostdin", "-nostats", "-v", "error", "-analyzeduration", "1000000", *options, "-i", address, "-c", "copy",
            "-f", container, "-flush_packets", "1", "pipe:1")


# By form: how it is opened, and what it is held to.
FORMS = {
    "flv": (lambda viewer: HttpStream(viewer, ".flv"), Flv),
    "ts": (lambda viewer: HttpStream(viewer, ".ts"), Ts),
    "rtmp": (lambda viewer: Pipe(viewer, *player(viewer.server.rtmp(viewer.stream), "flv")), Flv),
    "rtsp": (lambda viewer: Pipe(viewer, *player(f"rtsp://127.0.0.1:{viewer.server.rtsp_port}/{viewer.stream}", "flv",
                                                 "-rtsp_transport", "tcp")), Flv),
    "srt": (lambda viewer: Pipe(viewer, "srt-live-transmit", "-q", "-a:no", viewer.server.srt(f"read:{viewer.stream}", latency=2000),
                                "file://con"), Ts),
}


class Viewer(threading.Thread):
    """Watches until it is told to stop. `faults` are what it may not see: [(wall clock, text)]."""

    def __init__(self, place, form):
        super().__init__(daemon=True)
        self.server, self.processes, self.stream, self.form = place.server, place.processes, place.id, form
        self.is_strict = place.part.quiet
        self.log_name = f"{place.part.name}.{form}"
        self.open, self.parser = FORMS[form]
        self.connections, self.bytes, self.last_read = 0, 0, time.monotonic()
        self.faults, self.is_over = [], False

    def run(self):
        while not self.is_over:
            try:
                source = self.open(self)
            except (OSError, http.client.HTTPException):
                time.sleep(0.5)
                continue
            self.watch(source)
            time.sleep(0.2)

    def watch(self, source):
        parser = self.parser(self.is_strict)
        said = "it ended"
        before = self.bytes
        try:
            while not self.is_over and (data := source.read()):
                self.connections += self.bytes == before
                self.bytes += len(data)
                self.last_read = time.monotonic()
                parser.feed(data)
        except Malformed as fault:
            self.fault(str(fault))
            said = "and it was left"
        except (OSError, http.client.HTTPException, ValueError) as error:
            said = f"it broke: {error}"
        source.close()
        if self.is_strict and not self.is_over and self.bytes > before:
            self.fault(said)

    def fault(self, text):
        self.faults.append((time.time(), f"{self.stream} over {self.form}: {text}"))

    def look(self):
        """Called now and then by whoever keeps it."""

    def stop(self):
        self.is_over = True


class HlsViewer:
    """The strict client of playlists, started again where a stream has come to its end."""

    def __init__(self, place, _form="hls"):
        self.server, self.processes, self.stream = place.server, place.processes, place.id
        self.is_strict = place.part.quiet
        self.faults, self.child, self.seconds, self.ends = [], None, 0, 0.0
        self.numbers = itertools.count()
        self.log_name = f"{place.part.name}.hls"

    def start(self, seconds=None):
        self.seconds = seconds or self.seconds
        self.ends = time.monotonic() + self.seconds - 1
        self.child = self.processes.start(HLS_CHECK, self.server.address(f"/{self.stream}/index.m3u8"), "--seconds", str(self.seconds),
                                          "--propagation", "5", *([] if self.is_strict else ["--tolerate", TOLERATED]), log=f"{self.log_name}.{next(self.numbers)}.log")

    def look(self):
        """A quiet stream has neither gaps nor seams, and no end before the checker's."""
        if self.child.poll() is None:
            return
        said = text_of(self.child.log)
        is_calm = self.child.returncode == 0 and "(0 gaps, 0 discontinuities)" in said and time.monotonic() >= self.ends
        is_broken = self.child.returncode == 1 and (self.is_strict or not self.was_deleted(said))
        if is_broken or self.is_strict and not is_calm:
            said = said if len(said) < 6000 else f"{said[:1000]}\n...\n{said[-5000:]}"  # what is broken is said first
            self.faults.append((time.time(), f"{self.stream} over hls, {self.child.returncode}: {said}"))
        if self.server.get(f"/{self.stream}/index.m3u8").status == 200:
            self.start()

    def was_deleted(self, said):
        """What a playlist listed has gone with its stream, and another has come, if any: its objects have another number in front."""
        missing = re.search(r"^BROKEN \S+: (\d+)-\S+ .*is not there$", said, re.M)
        return missing and f"{missing[1]}-" not in self.server.get(f"/{self.stream}/source/index.m3u8").text

    def stop(self):
        self.processes.end(self.child)


def viewers_of(place):
    """Those that the cast names and this machine has."""
    forms = [form for form in place.part.viewers if form != "srt" or shutil.which("srt-live-transmit")]
    return [HlsViewer(place) if form == "hls" else Viewer(place, form) for form in forms]
