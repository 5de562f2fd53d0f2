"""SRT with the clients that people have: ffmpeg, GStreamer, srt-live-transmit and VLC publish and play, encrypted and not; and who is
turned away is told so by SRT's own codes."""
import json
import os
import re
import shutil
import signal
import socket
import tempfile
import unittest
import urllib.request

from harness import WEIR, WeirTest, clip, free_port, has, text_of, wait_for
from lossy_relay import LossyRelay

NAME = "live/x"
PASSPHRASE = "correct-horse-battery"
ALONE = "streams.defaults.transcode=never"


class Srt(WeirTest):
    def publish(self, address, *options, file=None):
        return self.processes.start("ffmpeg", "-nostats", "-v", "info", "-re", "-stream_loop", "-1", "-i", file or clip(), "-c", "copy",
                                    *options, "-f", "mpegts", address)

    def assert_is_live(self, seconds=30):
        self.server.wait_until(NAME, "running", seconds)
        stream = wait_for("there is a picture", lambda: self.has_tracks(), seconds)
        self.assertEqual(stream["publisher"]["protocol"], "srt")
        return {track["kind"]: track for track in stream["tracks"]}

    def has_tracks(self):
        stream = self.server.stream(NAME)
        return stream if stream and len(stream["tracks"]) == 2 else None

    def viewers(self):
        return self.server.stream(NAME)["viewers"]["srt"]

    def probed(self, path):
        """What ffprobe makes of a file: the frames of each codec."""
        code, said = self.run_client("ffprobe", "-v", "error", "-of", "json", "-count_frames", "-show_entries",
                                     "stream=codec_name,nb_read_frames", path)
        self.assertEqual(code, 0, said)
        return {one["codec_name"]: int(one.get("nb_read_frames", 0)) for one in json.JSONDecoder().raw_decode(said[said.index("{"):])[0]["streams"]}


class Publishers(Srt):
    def setUp(self):
        super().setUp()
        self.server = self.serve(ALONE)

    def assert_plays_everywhere(self, forms=("/index.m3u8", ".flv")):
        tracks = self.assert_is_live()
        self.assertEqual((tracks["video"]["width"], tracks["video"]["height"]), (320, 180))
        self.server.wait_for_playlist(NAME)
        for form in forms:
            path = f"/{NAME}{form}"
            with self.subTest(path):
                code, said = self.run_client("ffprobe", "-v", "error", "-of", "json", "-show_streams", self.server.address(path))
                self.assertEqual(code, 0, said)
                codecs = sorted(one["codec_name"] for one in json.JSONDecoder().raw_decode(said[said.index("{"):])[0]["streams"])
                self.assertEqual(codecs, ["aac", tracks["video"]["codec"]])

    def test_ffmpeg(self):
        publisher = self.publish(self.server.srt(f"publish:{NAME}"))
        self.assert_plays_everywhere()
        link = wait_for("the way is measured", lambda: self.server.get(f"/api/v1/streams/{NAME}/stats").json["input"]["link"])
        self.assertGreater(link["packets"]["received"], 0)
        self.assertEqual((link["latency_ms"], link["packets"]["dropped"]), (120, 0))
        self.assertGreater(self.server.metric("weir_link_packets_total"), 0)
        self.processes.end(publisher, signal.SIGKILL)
        self.server.wait_until(NAME, "recovering")
        self.publish(self.server.srt(f"#!::r={NAME},m=publish"))
        self.assert_is_live()

    def test_ffmpeg_with_hevc(self):
        self.publish(self.server.srt(f"publish:{NAME}"), file=clip("hevc.mp4", codec="libx265"))
        self.assert_plays_everywhere(("/index.m3u8", ".ts"))  # ffprobe 5.1 reads no HEVC in FLV

    @unittest.skipUnless(has("gst-launch-1.0"), "GStreamer is not installed")
    def test_gstreamer(self):
        pipeline = ("videotestsrc is-live=true ! video/x-raw,width=320,height=180,framerate=15/1 ! x264enc speed-preset=ultrafast "
                    "tune=zerolatency key-int-max=15 ! h264parse ! mpegtsmux name=mux alignment=7 audiotestsrc is-live=true ! "
                    "audio/x-raw,rate=48000,channels=2 ! voaacenc ! aacparse ! mux. mux. ! "
                    f"srtsink uri=srt://127.0.0.1:{self.server.srt_port} streamid=publish:{NAME}")
        self.processes.start("gst-launch-1.0", *pipeline.split())
        self.assert_plays_everywhere()

    def test_a_backup_takes_over_from_a_source_of_another_protocol(self):
        source = self.server.publish(NAME, file=clip())
        self.server.wait_until(NAME, "running")
        self.publish(self.server.srt(f"publish:{NAME}?backup=1"))
        self.server.wait_for_contenders(NAME, ("source", "rtmp", "on_air"), ("backup", "srt", "ready"))
        self.processes.end(source, signal.SIGKILL)
        self.server.wait_for_contenders(NAME, ("backup", "srt", "on_air"))
        self.assert_is_live()

    @unittest.skipUnless(has("srt-live-transmit"), "srt-live-transmit is not installed")
    def test_srt_live_transmit(self):
        port = free_port(socket.SOCK_DGRAM)
        self.processes.start("srt-live-transmit", "-q", f"udp://127.0.0.1:{port}", self.server.srt(f"publish:{NAME}"))
        self.publish(f"udp://127.0.0.1:{port}?pkt_size=1316")
        self.assert_plays_everywhere()


