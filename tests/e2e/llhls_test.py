"""Low-latency HLS as players have it: hls.js in the page plays from parts, looks back and returns, and goes on when the publisher comes back."""
import os
import re
import time
import unittest

from harness import WEIR, WeirTest, browser, clip, has, open_browser

NAME = "live/x"
SCREENSHOTS = os.path.join(os.path.dirname(WEIR), "screenshots")


class LowLatency(WeirTest):
    def watch(self, part):
        self.server = self.serve("streams.defaults.segment=2s", f"streams.defaults.part={part}", "streams.defaults.ladder=none")
        self.publisher = self.server.publish(NAME, file=clip())
        self.server.wait_for_playlist(NAME)

    def check_played(self, seen, part):
        self.assertEqual((seen["status"], seen["errors"], seen["width"]), (0, [], 320), seen)
        for stage, least in (("live", 1), ("back", 1), ("again", 1)):
            self.assertGreater(seen["played"][stage], least, seen)
        self.assertGreater(seen["asked"]["blocking"], 5, seen)
        self.assertGreater(seen["asked"]["parts"], 5, seen)
        self.assertLess(seen["first_latency"], 6, f"parts of {part}: as late as from whole segments: {seen}")

    @unittest.skipUnless(has("chromium"), "Chromium is not installed")
    def test_hls_js_plays_parts_of_200_ms_and_looks_back(self):
        self.watch("200ms")
        os.makedirs(SCREENSHOTS, exist_ok=True)
        picture = os.path.join(SCREENSHOTS, "llhls.png")
        seen = browser("low_latency.mjs", self.server.address(f"/{NAME}"), "--screenshot", picture)
        self.check_played(seen, "200 ms")
        self.assertGreater(seen["played"]["on"], 4, seen)
        self.assertGreater(os.path.getsize(picture), 10_000)

    @unittest.skipUnless(has("chromium"), "Chromium is not installed")
    def test_hls_js_goes_on_when_the_publisher_returns(self):
        self.watch("500ms")
        seen = open_browser("low_latency.mjs", self.server.address(f"/{NAME}"), "--seconds", "12")
        seen.wait_for_moving(90)
        self.processes.end(self.publisher)
        time.sleep(1)
        self.server.publish(NAME, file=clip())
        seen = seen()
        self.check_played(seen, "500 ms")
        self.assertGreater(seen["played"]["on"], 6, seen)

    def test_a_part_is_answered_as_soon_as_it_is_there(self):
        self.watch("500ms")
        path = f"/{NAME}/source/index.m3u8"
        hint = re.search(r'PRELOAD-HINT:TYPE=PART,URI="([\d]+-([\d]+)-([\d]+)\.m4s)"', self.server.get(path).text)
        part = self.server.get(f"/{NAME}/source/{hint[1]}")
        self.assertEqual(part.status, 200)
        self.assertIn("immutable", part.headers["Cache-Control"])
        text = self.server.get(f"{path}?_HLS_msn={hint[2]}&_HLS_part={hint[3]}").text
        self.assertIn(hint[1], text)
        following = re.search(r'PRELOAD-HINT:TYPE=PART,URI="[\d]+-([\d]+)-([\d]+)\.m4s"', text)
        answer = self.server.get(f"{path}?_HLS_msn={following[1]}&_HLS_part={following[2]}&_HLS_skip=YES")
        self.assertEqual(answer.status, 200)
        self.assertIn("max-age=12", answer.headers["Cache-Control"])  # six target durations
        self.assertEqual(self.server.get(f"{path}?_HLS_part=1").status, 400)
        self.assertEqual(self.server.get(f"{path}?_HLS_msn={int(hint[2]) + 9}").status, 400)
        self.assertEqual(self.server.metric("weir_wait_refused_total"), 0)


if __name__ == "__main__":
    unittest.main()
