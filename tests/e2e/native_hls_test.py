"""HLS in a browser's own player, without a script: CMAF with sound beside it, and MPEG-TS."""
import os
import unittest

from harness import WEIR, WeirTest, clip, has, open_browser, wait_for

NAME = "live/x"
SCREENSHOTS = os.path.join(os.path.dirname(WEIR), "screenshots")


@unittest.skipUnless(has("chromium"), "Chromium is not installed")
class Native(WeirTest):
    """Chromium wants ten seconds at the live edge when it begins (docs/players.md)."""

    def test_chromium_plays_and_goes_back(self):
        server = self.serve("streams.defaults.segment=4s", "streams.defaults.ladder=none")
        server.publish_with_ffmpeg(NAME, clip("medium.flv", size="640x360", seconds=20))
        server.wait_until(NAME, "running")
        wait_for("there is enough to begin", lambda: server.get(f"/{NAME}/source/index.m3u8").text.count(".m4s\n") >= 4, 40)
        os.makedirs(SCREENSHOTS, exist_ok=True)
        pages = {form: open_browser("native.mjs", server.address(f"/{NAME}/{form}"), "--screenshot", os.path.join(SCREENSHOTS, f"native-{form}.png"))
                 for form in ("index.m3u8", "ts.m3u8")}
        for form, page in pages.items():
            seen = page(120)
            with self.subTest(form):
                self.assertEqual((seen["status"], seen["failed"], seen["errors"], seen["faults"]), (0, [], [], []), seen)
                self.assertEqual(seen["sizes"], ["640x360"], seen)


if __name__ == "__main__":
    unittest.main()
