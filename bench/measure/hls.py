"""(b) HLS segments and playlists beside nginx, which serves the same bytes from files; wrk asks for them."""

import re
import subprocess
import time
from urllib.parse import urljoin

from measure import processes
from measure.fan_out import publish
from measure.processes import LOAD_CORE, get, wait_until
from measure.servers import Nginx, Weir

CONNECTIONS = 32


def uris(url):
    return [urljoin(url, line) for line in get(url).decode().splitlines() if line and not line.startswith("#")]


def ask(bench, server, url):
    """wrk for a while: requests, and CPU seconds of the server beyond what it takes when nobody asks."""
    quiet = server.cpu()
    time.sleep(1)
    before = server.cpu()
    quiet = before - quiet
    output = subprocess.run(
        ["taskset", "-c", str(LOAD_CORE), "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{bench.seconds}s", "--timeout", "30s", url],
        capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in output or "Socket errors" in output:
        raise RuntimeError(f"{url}: {output}")
    return int(re.search(r"(\d+) requests in", output).group(1)), server.cpu() - before - quiet * bench.seconds


def run(bench):
    """Per kind and server, a list of what each round gave."""
    results = {kind: {"weir": [], "nginx": []} for kind in ("segment", "playlist")}
    with Weir(bench) as weir, Nginx(bench) as nginx, publish(bench, weir, clock=False) as publisher:
        wait_until(lambda: weir.streams() == 1, "stream")
        playlist = uris(weir.url("/live/bench/index.m3u8"))[0]
        wait_until(lambda: len(uris(playlist)) >= 2, "segments", 60, 0.5)
        for number in range(bench.rounds):
            addresses = {"segment": uris(playlist)[-1], "playlist": playlist}
            for kind, url in addresses.items():
                content = get(url)
                name = url.rpartition("/")[2]
                (nginx.files / name).write_bytes(content)
                for server, address in ((weir, url), (nginx, nginx.url(f"/{name}"))):
                    requests, cpu = ask(bench, server, address)
                    outcome = {"bytes": len(content), "requests": requests, "requests_per_cpu": requests / cpu,
                               "gigabits_per_cpu": requests * len(content) * 8 / 1e9 / cpu}
                    results[kind][type(server).__name__.lower()].append(outcome)
                    bench.say(f"{kind}, round {number + 1}, {type(server).__name__}: " + processes.brief(outcome))
        publisher.check()
    return results