class Players(Srt):
    def setUp(self):
        super().setUp()
        self.server = self.serve(ALONE)
        self.server.publish(NAME, file=clip())
        self.server.wait_until(NAME, "running")
        wait_for("there is a picture", self.has_tracks)

    def start_players(self, folder):
        address = self.server.srt(f"read:{NAME}")
        players = {"ffmpeg": ("ffmpeg", "-nostats", "-v", "warning", "-i", address, "-t", "4", "-c", "copy", "-y", f"{folder}/ffmpeg.ts")}
        if has("gst-launch-1.0"):
            players["gst"] = ("gst-launch-1.0", "-q", "srtsrc", f"uri=srt://127.0.0.1:{self.server.srt_port}",
                              f"streamid=read:{NAME}/source", "num-buffers=300", "!", "filesink", f"location={folder}/gst.ts")
        if has("srt-live-transmit"):
            players["slt"] = ("timeout", "-s", "INT", "5", "sh", "-c",
                              f"exec srt-live-transmit -q -a:no '{address}' file://con > {folder}/slt.ts")
        if has("cvlc") and has("runuser"):
            command = ("cvlc", "--intf=dummy", "--vout=dummy", "--aout=dummy", "--video-filter=scene", "--scene-format=png",
                       f"--scene-path={folder}", "--scene-ratio=25", "--run-time=5", "--play-and-exit",
                       f"srt://127.0.0.1:{self.server.srt_port}?streamid=read:{NAME}")
            players["vlc"] = ("runuser", "-u", "nobody", "--", *command) if os.getuid() == 0 else command
        return {name: self.processes.start(*command, log=f"{name}.log") for name, command in players.items()}

    def test_every_player_plays(self):
        folder = tempfile.mkdtemp(prefix="weir-srt-")
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        os.chmod(folder, 0o777)
        players = self.start_players(folder)
        wait_for("they are counted", lambda: self.viewers() >= len(players) - 1)
        for name, player in players.items():
            wait_for(f"{name} ends", lambda player=player: player.poll() is not None, 40)
            with self.subTest(name):
                if name == "vlc":
                    pictures = [one for one in os.listdir(folder) if one.endswith(".png")]
                    self.assertGreaterEqual(len(pictures), 3, text_of(player.log)[-3000:])
                    continue
                frames = self.probed(f"{folder}/{name}.ts")
                self.assertEqual(sorted(frames), ["aac", "h264"], text_of(player.log)[-2000:])
                self.assertGreater(frames["h264"], 20)
        self.assertEqual(text_of(players["ffmpeg"].log), "")
        wait_for("nobody is left", lambda: self.viewers() == 0)

    def test_a_player_goes_through_a_publishers_return(self):
        self.processes.end_all()
        self.server = self.serve(ALONE)
        publisher = self.publish(self.server.srt(f"publish:{NAME}"))
        self.assert_is_live()
        player = self.processes.start("ffmpeg", "-nostats", "-v", "error", "-progress", "pipe:1", "-i",
                                      self.server.srt(f"read:{NAME}"), "-f", "null", "-")
        wait_for("it plays", lambda: self.frames(player) > 0)
        self.processes.end(publisher, signal.SIGKILL)
        self.server.wait_until(NAME, "recovering", 15)
        before = self.frames(player)
        self.publish(self.server.srt(f"publish:{NAME}"))
        self.server.wait_until(NAME, "running")
        wait_for("it goes on", lambda: self.frames(player) > before + 50)
        self.assertEqual(self.viewers(), 1)

    @staticmethod
    def frames(player):
        counts = re.findall(r"^frame=(\d+)", text_of(player.log), re.M)
        return int(counts[-1]) if counts else 0


