"""What is done to streams, and what the server has to say of it: a table. All that is random in a deed is drawn from the dice that it
is given, and so a seed means one sequence of deeds for each stream, however long each of them takes."""
import contextlib
import dataclasses
import os
import random
import signal
import socket
import subprocess
import time
from typing import Callable

from chaos_cast import SILENCE, chaos_clip

PAUSES = (0.5, 2, 4, 7.5, 12)  # of a publisher that is stopped or held up: beyond `timeout` and below it
ABSENCES = (0, 1, 3, 11)  # of one that is gone: beyond `hold` and below it
SURELY_SILENT = SILENCE + 4
SWITCHES_WITHIN = 3


@dataclasses.dataclass(frozen=True)
class Expect:
    """What is to be read afterwards: of each group of messages one, about the stream, or else that one of the counters has moved."""
    groups: tuple = ()
    counters: tuple = ()
    any_warning: bool = False
    within: float = 20


NOTHING = Expect()
LEFT = Expect((("publisher left",),))
SWITCHED = Expect((("another source is on air",),))
CHANGED = Expect((("publisher left",), ("video ", "video")))
PAUSED = Expect((("recovering",), ("running",)))
RESUMED = Expect((("option changed",), ("running",)))
DELETED = Expect((("stopping",),))
REFUSED = Expect((("publisher refused",),))
# A bit may be turned round where nobody can know; of so many some are seen.
DAMAGED = Expect((("publisher left",),), any_warning=True, counters=("rtmp_media_refused", "timestamp_faults", "rtp_", "mpegts_faults",
                                                                      "srt_receive", "link_packets"))
WORKER_LOST = Expect((("the worker is ended", "of the ladder", "the source is not there"),))


def stands_in(place):
    """Somebody goes on air where the source is silent."""
    return place.part.has_backup or bool({"backup", "slate"} & place.part.options.keys())


def of_silence(place, seconds):
    if seconds > SURELY_SILENT:
        return LEFT
    return SWITCHED if stands_in(place) and seconds > SWITCHES_WITHIN else NOTHING


def leave(with_signal):
    def act(place, dice, _):
        seconds = dice.choice(ABSENCES)
        place.end(with_signal)
        time.sleep(seconds)
        return f"for {seconds} s", LEFT
    return act


def freeze(place, dice, _):
    seconds = dice.choice(PAUSES)
    place.child.send_signal(signal.SIGSTOP)
    time.sleep(seconds)
    place.child.send_signal(signal.SIGCONT)
    return f"for {seconds} s", of_silence(place, seconds)


def harm(kind, expect=None):
    def act(place, dice, _):
        seconds = dice.choice(PAUSES) if kind == "held" else dice.uniform(2, 5)
        place.wire.begin(kind, random.Random(dice.random()))
        time.sleep(seconds)
        place.wire.end()
        hit = place.wire.hit
        expected = of_silence(place, seconds) if kind == "held" else expect
        return f"for {seconds:.1f} s, {hit} times", expected if hit else NOTHING
    return act


def duplicate(place, dice, _):
    replaces = place.part.options.get("takeover") == "replace"
    seconds = dice.uniform(2, 4)
    rival = place.publisher("rival", place.port)
    if replaces:
        time.sleep(seconds)
    else:
        with contextlib.suppress(subprocess.TimeoutExpired):
            rival.wait(10)
    place.processes.end(rival, signal.SIGKILL)
    return "that replaces" if replaces else "that is refused", LEFT if replaces else REFUSED


def swap(place, dice, _):
    place.clip = dice.choice(sorted({place.part.clip, *place.part.others} - {place.clip}))
    place.end(signal.SIGTERM)
    return f"for the clip {place.clip}", CHANGED


def pause(place, dice, _):
    seconds = dice.uniform(1, 5)
    stream = place.server.stream(place.id)
    is_running = bool(stream) and stream["state"] == "running"  # a pull may have lost its source to another deed
    place.ask("POST", "/pause")
    time.sleep(seconds)
    place.ask("POST", "/resume")
    return f"for {seconds:.1f} s", PAUSED if is_running else RESUMED


def delete(place, dice, _):
    place.ask("DELETE", "")
    time.sleep(dice.uniform(0, 3))
    return "", DELETED


