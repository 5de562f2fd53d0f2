"""(e) The same bytes over TLS: one live stream to many viewers, and HLS segments, beside nginx with the same suite.

nginx fans nothing out over TLS by itself: beside Weir it passes on, unbuffered, what a Weir on the load's core has for each viewer; so
its cost has a read in it for each write. Of segments both have the same files' bytes, and nothing else to do.
"""

import subprocess
import time

from measure import processes
from measure.fan_out import publish
from measure.hls import ask, uris
from measure.processes import LOAD_CORE, Program, get, wait_until
from measure.servers import Nginx, Weir


def certificate(bench):
    """Of both servers, made once in a run."""
    files = [bench.folder / f"tls.{kind}" for kind in ("pem", "key")]
    if not files[0].exists():
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                        "-subj", "/CN=localhost", "-keyout", files[1], "-out", files[0]], check=True, capture_output=True)
    return files


def cost(bench, server, audience_of, joining):
    """CPU seconds per gigabit of plaintext that the viewers got, once all are there."""
    with audience_of(joining + bench.seconds + 4) as audience:
        wait_until(lambda: '"joined"' in audience.log.read_text(), "viewers", joining + 30)
        time.sleep(1)
        began, cpu = server.sent(), server.cpu()
        time.sleep(bench.seconds)
        gigabits, cpu = (server.sent() - began) * 8 / 1e9, server.cpu() - cpu
        report = audience.wait(60)
    if report["closed"]:
        raise RuntimeError(f"{report['closed']} viewers over TLS were closed")
    return {"cost": cpu / gigabits, "cores": cpu / bench.seconds, "suite": report["suite"]}


def audience(bench, port, viewers):
    return lambda seconds: Program(bench.folder, "tls_viewers", [bench.programs / "tls_viewers", port, "/live/bench.flv", viewers, seconds],
                                   LOAD_CORE)


class Counted:
    """A server whose viewers' bytes another one counts."""

    def __init__(self, server, source):
        self.cpu, self.sent = server.cpu, lambda: source.stats("bench")["delivery"]["bytes"]


def fan_out(bench, way, viewers):
    files = certificate(bench)
    joining = 5 + viewers // 100
    with Weir(bench, tls=files) as weir, publish(bench, weir, clock=False) as publisher:
        wait_until(lambda: weir.stats("bench")["input"]["frames"] > 60, "stream")
        if way == "weir":
            outcome = cost(bench, Counted(weir, weir), audience(bench, weir.https, viewers), joining)
        else:
            # The source has the other core, beside the viewers: the cost is nginx's alone.
            processes.move(weir.pid, LOAD_CORE)
            with Nginx(bench, tls=files, source=weir.http) as nginx:
                outcome = cost(bench, Counted(nginx, weir), audience(bench, nginx.https, viewers), joining)
        publisher.check()
        return outcome


def segments(bench, results):
    files = certificate(bench)
    with Weir(bench, tls=files) as weir, Nginx(bench, tls=files) as nginx, publish(bench, weir, clock=False) as publisher:
        wait_until(lambda: weir.streams() == 1, "stream")
        playlist = uris(weir.url("/live/bench/index.m3u8"))[0]
        wait_until(lambda: len(uris(playlist)) >= 2, "segments", 60, 0.5)
        for number in range(bench.rounds):
            url = uris(playlist)[-1]
            content, name = get(url), url.rpartition("/")[2]
            (nginx.files / name).write_bytes(content)
            for server, address in ((weir, url.replace(f"http://127.0.0.1:{weir.http}", f"https://127.0.0.1:{weir.https}")),
                                    (nginx, f"https://127.0.0.1:{nginx.https}/{name}")):
                requests, cpu = ask(bench, server, address)
                outcome = {"bytes": len(content), "gigabits_per_cpu": requests * len(content) * 8 / 1e9 / cpu}
                results["segment " + type(server).__name__.lower()].append(outcome)
                bench.say(f"segments over TLS, round {number + 1}, {type(server).__name__}: " + processes.brief(outcome))
        publisher.check()


def run(bench):
    """Per way, a list of what each round gave."""
    viewers = min(1000, max(bench.viewers))
    results = {"viewers": viewers, "weir": [], "nginx": [], "segment weir": [], "segment nginx": []}
    for number in range(bench.rounds):
        for way in ("weir", "nginx"):
            results[way].append(fan_out(bench, way, viewers))
            bench.say(f"{viewers} viewers over TLS, round {number + 1}, {way}: " + processes.brief(results[way][-1]))
    segments(bench, results)
    return results
