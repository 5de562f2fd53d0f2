"""What somebody sees who starts Weir for the first time: the demo, from a worker through the real door."""
import json
import os
import re
import signal
import subprocess
import unittest

from harness import CLIP, WEIR, WeirTest, wait_for


def workers_of(server):
    """The processes of the demo's worker: children of the server."""
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
        if parent == server.child.pid and words[0].endswith("weir-worker") and words[1] == "demo":
            found.append(int(entry))
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


class Clock(WeirTest):
    def test_a_file_may_be_published_with_the_wall_clock_in_its_frames(self):
        server = self.serve()
        server.publish("live/file", file=CLIP, clock=True)
        server.wait_until("live/file", "running")
        self.assertTrue(0 < latency(server, "live/file") < 5000)


if __name__ == "__main__":
    unittest.main()