def kick(place, dice, _):
    stream = place.server.stream(place.id)
    publisher = stream["publisher"]["id"] if stream and stream["publisher"] else ""
    answer = place.server.get(f"/api/v1/sessions/{publisher}", method="DELETE")
    return publisher, LEFT if answer.status == 200 else NOTHING


def kick_viewer(place, dice, stage):
    """It comes back."""
    viewers = [viewer for viewer in stage.viewers[place.id] if getattr(viewer, "form", "") in ("flv", "ts")]
    before = sum(viewer.connections for viewer in viewers)
    listed = place.server.get(f"/api/v1/sessions?stream={place.id}").json["items"]
    sessions = [one["id"] for one in listed if one["kind"] == "viewer" and one["protocol"] in ("flv", "ts")]
    if not sessions:
        return "that is not there", NOTHING
    if place.server.get(f"/api/v1/sessions/{dice.choice(sessions)}", method="DELETE").status != 200:
        return "that has just left", NOTHING
    stage.await_true(f"a viewer of {place.id} that was sent away comes back",
                     lambda: sum(viewer.connections for viewer in viewers) > before, 20)
    return "", NOTHING


def workers_of(place):
    """The processes that work for it alone."""
    if "ladder" in place.part.options:
        stats = place.server.get(f"/api/v1/streams/{place.id}/stats")
        worker = stats.json.get("worker") if stats.status == 200 else None
        return [worker["pid"]] if worker else []
    listed = subprocess.run(["pgrep", "-P", str(place.server.child.pid), "-f", "weir-worker ingest"], capture_output=True, text=True,
                            check=False)
    return [int(pid) for pid in listed.stdout.split() if has_open(pid, chaos_clip(place.clip))]


def has_open(pid, path):
    with contextlib.suppress(OSError):
        folder = f"/proc/{pid}/fd"
        return any(os.path.realpath(os.path.join(folder, one)) == os.path.realpath(path) for one in os.listdir(folder))
    return False


def kill_worker(place, dice, _):
    pids = workers_of(place)
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return f"{pids}", WORKER_LOST if pids else NOTHING


def be_strange(place, dice, _):
    """Somebody says to every port what means nothing there."""
    noise = dice.randbytes(5000)
    for port in (place.server.http_port, place.server.rtmp_port, place.server.rtsp_port):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as stranger:
            stranger.sendall(noise)
    with socket.socket(type=socket.SOCK_DGRAM) as stranger:
        for _ in range(20):
            stranger.sendto(dice.randbytes(1000), ("127.0.0.1", place.server.srt_port))
    return "", NOTHING


@dataclasses.dataclass(frozen=True)
class Deed:
    name: str
    act: Callable  # (place, dice, stage) -> (words, Expect)
    fits: Callable = lambda place: place.part.is_published


def carries_bytes(place):
    return place.wire is not None and place.wire.carries == "bytes"


def carries_datagrams(place):
    return place.wire is not None and place.wire.carries == "datagrams"


def anybody(_):
    return True


DEEDS = (
    Deed("publisher killed", leave(signal.SIGKILL)),
    Deed("publisher ended", leave(signal.SIGTERM)),
    Deed("publisher stopped", freeze),
    Deed("connection cut", harm("cut", LEFT), carries_bytes),
    Deed("connection held up", harm("held"), lambda place: place.wire is not None),
    Deed("bytes flipped", harm("flipped", DAMAGED), carries_bytes),
    Deed("bytes dropped", harm("dropped", LEFT), carries_bytes),
    Deed("bytes repeated", harm("repeated", LEFT), carries_bytes),
    Deed("bytes reordered", harm("reordered", LEFT), carries_bytes),
    Deed("packets flipped", harm("flipped", DAMAGED), carries_datagrams),
    Deed("packets dropped", harm("dropped", DAMAGED), carries_datagrams),
    Deed("packets repeated", harm("repeated", NOTHING), carries_datagrams),
    Deed("packets reordered", harm("reordered", NOTHING), carries_datagrams),
    Deed("second publisher", duplicate),
    Deed("publisher swapped", swap, lambda place: bool(place.part.others)),
    Deed("paused", pause, anybody),
    Deed("deleted", delete, anybody),
    Deed("publisher kicked", kick, anybody),
    Deed("viewer kicked", kick_viewer, anybody),
    Deed("worker killed", kill_worker, lambda place: "ladder" in place.part.options or place.part.way == "file"),
    Deed("strangers", be_strange, anybody),
)
