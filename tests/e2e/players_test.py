"""Everybody who watches sees the picture move: over HLS and over HTTP-FLV, in players and in the page."""
import json
import os
import re
import shutil
import tempfile
import unittest

from harness import WEIR, Processes, Server, WeirTest, browser, clip, happens, has, text_of, wait_for

NAME = "live/x"
SCREENSHOTS = os.path.join(os.path.dirname(WEIR), "screenshots")


class Players(WeirTest):
    """They all watch one stream, each for itself."""

    @classmethod
    def setUpClass(cls):
        processes = Processes()
        cls.addClassCleanup(processes.end_all)
        cls.server = Server(processes, "streams.defaults.segment=1s")
        cls.server.publish(NAME, file=clip())
        cls.server.wait_until(NAME, "running")
        cls.server.wait_for_playlist(NAME)
        cls.hls, cls.flv = cls.server.address(f"/{NAME}/index.m3u8"), cls.server.address(f"/{NAME}.flv")

    def setUp(self):
        super().setUp()
        self.servers.append(self.server)

    def test_ffmpeg_plays_hls_without_a_complaint(self):
        self.assertEqual(self.run_client("ffmpeg", "-nostats", "-v", "error", "-i", self.hls, "-t", "8", "-f", "null", "-"), (0, ""))

    def test_ffmpeg_plays_flv_without_a_complaint(self):
        self.assertEqual(self.run_client("ffmpeg", "-nostats", "-v", "warning", "-i", self.flv, "-t", "5", "-f", "null", "-"), (0, ""))

    @unittest.skipUnless(has("mpv"), "mpv is not installed")
    def test_mpv_plays_hls(self):
        code, said = self.run_client("mpv", "--no-config", "--ao=null", "--vo=null", "--length=5",
                                     "--term-status-msg=at ${=time-pos} of ${video-codec} ${audio-codec}", self.hls)
        self.assertEqual(code, 0, said)
        times = [float(time) for time in re.findall(r"at ([\d.]+) of h264.*? aac", said)]
        self.assertTrue(times and max(times) > 4, said)
        self.assertNotIn("error", said.lower())

    @unittest.skipUnless(has("cvlc") and has("runuser"), "VLC is not installed")
    def test_vlc_plays_hls(self):
        frames = tempfile.mkdtemp(prefix="weir-vlc-")
        self.addCleanup(shutil.rmtree, frames, ignore_errors=True)
        os.chmod(frames, 0o777)
        command = ["cvlc", "-vv", "--intf=dummy", "--vout=dummy", "--aout=dummy", "--video-filter=scene", "--scene-format=png",
                   f"--scene-path={frames}", "--scene-ratio=25", self.hls]
        if os.getuid() == 0:  # VLC does not run as root
            command = ["runuser", "-u", "nobody", "--", *command]
        player = self.processes.start(*command, log="vlc.log")
        # One picture for each second that it has shown.
        if not happens(lambda: len(os.listdir(frames)) >= 4, 40):
            self.fail(text_of(player.log)[-3000:])

    @unittest.skipUnless(has("gst-launch-1.0"), "GStreamer is not installed")
    def test_gstreamer_plays_hls_with_its_newer_demuxer(self):
        player = self.processes.start("gst-launch-1.0", "-v", "playbin3", f"uri={self.hls}", "video-sink=fakesink silent=false",
                                      "audio-sink=fakesink", env={**os.environ, "GST_DEBUG": "hlsdemux2:4"})
        wait_for("75 frames are shown", lambda: text_of(player.log).count("last-message = chain") >= 75, 30)
        self.assertIn("hlsdemux2", text_of(player.log))
        self.assertNotIn("ERROR:", text_of(player.log))

    @unittest.skipUnless(has("chromium"), "Chromium is not installed")
    def test_hls_js_plays_in_the_page(self):
        seen = browser("play.mjs", self.server.address(f"/{NAME}"), "--seconds", "8")
        self.assertEqual((seen["status"], seen["errors"], seen["engine"], seen["width"]), (0, [], "hls", 320), seen)
        self.assertGreater(seen["played"], 5, seen)

    @unittest.skipUnless(has("chromium"), "Chromium is not installed")
    def test_mpegts_js_plays_in_the_page(self):
        seen = browser("play.mjs", self.server.address(f"/{NAME}"), "--engine", "flv", "--seconds", "6")
        self.assertEqual((seen["status"], seen["errors"], seen["engine"], seen["width"]), (0, [], "flv", 320), seen)
        self.assertGreater(seen["played"], 4, seen)

    @unittest.skipUnless(has("chromium"), "Chromium is not installed")
    def test_the_console_lists_the_stream(self):
        seen = browser("console.mjs", self.server.address("/"), "--wait", NAME, "--seconds", "15")
        self.assertEqual((seen["status"], seen["errors"]), (0, []), seen)
        self.assertEqual([(row["id"], row["state"]) for row in seen["streams"]], [(NAME, "Live")])

    @unittest.skipUnless(has("chromium"), "Chromium is not installed")
    def test_the_players_buttons_work(self):
        seen = browser("controls.mjs", self.server.address(f"/{NAME}"))
        self.assertEqual((seen["failed"], seen["errors"]), ([], []))

    def watched(self, address, viewers):
        code, said = self.run_client(WEIR, "watch", address, "--viewers", str(viewers), "--seconds", "5", "--json")
        self.assertEqual(code, 0, said)
        return json.loads(re.search(r"^\{.*\}$", said, re.M)[0])

    def test_weir_watches_flv(self):
        report = self.watched(self.flv, 20)
        self.assertEqual((report["viewers"], report["failed"], report["closed"], report["refusal"]), (20, 0, 0, ""), report)
        self.assertGreater(report["frames"], 50)

    def test_weir_watches_hls(self):
        report = self.watched(self.hls, 5)
        self.assertEqual((report["viewers"], report["failed"], report["closed"], report["refusal"]), (5, 0, 0, ""), report)
        self.assertGreater(report["frames"], 50)

    def test_viewers_are_counted(self):
        self.processes.start("ffmpeg", "-v", "error", "-i", self.flv, "-f", "null", "-")
        self.processes.start("ffmpeg", "-v", "error", "-i", self.hls, "-f", "null", "-")
        wait_for("both are counted", lambda: self.server.stream(NAME)["viewers"].items() >= {"total": 2, "hls": 1, "flv": 1}.items())

    def test_caches_and_pages_elsewhere_may_have_it(self):
        playlist = self.server.get(f"/{NAME}/source/index.m3u8")
        self.assertEqual(playlist.headers["Content-Type"], "application/vnd.apple.mpegurl")
        self.assertEqual(playlist.headers["Access-Control-Allow-Origin"], "*")
        segment = f"/{NAME}/source/" + re.findall(r"^[\d-]+\.m4s$", playlist.text, re.M)[-1]
        whole, part = self.server.get(segment), self.server.get(segment, {"Range": "bytes=4-7"})
        self.assertEqual((part.status, part.body), (206, whole.body[4:8]))
        self.assertEqual(part.headers["Content-Range"], f"bytes 4-7/{len(whole.body)}")
        self.assertIn("immutable", whole.headers["Cache-Control"])
        head = self.server.get(segment, method="HEAD")
        self.assertEqual((head.status, head.body, int(head.headers["Content-Length"])), (200, b"", len(whole.body)))
        same = self.server.get(segment, {"If-None-Match": whole.headers["ETag"]})
        self.assertEqual((same.status, same.body), (304, b""))


class Demo(WeirTest):
    @unittest.skipUnless(has("chromium"), "Chromium is not installed")
    def test_the_demo_plays_in_the_page(self):
        server = self.serve(verb="demo")
        server.wait_until("live/demo", "running")
        os.makedirs(SCREENSHOTS, exist_ok=True)
        picture = os.path.join(SCREENSHOTS, "demo.png")
        seen = browser("play.mjs", server.address("/live/demo"), "--seconds", "8", "--screenshot", picture)
        self.assertEqual((seen["status"], seen["errors"], seen["width"]), (0, [], 1280), seen)
        self.assertGreater(seen["played"], 5, seen)
        self.assertGreater(os.path.getsize(picture), 10_000)


if __name__ == "__main__":
    unittest.main()
