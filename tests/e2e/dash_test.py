"""DASH: the manifest and the objects of HLS in players that their own authors ship, dash.js and Shaka Player, and in ffmpeg, mpv and
VLC. The first two change rungs, go back in the window, outlive a publisher, and end with the stream. (GStreamer 1.22 to 1.29 play no
live manifest whose first segment has left the window: see docs/players.md.)"""
import os
import re
import shutil
import signal
import tempfile
import unittest

from harness import WEIR, WeirTest, clip, happens, has, open_browser, text_of, wait_for

NAME = "live/x"
SCREENSHOTS = os.path.join(os.path.dirname(WEIR), "screenshots")
LADDER = """
ladders:
  small:
    - { name: 180p, height: 180, bitrate: 300k }
streams:
  defaults: { ladder: small, segment: 2s, hold: 6s }
"""


class Dash(WeirTest):
    def live(self, config):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml", delete=False) as file:
            file.write(config)
        self.addCleanup(os.unlink, file.name)
        self.server = self.serve(config=file.name)
        self.clip = clip("medium.flv", size="640x360", seconds=20)
        publisher = self.server.publish_with_ffmpeg(NAME, self.clip)
        self.server.wait_until(NAME, "running")
        self.server.wait_for_playlist(NAME)
        self.manifest = self.server.address(f"/{NAME}/manifest.mpd")
        return publisher

    def text(self):
        return self.server.get(f"/{NAME}/manifest.mpd").text

    def come_back(self, publisher):
        """The publisher dies without a goodbye, and is there again."""
        self.processes.end(publisher, signal.SIGKILL)
        self.server.wait_until(NAME, "recovering", 15)
        publisher = self.server.publish_with_ffmpeg(NAME, self.clip)
        self.server.wait_until(NAME, "running")
        return publisher


class Browsers(Dash):
    @unittest.skipUnless(has("chromium"), "Chromium is not installed")
    def test_players_of_others_change_rungs_go_back_and_outlive_a_publisher(self):
        publisher = self.live(LADDER)
        wait_for("both rungs are there", lambda: 'Representation id="180p"' in self.text(), 40)
        wait_for("there is something to go back to", lambda: sum(int(r) + 1 for r in re.findall(r' r="(\d+)"', self.text())) > 15, 40)
        os.makedirs(SCREENSHOTS, exist_ok=True)
        players = [("dash.js", "manifest.mpd"), ("shaka", "manifest.mpd"), ("shaka", "index.m3u8")]
        pages = {}
        for player, manifest in players:
            picture = os.path.join(SCREENSHOTS, f"{player}-{manifest}.png")
            pages[player, manifest] = open_browser("other_players.mjs", self.server.address(f"/{NAME}/{manifest}"), "--player", player,
                                                   "--low", "180", "--high", "360", "--screenshot", picture)
        for page in pages.values():
            page.wait_for_moving(90)
        self.assertGreaterEqual(self.server.stream(NAME)["viewers"]["dash"], 1)
        publisher = self.come_back(publisher)
        for page in pages.values():
            page.wait_for_moving(90, "went on")
        self.assertGreaterEqual(self.text().count("<Period "), 2)
        self.processes.end(publisher)
        for (player, manifest), page in pages.items():
            seen = page(90)
            print(player, manifest, seen, flush=True)
            with self.subTest(player, manifest=manifest):
                self.assertEqual((seen["failed"], seen["errors"], seen["faults"]), ([], [], []))
        wait_for("the manifest is static", lambda: ' type="static" ' in self.text(), 30)


class Players(Dash):
    def setUp(self):
        super().setUp()
        # Two seconds: ffmpeg reckons in whole ones when it reads the manifest again, and takes shorter segments twice.
        self.live("streams:\n  defaults: { ladder: none, segment: 2s }\n")
        wait_for("some segments", lambda: sum(int(r) + 1 for r in re.findall(r' r="(\d+)"', self.text())) > 4, 30)

    def test_ffmpeg_plays(self):
        """Its one complaint is that it has packets twice: ffmpeg 5.1 does not know of segments that grow."""
        code, said = self.run_client("ffmpeg", "-nostats", "-v", "error", "-i", self.manifest, "-t", "6", "-f", "null", "-")
        self.assertEqual(code, 0, said)
        self.assertEqual([line for line in said.splitlines() if "non monotonically increasing dts" not in line], [])

    @unittest.skipUnless(has("mpv"), "mpv is not installed")
    def test_mpv_plays(self):
        code, said = self.run_client("mpv", "--no-config", "--ao=null", "--vo=null", "--length=5",
                                     "--term-status-msg=at ${=time-pos} of ${video-codec} ${audio-codec}", self.manifest)
        self.assertEqual(code, 0, said)
        self.assertTrue(re.search(r"at [\d.]+ of h264.*? aac", said), said)

    @unittest.skipUnless(has("cvlc") and has("runuser"), "VLC is not installed")
    def test_vlc_plays(self):
        frames = tempfile.mkdtemp(prefix="weir-vlc-")
        self.addCleanup(shutil.rmtree, frames, ignore_errors=True)
        os.chmod(frames, 0o777)
        command = ["cvlc", "-vv", "--intf=dummy", "--vout=dummy", "--aout=dummy", "--video-filter=scene", "--scene-format=png",
                   f"--scene-path={frames}", "--scene-ratio=25", self.manifest]
        if os.getuid() == 0:  # VLC does not run as root
            command = ["runuser", "-u", "nobody", "--", *command]
        player = self.processes.start(*command, log="vlc.log")
        # One picture for each second that it has shown.
        if not happens(lambda: len(os.listdir(frames)) >= 4, 40):
            self.fail(text_of(player.log)[-3000:])


if __name__ == "__main__":
    unittest.main()
