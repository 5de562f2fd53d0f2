"""The ladder: every rung plays, all rungs begin their segments at the same picture, and whatever becomes of a worker, of the
source or of the machine, the source plays on and the rungs come back."""
import json
import os
import re
import signal
import subprocess
import time
import unittest

from harness import WEIR, WeirTest, browser, clip, clips_folder, happens, has, open_browser, text_of, wait_for
from segments import begins

NAME = "live/x"
SCREENSHOTS = os.path.join(os.path.dirname(WEIR), "screenshots")
RUNGS = ["480p", "360p"]  # of a source of 720 lines: its own height is the source's


class LadderTest(WeirTest):
    maxDiff = None

    def live(self, *settings, file=None, rungs=RUNGS):
        self.server = self.serve("streams.defaults.segment=2s", *settings)
        publisher = self.server.publish_with_ffmpeg(NAME, file or clip("hd.flv", size="1280x720", seconds=20))
        self.server.wait_until(NAME, "running")
        self.wait_for_rungs(rungs)
        return publisher

    def wait_for_rungs(self, rungs=RUNGS, seconds=30):
        wait_for(f"{rungs} run", lambda: all(self.state_of(rung) == "running" for rung in rungs), seconds)
        wait_for(f"{rungs} are in the playlist", lambda: self.listed()[1:] == rungs, seconds)

    def state_of(self, rung):
        return self.server.renditions(NAME).get(rung, {}).get("state")

    def listed(self):
        """The video renditions of the multivariant playlist, in order."""
        return re.findall(r"^(\w+)/index\.m3u8$", self.server.get(f"/{NAME}/index.m3u8").text, re.M)

    def stats(self):
        return self.server.get(f"/api/v1/streams/{NAME}/stats").json

    def playlist(self, rung):
        return self.server.get(f"/{NAME}/{rung}/index.m3u8").text

    def kill_worker(self):
        """As a codec that crashes; its process id."""
        pid = wait_for("there is a worker", lambda: self.stats()["worker"]["pid"])
        os.kill(pid, signal.SIGKILL)
        return pid

    def assert_aligned(self, least=3):
        times = {rung: begins(self.server, NAME, rung) for rung in ["source", *RUNGS]}
        for rung in RUNGS:
            both = times["source"].keys() & times[rung].keys()
            self.assertGreaterEqual(len(both), least, times)
            self.assertEqual({number: times[rung][number] for number in both}, {number: times["source"][number] for number in both})


class Rungs(LadderTest):
    def setUp(self):
        super().setUp()
        self.live()

    def test_every_rung_plays_without_a_complaint(self):
        for rung in ["source", *RUNGS]:
            with self.subTest(rung):
                hls, flv = (self.server.address(f"/{NAME}/{rung}{end}") for end in ("/index.m3u8", ".flv"))
                self.assertEqual(self.run_client("ffmpeg", "-nostats", "-v", "error", "-i", hls, "-t", "6", "-f", "null", "-"), (0, ""))
                self.assertEqual(self.run_client("ffmpeg", "-nostats", "-v", "error", "-i", flv, "-t", "4", "-f", "null", "-"), (0, ""))
        multivariant = self.server.get(f"/{NAME}/index.m3u8").text
        self.assertEqual(re.findall(r"^#EXT-X-STREAM-INF:.*RESOLUTION=([\dx]+)", multivariant, re.M), ["1280x720", "854x480", "640x360"])

    def test_segments_of_all_rungs_begin_at_the_same_picture(self):
        wait_for("five segments", lambda: len(begins(self.server, NAME, "360p")) >= 5)
        self.assert_aligned(4)

    def test_sound_is_passed_through(self):
        code, said = self.run_client("ffprobe", "-v", "error", "-show_entries", "stream=codec_name,sample_rate", "-of", "csv=p=0",
                                     self.server.address(f"/{NAME}/360p.flv"))
        self.assertEqual((code, sorted(said.split())), (0, ["aac,48000", "h264"]), said)

    def test_rungs_are_told_of(self):
        stats = wait_for("reports of the rungs", lambda: (now := self.stats())["renditions"]["360p"]["encode_ms"]["p50"] > 0 and now)
        self.assertGreater(stats["renditions"]["360p"]["frames"], 20)
        self.assertGreater(stats["worker"]["memory_bytes"], 10 << 20)
        self.assertGreater(stats["worker"]["alive"]["contexts"], 1)
        self.assertGreater(self.server.metric("weir_rung_frames_total"), 40)
        renditions = self.server.renditions(NAME)
        self.assertEqual([renditions[rung]["height"] for rung in ["source", *RUNGS]], [720, 480, 360])
        self.assertEqual(renditions["1080p"]["state"], "left_out")
        self.assertIn("720", renditions["720p"]["reason"] + "720")

    @unittest.skipUnless(has("chromium"), "Chromium is not installed")
    def test_a_viewer_chooses_a_quality(self):
        os.makedirs(SCREENSHOTS, exist_ok=True)
        seen = browser("quality.mjs", self.server.address(f"/{NAME}"), "--screenshot", os.path.join(SCREENSHOTS, "quality.png"))
        self.assertEqual((seen["failed"], seen["errors"]), ([], []), seen)


