"""RTMP in the other direction, and over TLS: every player that speaks it sees the source and a rung, from the newest keyframe on,
through a publisher's return to the end; and one that misbehaves harms nobody."""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

from harness import WEIR, WeirTest, clip, free_port, has, text_of, wait_for
from rtmp_client import RtmpClient, write_fat_file

NAME = "live/x"
LADDER = """
ladders:
  small:
    - { name: 120p, height: 120, bitrate: 150k, preset: ultrafast }
streams:
  defaults: { ladder: small, segment: 1s }
"""


class RtmpPlay(WeirTest):
    def live(self, *settings, file=None, **options):
        self.server = self.serve(*settings, **options)
        publisher = self.server.publish(NAME, file=file or clip())
        self.server.wait_until(NAME, "running")
        wait_for("there is a picture", lambda: self.server.stream(NAME)["tracks"])
        return publisher

    def viewers(self, name=NAME):
        return self.server.stream(name)["viewers"]["rtmp"]

    def watched(self, address, *options, seconds=3):
        code, said = self.run_client(WEIR, "watch", address, "--seconds", str(seconds), "--json", *options)
        return code, json.loads(re.search(r"^\{.*\}$", said, re.M)[0])

    @staticmethod
    def frames(viewer):
        counts = re.findall(r"^frame=(\d+)", text_of(viewer.log), re.M)
        return int(counts[-1]) if counts else 0

    def ffmpeg_viewer(self, address):
        return self.processes.start("ffmpeg", "-nostats", "-v", "error", "-progress", "pipe:1", "-i", address, "-f", "null", "-")


class Players(RtmpPlay):
    def setUp(self):
        super().setUp()
        config = os.path.join(self.processes.folder, "ladder.yaml")
        with open(config, "w", encoding="ascii") as file:
            file.write(LADDER)
        self.live(config=config)
        wait_for("the rung runs", lambda: self.server.renditions(NAME).get("120p", {}).get("state") == "running", 30)
        wait_for("the rung has a picture", lambda: self.picture(f"{NAME}/120p"), 30, every=0.5)

    def picture(self, name):
        """What ffprobe makes of it: (codec, height) of each track, or nothing."""
        code, said = self.run_client("ffprobe", "-v", "error", "-of", "json", "-show_streams", self.server.rtmp(name), seconds=20)
        streams = json.loads(said[said.index("{"):]).get("streams", []) if code == 0 else []
        return sorted((one["codec_name"], one.get("height", 0)) for one in streams)

    def start_players(self, folder):
        source, rung = self.server.rtmp(NAME), self.server.rtmp(f"{NAME}/120p")
        players = {}
        for name, address in (("source", source), ("rung", rung)):
            players[f"ffmpeg {name}"] = ("ffmpeg", "-nostats", "-v", "warning", "-i", address, "-t", "4", "-f", "null", "-")
            if has("mpv"):
                players[f"mpv {name}"] = ("mpv", "--no-config", "--ao=null", "--vo=null", "--length=4",
                                          "--term-status-msg=at ${=time-pos} ${height} ${video-codec}", address)
            if has("gst-launch-1.0"):
                players[f"gst {name}"] = ("gst-launch-1.0", "-q", "rtmp2src", f"location={address}", "num-buffers=150", "!", "filesink",
                                          f"location={folder}/gst-{name}.flv")
            if has("rtmpdump"):
                players[f"rtmpdump {name}"] = ("timeout", "-s", "INT", "5", "rtmpdump", "-q", "-v", "-r", address, "-o",
                                               f"{folder}/rtmpdump-{name}.flv")
        if has("cvlc") and has("runuser"):
            command = ("cvlc", "--intf=dummy", "--vout=dummy", "--aout=dummy", "--video-filter=scene", "--scene-format=png",
                       f"--scene-path={folder}", "--scene-ratio=25", "--run-time=5", "--play-and-exit", source)
            players["vlc source"] = ("runuser", "-u", "nobody", "--", *command) if os.getuid() == 0 else command
        return {name: self.processes.start(*command, log=f"{name}.log") for name, command in players.items()}

    def test_every_player_plays_the_source_and_a_rung(self):
        self.assertEqual(self.picture(NAME), [("aac", 0), ("h264", 180)])
        self.assertEqual(self.picture(f"{NAME}/source"), [("aac", 0), ("h264", 180)])
        self.assertEqual(self.picture(f"{NAME}/120p"), [("aac", 0), ("h264", 120)])
        folder = tempfile.mkdtemp(prefix="weir-rtmp-")
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        os.chmod(folder, 0o777)
        players = self.start_players(folder)
        wait_for("they are counted", lambda: self.viewers() >= len(players) - 2)
        for name, player in players.items():
            wait_for(f"{name} ends", lambda player=player: player.poll() is not None, 40)
            said = text_of(player.log)
            kind, rendition = name.split()
            height = 180 if rendition == "source" else 120
            with self.subTest(name):
                if kind == "ffmpeg":
                    self.assertEqual((player.returncode, said), (0, ""))
                elif kind == "mpv":
                    times = [float(at) for at in re.findall(rf"at ([\d.]+) {height} h264", said)]
                    self.assertTrue(times and max(times) > 3, said[-2000:])
                elif kind == "vlc":
                    # One picture for each second that it has shown.
                    self.assertGreaterEqual(len([one for one in os.listdir(folder) if one.endswith(".png")]), 3, said[-3000:])
                else:
                    self.assert_plays(f"{folder}/{kind}-{rendition}.flv", height)
        code, report = self.watched(self.server.rtmp(NAME), "--viewers", "100")
        self.assertEqual((code, report["failed"], report["closed"], report["refusal"]), (0, 0, 0, ""), report)
        self.assertGreater(report["frames"], 500)
        wait_for("nobody is left", lambda: self.viewers() == 0)

    def assert_plays(self, path, height):
        """A file of what a player received decodes from its first picture on."""
        code, said = self.run_client("ffprobe", "-v", "error", "-of", "json", "-count_frames", "-show_entries",
                                     "stream=codec_name,height,nb_read_frames", path)
        self.assertEqual(code, 0, said)
        streams = {one["codec_name"]: one for one in json.loads(said[said.index("{"):])["streams"]}
        self.assertEqual(sorted(streams), ["aac", "h264"], said)
        self.assertEqual(streams["h264"]["height"], height)
        self.assertGreater(int(streams["h264"]["nb_read_frames"]), 40)

    def test_what_is_not_there_is_refused_in_words(self):
        for name, words in ((f"{NAME}/240p", "no such rendition"), ("live/nothing", "no stream of that name is live")):
            code, said = self.run_client("ffmpeg", "-v", "error", "-i", self.server.rtmp(name), "-f", "null", "-")
            self.assertNotEqual(code, 0)
            self.assertIn(words, said)


