"""One server for MINUTES: the demo with its ladder, ffmpeg on its HLS and viewers on its FLV, beside a stream whose publisher is
cut every half minute, with an FLV viewer of its own; a strict client reads the playlists of both. The demo's worker is killed three times
in the first minutes; segments begin at the same picture in all renditions all the time. Prints a line each half minute and a summary;
exits 1 when anything is amiss."""
import os
import re
import signal
import sys
import time

from harness import HLS_CHECK, WEIR, Processes, Server, clip, text_of
from segments import begins

CUT = "live/cut"
VIEWERS = 50
ROUND = 30
KILLS = (3, 6, 9)  # rounds
SETTLED = 20  # rounds: of so many and more, memory in the second half is what it was in the first
MOST_MEMORY = 256 << 20
MOST_GROWTH = 1.05


class Soak:
    def __init__(self, processes):
        self.processes = processes
        self.server = Server(processes, verb="demo")
        self.server.wait_until("live/demo", "running")
        self.memory = []
        self.worker_memory = []
        self.compared = {}  # sequence numbers by rung
        self.troubles = []

    def ffmpeg(self, path, name):
        return self.processes.start("ffmpeg", "-nostdin", "-nostats", "-v", "error", "-i", self.server.address(path),
                                    "-f", "null", "-", log=name)

    def begin(self, seconds):
        self.publisher = self.server.publish_with_ffmpeg(CUT, clip())
        self.server.wait_until(CUT, "running")
        for name in ("live/demo", CUT):
            self.server.wait_for_playlist(name)
        self.players = {"ffmpeg on HLS": self.ffmpeg("/live/demo/index.m3u8", "hls.log"),
                        "ffmpeg on FLV, publisher cut": self.ffmpeg(f"/{CUT}.flv", "cut.log")}
        self.checkers = {name: self.processes.start(HLS_CHECK, self.server.address(f"/{name}/index.m3u8"), "--seconds", str(seconds),
                                                    log=name.replace("/", "-") + "-check.log") for name in ("live/demo", CUT)}
        self.watch = self.processes.start(WEIR, "watch", self.server.address("/live/demo.flv"), "--viewers", str(VIEWERS),
                                          "--seconds", str(seconds), log="watch.log")

    def cut(self):
        self.processes.end(self.publisher, signal.SIGKILL)
        self.server.wait_until(CUT, "recovering")
        self.publisher = self.server.publish_with_ffmpeg(CUT, clip())
        self.server.wait_until(CUT, "running")

    def sample(self, minutes):
        self.memory.append(self.server.memory_bytes())
        self.worker_memory.append(self.worker()["memory_bytes"])
        stream = self.server.stream("live/demo")
        print(f"{minutes:5.1f} min  {self.memory[-1] / 2**20:6.1f} MiB, worker {self.worker_memory[-1] / 2**20:6.1f} MiB  "
              f"live/demo {stream['state']}, {stream['viewers']}", flush=True)
        for name, player in self.players.items():
            if player.poll() is not None:
                self.troubles.append(f"{name} ended after {minutes:.1f} min")
        for name, checker in self.checkers.items():
            if checker.poll() not in (None, 0):
                self.troubles.append(f"the playlists of {name} break a rule after {minutes:.1f} min")

    def worker(self):
        return self.server.get("/api/v1/streams/live/demo/stats").json["worker"]

    def compare_beginnings(self):
        source = begins(self.server, "live/demo", "source")
        for rung in re.findall(r"^(\w+)/index\.m3u8$", self.server.get("/live/demo/index.m3u8").text, re.M)[1:]:
            times = begins(self.server, "live/demo", rung)
            both = times.keys() & source.keys()
            self.compared.setdefault(rung, set()).update(both)
            self.troubles += [f"{rung}: segment {number} begins at {float(times[number])}, that of the source at {float(source[number])}"
                              for number in sorted(both) if times[number] != source[number]]

    def run(self, minutes):
        began = time.monotonic()
        self.begin(int(minutes * 60))
        cuts = 0
        while time.monotonic() - began < minutes * 60 and not self.troubles:
            time.sleep(min(ROUND, max(0.0, minutes * 60 - (time.monotonic() - began))))
            self.sample((time.monotonic() - began) / 60)
            self.compare_beginnings()
            self.cut()
            cuts += 1
            if cuts in KILLS:
                os.kill(self.worker()["pid"], signal.SIGKILL)
        return cuts

    def summary(self, cuts):
        for name, player in self.players.items():
            self.processes.end(player, signal.SIGINT)
            said = text_of(player.log)
            # A publisher that is cut may leave half a frame; the demo's viewers have nothing to complain of.
            if said and name == "ffmpeg on HLS":
                self.troubles.append(f"{name} says:\n{said[-4000:]}")
            elif said:
                print(f"{name} says:\n{said[-1000:]}")
        # The first two minutes fill the window; later, memory is flat.
        if max(self.memory) > MOST_MEMORY:
            self.troubles.append(f"memory reached {max(self.memory) / 2**20:.0f} MiB, over {MOST_MEMORY / 2**20:.0f}")
        for whose, memory in (("the server's", self.memory), ("the worker's", self.worker_memory)):
            first, second = memory[:len(memory) // 2], memory[len(memory) // 2:]
            if len(memory) >= SETTLED and max(second) > max(first) * MOST_GROWTH:
                self.troubles.append(f"{whose} memory grew from {max(first) / 2**20:.1f} to {max(second) / 2**20:.1f} MiB")
        for name, checker in self.checkers.items():
            if not self.troubles:
                checker.wait(30)
            if checker.poll():
                self.troubles.append(f"hls_check on {name} says:\n{text_of(checker.log)[-20000:]}")
            print(f"hls_check on {name}: {text_of(checker.log)[:400].strip()}")
        if self.troubles:
            self.processes.end(self.watch, signal.SIGINT)
        self.watch.wait(30)
        print("segments that begin with those of the source: " + ", ".join(f"{rung} {len(them)}" for rung, them in self.compared.items()))
        print(f"{cuts} cuts; memory {self.memory[0] / 2**20:.1f} MiB at first, {max(self.memory) / 2**20:.1f} at most, "
              f"{self.memory[-1] / 2**20:.1f} at last")
        print("weir watch: " + text_of(self.watch.log).replace("\r", "\n").strip()[-400:])
        for line in re.findall(r".* (?:warning|error) .*", self.server.log())[:20]:
            print("server: " + line)
        for trouble in self.troubles:
            print("TROUBLE: " + trouble)
        print("amiss" if self.troubles else "all is well")


def main():
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 10
    processes = Processes()
    try:
        soak = Soak(processes)
        soak.summary(soak.run(minutes))
        return 1 if soak.troubles else 0
    finally:
        processes.end_all()


if __name__ == "__main__":
    sys.exit(main())