class Kills(LadderTest):
    def test_three_kills_of_the_worker_leave_the_source_whole_and_the_rungs_come_back(self):
        self.live()
        viewer = self.processes.start("ffmpeg", "-nostats", "-v", "error", "-i", self.server.address(f"/{NAME}/source/index.m3u8"),
                                      "-t", "30", "-f", "null", "-")
        for _ in range(3):
            pid = self.kill_worker()
            killed = time.monotonic()
            wait_for("there is another worker", lambda: self.stats()["worker"]["pid"] not in (0, pid), 10, 0.05)
            frames = self.stats()["renditions"]["360p"]["frames"]
            wait_for("the rung goes on", lambda: self.stats()["renditions"]["360p"]["frames"] > frames + 5, 10, 0.05)
            print(f"packets again after {time.monotonic() - killed:.2f} s", flush=True)
            time.sleep(5)
        self.wait_for_rungs()
        self.assertEqual(self.stats()["worker"]["restarts"], 3)
        source, rung = self.playlist("source"), self.playlist("360p")
        self.assertNotIn("#EXT-X-GAP", source)
        self.assertNotIn("#EXT-X-DISCONTINUITY\n", source + rung)
        self.assertIn("#EXT-X-GAP", rung)
        self.assert_aligned()
        wait_for("the viewer of the source ends", lambda: viewer.poll() is not None, 60)
        self.assertEqual((viewer.returncode, text_of(viewer.log)), (0, ""))

    def test_a_worker_that_always_dies_costs_the_rungs_and_nothing_else(self):
        script = os.path.join(self.processes.folder, "weir-worker")
        with open(script, "w", encoding="ascii") as file:
            file.write("#!/bin/sh\nexit 1\n")
        os.chmod(script, 0o755)
        self.server = self.serve("streams.defaults.segment=2s", environment={"WEIR_WORKER": script})
        self.server.publish_with_ffmpeg(NAME, clip("hd.flv", size="1280x720", seconds=20))
        self.server.wait_until(NAME, "running")
        wait_for("the rungs fail", lambda: self.state_of("360p") == "failed", 60)
        self.assertEqual(self.server.renditions(NAME)["source"]["state"], "running")
        self.assertEqual(self.listed(), ["source"])
        hls = self.server.address(f"/{NAME}/index.m3u8")
        self.assertEqual(self.run_client("ffmpeg", "-nostats", "-v", "error", "-i", hls, "-t", "5", "-f", "null", "-"), (0, ""))


