"""(c) Many publishers, nothing watched, beside nginx's RTMP module; and what a server without work takes."""

import time

from measure import processes
from measure.processes import LOAD_CORE, Program, resident_bytes, wait_until
from measure.servers import Nginx, Weir


def crowd(bench, server):
    return Program(bench.folder, "publishers",
                   [bench.programs / "publishers", bench.clip, server.rtmp_url("b"), bench.publishers], LOAD_CORE)


def measure(bench, server, count, look=lambda: {}):
    with crowd(bench, server) as publishers:
        wait_until(lambda: "ready" in publishers.log.read_text(), "publishers", 60)
        wait_until(lambda: count() >= bench.publishers, "streams", 60)
        time.sleep(3)
        began, cpu = server.received_bytes(), server.cpu()
        time.sleep(bench.seconds)
        ended, cpu = server.received_bytes(), server.cpu() - cpu
        publishers.check()
        gigabits = (ended - began) * 8 / 1e9
        return {"cost": cpu / gigabits, "bitrate": gigabits * 1e9 / bench.publishers / bench.seconds, **look()}


def weir(bench):
    with Weir(bench) as server:
        time.sleep(1)
        idle, alone = resident_bytes(server.pid), server.memory()
        outcome = measure(bench, server, server.streams,
                          lambda: {"memory": (server.memory() - alone) / bench.publishers})
        return outcome | {"idle": idle, "ready": server.seconds_to_ready}


def nginx(bench):
    with Nginx(bench) as server:
        return measure(bench, server, server.publishers)


def run(bench):
    results = {"weir": [], "nginx": []}
    for number in range(bench.rounds):
        for name, way in (("weir", weir), ("nginx", nginx)):
            outcome = way(bench)
            results[name].append(outcome)
            bench.say(f"{bench.publishers} publishers, round {number + 1}, {name}: " + processes.brief(outcome))
    return results
