"""One server, twenty streams, and MINUTES of what happens to publishers: killed, stopped, cut off, damaged on the way, doubled, swapped,
paused, deleted, by a seed. A third of the streams are left alone, and their viewers may notice nothing. The others' viewers get what is
well-formed, and come back. Each deed has its line in the journal or its counter, and each line its deed. Memory and open files do not
grow, and everything is given back in the end. Prints each deed; exits 1 with what went wrong, and when."""
import argparse
import random
import signal
import sys
import threading
import time
import traceback

from chaos_cast import CAST, SILENCE, STEADY, Place, chaos_clip
from chaos_deeds import DEEDS
from chaos_viewers import LONGEST_STILL, HlsViewer, viewers_of
from chaos_watch import Heartbeat, Journal, Samples, counters, gauges
from harness import Processes, Server, clips_folder, happens, wait_for

SETTINGS = ("log.format=json", "streams.defaults.ladder=none", "streams.defaults.segment=2s", "streams.defaults.window=12s",
            "streams.defaults.hold=8s", f"streams.defaults.timeout={SILENCE}s", "streams.defaults.backup_return=2s", "srt.latency=300ms",
            "ladders={small: [{name: 90p, height: 90, bitrate: 60k, preset: ultrafast}]}")
RESTS = (4, 24)  # seconds between two deeds to one stream
LONGEST_RETURN, LONGEST_PULL = 60, 150  # seconds; a pull waits for whom it follows, and longer each time
GRACE = 12  # seconds after a deed in which its consequences are its own
WARM_UP = 60
ROUND = 10
MOST_GROWTH = 4  # MiB, and open files
TEXTS = 32 << 10  # bytes of a stream


class Window:
    """The time in which a deed explains what is said of a stream."""

    def __init__(self, stream, what):
        self.stream, self.what, self.begin, self.end = stream, what, time.time(), None

    def has(self, moment):
        return self.begin - 0.1 <= moment and (self.end is None or moment <= self.end + GRACE)


