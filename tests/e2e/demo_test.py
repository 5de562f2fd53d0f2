"""What somebody sees who starts Weir for the first time: the demo, from a worker through the real door."""
import json
import os
import re
import signal
import subprocess
import unittest

from harness import CLIP, WEIR, WeirTest, browser, has, wait_for

SCREENSHOTS = os.path.join(os.path.dirname(WEIR), "screenshots")


def workers_of(server):
    """The processes of the demo's worker."""
    return [pid for pid, words in children_of(server) if words[1] == "demo"]


def children_of(server):
    """The worker processes of the server, with their command lines."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat", encoding="ascii", errors="replace") as stat:
                parent = int(stat.read().rpartition(")")[2].split()[1])
            with open(f"/proc/{entry}/cmdline", encoding="utf-8", errors="replace") as command:
                words = command.read().split("\0")
        except (OSError, IndexError):
            continue
        if parent == server.child.pid and words[0].endswith("weir-worker"):
            found.append((int(entry), words))
    return found


def latency(server, name):
    """Milliseconds from the clock in the frames to a viewer, in the middle of five seconds."""
    watched = subprocess.run([WEIR, "watch", server.address(f"/{name}.flv"), "--seconds", "5", "--json"],
                             capture_output=True, text=True, timeout=60, check=True)
    return json.loads(watched.stdout)["latency_ms"]["p50"]


class Demo(WeirTest):
    def setUp(self):
        super().setUp()
        self.server = self.serve(verb="demo")
        self.server.wait_until("live/demo", "running")

    def decode(self, seconds):
        """Frames that ffmpeg decodes of the FLV, and what it complains about."""
        command = ["ffmpeg", "-nostdin", "-v", "error", "-stats", "-i", self.server.address("/live/demo.flv"), "-t",
                   str(seconds), "-f", "null", "-"]
        status, said = self.run_client(*command)
        self.assertEqual(status, 0, said)
        return int(re.findall(r"frame=\s*(\d+)", said)[-1]), [line for line in said.splitlines() if "frame=" not in line]

    def test_it_is_a_720p30_picture_with_sound(self):
        video, audio = self.server.stream("live/demo")["tracks"]
        self.assertEqual((video["codec"], video["width"], video["height"]), ("h264", 1280, 720))
        self.assertAlmostEqual(video["frame_rate"], 30, delta=0.1)
        self.assertTrue(video["codec_string"].startswith("avc1.4d"), video)  # Main
        self.assertEqual((audio["codec"], audio["sample_rate"], audio["channels"]), ("aac", 48000, 2))
        frames, complaints = self.decode(6)
        self.assertEqual(complaints, [])
        self.assertGreater(frames, 30)

    def test_its_frames_carry_the_wall_clock(self):
        self.assertTrue(0 < latency(self.server, "live/demo") < 5000)

    def test_a_killed_worker_comes_back_and_viewers_go_on(self):
        [worker] = wait_for("the worker", lambda: workers_of(self.server))
        os.kill(worker, signal.SIGKILL)
        self.assert_says("killed by signal 9", self.server.log)
        self.server.wait_until("live/demo", "recovering")
        self.server.wait_until("live/demo", "running")
        [another] = workers_of(self.server)
        self.assertNotEqual(another, worker)
        frames, complaints = self.decode(3)
        self.assertEqual(complaints, [])
        self.assertGreater(frames, 15)

    def test_the_worker_goes_with_the_server(self):
        [worker] = wait_for("the worker", lambda: workers_of(self.server))
        self.server.stop(signal.SIGKILL)
        wait_for("the worker is gone", lambda: not os.path.exists(f"/proc/{worker}"), seconds=5)


class Menu(WeirTest):
    LADDER = """
ladders:
  small: [{ name: 240p, height: 240, bitrate: 400k, preset: ultrafast }, { name: 120p, height: 120, bitrate: 150k, preset: ultrafast }]
streams:
  defaults: { ladder: small, segment: 2s }
