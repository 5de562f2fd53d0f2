"""Real RTMP publishers against the server: each one's stream is there with its tracks, each one is told why when it is refused."""
import os
import socket
import time
import unittest

from harness import WeirTest, has, wait_for

FFMPEG_SOURCE = ("-re", "-f", "lavfi", "-i", "testsrc=size=320x180:rate=15", "-f", "lavfi", "-i", "sine=sample_rate=44100")
FFMPEG_CODECS = ("-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "15", "-c:a", "aac")
GST_VIDEO = ("videotestsrc is-live=true ! video/x-raw,width=320,height=180,framerate=15/1 ! "
             "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=15 bitrate=300 ! h264parse ! "
             "flvmux streamable=true name=mux").split()
GST_AUDIO = "audiotestsrc is-live=true ! audio/x-raw,rate=44100,channels=1 ! voaacenc ! aacparse ! mux.".split()


def ffmpeg(address, *, video=True, audio=True, seconds="30"):
    kinds = (() if video else ("-vn",)) + (() if audio else ("-an",))
    return ("ffmpeg", "-nostdin", "-v", "warning", *FFMPEG_SOURCE, "-t", seconds, *FFMPEG_CODECS, *kinds, "-f", "flv", address)


def gstreamer(sink, address):
    return ("gst-launch-1.0", "-e", *GST_VIDEO, *GST_AUDIO, "mux.", "!", sink, f"location={address}")


class Publishers(WeirTest):
    def setUp(self):
        super().setUp()
        self.server = self.serve()

    def expect_stream(self, kinds=("video", "audio")):
        def running():
            stream = self.server.stream("live/demo")
            return stream if stream and stream["state"] == "running" and stream["tracks"] else None
        stream = wait_for("live/demo runs", running, 20)
        self.assertEqual([track["kind"] for track in stream["tracks"]], list(kinds))
        self.assertEqual(stream["publisher"]["protocol"], "rtmp")
        for track in stream["tracks"]:
            if track["kind"] == "video":
                self.assertEqual((track["codec"], track["width"], track["height"]), ("h264", 320, 180))
            else:
                self.assertEqual((track["codec"], track["sample_rate"]), ("aac", 44100))
        return stream

    def test_ffmpeg(self):
        child = self.processes.start(*ffmpeg(self.server.rtmp("live/demo?token=x"), seconds="4"))
        self.expect_stream()
        self.assertEqual(child.wait(30), 0)
        self.server.wait_until("live/demo", "recovering")
        self.assertIn("the publisher said goodbye", self.server.log())

    def test_ffmpeg_audio_alone(self):
        self.processes.start(*ffmpeg(self.server.rtmp("live/demo"), video=False))
        self.expect_stream(kinds=("audio",))

    def test_ffmpeg_video_alone(self):
        self.processes.start(*ffmpeg(self.server.rtmp("live/demo"), audio=False))
        self.expect_stream(kinds=("video",))

    @unittest.skipUnless(has("gst-launch-1.0"), "GStreamer is not here")
    def test_gstreamer_rtmp2sink(self):
        self.processes.start(*gstreamer("rtmp2sink", self.server.rtmp("live/demo")))
        self.expect_stream()

    @unittest.skipUnless(has("gst-launch-1.0"), "GStreamer is not here")
    def test_librtmp(self):
        self.processes.start(*gstreamer("rtmpsink", self.server.rtmp("live/demo") + " live=1"))
        self.expect_stream()

    @unittest.skipUnless(has("obs") and has("xvfb-run"), "OBS is not here")
    def test_obs(self):
        home = os.path.join(self.processes.folder, "obs")
        write_obs_profile(home, f"rtmp://127.0.0.1:{self.server.rtmp_port}/live", "demo")
        environment = {**os.environ, "HOME": home, "XDG_RUNTIME_DIR": home, "LIBGL_ALWAYS_SOFTWARE": "1"}
        self.processes.start("xvfb-run", "-a", "-s", "-screen 0 1280x720x24", "obs", "--startstreaming", "--multi",
                             "--disable-updater", "--collection", "Weir", "--profile", "Weir", env=environment, cwd=home)
        stream = self.expect_stream()
        self.assertIn("FMLE", stream["publisher"]["client"])

    def test_a_publisher_that_dies_is_noticed_at_once(self):
        child = self.processes.start(*ffmpeg(self.server.rtmp("live/demo")))
        self.expect_stream()
        child.kill()
        self.server.wait_until("live/demo", "recovering", 3)
        self.assertIn("the connection was lost", self.server.log())


class Refusals(WeirTest):
    def refused(self, server, address, command=ffmpeg):
        status, output = self.run_client(*command(address))
        self.assertNotEqual(status, 0)
        return output

    def test_a_publisher_without_the_key_reads_which_one_is_asked_for(self):
        server = self.serve("auth.publish=key", "auth.keys=[secret]")
        output = self.refused(server, server.rtmp("live/demo?token=wrong"))
        self.assertIn("token", output)
        self.assertIn("publisher refused", server.log())
        self.processes.start(*ffmpeg(server.rtmp("live/demo?token=secret")))
        server.wait_until("live/demo", "running")

    def test_names_that_are_none(self):
        server = self.serve()
        for name, words in (("live/a/b/c", "too many parts"), ("live", "names no stream"), ("api/x", "app"),
                            ("live/.hidden", "name")):
            self.assertIn(words, self.refused(server, server.rtmp(name)), name)

    def test_playing_over_rtmp_is_refused_in_words(self):
        server = self.serve()
        status, output = self.run_client("ffmpeg", "-v", "warning", "-i", server.rtmp("live/demo"), "-f", "null", "-")
        self.assertNotEqual(status, 0)
        self.assertIn("HTTP-FLV", output)

    def test_codecs_that_are_not_served(self):
        server = self.serve()
        output = self.refused(server, server.rtmp("live/demo"), lambda address: (
            "ffmpeg", "-nostdin", "-v", "warning", *FFMPEG_SOURCE, "-t", "10", "-c:v", "flv1", "-an", "-f", "flv", address))
        wait_for("the log says so", lambda: "H.263" in server.log(), 5)
        self.assertNotEqual(output, "")

    def test_a_second_publisher_of_a_live_name(self):
        server = self.serve()
        self.processes.start(*ffmpeg(server.rtmp("live/demo")))
        server.wait_until("live/demo", "running")
        self.assertIn("already", self.refused(server, server.rtmp("live/demo")))
        self.assertEqual(server.stream("live/demo")["state"], "running")


class Abuse(WeirTest):
    def test_a_thousand_half_open_connections(self):
        server = self.serve()
        self.processes.start(*ffmpeg(server.rtmp("live/demo")))
        server.wait_until("live/demo", "running")
        before = server.memory_bytes()
        sockets = [socket.create_connection(("127.0.0.1", server.rtmp_port)) for _ in range(1000)]
        for one in sockets:
            one.send(b"\x03" + bytes(1000))  # most of a greeting, and then nothing
        time.sleep(1)
        self.assertLess(server.memory_bytes() - before, 30 << 20)
        self.processes.start(*ffmpeg(server.rtmp("live/other")))
        server.wait_until("live/other", "running")
        self.assertEqual(server.stream("live/demo")["state"], "running")
        for one in sockets:
            one.settimeout(15)
            self.assertEqual(one.recv(1), b"")  # let go, in time
            one.close()

    def test_a_message_of_16_megabytes_and_a_chunk_size_of_one(self):
        server = self.serve()
        with socket.create_connection(("127.0.0.1", server.rtmp_port)) as one:
            one.send(b"\x03" + bytes(1536 * 2))
            one.settimeout(10)
            one.send(bytes.fromhex("02000000000004010000000000000001"))  # chunk size 1
            one.send(bytes.fromhex("03000000ffffff1400000000"))
            answer = b""
            while piece := one.recv(4096):
                answer += piece
        self.assertGreater(len(answer), 3000)
        self.assertLess(server.memory_bytes(), 200 << 20)
        self.processes.start(*ffmpeg(server.rtmp("live/demo")))
        server.wait_until("live/demo", "running")


def write_obs_profile(home, address, key):
    """OBS starts streaming by itself with this: an empty scene of 320x180."""
    root = os.path.join(home, ".config", "obs-studio")
    profile = os.path.join(root, "basic", "profiles", "Weir")
    scenes = os.path.join(root, "basic", "scenes")
    os.makedirs(profile)
    os.makedirs(scenes)
    texts = {
        os.path.join(root, "global.ini"):
            "[General]\nFirstRun=true\nLicenseAccepted=true\nInfoIncrement=9999\nLastVersion=486539266\n"
            "[Basic]\nProfile=Weir\nProfileDir=Weir\nSceneCollection=Weir\nSceneCollectionFile=Weir\nConfigOnNewProfile=false\n",
        os.path.join(profile, "basic.ini"):
            "[General]\nName=Weir\n[Output]\nMode=Simple\n[SimpleOutput]\nVBitrate=300\nABitrate=64\nStreamEncoder=x264\n"
            "Preset=ultrafast\n[Video]\nBaseCX=320\nBaseCY=180\nOutputCX=320\nOutputCY=180\nFPSType=0\nFPSCommon=10\n"
            "[Audio]\nSampleRate=44100\nChannelSetup=Mono\n",
        os.path.join(profile, "service.json"):
            '{"type":"rtmp_custom","settings":{"server":"%s","key":"%s","use_auth":false}}' % (address, key),
        os.path.join(scenes, "Weir.json"):
            '{"name":"Weir","current_scene":"S","current_program_scene":"S","scene_order":[{"name":"S"}],'
            '"sources":[{"id":"scene","name":"S","settings":{"items":[],"id_counter":0}}]}',
    }
    for path, text in texts.items():
        with open(path, "w", encoding="ascii") as file:
            file.write(text)


if __name__ == "__main__":
    unittest.main()
