"""The latency of LL-HLS in hls.js, from the clock in the frames to the screen: of the source and of a rung that is encoded again, with
parts of 500 ms and of 200 ms. Chromium has the load's core, and software decoding."""

import json
import subprocess

from measure.fan_out import publish
from measure.processes import LOAD_CORE, get, wait_until
from measure.servers import Weir

PARTS = ("500ms", "200ms")
RUNGS = ("source", "360p")
PLAYER = "tests/e2e/browser/latency.mjs"


def install(bench):
    folder = (bench.root / PLAYER).parent
    if not (folder / "node_modules").is_dir():
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=folder, check=True, capture_output=True)


def play(bench, server, rung):
    command = ["taskset", "-c", str(LOAD_CORE), "node", bench.root / PLAYER, server.url("/live/bench/index.m3u8"), "--rung", rung,
               "--seconds", str(bench.seconds * 2)]
    played = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, text=True, timeout=bench.seconds * 2 + 60)
    report = json.loads(played.stdout)
    if report["latency_ms"] is None:
        raise RuntimeError(f"hls.js shows nothing of {rung}: {report}")
    return {"p50": report["latency_ms"]["p50"], "p99": report["latency_ms"]["p99"], "stalls": report["stalls"]}


def run(bench):
    """Per length of parts and rung, a list of what each round gave."""
    install(bench)
    results = {f"{part} {rung}": [] for part in PARTS for rung in RUNGS}
    for part in PARTS:
        settings = [f"streams.defaults.part={part}", "streams.defaults.ladder=standard", "streams.defaults.latency=low",
                    "streams.defaults.segment=2s"]
        with Weir(bench, settings=settings) as server, publish(bench, server) as publisher:
            wait_until(lambda: b"360p/" in get(server.url("/live/bench/index.m3u8")), "360p", 30)
            for number in range(bench.rounds):
                for rung in RUNGS:
                    outcome = play(bench, server, rung)
                    results[f"{part} {rung}"].append(outcome)
                    bench.say(f"hls.js, round {number + 1}, {part}, {rung}: {outcome}")
            publisher.check()
    return results