class BadNetwork(Srt):
    def test_one_packet_in_twenty_is_lost_and_nobody_downstream_sees_it(self):
        self.server = self.serve(ALONE, "srt.latency=600ms")
        relay = LossyRelay(("127.0.0.1", self.server.srt_port), delay=0.05, loss=0.05)
        self.addCleanup(relay.close)
        self.publish(f"srt://127.0.0.1:{relay.port}?streamid=publish:{NAME}", file=clip("fast.flv", size="640x360"))
        self.assert_is_live()
        player = self.processes.start("ffmpeg", "-nostats", "-v", "error", "-i",
                                      f"srt://127.0.0.1:{relay.port}?streamid=read:{NAME}&latency=600000", "-t", "10", "-f", "null", "-")
        wait_for("it has played", lambda: player.poll() is not None, 40)
        self.assertEqual((player.returncode, text_of(player.log)), (0, ""))
        stats = self.server.get(f"/api/v1/streams/{NAME}/stats").json["input"]
        packets = stats["link"]["packets"]
        self.assertGreater(packets["lost"], 10, "the network was not bad")
        self.assertGreaterEqual(packets["recovered"], packets["lost"] // 2)
        self.assertEqual((packets["dropped"], stats["timestamp_faults"]["gap"]), (0, 0), stats)
        self.assertEqual(self.server.metric("weir_mpegts_faults_total"), 0, self.server.get("/metrics").text)
        self.assertGreater(self.server.metric("weir_srt_retransmitted_total"), 0)


class Away(Srt):
    """Two servers: one has a stream, the other fetches it, and gets another sent."""

    def test_a_stream_is_fetched_and_one_is_sent(self):
        here = self.server = self.serve(ALONE)
        self.publish(here.srt(f"publish:{NAME}"))
        self.assert_is_live()
        there = self.serve(ALONE, f"streams.live/fetched.source={here.srt('read:' + NAME)}")
        fetched = there.wait_until("live/fetched", "running", 20)
        self.assertEqual(fetched["publisher"]["protocol"], "srt")
        there.wait_for_playlist("live/fetched")
        body = json.dumps({"url": there.srt("publish:live/sent")}).encode()
        request = urllib.request.Request(here.address(f"/api/v1/streams/{NAME}/push"), data=body, method="POST",
                                         headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            self.assertEqual(answer.status, 201)
        there.wait_until("live/sent", "running", 20)
        there.wait_for_playlist("live/sent")


class Rights(Srt):
    def test_the_right_key_publishes(self):
        self.server = self.serve(ALONE, "auth.publish=key", "auth.keys=[sesame]")
        for stream_id, words in ((f"publish:{NAME}", "publishing needs a key"),
                                 (f"publish:{NAME}?token=wrong", "the token is none of auth.keys")):
            code, _ = self.run_client("ffmpeg", "-v", "error", "-re", "-t", "1", "-i", clip(), "-c", "copy", "-f", "mpegts",
                                      self.server.srt(stream_id))
            self.assertNotEqual(code, 0)
            self.assert_says(words, self.server.log)
        self.assertIsNone(self.server.stream(NAME))
        for stream_id in (f"publish:{NAME}?token=sesame", f"#!::r={NAME},m=publish,t=sesame"):
            publisher = self.publish(self.server.srt(stream_id))
            self.assert_is_live()
            self.processes.end(publisher, signal.SIGKILL)
            self.server.wait_until(NAME, "recovering", 15)
        self.assertNotIn("sesame", self.server.log())
        self.assertNotIn("sesame", self.server.get("/api/v1/streams").text)

    @unittest.skipUnless(has("srt-live-transmit"), "srt-live-transmit is not installed")
    def test_who_is_turned_away_hears_that_it_was_us(self):
        self.server = self.serve(ALONE)
        for stream_id, reason in (("read:live/nothing", "not_found"), ("nothing", "bad_request"), ("write:live/x", "bad_mode")):
            _, said = self.run_client("srt-live-transmit", "-a:no", "-t:3", self.server.srt(stream_id), "file://con", seconds=20)
            self.assertIn("Application-defined rejection", said)
            self.assertRegex(self.server.get("/metrics").text, f'weir_srt_rejected_total{{reason="{reason}"}} [1-9]')
        self.assert_says("begins with publish: or read:", self.server.log)

    def test_a_passphrase_encrypts_and_a_stream_may_have_its_own(self):
        self.server = self.serve(ALONE, f"srt.passphrase={PASSPHRASE}",
                                 "streams={live/own: {passphrase: another-staple-entirely}}")
        code, _ = self.run_client("ffmpeg", "-v", "error", "-re", "-t", "1", "-i", clip(), "-c", "copy", "-f", "mpegts",
                                  self.server.srt(f"publish:{NAME}"))
        self.assertNotEqual(code, 0)
        self.assertIsNone(self.server.stream(NAME))
        self.publish(self.server.srt(f"publish:{NAME}", passphrase=PASSPHRASE))
        self.assert_is_live()
        code, said = self.run_client("ffmpeg", "-nostats", "-v", "warning", "-i", self.server.srt(f"read:{NAME}", passphrase=PASSPHRASE),
                                     "-t", "1", "-f", "null", "-")
        self.assertEqual((code, said), (0, ""))
        own = self.publish(self.server.srt("publish:live/own", passphrase="another-staple-entirely"))
        self.server.wait_until("live/own", "running")
        self.assertIsNone(own.poll())
        self.assertNotIn(PASSPHRASE, self.server.log())

    def test_weir_says_what_is_wrong_with_a_passphrase(self):
        code, said = self.run_client(WEIR, "check", "--set", "srt.passphrase=short")
        self.assertEqual(code, 1)
        self.assertIn("10 to 79 characters", said)


if __name__ == "__main__":
    unittest.main()
