"""A source that freezes or dies is not what viewers see where a backup stands by: FLV viewers and hls.js through a source that is
stopped, killed and back; another stream as the backup, and another server; a slate while there is nothing else."""
import http.client
import re
import signal
import subprocess
import threading
import time
import unittest

from harness import WeirTest, clip, clips_folder, has, open_browser, wait_for

NAME = "live/x"
DETECTION = 1.0
KEYFRAMES = 1.0  # seconds from one to the next in what `clip` makes
SLACK = 0.5  # of a machine that has other things to do


class FlvViewer:
    """Reads a stream as it comes, and knows the longest time in which nothing came."""

    def __init__(self, server):
        self.connection = http.client.HTTPConnection("127.0.0.1", server.http_port, timeout=20)
        self.connection.request("GET", f"/{NAME}.flv")
        self.answer = self.connection.getresponse()
        self.bytes, self.longest, self.last, self.ended = 0, 0.0, None, False
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        try:
            while data := self.answer.read1(65536):
                now = time.monotonic()
                if self.last is not None:
                    self.longest = max(self.longest, now - self.last)
                self.last = now
                self.bytes += len(data)
        except (OSError, ValueError):
            pass
        self.ended = True

    def take_longest(self):
        """Since the last time it was asked, the wait that goes on included."""
        longest, self.longest = max(self.longest, time.monotonic() - self.last), 0.0
        return longest

    def close(self):
        self.connection.close()