"""

    @unittest.skipUnless(has("chromium"), "Chromium is not installed")
    def test_the_demo_has_a_quality_menu(self):
        config = os.path.join(self.processes.folder, "weir.yaml")
        with open(config, "w", encoding="ascii") as file:
            file.write(self.LADDER)
        server = self.serve(verb="demo", config=config)
        wait_for("the rungs are in the playlist", lambda: "\n120p/" in server.get("/live/demo/index.m3u8").text, 60)
        os.makedirs(SCREENSHOTS, exist_ok=True)
        seen = browser("quality.mjs", server.address("/live/demo"), "--rungs", "240,120", "--screenshot", os.path.join(SCREENSHOTS, "demo.png"))
        self.assertEqual((seen["failed"], seen["errors"]), ([], []), seen)


class Thumbnail(WeirTest):
    LADDERS = """
ladders:
  small: [{ name: 120p, height: 120, bitrate: 150k, preset: ultrafast }]
streams:
  defaults: { ladder: small }
  "cam/*": { ladder: none }
"""

    def setUp(self):
        super().setUp()
        config = os.path.join(self.processes.folder, "weir.yaml")
        with open(config, "w", encoding="ascii") as file:
            file.write(self.LADDERS)
        self.server = self.serve(verb="demo", config=config)

    def picture(self, name):
        """Its path, its size, and how much of it is neither black nor white."""
        answer = wait_for("the picture", lambda: (now := self.server.get(f"/{name}/thumbnail.jpg")).status == 200 and now, 30)
        self.assertEqual(answer.headers["Content-Type"], "image/jpeg")
        self.assertRegex(answer.headers["Cache-Control"], r"^public, max-age=[1-5]$")
        os.makedirs(SCREENSHOTS, exist_ok=True)
        path = os.path.join(SCREENSHOTS, name.replace("/", "-") + "-thumbnail.jpg")
        with open(path, "wb") as file:
            file.write(answer.body)
        shape = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "stream=codec_name,width,height", "-of", "csv=p=0", path],
                               capture_output=True, text=True, check=True).stdout
        gray = subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-f", "rawvideo", "-pix_fmt", "gray", "-"], capture_output=True, check=True)
        self.assertEqual(gray.stderr, b"")
        return shape.strip(), sum(20 < level < 235 for level in gray.stdout) / len(gray.stdout)

    def test_it_shows_the_demo_and_is_the_workers_by_the_way(self):
        self.server.wait_until("live/demo", "running")
        wait_for("the rung runs", lambda: self.server.renditions("live/demo").get("120p", {}).get("state") == "running", 30)
        shape, colourful = self.picture("live/demo")
        self.assertEqual(shape, "mjpeg,320,180")
        self.assertGreater(colourful, 0.5)
        self.assertEqual(self.server.metric("weir_still_started_total"), 0)
        tag = self.server.get("/live/demo/thumbnail.jpg").headers["ETag"]
        self.assertEqual(self.server.get("/live/demo/thumbnail.jpg", {"If-None-Match": tag}).status, 304)

    def test_a_stream_without_a_ladder_has_one_too(self):
        self.server.publish("cam/door", file=CLIP)
        self.server.wait_until("cam/door", "running")
        shape, colourful = self.picture("cam/door")
        self.assertEqual(shape, "mjpeg,320,180")
        self.assertGreater(colourful, 0.3)
        self.assertEqual(self.server.metric("weir_still_started_total"), 1)
        demo_and_its_ladder = 2
        wait_for("its process is gone", lambda: len(children_of(self.server)) <= demo_and_its_ladder)


class Clock(WeirTest):
    def test_a_file_may_be_published_with_the_wall_clock_in_its_frames(self):
        server = self.serve()
        server.publish("live/file", file=CLIP, clock=True)
        server.wait_until("live/file", "running")
        self.assertTrue(0 < latency(server, "live/file") < 5000)


if __name__ == "__main__":
    unittest.main()
