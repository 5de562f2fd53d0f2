"""What the end-to-end tests share: a Weir of their own on free ports, real clients as processes, and waiting with a bound.

Every test starts its own server and ends only the processes that it started. The program is in the variable WEIR.
"""
import atexit
import contextlib
import functools
import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request

signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # a test that CTest ends still ends its children
HERE = os.path.dirname(os.path.abspath(__file__))
WEIR = os.path.abspath(os.environ.get("WEIR", "build/release/weir"))
HLS_CHECK = os.path.join(os.path.dirname(WEIR), "hls_check")  # a strict client of HLS: tests/hls_check
CLIP = os.path.join(os.path.dirname(WEIR), "clip.flv")  # a presenter before a camera, 720p30, with sound
subprocess.run([os.path.join(HERE, "make_clip"), CLIP], check=True, timeout=300)


# What a worker would measure in some seconds at each server's first start.
COSTS = {"version": 1, "decode": 0.0022, "scale": 0.0011, "audio": 0.042, "encode": {"ultrafast": 0.0052, "veryfast": 0.0116}}


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(type=kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(what, condition, seconds=20, every=0.1):
    """The first true value of `condition()`; fails, naming `what`, when it does not come in time."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(every)


def happens(condition, seconds, every=0.1):
    """Whether `condition()` comes true in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(every)
    return True


def has(program):
    return shutil.which(program) is not None


def text_of(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


@functools.cache
def clips_folder():
    folder = tempfile.mkdtemp(prefix="weir-clips-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@functools.cache
def clip(name="small.flv", size="320x180", seconds=12, video=True, audio=True, codec="libx264"):
    """A file of a test picture and a tone, with a keyframe each second; made once in a run."""
    path = os.path.join(clips_folder(), name)
    tracks = []
    if video:
        tracks += ["-f", "lavfi", "-i", f"testsrc=size={size}:rate=25"]
    if audio:
        tracks += ["-f", "lavfi", "-i", "sine=sample_rate=48000"]
    if video:
        tracks += ["-c:v", codec, "-preset", "ultrafast", "-g", "25", "-pix_fmt", "yuv420p"]
    if video and codec == "libx265":
        tracks += ["-x265-params", "log-level=none:keyint=25"]
    if audio:
        tracks += ["-c:a", "aac", "-b:a", "64k"]
    if name.endswith(".mp4"):
        tracks += ["-movflags", "+frag_keyframe+empty_moov+default_base_moof"]
    subprocess.run(["ffmpeg", "-v", "error", "-y", *tracks, "-t", str(seconds), path], check=True, timeout=120)
    return path


def make_certificate(folder, name):
    """NAME.pem and NAME.key, signed by itself, for localhost."""
    certificate, key = (os.path.join(folder, f"{name}.{kind}") for kind in ("pem", "key"))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", f"/CN={name}", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out",
                    certificate], check=True, capture_output=True, timeout=60)
    return certificate, key


def browser(script, *arguments, seconds=120):
    """Runs a script of browser/ in Chromium: its line of JSON, with its status as `status`."""
    return open_browser(script, *arguments)(seconds)


def open_browser(script, *arguments):
    """The same, while the test goes on: call what is returned to wait for the script's end; before it may come its `wait_for_moving`
    or `wait_for_line`."""
    folder = os.path.join(HERE, "browser")
    if not os.path.isdir(os.path.join(folder, "node_modules")):
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=folder, check=True, timeout=300, capture_output=True)
    child = subprocess.Popen(["node", script, *arguments], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True)

    def wait_for_line(wanted, seconds):
        """The script's next line on standard error, which is that."""
        readable, _, _ = select.select([child.stderr], [], [], seconds)
        line = child.stderr.readline() if readable else ""
        if line != wanted + "\n":
            raise AssertionError(f"{script} does not say {wanted!r}: {line}")

    def wait_for_moving(seconds=45, words="moving"):
        """The picture moves: the script says so in a line of its own."""
        wait_for_line(words, seconds)

    def finish(seconds=120):
        try:
            said, complaints = child.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            child.terminate()
            raise
        try:
            return {**json.loads(said), "status": child.returncode}
        except ValueError as error:
            raise AssertionError(f"{script} says: {said}{complaints}") from error
    finish.wait_for_moving, finish.wait_for_line = wait_for_moving, wait_for_line
    return finish


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    @property
    def json(self):
        return json.loads(self.body)


class Processes:
    """Children that are ended with the test."""

    def __init__(self):
        self._children = []
        self.folder = tempfile.mkdtemp(prefix="weir-test-")
        atexit.register(self.end_all)

    def start(self, *command, log=None, is_piped=False, **options):
        """Its output is in the file `log`; where it is piped, what it complains about."""
        path = os.path.join(self.folder, log or f"{len(self._children)}.log")
        with open(path, "ab") as out:
            child = subprocess.Popen(command, stdout=subprocess.PIPE if is_piped else out, stderr=out, stdin=subprocess.DEVNULL,
                                     start_new_session=True, **options)
        child.log = path
        self._children.append(child)
        return child

    def end(self, child, with_signal=signal.SIGTERM, seconds=10):
        if child.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, with_signal)
            try:
                child.wait(seconds)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
        return child.returncode

    def end_all(self):
        for child in reversed(self._children):
            self.end(child)
        shutil.rmtree(self.folder, ignore_errors=True)


