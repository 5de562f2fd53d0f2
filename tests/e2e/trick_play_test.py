"""Trick play: what players make of the I-frame playlist of a live stream, and each picture of it by itself."""
import os
import re
import time
import unittest

from harness import WEIR, WeirTest, browser, clip, has

NAME = "live/x"
SCREENSHOTS = os.path.join(os.path.dirname(WEIR), "screenshots")


class TrickPlay(WeirTest):
    def setUp(self):
        super().setUp()
        self.server = self.serve("streams.defaults.segment=2s", "streams.defaults.ladder=none")
        self.publisher = self.server.publish(NAME, file=clip())
        self.server.wait_for_playlist(NAME)

    def wait_for_seconds(self, seconds):
        """Of I-frames; the text of their playlist."""
        end = time.monotonic() + seconds + 15
        while True:
            text = self.server.get(f"/{NAME}/source/iframes.m3u8").text
            if sum(float(one) for one in re.findall(r"#EXTINF:([\d.]+)", text)) >= seconds:
                return text
            self.assertLess(time.monotonic(), end, text)
            time.sleep(0.3)

    def test_ffmpeg_reads_the_pictures_and_nothing_else(self):
        text = self.wait_for_seconds(5)
        self.assertIn("#EXT-X-I-FRAMES-ONLY\n", text)
        self.assertIn('URI="source/iframes.m3u8"', self.server.get(f"/{NAME}/index.m3u8").text)
        frame = re.search(r"\n([\d-]+\.iframe\.mp4)\n", text)[1]
        answer = self.server.get(f"/{NAME}/source/{frame}")
        self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, "video/mp4"))
        self.assertIn("immutable", answer.headers["Cache-Control"])
        url = self.server.address(f"/{NAME}/source/iframes.m3u8")
        status, said = self.run_client("ffmpeg", "-v", "error", "-fpsprobesize", "0", "-live_start_index", "0", "-i", url, "-frames:v", "2", "-f", "null", "-")
        self.assertEqual((status, said), (0, ""))
        status, said = self.run_client("ffprobe", "-v", "error", "-fpsprobesize", "0", "-live_start_index", "0", "-read_intervals", "%+#2", "-show_entries",
                                       "packet=flags", "-of", "csv=p=0", url)
        self.assertEqual((status, {line.strip(",")[:2] for line in said.split()}), (0, {"K_"}), said)

    @unittest.skipUnless(has("chromium"), "Chromium is not installed")
    def test_hls_js_shows_a_picture_wherever_it_is_asked(self):
        self.wait_for_seconds(8)
        os.makedirs(SCREENSHOTS, exist_ok=True)
        seen = browser("trick_play.mjs", self.server.address(f"/{NAME}/index.m3u8"), "--screenshot",
                       os.path.join(SCREENSHOTS, "trick_play.png"))
        self.assertEqual((seen["status"], seen["failed"], seen["errors"]), (0, [], []), seen)
        self.assertEqual({picture["width"] for picture in seen["pictures"]}, {320})
        forward = [picture["colors"] for picture in seen["pictures"][:4]]
        self.assertEqual(len(set(forward)), 4, "the pictures are all alike")
        self.assertGreaterEqual(seen["asked"]["frames"], 4, seen)
        self.assertGreaterEqual(self.server.metric("weir_iframe_frames_total"), 4)


if __name__ == "__main__":
    unittest.main()