class Stage:
    def __init__(self, processes, cast, seed, rests):
        self.processes, self.seed, self.rests = processes, seed, rests
        for name in {clip for part in cast for clip in (part.clip, *part.others)}:
            chaos_clip(name)
        of_streams = [setting for part in cast for setting in part.settings()]
        self.server = Server(processes, *SETTINGS, f"pull.files={clips_folder()}", *of_streams)
        self.pid = self.server.child.pid
        self.journal, self.heartbeat, self.samples = Journal(self.server.child.log), Heartbeat(), Samples(self.server)
        self.places = {part.id: Place(part, self.server, processes, seed) for part in cast}
        self.viewers, self.windows, self.troubles, self.counts = {}, [], [], {}
        self.began, self.is_over = time.time(), threading.Event()
        self.lock = threading.Lock()

    def say(self, text):
        print(f"{time.time() - self.began:8.1f} s  {text}", flush=True)

    def trouble(self, text, moment=None):
        with self.lock:
            self.troubles.append(f"{(moment or time.time()) - self.began:.1f} s: {text}")
        self.say(f"TROUBLE: {text[:3000]}")

    def await_true(self, what, condition, seconds):
        is_true = happens(condition, seconds, every=0.25)
        if not is_true:
            self.trouble(f"{what}: not within {seconds} s")
        return is_true

    # Before and after

    def open(self, seconds):
        """Everybody streams, and everybody watches."""
        self.idle_files, self.idle_gauges = self.samples.open_files(), gauges(self.server)
        for place in self.places.values():
            place.wait_for()
            place.revive()
        for place in self.places.values():
            wait_for(f"{place.id} runs", place.is_back, 60, every=0.3)
        for place in self.places.values():
            self.server.wait_for_playlist(place.id)
            self.viewers[place.id] = viewers_of(place)
            for viewer in self.viewers[place.id]:
                if isinstance(viewer, HlsViewer):
                    viewer.start(min(seconds, 600))
                else:
                    viewer.start()
        self.settling = min(GRACE, seconds / 6)
        time.sleep(self.settling)
        self.opened = time.time()
        self.say(f"{len(self.places)} streams, {sum(map(len, self.viewers.values()))} viewers; seed {self.seed}")

    def close(self):
        """Everybody leaves, and everything is given back."""
        for place in self.places.values():
            self.bring_back(place)
        time.sleep(self.settling)
        self.look()
        self.ended = time.time()
        self.journal.read()
        for viewer in self.all_viewers():
            viewer.stop()
        before = self.samples.memory[min(WARM_UP // ROUND, len(self.samples.memory) - 1)]
        for place in reversed(self.places.values()):
            place.end_all()
        if not happens(lambda: not self.left(), 60, every=1):
            self.trouble(f"something is left when all have gone: {self.left()}")
        # What is idle goes back within seconds.
        happens(lambda: self.server.memory_bytes() / 2**20 <= before + MOST_GROWTH, 30, every=1)
        after, files = self.server.memory_bytes() / 2**20, self.samples.open_files()
        if not self.samples.is_sanitized and after > before + MOST_GROWTH:
            self.trouble(f"memory was {before:.1f} MiB, and {after:.1f} when all had gone")
        if files > self.idle_files + MOST_GROWTH:
            self.trouble(f"{files} files are open when all have gone, {self.idle_files} were before")
        self.say(f"memory {self.samples.memory[0]:.1f} MiB at first, {max(self.samples.memory):.1f} at most, {after:.1f} when all had gone; "
                 f"open files {self.idle_files} at first, {max(self.samples.files)} at most, {files} at last")
        status = self.server.stop()
        if status != 0:
            self.trouble(f"the server ended with {status}")

    def left(self):
        """What is more than it was before anybody came, but for the texts of playlists, which stay until other streams have some."""
        texts = {"weir_media_bytes": TEXTS * len(self.places)}
        return {name: value for name, value in gauges(self.server).items() if value > self.idle_gauges[name] + texts.get(name, 0)}

    def all_viewers(self):
        return [viewer for viewers in self.viewers.values() for viewer in viewers]

    # Deeds

    def disturb(self, place):
        """One deed after the other, until it is over."""
        fitting = [deed for deed in DEEDS if deed.fits(place)]
        while True:
            deed, draw, rest = place.dice.choice(fitting), random.Random(place.dice.random()), place.dice.uniform(*self.rests)
            end = time.monotonic() + rest
            while time.monotonic() < end:
                place.revive()
                if self.is_over.wait(1):
                    return
            try:
                self.do(deed, place, draw)
            except Exception:
                self.trouble(f"{deed.name}, {place.id}: {traceback.format_exc()}")

    def do(self, deed, place, dice):
        window = Window(place.id, deed.name)
        with self.lock:
            self.windows.append(window)
            self.counts[deed.name] = self.counts.get(deed.name, 0) + 1
        before = counters(self.server, place.id)
        words, expect = deed.act(place, dice, self)
        self.say(f"{place.part.name}: {deed.name} {words}")
        self.bring_back(place)
        self.check_told(deed, place, expect, window.begin, before)
        window.end = time.time()

    def bring_back(self, place):
        """The source is there again, and so are those who watch."""
        place.wait_for()
        viewers = [viewer for viewer in self.viewers[place.id] if not isinstance(viewer, HlsViewer)]

        def is_all_back():
            return place.is_back() and all(time.monotonic() - viewer.last_read < STEADY for viewer in viewers)
        if not happens(is_all_back, LONGEST_RETURN if place.part.is_published else LONGEST_PULL, every=0.25):
            stream = self.server.stream(place.id)
            self.trouble(f"{place.id} does not come back: {stream}, up since {place.up_since}, "
                         f"{[(viewer.form, time.monotonic() - viewer.last_read) for viewer in viewers]}, now {time.monotonic()}")

    def check_told(self, deed, place, expect, since, before):
        """The journal or a counter knows of the deed."""
        def is_told():
            said = self.journal.about(place.id, since)
            if expect.any_warning and any(entry.level == "warning" for entry in said):
                return True
            if expect.counters and self.have_moved(place, expect.counters, before):
                return True
            return bool(expect.groups) and all(any(entry.message.startswith(group) for entry in said) for group in expect.groups)
        if expect.groups and not happens(is_told, expect.within, every=0.5):
            said = "\n".join(entry.line for entry in self.journal.about(place.id, since))
            self.trouble(f"{deed.name}, {place.id}: nobody is told {expect.groups}; the journal has\n{said}")

    def have_moved(self, place, names, before):
        return any(value != before.get(name, 0) for name, value in counters(self.server, place.id).items()
                   if name.startswith(tuple(f"weir_{one}" for one in names)))

    # Watching

    def look(self):
        """Every few seconds: is everybody there?"""
        if self.server.child.poll() is not None:
            self.trouble(f"the server has ended with {self.server.child.returncode}")
            return False
        self.samples.take()
        now = time.monotonic()
        for viewer in self.all_viewers():
            viewer.look()
            if viewer.is_strict and not isinstance(viewer, HlsViewer) and now - viewer.last_read > LONGEST_STILL:
                self.trouble(f"{viewer.stream} over {viewer.form}: nothing has come for {now - viewer.last_read:.0f} s")
            while viewer.faults:
                moment, text = viewer.faults.pop(0)
                self.trouble(text, moment)
        return True

    def run(self, seconds):
        threads = [threading.Thread(target=self.disturb, args=(place,), daemon=True) for place in self.places.values() if not place.part.quiet]
        for thread in threads:
            thread.start()
        end = time.monotonic() + seconds
        rounds = 0
        while self.look() and time.monotonic() < end:
            rounds += 1
            if rounds % 6 == 0:
                self.say(f"{self.samples.memory[-1]:.1f} MiB, {self.samples.files[-1]} open files, {sum(self.counts.values())} deeds, "
                         f"{len(self.troubles)} troubles")
            time.sleep(max(0, min(ROUND, end - time.monotonic())))
        self.is_over.set()
        for thread in threads:
            thread.join(LONGEST_PULL + 60)

    # Judging

    def check_reasons(self):
        """Each line that wants a reason has one: a deed to the stream or to one that it follows, or that the machine stood still."""
        for entry in self.journal.entries:
            if not self.opened <= entry.time < self.ended or not entry.wants_a_reason():
                continue
            if entry.level == "error":
                self.trouble(f"an error: {entry.line}", entry.time)
            elif not self.has_reason(entry):
                self.trouble(f"nothing was done that explains: {entry.line}", entry.time)
        for line in self.journal.strange:
            self.trouble(f"the server says: {line}")

    def has_reason(self, entry):
        place = self.places.get(entry.stream)
        streams = {entry.stream, *([f"live/{place.part.of}"] if place and place.part.of else [])}
        if any(window.has(entry.time) for window in self.windows if not entry.stream or window.stream in streams):
            return True
        return any(begin <= entry.time <= end + GRACE for begin, end in self.heartbeat.starved if end - begin > SILENCE / 2)

    def judge(self):
        self.check_reasons()
        for text in self.samples.growth(MOST_GROWTH, MOST_GROWTH):
            self.trouble(text)
        for name in sorted(self.counts):
            self.say(f"{self.counts[name]:5} times {name}")
        restarts = sum(place.restarts for place in self.places.values())
        self.say(f"{restarts} encoders were started again that had not seen that they were gone; the machine stood still "
                 f"{len(self.heartbeat.starved)} times, {sum(end - begin for begin, end in self.heartbeat.starved):.0f} s in all")
        print(f"\n{len(self.troubles)} troubles with seed {self.seed}")
        for trouble in self.troubles:
            print("TROUBLE: " + trouble[:6000])
        print("amiss" if self.troubles else "all is well", flush=True)


def perform(minutes, seed, streams, rests=RESTS):
    """Whether all is well."""
    processes = Processes()
    try:
        stage = Stage(processes, CAST[:streams], seed, rests)
        stage.open(int(minutes * 60))
        stage.run(minutes * 60)
        stage.close()
        stage.judge()
        return not stage.troubles
    finally:
        processes.end_all()


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("minutes", type=float, nargs="?", default=5)
    options.add_argument("seed", nargs="?", default=str(int(time.time())))
    options.add_argument("--streams", type=int, default=len(CAST))
    options = options.parse_args()
    return 0 if perform(options.minutes, options.seed, options.streams) else 1


if __name__ == "__main__":
    sys.exit(main())
