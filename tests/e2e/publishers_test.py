"""Everybody who publishes is understood, over RTMP above all, and everybody who is refused is told why."""
import json
import os
import subprocess
import time
import unittest

from harness import CLIP, WEIR, WeirTest, clip, has, text_of
from rtmp_client import RtmpClient, flv_tags

NAME = "live/x"
SIMPLE_OUTPUT = ("[Output]\nMode=Simple\n[SimpleOutput]\nVBitrate=300\nABitrate=64\nStreamEncoder=x264\nPreset=ultrafast\n"
                 "UseAdvanced=true\nx264Settings=keyint=10\n")
# "Custom Output (FFmpeg)" to a URL, which OBS starts as a recording.
FFMPEG_OUTPUT = ("[Output]\nMode=Advanced\n[AdvOut]\nRecType=FFmpeg\nFFOutputToFile=false\nFFURL={}\nFFFormat=rtsp\nFFVEncoder=libx264\n"
                 "FFVEncoderId=27\nFFVBitrate=300\nFFVGOPSize=10\nFFAEncoder=aac\nFFAEncoderId=86018\nFFABitrate=64\nFFAudioMixes=1\n")


class Publishers(WeirTest):
    def setUp(self):
        super().setUp()
        self.server = self.serve("streams.defaults.segment=1s", "streams.defaults.ladder=none")

    def probed(self, path):
        """Codecs as ffprobe sees them, and the first picture's size."""
        done = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "stream=codec_name,width,height", "-of", "json",
                               self.server.address(path)], capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        streams = json.loads(done.stdout)["streams"]
        size = next(((one["width"], one["height"]) for one in streams if "width" in one), None)
        return {one["codec_name"] for one in streams}, size

    def assert_is_live(self, *, video=None, audio=None, seconds=30):
        """The stream runs, has these tracks, and both its players' forms hold the same."""
        self.server.wait_until(NAME, "running", seconds)
        self.server.wait_for_playlist(NAME)
        tracks = {track["kind"]: track for track in self.server.stream(NAME)["tracks"]}
        expected = {kind for kind, is_there in (("video", video), ("audio", audio)) if is_there}
        self.assertEqual(set(tracks), expected)
        codecs = {tracks[kind]["codec"] for kind in tracks}
        if video:
            self.assertEqual((tracks["video"]["width"], tracks["video"]["height"]), video)
        if audio:
            self.assertEqual((tracks["audio"]["codec"], tracks["audio"]["sample_rate"]), ("aac", audio))
        for path in (f"/{NAME}/index.m3u8", f"/{NAME}.flv"):
            with self.subTest(path):
                self.assertEqual(self.probed(path), (codecs, video))

    def test_ffmpeg(self):
        self.server.publish_with_ffmpeg(NAME, clip())
        self.assert_is_live(video=(320, 180), audio=48000)
        self.assertEqual(self.server.stream(NAME)["publisher"]["protocol"], "rtmp")

    def test_ffmpeg_with_sound_alone(self):
        self.server.publish_with_ffmpeg(NAME, clip(), "-vn")
        self.assert_is_live(audio=48000)

    def test_ffmpeg_with_a_picture_alone(self):
        self.server.publish_with_ffmpeg(NAME, clip(), "-an")
        self.assert_is_live(video=(320, 180))

    def test_a_clean_goodbye_of_ffmpeg_is_one(self):
        code, said = self.run_client("ffmpeg", "-v", "info", "-re", "-t", "2", "-i", clip(), "-c", "copy", "-f", "flv",
                                     self.server.rtmp(NAME))
        self.assertEqual(code, 0, said)
        self.assert_says('publisher left stream=live/x session=p-1 reason="the publisher said goodbye"', self.server.log)

    def gstreamer(self, sink):
        pipeline = ("videotestsrc is-live=true ! video/x-raw,width=320,height=180,framerate=15/1 ! x264enc speed-preset=ultrafast "
                    "tune=zerolatency key-int-max=15 ! flvmux name=mux streamable=true audiotestsrc is-live=true ! "
                    f"audio/x-raw,rate=44100,channels=1 ! voaacenc ! mux. mux. ! {sink}")
        return self.processes.start("gst-launch-1.0", *pipeline.split())

    @unittest.skipUnless(has("gst-launch-1.0"), "GStreamer is not installed")
    def test_gstreamer(self):
        self.gstreamer(f"rtmp2sink location={self.server.rtmp(NAME)}")
        self.assert_is_live(video=(320, 180), audio=44100)

    @unittest.skipUnless(has("gst-launch-1.0"), "GStreamer is not installed")
    def test_librtmp(self):
        self.gstreamer(f"rtmpsink location={self.server.rtmp(NAME)}")
        self.assert_is_live(video=(320, 180), audio=44100)

    def obs(self, server, key="", output=SIMPLE_OUTPUT, start="--startstreaming"):
        """OBS as a person has set it up: an output, and a service of its own."""
        home = os.path.join(self.processes.folder, "obs")
        profile = os.path.join(home, "obs-studio", "basic", "profiles", "Test")
        os.makedirs(profile)
        scenes = os.path.join(home, "obs-studio", "basic", "scenes")
        os.makedirs(scenes)
        files = {
            os.path.join(home, "obs-studio", "global.ini"):
                "[General]\nFirstRun=true\nLastVersion=486539266\nEnableAutoUpdates=false\n[Basic]\nProfile=Test\n"
                "ProfileDir=Test\nSceneCollection=Test\nSceneCollectionFile=Test\nConfigOnNewProfile=false\n",
            os.path.join(profile, "basic.ini"):
                "[General]\nName=Test\n" + output + "[Video]\nBaseCX=320\nBaseCY=180\nOutputCX=320\nOutputCY=180\nFPSCommon=10\n"
                "[Audio]\nSampleRate=48000\n",
            os.path.join(scenes, "Test.json"): json.dumps({
                "name": "Test", "current_scene": "Scene", "current_program_scene": "Scene", "scene_order": [{"name": "Scene"}],
                "sources": [{"id": "scene", "name": "Scene", "settings": {}}]}),  # without scenes, OBS does not start streaming
            os.path.join(profile, "service.json"): json.dumps({"type": "rtmp_custom", "settings": {
                "server": server, "key": key, "use_auth": False}}),
        }
        for path, text in files.items():
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        return self.processes.start(
            "xvfb-run", "-a", "-s", "-screen 0 1024x768x24", "obs", "--multi", "--profile", "Test", start,
            "--disable-updater", "--disable-missing-files-check", "--disable-shutdown-check", log="obs.log",
            env={**os.environ, "HOME": home, "XDG_CONFIG_HOME": home, "LIBGL_ALWAYS_SOFTWARE": "1", "QT_QPA_PLATFORM": "xcb"})

    @unittest.skipUnless(has("obs") and has("xvfb-run"), "OBS or Xvfb is not installed")
    def test_obs(self):
        self.assert_obs_is_live("rtmp", self.obs(self.server.rtmp("live"), "x"))

    @unittest.skipUnless(has("obs") and has("xvfb-run"), "OBS or Xvfb is not installed")
    def test_obs_over_srt(self):
        self.assert_obs_is_live("srt", self.obs(self.server.srt(f"publish:{NAME}")))

    @unittest.skipUnless(has("obs") and has("xvfb-run"), "OBS or Xvfb is not installed")
    def test_obs_over_rtsp(self):
        address = f"rtsp://127.0.0.1:{self.server.rtsp_port}/{NAME}"
        self.assert_obs_is_live("rtsp", self.obs("", output=FFMPEG_OUTPUT.format(address), start="--startrecording"))

    def assert_obs_is_live(self, protocol, program):
        try:
            self.assert_is_live(video=(320, 180), audio=48000, seconds=75)
            self.assertEqual(self.server.stream(NAME)["publisher"]["protocol"], protocol)
        except AssertionError:
            print(text_of(program.log)[-4000:])
            raise

    def test_weir_publishes_an_flv_file(self):
        self.server.publish(NAME, file=CLIP)
        self.assert_is_live(video=(1280, 720), audio=48000)

    def test_weir_publishes_a_fragmented_mp4_file(self):
        self.server.publish(NAME, file=clip("small.mp4"))
        self.assert_is_live(video=(320, 180), audio=48000)

    def test_weir_publishes_hevc_over_enhanced_rtmp(self):
        self.server.publish(NAME, file=clip("hevc.mp4", codec="libx265"))
        self.server.wait_until(NAME, "running")
        self.server.wait_for_playlist(NAME)
        self.assertIn("hvc1.", self.server.get(f"/{NAME}/index.m3u8").text)
        self.assertEqual(self.probed(f"/{NAME}/index.m3u8"), ({"hevc", "aac"}, (320, 180)))


