"""(a) One stream to many viewers, over HTTP (FLV first, MPEG-TS and fMP4 beside it) and over RTMP: what a gigabit costs beside bare loops of the same bytes, and what viewers notice."""

import json
import subprocess
import time

from measure import processes
from measure.processes import LOAD_CORE, SERVER_CORE, Program, get, resident_bytes, wait_until
from measure.servers import Nginx, Weir

LOOPS = {"send": "loop-send", "batched": "loop-uring"}
NEWCOMERS = 20


def watch_command(bench, server, viewers, seconds, form="flv"):
    address = server.rtmp_url("bench") if form == "rtmp" else server.url(f"/live/bench.{form}")
    return [bench.weir, "watch", address, "--viewers", viewers, "--seconds", seconds, "--json"]


def loop(bench, way, viewers):
    with Program(bench.folder, "loop", [bench.programs / "fan_out", "--once", way, viewers, bench.seconds],
                 SERVER_CORE) as program:
        return {"cost": program.wait(120)["cpu_seconds_per_gigabit"]}


def publish(bench, server, clock=True):
    url = server.rtmp_url("bench")
    return Program(bench.folder, "publish",
                   [bench.weir, "publish", bench.clip, url, "--loop", *(["--clock"] if clock else [])], LOAD_CORE)


def first_frames(bench, server):
    """Viewers that come one after another to a stream that many watch: their milliseconds to the first frame."""
    newcomers = []
    for _ in range(NEWCOMERS):
        newcomers.append(subprocess.Popen(
            ["taskset", "-c", str(LOAD_CORE), *map(str, watch_command(bench, server, 1, 1))],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True))
        time.sleep(0.1)
    reports = [json.loads(newcomer.communicate(timeout=20)[0]) for newcomer in newcomers]
    nothing = {"max": 1000.0}  # in the second that they stayed
    return [(report["first_frame_ms"] or nothing)["max"] for report in reports]


def weir(bench, io, viewers, form="flv"):
    with Weir(bench, io) as server, publish(bench, server) as publisher:
        wait_until(lambda: server.stats("bench")["input"]["frames"] > 60, "stream")
        with Program(bench.folder, "first", watch_command(bench, server, 1, 1, form), LOAD_CORE) as first:
            first.wait(20)  # from now on the log is there
        alone = server.memory()
        with_newcomers = io == "uring" and viewers == 1000 and form == "flv"
        joining = 3 + viewers // 1000
        staying = joining + bench.seconds + (5 if with_newcomers else 1)
        with Program(bench.folder, "watch", watch_command(bench, server, viewers, staying, form), LOAD_CORE) as audience:
            stream = server.url("/api/v1/streams/live/bench")
            present = lambda: json.loads(get(stream))["viewers"][form]
            wait_until(lambda: present() == viewers, f"{viewers} viewers", joining)
            time.sleep(1)
            began, cpu = server.stats("bench")["delivery"]["bytes"], server.cpu()
            time.sleep(bench.seconds)
            ended, cpu = server.stats("bench")["delivery"]["bytes"], server.cpu() - cpu
            memory = server.memory() - alone
            newcomers = first_frames(bench, server) if with_newcomers else []
            audience.check()
            report = audience.wait(60)
        publisher.check()
        gigabits = (ended - began) * 8 / 1e9
        latency = report["latency_ms"] or {"p50": None, "p99": None}
        return {"cost": cpu / gigabits, "cores": cpu / bench.seconds, "bitrate": gigabits * 1e9 / viewers / bench.seconds,
                "memory": memory / viewers, "p50": latency["p50"], "p99": latency["p99"],
                "stalls": report["stalls"] + report["failed"] + report["closed"], "first_frame": newcomers}


def nginx(bench, viewers):
    """nginx-rtmp gives RTMP to as many players; it says itself how many bytes that were."""
    with Nginx(bench) as server, publish(bench, server, clock=False) as publisher:
        time.sleep(3)
        with Program(bench.folder, "rtmp_viewers", [
                bench.programs / "rtmp_viewers", server.rtmp, "live", "bench", viewers, bench.seconds + 8],
                LOAD_CORE) as audience:
            alone = resident_bytes(server.worker)
            time.sleep(4)
            began, cpu = server.sent_bytes(), server.cpu()
            time.sleep(bench.seconds)
            ended, cpu = server.sent_bytes(), server.cpu() - cpu
            memory = resident_bytes(server.worker) - alone
            audience.check()
        publisher.check()
        gigabits = (ended - began) * 8 / 1e9
        return {"cost": cpu / gigabits, "bitrate": gigabits * 1e9 / viewers / bench.seconds, "memory": memory / viewers}


def run(bench):
    """Per number of viewers and way, a list of what each round gave."""
    results = {}
    for viewers in bench.viewers:
        ways = {f"loop {name}": lambda way=way: loop(bench, way, viewers) for name, way in LOOPS.items()}
        ways |= {f"weir {io}": lambda io=io: weir(bench, io, viewers) for io in ("epoll", "uring")}
        if viewers == 1000:
            ways |= {f"weir {form}": lambda form=form: weir(bench, "uring", viewers, form) for form in ("rtmp", "ts", "mp4")}
        if Nginx.RTMP_MODULE.exists() and viewers in (1000, 2000):
            ways["nginx"] = lambda: nginx(bench, viewers)
        results[viewers] = {name: [] for name in ways}
        for number in range(bench.rounds):
            for name, measure in ways.items():
                outcome = measure()
                results[viewers][name].append(outcome)
                bench.say(f"{viewers} viewers, round {number + 1}, {name}: " + processes.brief(outcome))
    return results
