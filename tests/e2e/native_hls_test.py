"""HLS in a browser's own player, without a script: CMAF with sound beside it, and MPEG-TS."""
import os
import signal
import unittest

from harness import WEIR, WeirTest, clip, has, open_browser, wait_for

NAME = "live/x"
BEHIND = 16  # seconds that Chromium is behind the live edge at most
SCREENSHOTS = os.path.join(os.path.dirname(WEIR), "screenshots")


@unittest.skipUnless(has("chromium"), "Chromium is not installed")
class Native(WeirTest):
    """Chromium wants ten seconds at the live edge when it begins (docs/players.md)."""

    def test_chromium_plays_goes_back_and_outlives_a_publisher(self):
        server = self.serve("streams.defaults.segment=4s", "streams.defaults.ladder=none")
        publisher = server.publish_with_ffmpeg(NAME, clip("medium.flv", size="640x360", seconds=20))
        server.wait_until(NAME, "running")
        wait_for("there is enough to begin", lambda: server.get(f"/{NAME}/source/index.m3u8").text.count(".m4s\n") >= 4, 40)
        os.makedirs(SCREENSHOTS, exist_ok=True)
        pages = {form: open_browser("native.mjs", server.address(f"/{NAME}/{form}"), "--screenshot", os.path.join(SCREENSHOTS, f"native-{form}.png"),
                                    "--seconds", str(BEHIND + 14))
                 for form in ("index.m3u8", "ts.m3u8")}
        for page in pages.values():
            page.wait_for_moving(60)
        self.processes.end(publisher, signal.SIGKILL)
        server.wait_until(NAME, "recovering", 15)
        server.publish_with_ffmpeg(NAME, clip("medium.flv", size="640x360", seconds=20))
        server.wait_until(NAME, "running")
        for form, page in pages.items():
            seen = page(120)
            with self.subTest(form):
                self.assertEqual((seen["status"], seen["failed"], seen["errors"], seen["faults"]), (0, [], [], []), seen)
                self.assertEqual(seen["sizes"], ["640x360"], seen)
                playlist = server.get(f"/{NAME}/source/{form}").text
                self.assertEqual(playlist.count("#EXT-X-DISCONTINUITY\n"), 1, playlist)


if __name__ == "__main__":
    unittest.main()
