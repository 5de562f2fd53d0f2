"""Who streams in an hour of chaos: the table of twenty streams, the clips that they send, and each of them as something that can be
started, stopped and looked at."""
import dataclasses
import functools
import json
import os
import random
import signal
import subprocess
import threading
import time

from chaos_wire import RtspWire, TcpWire, UdpWire
from harness import clips_folder

APP = "live"
WAYS_OUT = {"rtmp": "flv", "srt": "mpegts", "rtsp": "rtsp", "rtsp_udp": "rtsp"}  # ffmpeg's names of formats
WIRES = {"rtmp": TcpWire, "srt": UdpWire, "rtsp": TcpWire, "rtsp_udp": RtspWire}
RESTARTED = 12.0  # seconds after which an encoder that does not see that it is gone is started again
SILENCE = 6  # seconds of it after which a publisher is let go: `timeout`
BETWEEN_STARTS = 1.0
STEADY = 2.0  # seconds that a stream has to run until it is back

# What is sent: (picture size, frames a second, video codec, sampling rate). Small: an hour costs little.
CLIPS = {"plain": ("160x90", 25, "libx264", 24000), "wide": ("320x180", 25, "libx264", 24000), "fast": ("192x108", 30, "libx264", 24000),
         "other_sound": ("160x90", 25, "libx264", 48000), "hevc": ("160x90", 25, "libx265", 24000)}


@functools.cache
def chaos_clip(name):
    """16 s, a keyframe each second; FLV, or a transport stream where that has no name for the codec. The end joins the beginning: at
    24 and at 48 kHz sound of 1024 samples a frame is as long, with the encoder's one frame of priming."""
    size, rate, codec, sampling = CLIPS[name]
    path = os.path.join(clips_folder(), f"{name}.{'ts' if codec == 'libx265' else 'flv'}")
    quiet = ["-x265-params", f"log-level=none:keyint={rate}:bframes=0"] if codec == "libx265" else ["-bf", "0"]
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", f"testsrc=size={size}:rate={rate}", "-f", "lavfi", "-i",
                    f"sine=sample_rate={sampling},atrim=end_sample={sampling * 16 - 1024}", "-t", "16", "-c:v", codec, "-preset", "ultrafast", "-g", str(rate), "-b:v", "60k",
                    "-pix_fmt", "yuv420p", *quiet, "-c:a", "aac", "-b:a", "32k", path], check=True, timeout=120)
    return path


@dataclasses.dataclass(frozen=True)
class Part:
    """A row of the cast."""
    name: str
    way: str  # rtmp, srt, rtsp, rtsp_udp: published; file or pull: fetched
    viewers: tuple
    quiet: bool = False
    clip: str = "plain"
    others: tuple = ()  # the clips that it may change to
    of: str = ""  # whom a pull follows, or whose failure is felt here
    via: str = ""  # a pull: over which protocol
    has_backup: bool = False  # a second publisher of it stands by
    options: dict = dataclasses.field(default_factory=dict)

    @property
    def id(self):
        return f"{APP}/{self.name}"

    @property
    def is_published(self):
        return self.way in WAYS_OUT

    def settings(self):
        """What the server's configuration says of it; a pull is created over the API."""
        if not self.is_published:
            return []
        return [f"streams.{self.id}.{key}={chaos_clip(value) if key == 'slate' else value}" for key, value in self.options.items()]


# In an order in which each beginning of it has a third of quiet ones, and a bit of everything.
CAST = (
    Part("quiet_rtmp", "rtmp", ("flv", "hls", "rtmp"), quiet=True),
    Part("rtmp", "rtmp", ("flv", "hls", "ts"), others=("wide", "fast", "other_sound")),
    Part("srt", "srt", ("flv", "ts", "hls"), others=("wide", "hevc")),
    Part("quiet_srt", "srt", ("ts", "hls", "srt"), quiet=True),
    Part("laddered", "rtmp", ("flv", "hls"), clip="wide", others=("fast",), options={"ladder": "small"}),
    Part("backed", "rtmp", ("flv", "hls"), has_backup=True, others=("fast",)),
    Part("quiet_rtsp", "rtsp", ("flv", "ts", "hls", "rtsp"), quiet=True),
    Part("rtsp", "rtsp", ("flv", "hls"), others=("wide",)),
    Part("slated", "rtmp", ("flv", "hls"), options={"slate": "plain"}),
    Part("quiet_file", "file", ("flv", "hls"), quiet=True),
    Part("file", "file", ("flv", "hls"), clip="wide"),
    Part("spared", "rtmp", ("ts", "hls"), of="quiet_rtmp", options={"backup": f"{APP}/quiet_rtmp"}),
    Part("quiet_pull", "pull", ("flv", "hls"), quiet=True, of="quiet_rtmp", via="rtmp"),
    Part("pull", "pull", ("flv", "hls"), of="rtmp", via="rtmp"),
    Part("rtsp_udp", "rtsp_udp", ("ts", "hls")),
    Part("quiet_rtsp_udp", "rtsp_udp", ("flv", "hls"), quiet=True),
    Part("hevc", "srt", ("ts", "hls"), clip="hevc", others=("plain",)),
    Part("replaced", "rtmp", ("flv", "rtmp"), options={"takeover": "replace"}),
    Part("refused", "srt", ("flv", "srt"), options={"takeover": "refuse"}),
    Part("quiet_srt_pull", "pull", ("ts", "hls"), quiet=True, of="quiet_srt", via="srt"),
)


