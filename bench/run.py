#!/usr/bin/env python3
"""Measures Weir beside bare loops and beside nginx, prints one report, and exits 1 when a bar is missed. Called by script/bench.

The server runs on one core and its load on another. What is compared runs in turns, and each ratio is of one round: a noisy
moment is noisy for both. A figure is the median of the rounds, with the least and the most of them in brackets.
"""

import argparse
import os
import pathlib
import platform
import subprocess
import sys
import tempfile
import time

from measure import fan_out, hls, publishers, report
from measure.processes import CORES

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "release"
PAGE = ROOT / "docs" / "benchmarks.md"
PARTS = ("fan-out", "hls", "publishers")


class Bench:
    """What every measurement needs to know."""

    def __init__(self, options, folder):
        self.folder = pathlib.Path(folder)
        self.weir = options.weir.resolve()
        self.programs = BUILD / "bench"
        self.rounds, self.seconds = options.rounds, options.seconds
        self.viewers, self.publishers = options.viewers, options.publishers
        self.clip = make_clip(BUILD / "bench" / "clip.flv")

    @staticmethod
    def say(text):
        print(f"bench: {text}", file=sys.stderr, flush=True)


def make_clip(clip):
    """1.5 Mbit/s with its sound, 30 frames a second, a keyframe every two seconds, out of the demo's clip."""
    if not clip.exists():
        video = ["-vf", "fps=30", "-c:v", "libx264", "-preset", "superfast", "-bf", "0", "-g", "60", "-sc_threshold", "0"]
        rate = ["-b:v", "1360k", "-minrate", "1360k", "-maxrate", "1360k", "-bufsize", "680k", "-x264-params", "nal-hrd=cbr"]
        subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", BUILD / "demo.flv", *video, *rate, "-c:a", "aac", "-b:a",
                        "128k", "-t", "8", clip.with_suffix(".new.flv")], check=True)
        clip.with_suffix(".new.flv").rename(clip)
    return clip


def parse_options():
    numbers = lambda text: [int(number) for number in text.split(",")]
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="1000 viewers, one round: a look, not a result")
    parser.add_argument("--write", action="store_true", help="put the report into docs/benchmarks.md")
    parser.add_argument("--only", choices=PARTS, action="append", help="this part alone; may be repeated")
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
    options.only = options.only or PARTS
    return options


def machine():
    names = [line.partition(":")[2].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
             if line.startswith("model name")]
    model = names[0] if names else platform.machine()
    return f"{model}, {os.cpu_count()} cores, Linux {platform.release()}"


def measure(bench, parts):
    bars, tables = report.Bars(), []
    if "fan-out" in parts:
        results = fan_out.run(bench)
        bars.fan_out(results)
        tables.append(("One 1.5 Mbit/s stream to many HTTP-FLV viewers", report.fan_out_table(results)))
    if "hls" in parts:
        results = hls.run(bench)
        bars.hls(results)
        tables.append(("HLS over HTTP/1.1, keep-alive, 32 connections", report.hls_table(results)))
    if "publishers" in parts:
        results = publishers.run(bench)
        bars.publishers(results, bench.publishers)
        tables.append(("Publishers of 1.5 Mbit/s, nothing watched", report.publishers_table(results, bench.publishers)))
    return bars, tables


def compose(options, bars, tables, loads):
    load = f"load of the machine {min(loads):.1f} to {max(loads):.1f} (the bench itself is about 2)"
    lines = [f"Measured {time.strftime('%Y-%m-%d', time.gmtime())} on {machine()}; {load}; "
             f"median of {options.rounds} (least to most), {options.seconds} s each.\n",
             report.markdown(["measure", "bar", "measured", "reached"], bars.rows)]
    lines.append("Shortfalls:\n\n" + "".join(f"- {text}\n" for text in bars.missed) if bars.missed else "No bar is missed.\n")
    lines += [f"## {title}\n\n{table}" for title, table in tables]
    return "\n".join(lines)


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
        before = os.getloadavg()[1]
        bars, tables = measure(Bench(options, folder), options.only)
        text = compose(options, bars, tables, (before, *os.getloadavg()[:2]))
    print(text)
    if options.write:
        write_page(text)
    return 1 if bars.missed else 0


if __name__ == "__main__":
    sys.exit(main())
