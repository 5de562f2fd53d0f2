"""LL-HLS: how soon waiting clients have a part after its last packet, and what a gigabit to a thousand of them costs beside nginx,
which serves the same bytes from files at the same rate of requests: every half second each client's connections ask for the newest part
and playlist of picture and of sound. Beside it, for information, what nginx takes when it is asked as fast as it answers."""

import json
import re
import subprocess
import time
from urllib.parse import urljoin, urlparse

from measure import processes
from measure.fan_out import publish
from measure.processes import LOAD_CORE, Program, get, wait_until
from measure.servers import Nginx, Weir

CLIENTS = (100, 1000)
PART_MILLISECONDS = 500
IN_TURNS = """
local paths = {{ {paths} }}
local turn = 0
request = function() turn = turn % #paths + 1; return wrk.format("GET", paths[turn]) end
"""


def playlists(url):
    """The best variant's, and its sound's."""
    text = get(url).decode()
    sound = re.findall(r'URI="([^"]+)"', text)
    return [urljoin(url, line) for line in [*re.findall(r"^[^#\n].*$", text, re.M)[:1], *sound[:1]]]


def newest(playlist):
    """What a client fetches for each part: the part, and the playlist as an update."""
    update = get(playlist + "?_HLS_skip=YES")
    part = re.findall(r'^#EXT-X-PART:.*URI="([^"]+)"', update.decode(), re.M)[-1]
    return [(part, get(urljoin(playlist, part))), ("update.m3u8", update)]


def weir(bench, server, clients):
    paths = [urlparse(url).path for url in playlists(server.url("/live/bench/index.m3u8"))]
    command = [bench.programs / "part_clients", server.http, clients, bench.seconds + 2, *paths]
    with Program(bench.folder, "clients", command, LOAD_CORE) as audience:
        wait_until(lambda: '"joined"' in audience.log.read_text(), f"{clients} waiting clients", 30)
        began, cpu = server.metric("http_sent_bytes_total"), server.cpu()
        time.sleep(bench.seconds)
        ended, cpu = server.metric("http_sent_bytes_total"), server.cpu() - cpu
        audience.check()
        report = audience.wait(60)
    gigabits = (ended - began) * 8 / 1e9
    return {"cost": cpu / gigabits, "bitrate": gigabits * 1e9 / clients / bench.seconds, "p50": report["p50"], "p99": report["p99"],
            "parts": report["parts"], "stalls": report["failed"]}


def nginx_paced(bench, server, lists, clients):
    """At the rate, and in the bursts, that parts come in."""
    paths = [",".join(f"/{name}" for name, _ in objects) for objects in lists]
    command = [bench.programs / "paced_clients", server.http, clients, PART_MILLISECONDS, bench.seconds + 2, *paths]
    with Program(bench.folder, "clients", command, LOAD_CORE) as audience:
        wait_until(lambda: '"joined"' in audience.log.read_text(), f"{clients} clients", 30)
        cpu = server.cpu()
        time.sleep(bench.seconds)
        cpu = server.cpu() - cpu
        audience.check()
        report = audience.wait(60)
    bursts = bench.seconds * 1000 / PART_MILLISECONDS
    sent = sum(len(content) for objects in lists for _, content in objects) * clients * bursts
    return {"cost": cpu / (sent * 8 / 1e9), "failed": report["failed"], "late": report["late"]}


def nginx_full(bench, server, lists, clients):
    """As fast as it answers."""
    objects = [one for objects in lists for one in objects]
    turns = bench.folder / "turns.lua"
    turns.write_text(IN_TURNS.format(paths=", ".join(f'"/{name}"' for name, _ in objects)))
    cpu = server.cpu()
    output = subprocess.run(
        ["taskset", "-c", str(LOAD_CORE), "wrk", "-t1", f"-c{clients}", f"-d{bench.seconds}s", "--timeout", "30s", "-s", turns,
         server.url("")], capture_output=True, text=True, check=True).stdout
    sent = int(re.search(r"(\d+) requests in", output).group(1)) * sum(len(content) for _, content in objects) / len(objects)
    return {"cost": (server.cpu() - cpu) / (sent * 8 / 1e9)}


NGINX = {"nginx 1000": nginx_paced, "nginx 1000, asked as fast as it answers": nginx_full}


def run(bench):
    """Per way, a list of what each round gave."""
    results = {way: [] for way in (*(f"weir {clients}" for clients in CLIENTS), *NGINX)}
    with Weir(bench) as server, Nginx(bench) as files, publish(bench, server) as publisher:
        wait_until(lambda: server.streams() == 1, "stream")
        address = server.url("/live/bench/index.m3u8")
        get(address)
        for number in range(bench.rounds):
            lists = [[(f"{i}-{name}", content) for name, content in newest(one)] for i, one in enumerate(playlists(address))]
            for name, content in (one for objects in lists for one in objects):
                (files.files / name).write_bytes(content)
            for way, outcomes in results.items():
                clients = int(re.search(r"\d+", way).group())
                outcomes.append(weir(bench, server, clients) if way.startswith("weir") else NGINX[way](bench, files, lists, clients))
                bench.say(f"LL-HLS, round {number + 1}, {way}: " + processes.brief(outcomes[-1]))
        publisher.check()
    return json.loads(json.dumps(results))
