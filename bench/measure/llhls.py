"""LL-HLS: how soon waiting clients have a part after its last packet, and what a gigabit to a thousand of them costs beside nginx,
which serves the same bytes from files: the newest playlist and part of picture and sound, in turns."""

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
    """What a client fetches for each part: the playlist as an update, and the part."""
    update = get(playlist + "?_HLS_skip=YES")
    part = re.findall(r'^#EXT-X-PART:.*URI="([^"]+)"', update.decode(), re.M)[-1]
    return [("update.m3u8", update), (part, get(urljoin(playlist, part)))]


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


def nginx(bench, server, objects):
    for name, content in objects:
        (server.files / name).write_bytes(content)
    turns = bench.folder / "turns.lua"
    turns.write_text(IN_TURNS.format(paths=", ".join(f'"/{name}"' for name, _ in objects)))
    cpu, sent = server.cpu(), 0
    output = subprocess.run(
        ["taskset", "-c", str(LOAD_CORE), "wrk", "-t1", "-c1000", f"-d{bench.seconds}s", "--timeout", "30s", "-s", turns,
         server.url("")], capture_output=True, text=True, check=True).stdout
    sent = int(re.search(r"(\d+) requests in", output).group(1)) * sum(len(content) for _, content in objects) / len(objects)
    return {"cost": (server.cpu() - cpu) / (sent * 8 / 1e9)}


def run(bench):
    """Per way, a list of what each round gave."""
    ways = [f"weir {clients}" for clients in CLIENTS] + ["nginx 1000"]
    results = {way: [] for way in ways}
    with Weir(bench) as server, Nginx(bench) as files, publish(bench, server) as publisher:
        wait_until(lambda: server.streams() == 1, "stream")
        address = server.url("/live/bench/index.m3u8")
        get(address)
        for number in range(bench.rounds):
            objects = [(f"{i}-{name}", content) for i, one in enumerate(playlists(address)) for name, content in newest(one)]
            for way in ways:
                clients = int(way.split()[1])
                outcome = weir(bench, server, clients) if way.startswith("weir") else nginx(bench, files, objects)
                results[way].append(outcome)
                bench.say(f"LL-HLS, round {number + 1}, {way}: " + processes.brief(outcome))
        publisher.check()
    return json.loads(json.dumps(results))