class Refusals(WeirTest):
    def test_a_codec_that_is_not_served_is_named(self):
        server = self.serve()
        with RtmpClient(server.rtmp_port) as client:
            self.assertTrue(client.connect() and client.publish("x"))
            client.message(9, b"\x90vvc1" + bytes(16), stream=1)  # Enhanced RTMP: the sequence header of VVC
            self.assertTrue(client.hear("VVC"), client.heard)
        self.assert_says("VVC", server.log)

    def test_the_right_key_publishes_and_others_are_told(self):
        server = self.serve("auth.publish=key", "auth.keys=[sesame]")
        told = {
            "live/x": "publishing needs a key: put ?token=KEY behind the stream's name",
            "live/x?token=wrong": "the token is none of auth.keys",
        }
        for address, words in told.items():
            with self.subTest(address):
                code, said = self.run_client("ffmpeg", "-v", "info", "-re", "-i", clip(), "-c", "copy", "-f", "flv",
                                             server.rtmp(address))
                self.assertNotEqual(code, 0)
                self.assertIn(words, said)
                self.assert_says(words, server.log)
                code, said = self.run_client(WEIR, "publish", clip(), server.rtmp(address))
                self.assertNotEqual(code, 0)
                self.assertIn(words, said)
        self.assertIsNone(server.stream("live/x"))
        server.publish_with_ffmpeg("live/x?token=sesame", clip())
        server.wait_until("live/x", "running")
        self.assertNotIn("sesame", server.log())
        self.assertNotIn("sesame", server.get("/api/v1/streams").text)

    def test_a_second_publisher_is_told_that_the_name_is_taken(self):
        server = self.serve()
        first = server.publish("live/x", file=clip())
        server.wait_until("live/x", "running")
        code, said = self.run_client(WEIR, "publish", clip(), server.rtmp("live/x"))
        self.assertNotEqual(code, 0)
        self.assertIn("somebody publishes this stream", said)
        self.assertIsNone(first.poll())
        self.assertEqual(server.stream("live/x")["state"], "running")

    def test_a_newcomer_replaces_where_that_is_the_wish(self):
        server = self.serve("streams.defaults.takeover=replace")
        server.publish("live/x", file=clip())
        before = server.wait_until("live/x", "running")["publisher"]["id"]
        server.publish("live/x", file=clip())
        self.assert_says('recovering stream=live/x reason="another publisher took over"', server.log)
        self.assertNotEqual(server.wait_until("live/x", "running")["publisher"]["id"], before)

    def test_a_silent_publisher_gives_way(self):
        server = self.serve()
        with RtmpClient(server.rtmp_port) as silent:
            self.assertTrue(silent.connect() and silent.publish("x"))
            silent.send_file(flv_tags(clip()), until=0.5)
            server.wait_until("live/x", "running")
            time.sleep(2.5)
            server.publish("live/x", file=clip())
            self.assertTrue(silent.is_closed())
        server.wait_until("live/x", "running")


if __name__ == "__main__":
    unittest.main()
