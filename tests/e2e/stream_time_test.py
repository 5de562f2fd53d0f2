"""Who joins a stream that has run for hours or weeks sees it as well as who came first, and who watches while the clock of its FLV
begins anew goes on watching.

The stream's time really runs that far: publishers of sound whose stamps leap by as much as is still no gap run ahead of real time
until the server stops reading from them, and are replaced by the next. Each is good for some hours.
"""
import http.client
import threading
import time
import unittest
import urllib.request

from harness import WeirTest, clip, has, open_browser, wait_for
from rtmp_client import RtmpClient, flv_tags

NAME = "live/x"
HOUR = 3600.0
DAY = 24 * HOUR
LEAP = 3.0  # seconds that may pass between two stamps
AT_ONCE = 16_000  # messages of four bytes that the server takes in one read
FLV_ENDS = 20 * DAY * 63 / 64  # its clock begins anew at the first keyframe from here on
SIGNED_ENDS = (1 << 31) / 1000  # where a player that reads FLV's clock as signed is lost
LEAD_IN = 1.0  # an FLV stream's zero is that long before its first picture

AUDIO, VIDEO = 8, 9
FRAME_OF_SOUND = b"\xaf\x01\x21"


class FirstViewer(threading.Thread):
    """Watches the FLV stream from its first picture on, so that its log is never made anew for others, and reads its clock."""

    def __init__(self, address):
        super().__init__(daemon=True)
        self.address = address
        self.over = False
        self.pictures = 0  # that were seen
        self.clocks = []  # the newest time, in seconds, of each FLV stream that the server began

    @property
    def watched(self):
        """How long the stream has run, in seconds. What is missed when a clock begins anew counts as nothing."""
        return sum(self.clocks) - LEAD_IN * len(self.clocks)

    def run(self):
        while not self.over:
            try:
                with urllib.request.urlopen(self.address, timeout=30) as answer:
                    self.follow(answer)
            except (OSError, http.client.HTTPException):
                time.sleep(0.1)

    def follow(self, answer):
        answer.read(13)
        is_new = True
        while not self.over and len(head := answer.read(11)) == 11:
            body = answer.read(int.from_bytes(head[1:4], "big") + 4)
            if head[0] not in (AUDIO, VIDEO):
                continue
            now = (int.from_bytes(head[4:7], "big") | head[7] << 24) / 1000
            if is_new:
                self.clocks.append(now)
                is_new = False
            self.clocks[-1] = now
            self.pictures += head[0] == VIDEO and body[1] == 1


@unittest.skipUnless(has("chromium"), "Chromium is not installed")
class StreamTime(WeirTest):
    def setUp(self):
        super().setUp()
        self.server = self.serve("streams.defaults.takeover=replace", "streams.defaults.hold=60s")
        tags = flv_tags(clip())
        self.headers = [tag for tag in tags if tag[2][1] == 0]
        self.picture = next(body for kind, _, body in tags if kind == VIDEO and body[0] == 0x17 and body[1] == 1)
        self.publisher = self.publish()
        self.first = FirstViewer(self.server.address(f"/{NAME}.flv"))
        self.addCleanup(setattr, self.first, "over", True)
        self.first.start()
        wait_for("the first viewer watches", lambda: self.first.pictures > 0)

    def publish(self):
        """The clip, in real time."""
        publisher = self.server.publish(NAME, file=clip())
        self.server.wait_until(NAME, "running")
        return publisher

    def go_on_to(self, seconds):
        """The stream runs on until that, or a little less, in its own time; from there in real time."""
        self.processes.end(self.publisher)
        while self.run_ahead(seconds):
            pass
        self.publisher = self.publish()
        pictures = self.first.pictures
        wait_for("the clip is seen", lambda: self.first.pictures > pictures)
        print(f"the stream has run for {self.first.watched / DAY:.4f} days, its FLV for {self.first.clocks[-1] / DAY:.4f}", flush=True)

    def run_ahead(self, until):
        """One publisher in a hurry. False when there is nothing to hurry for."""
        with RtmpClient(self.server.rtmp_port) as client:
            self.assertTrue(client.connect() and client.publish("x"))
            client.set_chunk_size(1 << 20)
            for kind, _, body in self.headers:
                client.message(kind, body, stream=1, chunk_stream=6)
            stamp, pictures = 0, self.first.pictures

            def is_shown():
                nonlocal stamp
                client.message(VIDEO, self.picture, stream=1, timestamp=stamp, chunk_stream=6)
                stamp += 50
                return self.first.pictures > pictures
            wait_for("the publisher's picture is shown", is_shown, every=0.05)
            time.sleep(0.2)  # what it sent last is seen too
            before = self.first.watched
            count = min(AT_ONCE, int((until - before) / LEAP))
            if count < 2:
                return False
            client.repeat(AUDIO, FRAME_OF_SOUND, count, int(LEAP * 1000), timestamp=stamp)
            wait_for("time runs ahead", lambda: self.first.watched > before + LEAP)
            return True

    def watch_page(self, seconds):
        """The page with mpegts.js in a Chromium of its own, playing."""
        page = open_browser("play.mjs", self.server.address(f"/{NAME}"), "--engine", "flv", "--seconds", str(seconds))
        page.wait_for_moving()
        return page

    def assert_played(self, page, attempts=1):
        """The picture went on to the end, with `attempts` connections."""
        seen = page()
        print(seen, flush=True)
        self.assertEqual((seen["status"], seen["errors"], seen["engine"], seen["width"]), (0, [], "flv", 320), seen)
        self.assertEqual(seen["attempts"], attempts, seen)
        self.assertGreater(seen["played"], 6, seen)
        self.assertLess(seen["still"], 3, seen)

    def assert_newcomers_play(self):
        page = self.watch_page(8)
        self.assertEqual(self.run_client("ffmpeg", "-nostats", "-v", "warning", "-i", self.server.address(f"/{NAME}.flv"), "-t", "5",
                                         "-f", "null", "-"), (0, ""))
        self.assert_played(page)

    def test_players_join_after_five_hours(self):
        self.go_on_to(5 * HOUR)
        wait_for("five hours", lambda: self.first.watched > 5 * HOUR)
        self.assert_newcomers_play()
        self.assertEqual(len(self.first.clocks), 1, "the first viewer's log is what they joined")

    def test_players_join_after_weeks_and_go_on_where_the_clock_begins_anew(self):
        self.go_on_to(FLV_ENDS - 40)
        page = self.watch_page(50)
        self.assertEqual(len(self.first.clocks), 1)
        wait_for("the clock begins anew", lambda: len(self.first.clocks) == 2, 60)
        self.assertAlmostEqual(self.first.clocks[0], FLV_ENDS, delta=2)
        self.assertLess(self.first.clocks[1], 5)
        self.assert_played(page, attempts=2)

        self.go_on_to(SIGNED_ENDS - 25)
        page = self.watch_page(30)
        self.assertLess(self.first.watched, SIGNED_ENDS)
        self.assert_played(page)
        self.assertGreater(self.first.watched, SIGNED_ENDS)
        self.assert_newcomers_play()
        self.assertEqual(len(self.first.clocks), 2)


if __name__ == "__main__":
    unittest.main()