class Live(RtmpPlay):
    def test_a_late_player_starts_at_the_newest_keyframe(self):
        self.live()
        first = self.ffmpeg_viewer(self.server.rtmp(NAME))
        wait_for("the first viewer has played for a while", lambda: self.frames(first) > 100)
        code, said = self.run_client("ffprobe", "-v", "error", "-of", "json", "-select_streams", "v", "-show_packets",
                                     "-read_intervals", "%+#1", self.server.rtmp(NAME))
        self.assertEqual(code, 0, said)
        packet = json.loads(said[said.index("{"):])["packets"][0]
        self.assertIn("K", packet["flags"])
        self.assertGreater(float(packet["pts_time"]), 3)  # the log began with the first viewer, at one second

    def test_a_publisher_that_returns_keeps_its_players_and_the_end_releases_them(self):
        publisher = self.live("streams.defaults.hold=3s", "streams.defaults.transcode=never")
        viewer = self.ffmpeg_viewer(self.server.rtmp(NAME))
        wait_for("it plays", lambda: self.frames(viewer) > 0)
        self.processes.end(publisher, signal.SIGKILL)
        self.server.wait_until(NAME, "recovering", 15)
        before = self.frames(viewer)
        publisher = self.server.publish(NAME, file=clip())
        self.server.wait_until(NAME, "running")
        wait_for("it goes on", lambda: self.frames(viewer) > before + 50)
        self.assertEqual(self.viewers(), 1)
        self.processes.end(publisher)
        wait_for("it ends", lambda: viewer.poll() is not None, 15)
        self.assertEqual((viewer.returncode, text_of(viewer.log).count("rror")), (0, 0), text_of(viewer.log)[-2000:])

    def test_hevc_comes_with_its_fourcc(self):
        self.live("streams.defaults.transcode=never", file=clip("hevc.mp4", codec="libx265"))
        code, report = self.watched(self.server.rtmp(NAME))
        self.assertEqual((code, report["refusal"]), (0, ""))
        self.assertGreater(report["frames"], 40)

    def test_the_limit_of_viewers_holds_for_players_too(self):
        self.live("limits.viewers=20", "streams.defaults.transcode=never", threads=1)
        code, report = self.watched(self.server.rtmp(NAME), "--viewers", "30")
        self.assertEqual(code, 1)
        self.assertIn("limits.viewers", report["refusal"])
        self.assertGreaterEqual(report["failed"], 10)
        self.assertLess(report["failed"], 20)