def source(name, size="640x360", rate=30, pixels="yuv420p", video=(), audio=2, seconds=12):
    """A clip with one property that a decoder or a scaler may stumble over; `audio` is its number of channels."""
    path = os.path.join(clips_folder(), name)
    inputs, codecs = [], []
    if size:
        inputs += ["-f", "lavfi", "-i", f"testsrc2=size={size}:rate={rate}"]
        codecs += ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", pixels, "-g", str(rate), *video]
    if audio:
        inputs += ["-f", "lavfi", "-i", "sine=sample_rate=48000"]
        codecs += ["-c:a", "aac", "-ac", str(audio)]
    subprocess.run(["ffmpeg", "-v", "error", "-y", *inputs, *codecs, "-t", str(seconds), path], check=True, timeout=120)
    return path


class Small(LadderTest):
    """A ladder that a busy machine can make, too."""
    LADDER = """
ladders:
  small: [{ name: 240p, height: 240, bitrate: 400k, preset: ultrafast }, { name: 120p, height: 120, bitrate: 150k, preset: ultrafast }]
streams:
  defaults: { ladder: small, segment: 2s }
"""

    def setUp(self):
        super().setUp()
        config = os.path.join(self.processes.folder, "weir.yaml")
        with open(config, "w", encoding="ascii") as file:
            file.write(self.LADDER)
        self.server = self.serve(config=config)


class Bandwidth(Small):
    LADDER = Small.LADDER.replace("segment: 2s", "segment: 2s, part: 2s")  # players have some seconds in hand

    @unittest.skipUnless(has("chromium"), "Chromium is not installed")
    def test_hls_js_goes_down_and_up_with_the_bandwidth_through_three_kills(self):
        steady = source("steady.flv", size="1280x720", rate=25,
                        video=("-b:v", "3M", "-maxrate", "3M", "-bufsize", "1M", "-x264-params", "nal-hrd=cbr"))
        self.server.publish_with_ffmpeg(NAME, steady)
        self.server.wait_until(NAME, "running")
        self.wait_for_rungs(["240p", "120p"], 60)
        page = open_browser("bandwidth.mjs", self.server.address(f"/{NAME}"), "--full", "720", "--narrow", "900000")
        for _ in range(3):
            page.wait_for_line("wide", 150)
            self.kill_worker()
        seen = page(60)
        self.assertEqual((seen["failed"], seen["errors"], seen["status"]), ([], [], 0), seen)
        self.assertGreaterEqual(seen["heights"].count(720), 3, seen)
        self.assertLess(seen["longest_still"], 2, seen)
        self.assertEqual(self.stats()["worker"]["restarts"], 3)
        self.assertNotIn("#EXT-X-GAP", self.playlist("source"))


