"""Viewers outlive publishers: a publisher that is cut and comes back, with the same picture or another, and a server that is
restarted, leave open players playing; a publisher that stays away ends its viewers cleanly."""
import re
import signal
import time
import unittest

from harness import WeirTest, clip, has, open_browser, text_of, wait_for

NAME = "live/x"


class Hold(WeirTest):
    def cut(self, publisher):
        """The publisher dies without a goodbye, as a camera that loses its power."""
        self.processes.end(publisher, signal.SIGKILL)
        self.server.wait_until(NAME, "recovering", 15)

    def flv_viewer(self):
        """ffmpeg that decodes the stream for ever, telling how far it is."""
        return self.processes.start("ffmpeg", "-nostats", "-v", "error", "-progress", "pipe:1", "-i", self.server.address(f"/{NAME}.flv"),
                                    "-f", "null", "-")

    @staticmethod
    def frames(viewer):
        counts = re.findall(r"^frame=(\d+)", text_of(viewer.log), re.M)
        return int(counts[-1]) if counts else 0

    def live(self, *settings, file=None):
        self.server = self.serve("streams.defaults.segment=1s", *settings)
        publisher = self.server.publish_with_ffmpeg(NAME, file or clip())
        self.server.wait_until(NAME, "running")
        self.server.wait_for_playlist(NAME)
        return publisher

    def open_pages(self, seconds):
        """Both players of the page, each in a Chromium of its own, playing."""
        pages = {engine: open_browser("play.mjs", self.server.address(f"/{NAME}"), "--engine", engine, "--seconds", str(seconds))
                 for engine in ("hls", "flv")}
        for page in pages.values():
            page.wait_for_moving()
        return pages

    @unittest.skipUnless(has("chromium"), "Chromium is not installed")
    def test_ten_cuts_of_the_publisher_leave_players_playing(self):
        publisher = self.live()
        viewer = self.flv_viewer()
        wait_for("the FLV viewer plays", lambda: self.frames(viewer) > 0)
        pages = self.open_pages(50)
        began = time.monotonic()
        for cut in range(10):
            before = self.frames(viewer)
            self.cut(publisher)
            publisher = self.server.publish_with_ffmpeg(NAME, clip())
            self.server.wait_until(NAME, "running")
            wait_for(f"the FLV viewer goes on after cut {cut + 1}", lambda: self.frames(viewer) > before + 25)
        print(f"ten cuts in {time.monotonic() - began:.0f} s", flush=True)
        self.assertIsNone(viewer.poll())
        self.assertEqual(self.server.stream(NAME)["viewers"]["flv"], 2)
        playlist = self.server.get(f"/{NAME}/source/index.m3u8").text
        self.assertIn("#EXT-X-DISCONTINUITY\n", playlist)
        self.assertNotIn("#EXT-X-ENDLIST", playlist)
        for engine, finish in pages.items():
            seen = finish(150)
            print(engine, seen, flush=True)
            with self.subTest(engine):
                self.assertEqual((seen["status"], seen["errors"], seen["engine"]), (0, [], engine), seen)
                self.assertGreater(seen["played"], 15, seen)
                self.assertLess(seen["still"], 5, seen)

    @unittest.skipUnless(has("chromium"), "Chromium is not installed")
    def test_a_publisher_may_return_with_another_size_and_sound(self):
        publisher = self.live()
        viewer = self.flv_viewer()
        pages = self.open_pages(20)
        self.cut(publisher)
        self.server.publish_with_ffmpeg(NAME, clip("large.flv", size="640x360"), "-c:a", "aac", "-ar", "44100", "-ac", "2")
        tracks = self.server.wait_until(NAME, "running")["tracks"]
        self.assertEqual([(one.get("width"), one.get("sample_rate")) for one in tracks], [(640, None), (None, 44100)])
        before = self.frames(viewer)
        wait_for("the FLV viewer goes on", lambda: self.frames(viewer) > before + 50)

        def playlist():
            return self.server.get(f"/{NAME}/source/index.m3u8").text
        wait_for("the playlist goes on behind a discontinuity with a header of its own",
                 lambda: re.search(r"#EXT-X-DISCONTINUITY\n(#.*\n)*?#EXT-X-MAP", playlist()))
        maps = set(re.findall(r"#EXT-X-MAP:URI=\"(.*)\"", playlist()))
        self.assertEqual(len(maps), 2)
        self.assertIn("RESOLUTION=640x360", self.server.get(f"/{NAME}/index.m3u8").text)
        for engine, finish in pages.items():
            seen = finish(90)
            with self.subTest(engine):
                self.assertEqual((seen["status"], seen["errors"], seen["width"]), (0, [], 640), seen)
                self.assertLess(seen["still"], 5, seen)

    def test_a_publisher_may_return_with_another_codec(self):
        publisher = self.live()
        self.cut(publisher)
        self.server.publish(NAME, file=clip("hevc.mp4", codec="libx265"))
        self.server.wait_until(NAME, "running")
        wait_for("the playlist names the new codec", lambda: "hvc1." in self.server.get(f"/{NAME}/index.m3u8").text)
        # Players that join now, three segments from the end, see nothing of the old one.
        wait_for("three segments of it", lambda: self.server.get(f"/{NAME}/source/index.m3u8").text
                 .rpartition("#EXT-X-DISCONTINUITY\n")[2].count("#EXTINF") >= 3)
        self.assertEqual(self.run_client("ffmpeg", "-nostats", "-v", "error", "-i", self.server.address(f"/{NAME}/index.m3u8"), "-t", "3",
                                         "-f", "null", "-"), (0, ""))

    @unittest.skipUnless(has("chromium"), "Chromium is not installed")
    def test_who_stays_away_ends_the_stream_cleanly(self):
        publisher = self.live("streams.defaults.hold=3s", "streams.defaults.window=10s")
        viewer = self.flv_viewer()
        wait_for("the FLV viewer plays", lambda: self.frames(viewer) > 0)
        page = open_browser("play.mjs", self.server.address(f"/{NAME}"), "--until", "ended", "--seconds", "60")
        wait_for("the page watches", lambda: self.server.stream(NAME)["viewers"]["hls"] >= 1, 30)
        self.processes.end(publisher, signal.SIGKILL)
        wait_for("the FLV connection is closed", lambda: viewer.poll() is not None, 20)
        self.assertEqual(viewer.returncode, 0, text_of(viewer.log)[-500:])
        for path in ("source", "audio"):
            self.assertTrue(self.server.get(f"/{NAME}/{path}/index.m3u8").text.endswith("#EXT-X-ENDLIST\n"))
        self.assertEqual(self.server.get(f"/{NAME}.flv").status, 404)
        code, said = self.run_client("ffmpeg", "-nostats", "-v", "error", "-live_start_index", "0", "-i",
                                     self.server.address(f"/{NAME}/index.m3u8"), "-f", "null", "-")
        self.assertEqual((code, said), (0, ""))
        seen = page()
        self.assertEqual((seen["status"], seen["state"]), (0, "ended"), seen)
        wait_for("the playlist is gone with the window", lambda: self.server.get(f"/{NAME}/index.m3u8").status == 404, 30)

    @unittest.skipUnless(has("chromium"), "Chromium is not installed")
    def test_a_restart_of_the_server_leaves_the_page_playing(self):
        for way in (signal.SIGTERM, signal.SIGKILL):
            with self.subTest(way.name):
                publisher = self.live()
                page = open_browser("play.mjs", self.server.address(f"/{NAME}"), "--seconds", "20")
                page.wait_for_moving()
                before = int(re.search(r"MEDIA-SEQUENCE:(\d+)", self.server.get(f"/{NAME}/source/index.m3u8").text)[1])
                self.server.stop(way)
                self.processes.end(publisher)
                self.server.start()
                publisher = self.server.publish_with_ffmpeg(NAME, clip())
                self.server.wait_until(NAME, "running")
                self.server.wait_for_playlist(NAME)
                after = int(re.search(r"MEDIA-SEQUENCE:(\d+)", self.server.get(f"/{NAME}/source/index.m3u8").text)[1])
                self.assertGreater(after, before)
                seen = page(90)
                print(way.name, seen, flush=True)
                self.assertEqual((seen["status"], seen["errors"]), (0, []), seen)
                self.assertGreater(seen["played"], 8, seen)
                self.assertLess(seen["still"], 5, seen)
                self.processes.end(publisher)


if __name__ == "__main__":
    unittest.main()