class Continuity(WeirTest):
    def on_air(self):
        stream = self.server.stream(NAME)
        return (stream["publisher"] or {}).get("rank") if stream else None

    def wait_on_air(self, rank, seconds=20):
        wait_for(f"the {rank} is on air", lambda: self.on_air() == rank, seconds, every=0.02)

    def publish(self, name=NAME):
        return self.server.publish_with_ffmpeg(name, clip())

    def live(self, *settings):
        """The source and its viewer, playing."""
        self.server = self.serve("streams.defaults.segment=1s", "streams.defaults.ladder=none", *settings)
        self.source = self.publish()
        self.server.wait_until(NAME, "running")
        self.server.wait_for_playlist(NAME)
        self.viewer = FlvViewer(self.server)
        self.addCleanup(self.viewer.close)
        wait_for("the FLV viewer plays", lambda: self.viewer.bytes > 0)

    def wait_ready(self):
        wait_for("the backup is ready", lambda: [one["state"] for one in self.server.stream(NAME)["contenders"]] == ["on_air", "ready"])
        time.sleep(1)
        self.viewer.take_longest()

    def stall(self, source):
        """The encoder's machine hangs: the connection stays, and nothing comes."""
        source.send_signal(signal.SIGSTOP)

    @unittest.skipUnless(has("chromium"), "Chromium is not installed")
    def test_players_do_not_see_a_source_that_freezes_dies_and_returns(self):
        self.live("streams.defaults.backup_return=2s")
        self.publish(NAME + "?backup=1")
        self.wait_ready()
        page = open_browser("play.mjs", self.server.address(f"/{NAME}"), "--engine", "hls", "--seconds", "28")
        page.wait_for_moving()
        longest = {}
        self.stall(self.source)
        self.wait_on_air("backup")
        time.sleep(1)
        longest["frozen"] = self.viewer.take_longest()
        self.source.send_signal(signal.SIGCONT)
        self.wait_on_air("source")
        longest["back"] = self.viewer.take_longest()
        time.sleep(3)
        self.processes.end(self.source, signal.SIGKILL)
        self.wait_on_air("backup")
        time.sleep(1)
        longest["killed"] = self.viewer.take_longest()
        self.source = self.publish()
        self.wait_on_air("source")
        longest["returned"] = self.viewer.take_longest()
        print("the longest that the FLV viewer waited:", longest, flush=True)
        seen = page(90)
        print("hls.js", seen, flush=True)
        for what, waited in longest.items():
            self.assertLess(waited, DETECTION + KEYFRAMES + SLACK, what)
        self.assertFalse(self.viewer.ended)
        self.assertEqual((seen["status"], seen["errors"]), (0, []), seen)
        self.assertLess(seen["longest_still"], DETECTION + KEYFRAMES + SLACK, seen)
        self.assertNotIn("recovering", seen["states"], "its viewers are told of nothing")
        switches = self.server.get(f"/api/v1/streams/{NAME}/stats").json["input"]["switches"]
        self.assertEqual(switches, {"silent": 1, "left": 1, "returned": 2})
        self.assertEqual(self.server.metric("weir_switches_total"), 4)
        self.assertIn("the source fell silent", self.server.log())

    def test_another_stream_takes_over_and_gives_back(self):
        self.live("streams.live/x.backup=live/spare", "streams.defaults.backup_return=2s")
        spare = self.publish("live/spare")
        self.wait_ready()
        self.processes.end(self.source, signal.SIGKILL)
        self.wait_on_air("backup")
        publisher = self.server.stream(NAME)["publisher"]
        self.assertEqual((publisher["id"], publisher["protocol"]), ("live/spare", "stream"))
        time.sleep(2)
        self.assertLess(self.viewer.take_longest(), DETECTION + KEYFRAMES + SLACK)
        self.source = self.publish()
        self.wait_on_air("source")
        self.assertLess(self.viewer.take_longest(), DETECTION + KEYFRAMES + SLACK)
        self.assertIsNone(spare.poll())

    def test_a_cold_backup_is_fetched_while_it_is_needed(self):
        origin = self.serve("streams.defaults.ladder=none")
        origin.publish("live/spare", file=clip())
        origin.wait_until("live/spare", "running")
        self.live(f"streams.{NAME}.backup={origin.rtmp('live/spare')}", f"streams.{NAME}.backup_mode=cold", "streams.defaults.backup_return=2s")

        def fetching():
            return origin.stream("live/spare")["viewers"]["rtmp"]
        self.assertEqual(fetching(), 0)
        self.processes.end(self.source, signal.SIGKILL)
        self.wait_on_air("backup")
        self.assertEqual(self.server.stream(NAME)["publisher"]["protocol"], "rtmp")
        self.assertEqual(fetching(), 1)
        self.source = self.publish()
        self.wait_on_air("source")
        wait_for("it is let go of", lambda: fetching() == 0)
        self.assertFalse(self.viewer.ended)

    def slate(self, *settings, file):
        self.live(f"streams.defaults.slate={file}", "streams.defaults.hold=8s", *settings)

    def decode(self, seconds, *options):
        return self.run_client("ffmpeg", "-nostats", "-v", "error", "-t", str(seconds), "-i", self.server.address(f"/{NAME}.flv"), *options)

    def test_a_picture_is_shown_while_there_is_no_source(self):
        picture = f"{clips_folder()}/red.png"
        subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", "color=red:size=640x480", "-frames:v", "1", picture],
                       check=True, timeout=60)
        self.slate(file=picture)
        self.processes.end(self.source, signal.SIGKILL)
        self.wait_on_air("slate")
        stream = self.server.stream(NAME)
        self.assertEqual((stream["state"], stream["publisher"]["protocol"]), ("recovering", "slate"))
        self.assertEqual([(one.get("width"), one.get("height")) for one in stream["tracks"]], [(320, 180), (None, None)])
        status, said = self.decode(2, "-frames:v", "10", "-vf", "scale=1:1", "-f", "rawvideo", "-pix_fmt", "rgb24", f"{clips_folder()}/seen.rgb")
        self.assertEqual((status, said), (0, ""))
        with open(f"{clips_folder()}/seen.rgb", "rb") as file:
            red, green, blue = file.read()[-3:]
        self.assertGreater(red, 140, "the bars beside the picture are black")
        self.assertLess(max(green, blue), 60)
        self.assertLess(self.viewer.take_longest(), DETECTION + KEYFRAMES + 2 * SLACK)
        self.source = self.publish()
        self.wait_on_air("source", 5)
        self.server.wait_until(NAME, "running", 5)
        self.processes.end(self.source, signal.SIGKILL)
        wait_for("the slate ends with the hold", lambda: self.viewer.ended, 20)
        self.server.wait_until(NAME, "stopped", 5)
        wait_for("its worker has gone", lambda: self.server.metric("weir_slate_running") == 0)

    def test_a_clip_goes_round_and_a_worker_that_dies_is_replaced(self):
        self.slate("streams.defaults.hold=30s", file=clip("pause.mp4", size="640x360", seconds=2))
        self.stall(self.source)
        self.wait_on_air("slate")
        status, said = self.decode(5, "-f", "null", "-")
        self.assertEqual((status, said), (0, ""))
        worker = re.search(r"^(\d+)$", subprocess.run(["pgrep", "-P", str(self.server.child.pid), "-f", "weir-worker slate"],
                                                      capture_output=True, text=True, check=False).stdout, re.M)
        subprocess.run(["kill", "-9", worker[1]], check=True)
        self.assert_says("the slate's worker ended", self.server.log)
        wait_for("another one is there", lambda: self.server.metric("weir_slate_started_total") == 2)
        self.wait_on_air("slate")
        self.source.send_signal(signal.SIGCONT)
        self.wait_on_air("source")


if __name__ == "__main__":
    unittest.main()