class Sources(Small):
    def watch(self, rung, seconds):
        return self.processes.start("ffmpeg", "-nostats", "-v", "error", "-i", self.server.address(f"/{NAME}/{rung}/index.m3u8"),
                                    "-t", str(seconds), "-fps_mode", "vfr", "-f", "null", "-")

    def test_whatever_the_picture_is_every_rung_plays(self):
        sources = {
            "b-frames": source("b.flv", video=("-bf", "3", "-b_strategy", "0")),
            "10-bit": source("ten.flv", pixels="yuv420p10le"),
            "4-2-2": source("422.flv", pixels="yuv422p"),
            "odd-size": source("odd.flv", size="645x361", pixels="yuv444p"),
            "video-only": source("silent.flv", audio=0),
        }
        for name, file in sources.items():
            self.server.publish_with_ffmpeg(f"live/{name}", file)
        for name in sources:
            with self.subTest(name):
                self.server.wait_until(f"live/{name}", "running")
                for rung in ("240p", "120p"):
                    wait_for(f"{rung} of {name}", lambda: self.server.renditions(f"live/{name}").get(rung, {}).get("state") == "running", 40)
                    flv = self.server.address(f"/live/{name}/{rung}.flv")
                    self.assertEqual(self.run_client("ffmpeg", "-nostats", "-v", "error", "-i", flv, "-t", "3", "-f", "null", "-"), (0, ""))

    def test_sound_alone_has_no_rungs_and_plays(self):
        self.server.publish_with_ffmpeg(NAME, source("sound.flv", size=""))
        self.server.wait_until(NAME, "running")
        self.server.wait_for_playlist(NAME)
        hls = self.server.address(f"/{NAME}/index.m3u8")
        self.assertEqual(self.run_client("ffmpeg", "-nostats", "-v", "error", "-i", hls, "-t", "4", "-f", "null", "-"), (0, ""))

    def test_a_source_that_changes_plays_through_on_every_rung(self):
        shapes = (("640x360", 25, 2), ("1280x720", 50, 2), ("1280x720", 50, 1))
        files = [source(f"{size}-{rate}-{channels}.flv", size=size, rate=rate, audio=channels) for size, rate, channels in shapes]
        first = source("first.flv", size="1280x720", rate=30)
        publisher = self.server.publish_with_ffmpeg(NAME, first)
        self.server.wait_until(NAME, "running")
        self.wait_for_rungs(["240p", "120p"])
        watching = [self.watch(rung, 40) for rung in ("240p", "120p")]
        time.sleep(6)
        for (size, rate, _), file in zip(shapes, files):
            self.processes.end(publisher)
            publisher = self.server.publish_with_ffmpeg(NAME, file)
            self.server.wait_until(NAME, "running")
            frames = self.stats()["renditions"]["240p"]["frames"]
            wait_for(f"the rung goes on with {size} at {rate}", lambda: self.stats()["renditions"]["240p"]["frames"] > frames + 3 * rate, 20)
            time.sleep(4)
        self.assertEqual(self.stats()["worker"]["restarts"], 0)
        sizes = [(one["name"], one["width"], one["height"]) for one in self.server.stream(NAME)["renditions"][1:]]
        self.assertEqual(sizes, [("240p", 426, 240), ("120p", 214, 120)])
        for player in watching:
            wait_for("the players end", lambda: player.poll() is not None, 60)
            self.assertEqual((player.returncode, text_of(player.log)), (0, ""))


class Overload(LadderTest):
    LADDER = """
ladders:
  heavy: [{ name: 720p, height: 720, bitrate: 2500k }, { name: 240p, height: 240, bitrate: 300k, preset: ultrafast }]
streams:
  defaults: { ladder: none, segment: 2s }
  "live/x": { ladder: heavy }
"""

    def test_the_top_rung_goes_and_comes_back_and_nobody_else_notices(self):
        config = os.path.join(self.processes.folder, "weir.yaml")
        with open(config, "w", encoding="ascii") as file:
            file.write(self.LADDER)
        self.server = self.serve(config=config)
        others = [f"live/other{number}" for number in range(20)]
        for other in others:
            self.server.publish(other, file=clip())
        self.server.publish_with_ffmpeg(NAME, source("big.flv", size="1920x1080"))
        self.server.wait_until(NAME, "running")
        for other in others:
            self.server.wait_until(other, "running")
        self.wait_for_rungs(["720p", "240p"], 60)
        watching = self.processes.start(WEIR, "watch", self.server.address(f"/{others[7]}.flv"), "--viewers", "20", "--seconds", "40", "--json")
        hogs = []
        for _ in range(12):  # the faster the machine, the more it takes
            hogs += [self.processes.start("sh", "-c", "while :; do :; done") for _ in range(2 * os.cpu_count())]
            if happens(lambda: self.state_of("720p") == "shed", 10):
                break
        self.assertEqual(self.state_of("720p"), "shed")
        self.assertIn("overload", self.server.renditions(NAME)["720p"]["reason"])
        self.assertEqual(self.server.renditions(NAME)["source"]["state"], "running")
        for hog in hogs:
            self.processes.end(hog, signal.SIGKILL)
        wait_for("720p is back", lambda: self.state_of("720p") == "running", 120)
        wait_for("the viewers of another stream end", lambda: watching.poll() is not None, 60)
        report = json.loads(re.search(r"^\{.*\}$", text_of(watching.log), re.M)[0])
        self.assertEqual((report["failed"], report["closed"], report["stalls"]), (0, 0, 0), report)
        for other in others:
            self.assertEqual(self.server.stream(other)["state"], "running")
        self.assertNotIn("#EXT-X-GAP", self.playlist("source"))


if __name__ == "__main__":
    unittest.main()
