#!/usr/bin/env python3
"""Measures Weir beside bare loops and beside nginx, prints one report, and exits 1 when a bar is missed. Called by script/bench.

The server runs on one core and its load on another. What is compared runs in turns, and each ratio is of one round: a noisy
moment is noisy for both. A figure is the median of the rounds, with the least and the most of them in brackets.
"""

import argparse
import json
import os
import pathlib
import platform
import subprocess
import sys
import tempfile
import time

from measure import fan_out, hls, hls_js, ladder, llhls, publishers, report, tls
from measure.processes import CORES

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "release"
PAGE = ROOT / "docs" / "benchmarks.md"
KEPT = BUILD / "bench" / "results.json"  # of the newest full run of each part: --write takes what was not run from here
PARTS = {"fan-out": fan_out, "hls": hls, "llhls": llhls, "hls.js": hls_js, "tls": tls, "publishers": publishers, "ladder": ladder}


class Bench:
    """What every measurement needs to know."""

    def __init__(self, options, folder):
        self.folder = pathlib.Path(folder)
        self.root = ROOT
        self.weir = options.weir.resolve()
        self.programs = BUILD / "bench"
        self.rounds, self.seconds = options.rounds, options.seconds
        self.viewers, self.publishers = options.viewers, options.publishers
        self.clip = make_clip(BUILD / "bench" / "clip.flv")

    @staticmethod
    def say(text):
        print(f"bench: {text}", file=sys.stderr, flush=True)


def make_clip(clip):
    """1.5 Mbit/s with its sound, 30 frames a second, a keyframe every two seconds, out of the clip of the end-to-end tests. Long, since where
    it begins anew its frames are off their grid, as an encoder's never are."""
    if not clip.exists():
        video = ["-vf", "fps=30", "-c:v", "libx264", "-preset", "superfast", "-bf", "0", "-g", "60", "-sc_threshold", "0"]
        rate = ["-b:v", "1360k", "-minrate", "1360k", "-maxrate", "1360k", "-bufsize", "680k", "-x264-params", "nal-hrd=cbr"]
        source = BUILD / "clip.flv"
        subprocess.run([ROOT / "tests" / "e2e" / "make_clip", source], check=True)
        subprocess.run(["ffmpeg", "-v", "error", "-y", "-stream_loop", "-1", "-i", source, *video, *rate, "-c:a", "aac", "-b:a",
                        "128k", "-t", "120", clip.with_suffix(".new.flv")], check=True)
        clip.with_suffix(".new.flv").rename(clip)
    return clip


def parse_options():
    numbers = lambda text: [int(number) for number in text.split(",")]
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="1000 viewers, one round: a look, not a result")
    parser.add_argument("--write", action="store_true", help="put the report into docs/benchmarks.md")
    parser.add_argument("--only", choices=list(PARTS), action="append", help="this part alone; may be repeated")
    parser.add_argument("--rounds", type=int, help="of each comparison (5)")
    parser.add_argument("--seconds", type=int, help="measured in each run (6)")
    parser.add_argument("--viewers", type=numbers, help="of the fan-out (100,500,1000,2000,4000)")
    parser.add_argument("--publishers", type=int, help="at one time (200)")
    parser.add_argument("--weir", type=pathlib.Path, default=BUILD / "weir", help="another program to measure")
    options = parser.parse_args()
    usual = (1, 4, [1000], 50) if options.quick else (5, 6, [100, 500, 1000, 2000, 4000], 200)
    for name, value in zip(("rounds", "seconds", "viewers", "publishers"), usual):
        if getattr(options, name) is None:
            setattr(options, name, value)
    options.only = options.only or list(PARTS)
    return options


def machine():
    names = [line.partition(":")[2].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
             if line.startswith("model name")]
    model = names[0] if names else platform.machine()
    return f"{model}, {os.cpu_count()} cores, Linux {platform.release()}"


def measure(bench, parts):
    """The results of each part, with what a reader has to know of how they came about."""
    results = {}
    for part in parts:
        before = os.getloadavg()[0]
        outcome = PARTS[part].run(bench)
        results[part] = {"outcome": outcome, "rounds": bench.rounds, "seconds": bench.seconds,
                         "publishers": bench.publishers, "day": time.strftime("%Y-%m-%d", time.gmtime()),
                         "load": [before, *os.getloadavg()[:2]]}
        # As a file has it, so that a report of kept results is no other than one of new ones.
        results[part] = json.loads(json.dumps(results[part]))
    return results


def conditions(part):
    low, high = min(part["load"]), max(part["load"])
    return (f"{part['day']}; median of {part['rounds']} (least to most) of {part['seconds']} s each; load of the machine "
            f"{low:.1f} to {high:.1f}, of which the bench is about 2.\n")


def compose(results):
    bars, tables = report.Bars(), []
    if part := results.get("fan-out"):
        bars.fan_out(part["outcome"])
        tables.append(("One 1.5 Mbit/s stream to many viewers, over HTTP-FLV where nothing else is said", part, report.fan_out_table(part["outcome"])))
    if part := results.get("hls"):
        bars.hls(part["outcome"])
        tables.append(("HLS over HTTP/1.1, keep-alive, 32 connections", part, report.hls_table(part["outcome"])))
    if part := results.get("tls"):
        bars.tls(part["outcome"])
        tables.append(("The same over TLS", part, report.tls_table(part["outcome"])))
    if part := results.get("llhls"):
        bars.llhls(part["outcome"])
        tables.append(("LL-HLS with parts of 500 ms", part, report.llhls_table(part["outcome"])))
    if part := results.get("hls.js"):
        bars.hls_js(part["outcome"])
        tables.append(("Latency in hls.js, from the clock in the frames to the screen", part, report.hls_js_table(part["outcome"])))
    if part := results.get("publishers"):
        bars.publishers(part["outcome"], part["publishers"])
        tables.append(("Publishers of 1.5 Mbit/s, nothing watched", part,
                       report.publishers_table(part["outcome"], part["publishers"])))
    if part := results.get("ladder"):
        bars.ladder(part["outcome"])
        tables.append(("The standard ladder of a 1080p30 file", part, report.ladder_table(part["outcome"])))
    missed = "".join(f"- {text}\n" for text in bars.missed)
    lines = [f"Measured on {machine()}.\n", report.markdown(["measure", "bar", "measured", "reached"], bars.rows),
             f"Shortfalls:\n\n{missed}" if missed else "No bar is missed.\n"]
    lines += [f"## {title}\n\n{conditions(part)}\n{table}" for title, part, table in tables]
    return "\n".join(lines), bars.missed


def write_page(text):
    """Below the explanation at the head of the page, which is written by hand."""
    head = PAGE.read_text().partition("<!-- measured -->")[0]
    PAGE.write_text(head + "<!-- measured -->\n" + text)


def main():
    options = parse_options()
    if len(CORES) < 2:
        sys.exit("script/bench: one core for the server and one for the load are needed")
    with tempfile.TemporaryDirectory(prefix="weir-bench-") as folder:
        os.chmod(folder, 0o755)
        results = measure(Bench(options, folder), options.only)
    text, missed = compose(results)
    print(text)
    if not options.quick:
        kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
        KEPT.write_text(json.dumps(kept | results))
    if options.write:
        write_page(compose(json.loads(KEPT.read_text()))[0] if KEPT.exists() else text)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