class Misbehaviour(RtmpPlay):
    def play(self, client):
        self.assertTrue(client.connect())
        client.command("createStream", 2, None)
        client.command("play", 0, None, NAME.split("/")[1], stream=1)
        self.assertTrue(client.hear("NetStream.Play.Start"), client.heard)

    def test_garbage_and_chatter_from_a_player_end_that_player_alone(self):
        self.live("streams.defaults.transcode=never")
        other = self.ffmpeg_viewer(self.server.rtmp(NAME))
        wait_for("the other plays", lambda: self.frames(other) > 0)
        for name, words in (("garbage", b"\xff" * 1000), ("chatter", b"\x02\0\0\0\0\0\4\3\0\0\0\0\0\0\0\1" * 10000)):
            with self.subTest(name), RtmpClient(self.server.rtmp_port) as client:
                self.play(client)
                client.socket.settimeout(10)
                try:
                    client.socket.sendall(words)
                except OSError:
                    pass  # closed while it was talking
                self.assertTrue(client.is_closed())
        before = self.frames(other)
        wait_for("the other goes on", lambda: self.frames(other) > before + 25)
        wait_for("it alone is left", lambda: self.viewers() == 1)

    def test_a_player_is_answered_pauses_and_goes_on(self):
        self.live("streams.defaults.transcode=never")
        with RtmpClient(self.server.rtmp_port) as client:
            self.play(client)
            client.message(4, b"\0\6\1\2\3\4", chunk_stream=2)
            self.assertTrue(client.hear("\0\7\1\2\3\4"))
            client.command("pause", 0, None, True, 0, stream=1)
            self.assertTrue(client.hear("NetStream.Pause.Notify"))
            silent = len(client.heard)
            client.hear("never said", 1.5)
            self.assertLess(len(client.heard) - silent, 1000)
            client.command("pause", 0, None, False, 0, stream=1)
            self.assertTrue(client.hear("NetStream.Unpause.Notify"))
            before = len(client.heard)
            client.hear("never said", 1.5)
            self.assertGreater(len(client.heard), before + 3000)
            client.command("deleteStream", 0, None, 1)
            self.assertTrue(client.is_closed())
        wait_for("nobody is left", lambda: self.viewers() == 0)

    def test_a_slow_player_jumps_and_stays_in_step(self):
        fat = write_fat_file(clip(), os.path.join(self.processes.folder, "fat.flv"))
        self.live("streams.defaults.transcode=never", "delivery.lag=1s", file=fat)
        with RtmpClient(self.server.rtmp_port) as client:
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
            self.play(client)
            wait_for("it has jumped", lambda: self.server.metric("weir_viewer_jumps_total") >= 1, 30)
            client.hear("never said", 3)
            messages = client.messages_played()
        times = [timestamp for kind, timestamp, _ in messages if kind == 9]
        gaps = [index for index in range(1, len(times)) if times[index] - times[index - 1] > 500]
        self.assertTrue(gaps, "no jump is seen")
        pictures = [body for kind, _, body in messages if kind == 9]
        for index in gaps:
            self.assertEqual(pictures[index][:2], b"\x17\x00", "behind a jump comes the sequence header")
            self.assertEqual(pictures[index + 1][:2], b"\x17\x01", "and then a keyframe")


@unittest.skipUnless(has("openssl"), "openssl is not installed")
class Secure(RtmpPlay):
    def setUp(self):
        super().setUp()
        self.certificate, key = (os.path.join(self.processes.folder, name) for name in ("server.pem", "server.key"))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
                        "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", self.certificate],
                       check=True, capture_output=True)
        self.port = free_port()
        self.server = self.serve("streams.defaults.transcode=never", f"rtmp.tls_listen=127.0.0.1:{self.port}",
                                 f"http.certificate={self.certificate}", f"http.key={key}",
                                 f"http.tls_listen=127.0.0.1:{free_port()}")

    def rtmps(self, name):
        return f"rtmps://127.0.0.1:{self.port}/{name}"

    def test_ffmpeg_publishes_and_plays_over_tls(self):
        self.processes.start("ffmpeg", "-nostats", "-v", "info", "-re", "-stream_loop", "-1", "-i", clip(), "-c", "copy", "-f", "flv",
                             self.rtmps(NAME))
        self.server.wait_until(NAME, "running")
        wait_for("there is a picture", lambda: self.server.stream(NAME)["tracks"])
        self.assertEqual(self.run_client("ffmpeg", "-nostats", "-v", "warning", "-i", self.rtmps(NAME), "-t", "3", "-f", "null", "-"),
                         (0, ""))
        code, report = self.watched(self.rtmps(NAME), "--viewers", "20", "--authorities", self.certificate)
        self.assertEqual((code, report["failed"], report["closed"], report["refusal"]), (0, 0, 0, ""), report)
        self.assertGreater(report["frames"], 200)

    def test_weir_publishes_over_tls_to_whom_it_believes_alone(self):
        code, said = self.run_client(WEIR, "publish", clip(), self.rtmps(NAME))
        self.assertEqual(code, 1)
        self.assertIn("TLS failed", said)
        self.server.publish(NAME, "--authorities", self.certificate, file=clip(), to=self.rtmps(NAME))
        self.server.wait_until(NAME, "running")
        wait_for("there is a picture", lambda: self.server.stream(NAME)["tracks"])
        code, report = self.watched(self.rtmps(NAME), "--insecure")
        self.assertEqual((code, report["refusal"]), (0, ""))
        self.assertGreater(report["frames"], 40)
        code, report = self.watched(self.rtmps(NAME))
        self.assertEqual(code, 1)
        self.assertIn("TLS failed", report["refusal"])

    def test_who_speaks_plainly_to_the_port_of_tls_is_let_go(self):
        with RtmpClient(self.port, handshake=False) as client:
            client.socket.sendall(b"\x03" + bytes(1536))
            self.assertTrue(client.is_closed())
        self.assertEqual(self.server.get("/health").status, 200)


if __name__ == "__main__":
    unittest.main()
