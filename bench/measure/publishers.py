"""(c) Many publishers, nothing watched, beside nginx's RTMP module without and with its HLS; and what a server without work takes."""

import time

from measure import processes
from measure.processes import LOAD_CORE, Program, resident_bytes, wait_until
from measure.servers import Nginx, Weir

WINDOW = 10  # seconds, of HLS: Weir's and nginx's
FULL = 2 * WINDOW + 8  # and what left the playlist stays for as long again and a segment: from then on it goes on as it will for days

def crowd(bench, server):
    return Program(bench.folder, "publishers",
                   [bench.programs / "publishers", bench.clip, server.rtmp_url("b"), bench.publishers], LOAD_CORE)


def measure(bench, server, count, look=lambda: {}):
    with crowd(bench, server) as publishers:
        wait_until(lambda: "ready" in publishers.log.read_text(), "publishers", 60)
        wait_until(lambda: count() >= bench.publishers, "streams", 60)
        time.sleep(FULL)
        began, cpu = server.received_bytes(), server.cpu()
        time.sleep(bench.seconds)
        ended, cpu = server.received_bytes(), server.cpu() - cpu
        publishers.check()
        gigabits = (ended - began) * 8 / 1e9
        return {"cost": cpu / gigabits, "bitrate": gigabits * 1e9 / bench.publishers / bench.seconds, **look()}


def weir(bench):
    with Weir(bench, settings=["streams.defaults.segment=2s", f"streams.defaults.window={WINDOW}s"]) as server:
        time.sleep(1)
        idle, alone = resident_bytes(server.pid), server.memory()
        outcome = measure(bench, server, server.streams,
                          lambda: {"memory": (server.memory() - alone) / bench.publishers})
        return outcome | {"idle": idle, "ready": server.seconds_to_ready}


def nginx(bench, **settings):
    with Nginx(bench, **settings) as server:
        return measure(bench, server, server.publishers)


def run(bench):
    ways = {"weir": weir, "nginx": nginx, "nginx with HLS": lambda bench: nginx(bench, makes_hls=True)}
    results = {name: [] for name in ways}
    for number in range(bench.rounds):
        for name, way in ways.items():
            outcome = way(bench)
            results[name].append(outcome)
            bench.say(f"{bench.publishers} publishers, round {number + 1}, {name}: " + processes.brief(outcome))
    return results