class Server:
    """A running Weir, and what one can ask of it over HTTP."""

    def __init__(self, processes, *settings, environment=None, http=None, rtmp=None, threads=None, verb="serve", config=None):
        self.processes, self.verb = processes, [verb, *(["-c", config] if config else [])]
        self.http_port, self.rtmp_port = http or free_port(), rtmp or free_port()
        self.srt_port, self.rtsp_port = free_port(socket.SOCK_DGRAM), free_port()
        self.settings = [f"http.listen=127.0.0.1:{self.http_port}", f"rtmp.listen=127.0.0.1:{self.rtmp_port}",
                         f"srt.listen=127.0.0.1:{self.srt_port}", f"rtsp.listen=127.0.0.1:{self.rtsp_port}", "rtsp.tls_listen=", *settings]
        if threads:
            self.settings.append(f"limits.threads={threads}")
        self.environment = {**os.environ, **(environment or {})}
        self.start()

    def start(self):
        store = os.path.join(self.processes.folder, "weir-data")
        os.makedirs(store, exist_ok=True)
        with open(os.path.join(store, "costs.json"), "w", encoding="ascii") as file:
            json.dump(COSTS, file)
        arguments = [word for setting in self.settings for word in ("--set", setting)]
        self.child = self.processes.start(WEIR, *self.verb, *arguments, log="weir.log", env=self.environment,
                                          cwd=self.processes.folder)
        wait_for("the server is ready", self.is_ready, every=0.02)

    def stop(self, with_signal=signal.SIGTERM):
        return self.processes.end(self.child, with_signal)

    def is_ready(self):
        if self.child.poll() is not None:
            raise AssertionError("the server ended: " + self.log())
        with contextlib.suppress(OSError):
            return self.get("/ready").status == 200
        return False

    def log(self):
        return text_of(self.child.log)

    def address(self, path):
        return f"http://127.0.0.1:{self.http_port}{path}"

    def rtmp(self, name):
        return f"rtmp://127.0.0.1:{self.rtmp_port}/{name}"

    def srt(self, stream_id, **options):
        behind = "".join(f"&{name}={value}" for name, value in options.items())
        return f"srt://127.0.0.1:{self.srt_port}?streamid={stream_id}{behind}"

    def get(self, path, headers=None, method="GET", seconds=25):
        return self.request(method, path, headers, seconds=seconds)

    def request(self, method, path, headers=None, body=None, seconds=25):
        request = urllib.request.Request(self.address(path), headers=headers or {}, method=method, data=body)
        try:
            with urllib.request.urlopen(request, timeout=seconds) as answer:
                return Answer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.headers, error.read())

    def stream(self, name):
        answer = self.get(f"/api/v1/streams/{name}")
        return answer.json if answer.status == 200 else None

    def wait_until(self, name, state, seconds=20):
        def reached():
            stream = self.stream(name)
            return stream if stream and stream["state"] == state else None
        return wait_for(f"{name} is {state}", reached, seconds)

    def wait_for_contenders(self, name, *wanted, seconds=20):
        """Who would bring the stream its media, the better first: (rank, protocol, state) of each."""
        def contenders():
            return [(one["rank"], one["protocol"], one["state"]) for one in self.stream(name)["contenders"]]
        wait_for(f"{name} has {wanted}", lambda: contenders() == list(wanted), seconds)

    def wait_for_playlist(self, name, seconds=30):
        return wait_for(f"{name} has a playlist", lambda: self.get(f"/{name}/index.m3u8").status == 200, seconds)

    def publish(self, name="live/demo", *options, file=CLIP, loop=True, clock=False, to=None):
        """Our own publisher: the quickest to start. Tests of other publishers start those."""
        flags = (["--loop"] if loop else []) + (["--clock"] if clock else [])
        return self.processes.start(WEIR, "publish", file, to or self.rtmp(name), *flags, *options)

    def publish_with_ffmpeg(self, name, file, *options):
        return self.processes.start("ffmpeg", "-nostats", "-v", "info", "-re", "-stream_loop", "-1", "-i", file, "-c", "copy",
                                    *options, "-f", "flv", self.rtmp(name))

    def renditions(self, name):
        """By name, as the API lists them."""
        stream = self.stream(name)
        return {one["name"]: one for one in stream["renditions"]} if stream else {}

    def metric(self, name):
        """The sum of all samples of a metric, 0 when it has none."""
        lines = [line.split() for line in self.get("/metrics").text.splitlines()]
        return sum(float(line[-1]) for line in lines if line and re.split(r"[{ ]", line[0])[0] == name)

    def memory_bytes(self, of="VmRSS"):
        """Resident memory of the process; `VmHWM` is the most that it ever was."""
        with open(f"/proc/{self.child.pid}/status", encoding="ascii") as status:
            for line in status:
                if line.startswith(of + ":"):
                    return int(line.split()[1]) * 1024
        raise AssertionError("the server is gone")


class WeirTest(unittest.TestCase):
    """A test with processes of its own. A failed one prints the server's log."""

    def setUp(self):
        self.processes = Processes()
        self.addCleanup(self.processes.end_all)
        self.servers = []

    def serve(self, *settings, **options):
        server = Server(self.processes, *settings, **options)
        self.servers.append(server)
        return server

    def tearDown(self):
        outcome = getattr(self, "_outcome", None)
        result = getattr(outcome, "result", None)
        broken = result and any(test is self for test, _ in result.failures + result.errors)
        if broken:
            for server in self.servers:
                print("--- the server's log\n" + server.log()[-6000:], flush=True)

    def assert_says(self, words, get_text, seconds=15):
        """The text comes to hold the words within the time."""
        end = time.monotonic() + seconds
        while words not in (text := get_text()):
            if time.monotonic() > end:
                self.fail(f"nobody says {words!r} in:\n{text[-3000:]}")
            time.sleep(0.1)

    def run_client(self, *command, seconds=60):
        """A client that ends by itself; its output and its status."""
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, stdin=subprocess.DEVNULL, check=False)
        return done.returncode, done.stdout + done.stderr
