"""HLS in a browser's own player, without a script: CMAF with sound beside it, MPEG-TS, and a ladder."""
import os
import signal
import unittest

from harness import CLIP, WEIR, WeirTest, clip, has, open_browser, wait_for

NAME = "live/x"
LADDER = "live/ladder"
CONFIG = """
ladders:
  small:
    - { name: 180p, height: 180, bitrate: 200k }
streams:
  defaults: { segment: 4s, ladder: none }
  "live/ladder": { ladder: small }
"""
BEHIND = 16  # seconds that Chromium is behind the live edge at most
SCREENSHOTS = os.path.join(os.path.dirname(WEIR), "screenshots")


@unittest.skipUnless(has("chromium"), "Chromium is not installed")
class Native(WeirTest):
    """Chromium wants ten seconds at the live edge when it begins (docs/players.md)."""

    def test_chromium_plays_goes_back_changes_rungs_and_outlives_a_publisher(self):
        config = os.path.join(self.processes.folder, "weir.yaml")
        with open(config, "w", encoding="ascii") as file:
            file.write(CONFIG)
        server = self.serve(config=config)
        publisher = server.publish_with_ffmpeg(NAME, clip("medium.flv", size="640x360", seconds=20))
        server.publish_with_ffmpeg(LADDER, CLIP)
        for stream in (NAME, LADDER):
            server.wait_until(stream, "running")
        wait_for("there is a rung", lambda: "180p/" in server.get(f"/{LADDER}/index.m3u8").text, 40)
        for playlist in (f"/{NAME}/source/index.m3u8", f"/{LADDER}/180p/index.m3u8"):
            wait_for("there is enough to begin", lambda of=playlist: server.get(of).text.count(".m4s\n") >= 4, 40)
        os.makedirs(SCREENSHOTS, exist_ok=True)
        pages = {form: open_browser("native.mjs", server.address(f"/{NAME}/{form}"), "--screenshot", os.path.join(SCREENSHOTS, f"native-{form}.png"),
                                    "--seconds", str(BEHIND + 14))
                 for form in ("index.m3u8", "ts.m3u8")}
        changing = open_browser("bandwidth.mjs", server.address(f"/{LADDER}/index.m3u8"), "--native", "--full", "720", "--narrow", "700000",
                                "--times", "1")
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
        seen = changing(120)
        self.assertEqual((seen["status"], seen["failed"], seen["errors"]), (0, [], []), seen)
        self.assertEqual(seen["heights"][-3:], [720, 180, 720], seen)


if __name__ == "__main__":
    unittest.main()