class Place:
    """One of the cast at work on a server: its publisher or its pull, and the wire between."""

    def __init__(self, part, server, processes, seed):
        self.part, self.server, self.processes = part, server, processes
        self.clip = part.clip
        self.dice = random.Random(f"{seed}/{part.name}")
        self.child, self.backup, self.started, self.restarts = None, None, 0.0, 0
        self.waits_since, self.up_since = 0.0, None
        self.port = {"rtmp": server.rtmp_port, "srt": server.srt_port}.get(part.way, server.rtsp_port)  # to which it is published
        self.wire = WIRES[part.way](self.port, f"{seed}/{part.name}") if part.is_published and not part.quiet else None
        self.lock = threading.Lock()

    @property
    def id(self):
        return self.part.id

    def address(self, port, query=""):
        """Where it is published to."""
        if self.part.way == "srt":
            return f"srt://127.0.0.1:{port}?streamid=publish:{self.id}{query}&pkt_size=1316"
        scheme = self.part.way.partition("_")[0]
        return f"{scheme}://127.0.0.1:{port}/{self.id}{query}"

    def publisher(self, log, port=None, query="", clip=None):
        """A process that publishes, through the wire where no port is named."""
        port = port or (self.wire.port if self.wire else self.port)
        transport = ("-rtsp_transport", "udp" if self.part.way == "rtsp_udp" else "tcp") if self.part.way.startswith("rtsp") else ()
        return self.processes.start("ffmpeg", "-nostdin", "-nostats", "-v", "error", "-re", "-stream_loop", "-1", "-i",
                                    chaos_clip(clip or self.clip), "-c", "copy", "-f", WAYS_OUT[self.part.way], *transport,
                                    self.address(port, query), log=f"{self.part.name}.{log}.log")

    def revive(self):
        """Who is to bring the stream is started again where it has ended, as people's encoders do it."""
        with self.lock:
            if not self.part.is_published:
                self.ensure_pull()
                return
            if self.part.has_backup and (self.backup is None or self.backup.poll() is not None):
                self.backup = self.publisher("backup", self.port, "?backup=1", self.part.clip)
            if (self.child is None or self.child.poll() is not None) and time.monotonic() - self.started > BETWEEN_STARTS:
                self.start()

    def is_back(self):
        """The stream runs, and has run for a moment, with who is to bring it; asked again and again from `waits_since` on."""
        now = time.monotonic()
        if not self.is_up() or self.part.is_published and (self.child is None or self.child.poll() is not None):
            self.up_since = None
            if self.part.is_published and self.child is not None and now - max(self.started, self.waits_since) > RESTARTED:
                self.restarts += self.child.poll() is None
                self.end(signal.SIGKILL)
            self.revive()
            return False
        self.up_since = self.up_since or now
        return now - self.up_since > STEADY

    def start(self):
        self.child, self.started = self.publisher("source"), time.monotonic()

    def ensure_pull(self):
        if self.server.get(f"/api/v1/streams/{self.id}/config").status == 404:
            self.ask("POST", "", {"id": self.id, "source": self.source(), **self.part.options})

    def source(self):
        if self.part.way == "file":
            return f"file:{os.path.basename(chaos_clip(self.clip))}"
        followed = f"{APP}/{self.part.of}"
        return self.server.rtmp(followed) if self.part.via == "rtmp" else self.server.srt(f"read:{followed}")

    def ask(self, method, path, body=None):
        """The API about this stream; `path` is behind it. POST without one creates."""
        address = "/api/v1/streams" if method == "POST" and not path else f"/api/v1/streams/{self.id}{path}"
        return self.server.request(method, address, {"Content-Type": "application/json"}, json.dumps(body or {}).encode())

    def wait_for(self):
        """What follows is waited for anew."""
        self.waits_since, self.up_since = time.monotonic(), None

    def end(self, with_signal):
        if self.child is not None:
            self.child.send_signal(signal.SIGCONT)
            self.processes.end(self.child, with_signal)

    def end_all(self):
        with self.lock:
            for child in (self.child, self.backup):
                if child is not None:
                    child.send_signal(signal.SIGCONT)
                    self.processes.end(child, signal.SIGTERM, 3)
            if not self.part.is_published:
                self.ask("DELETE", "")

    def is_up(self):
        """It runs, on its own source."""
        stream = self.server.stream(self.id)
        return bool(stream and stream["state"] == "running" and (stream["publisher"] or {}).get("rank") == "source")
