"""RTSP both ways with real clients: what ffmpeg and GStreamer publish, over TCP, over UDP and over TLS, is what ffmpeg, GStreamer and VLC
play; a key may be given as a password; what is refused is refused in words."""
import json
import os
import re
import shutil
import socket
import subprocess
import unittest

from harness import WeirTest, clip, free_port, has, text_of, wait_for
from rtsp_relay import RtspRelay
from segments import begins

NAME = "live/x"


class RtspTest(WeirTest):
    def live(self, *settings):
        self.server = self.serve("streams.defaults.transcode=never", *settings)

    def rtsp(self, name=NAME, user=""):
        return f"rtsp://{user}127.0.0.1:{self.server.rtsp_port}/{name}"

    def publish(self, *options, file=None, to=None, transport="tcp"):
        child = self.processes.start("ffmpeg", "-nostats", "-v", "warning", "-re", "-stream_loop", "-1", "-i", file or clip(), "-c", "copy",
                                     *options, "-f", "rtsp", "-rtsp_transport", transport, to or self.rtsp())
        return child

    def running(self, name=NAME, codecs=("h264", "aac")):
        def is_there():
            stream = self.server.stream(name)
            return stream and stream["state"] == "running" and {t["codec"] for t in stream["tracks"]} == set(codecs) and stream
        return wait_for(f"{name} has {codecs}", is_there)

    def viewers(self, name=NAME):
        return self.server.stream(name)["viewers"]["rtsp"]

    def picture(self, address, transport="tcp"):
        """What ffprobe makes of it: (codec, height) of each track."""
        code, said = self.run_client("ffprobe", "-v", "error", "-rtsp_transport", transport, "-of", "csv=p=0", "-show_entries",
                                     "stream=codec_name,height", address, seconds=30)
        self.assertEqual(code, 0, said)
        found = re.findall(r"^(\w+)(?:,(\d+))?,?$", said, re.M)
        return sorted({(codec, int(height or 0)) for codec, height in found})

    def play(self, address, *options, seconds=3):
        """ffmpeg decodes it for so long; the frames of picture and what it complained about."""
        code, said = self.run_client("ffmpeg", "-nostats", "-v", "warning", "-progress", "pipe:1", *options, "-i", address,
                                     "-t", str(seconds), "-f", "null", "-", seconds=40)
        frames = re.findall(r"^frame=(\d+)", said, re.M)
        return code, int(frames[-1]) if frames else 0, said

    def assert_plays(self, address, *options):
        code, frames, said = self.play(address, *options)
        self.assertEqual(code, 0, said)
        self.assertGreater(frames, 60, said)
        self.assertNotRegex(said, r"(?i)error|corrupt|missed|max delay", said)


class Publishing(RtspTest):
    def test_ffmpeg_over_tcp_h264_and_aac_everywhere(self):
        self.live()
        publisher = self.publish()
        stream = self.running()
        self.assertEqual(stream["publisher"]["protocol"], "rtsp")
        self.assertIn("Lavf", stream["publisher"]["client"])
        self.server.wait_for_playlist(NAME)
        self.assertEqual(self.picture(self.rtsp()), [("aac", 0), ("h264", 180)])
        self.assert_plays(self.rtsp(), "-rtsp_transport", "tcp")
        self.assert_plays(self.server.address(f"/{NAME}.flv"))
        self.processes.end(publisher)
        self.server.wait_until(NAME, "recovering")
        self.assert_says("the publisher said goodbye", self.server.log)

    def test_ffmpeg_hevc_and_a_picture_alone(self):
        self.live()
        self.publish(file=clip("small_hevc.mp4", codec="libx265"))
        self.running(codecs=("hevc", "aac"))
        self.assertEqual(self.picture(self.rtsp()), [("aac", 0), ("hevc", 180)])
        self.publish("-an", to=self.rtsp("live/silent"))
        self.running("live/silent", codecs=("h264",))
        self.assertEqual(self.picture(self.rtsp("live/silent")), [("h264", 180)])

    @unittest.skipUnless(has("gst-launch-1.0"), "GStreamer is not installed")
    def test_gstreamer_over_tcp_and_udp(self):
        self.live()
        for transport in ("tcp", "udp"):
            name = f"live/{transport}"
            self.processes.start("gst-launch-1.0", "-q", "rtspclientsink", "name=s", f"protocols={transport}", f"location={self.rtsp(name)}",
                                 "videotestsrc", "is-live=true", "!", "video/x-raw,width=320,height=180,framerate=25/1", "!", "x264enc",
                                 "tune=zerolatency", "key-int-max=25", "!", "video/x-h264,profile=baseline", "!", "s.",
                                 "audiotestsrc", "is-live=true", "!", "audio/x-raw,rate=48000,channels=2", "!", "opusenc", "!", "s.")
        for transport in ("tcp", "udp"):
            stream = self.running(f"live/{transport}", codecs=("h264", "opus"))
            self.assertIn("GStreamer", stream["publisher"]["client"])
            self.assert_plays(self.rtsp(f"live/{transport}"), "-rtsp_transport", transport)

    def test_a_backup_takes_over_from_a_source_of_another_protocol(self):
        self.live()
        source = self.server.publish(NAME, file=clip())
        self.running()
        self.publish(to=self.rtsp(NAME + "?backup=1"))
        self.server.wait_for_contenders(NAME, ("source", "rtmp", "on_air"), ("backup", "rtsp", "ready"))
        self.processes.end(source)
        self.server.wait_for_contenders(NAME, ("backup", "rtsp", "on_air"))
        self.running()

    def test_ffmpeg_over_udp(self):
        self.live()
        publisher = self.publish(transport="udp")
        self.running()
        self.assert_plays(self.rtsp(), "-rtsp_transport", "udp")
        self.assert_plays(self.rtsp(), "-rtsp_transport", "tcp")
        self.assertEqual(self.server.metric("weir_rtp_packets_lost_total"), 0)
        wait_for("the players are gone", lambda: self.viewers() == 0)
        self.assertEqual(self.server.metric("weir_rtsp_udp_tracks"), 2)
        self.processes.end(publisher)
        wait_for("its ports are gone", lambda: self.server.metric("weir_rtsp_udp_tracks") == 0)

    def test_sound_is_in_step_with_the_picture_from_the_first_segment_on(self):
        """ffmpeg sends half a second of sound in one packet, when it is over."""
        self.live("streams.defaults.segment=2s")
        for transport in ("udp", "tcp"):
            name = f"live/{transport}"
            self.publish("-c:a", "aac", "-b:a", "16k", to=self.rtsp(name), transport=transport)
            self.server.wait_for_playlist(name)
            picture, sound = (begins(self.server, name, rendition) for rendition in ("source", "audio"))
            self.assertEqual(min(picture), min(sound))
            self.assertAlmostEqual(float(picture[min(picture)]), float(sound[min(sound)]), delta=0.1, msg=f"{picture}, {sound}")

    def test_of_a_bad_network_no_damaged_picture_is_passed_on(self):
        self.live()
        relay = RtspRelay(("127.0.0.1", self.server.rtsp_port), delay=0.02, jitter=0.03, loss=0.02)
        self.addCleanup(relay.close)
        self.publish(file=clip("fast.flv", size="640x360"), to=f"rtsp://127.0.0.1:{relay.port}/{NAME}", transport="udp")
        self.running()
        code, frames, said = self.play(self.server.address(f"/{NAME}.ts"), seconds=15)
        self.assertEqual(code, 0, said)
        self.assertNotRegex(said, r"(?i)error|corrupt|conceal|missing|damaged|invalid")
        self.assertGreater(frames, 40, "groups that are whole come through")
        self.assertGreater(relay.lost, 5, "the network was not bad")
        self.assertGreater(self.server.metric("weir_rtp_groups_damaged_total"), 1)
        self.assertGreater(self.server.metric("weir_rtp_packets_lost_total"), 5)


class Playing(RtspTest):
    def setUp(self):
        super().setUp()
        self.live()
        self.publish()
        self.running()

    def test_what_is_played_lasts_and_is_in_step(self):
        path = f"{self.processes.folder}/got.mkv"
        code, said = self.run_client("ffmpeg", "-nostats", "-v", "error", "-rtsp_transport", "tcp", "-i", self.rtsp(), "-t", "5", "-c", "copy",
                                     path)
        self.assertEqual((code, said), (0, ""))
        starts = {}
        for kind in "va":
            _, said = self.run_client("ffprobe", "-v", "error", "-select_streams", kind, "-show_entries", "packet=pts_time", "-of",
                                      "csv=p=0", path)
            times = [float(word) for word in re.findall(r"^([\d.]+)", said, re.M)]
            starts[kind] = (min(times), max(times))
            self.assertGreater(max(times) - min(times), 4)
        self.assertLess(abs(starts["v"][0] - starts["a"][0]), 0.1, "picture and sound begin together")
        wait_for("nobody is left", lambda: self.viewers() == 0)

    @unittest.skipUnless(has("gst-launch-1.0") and has("mpv"), "GStreamer or mpv is not installed")
    def test_gstreamer_plays_over_udp_and_mpv_over_tcp(self):
        folder = self.processes.folder
        gst = self.processes.start("gst-launch-1.0", "-q", "rtspsrc", "name=r", "protocols=udp", f"location={self.rtsp()}", "r.", "!",
                                   "application/x-rtp,media=video", "!", "rtph264depay", "!", "h264parse", "!", "avdec_h264", "!", "identity",
                                   "eos-after=60", "!", "videoconvert", "!", "pngenc", "!", "multifilesink", f"location={folder}/gst-%d.png")
        mpv = self.processes.start("mpv", "--no-config", "--ao=null", "--vo=null", "--length=4",
                                   "--term-status-msg=at ${=time-pos} ${height} ${video-codec}", self.rtsp())
        wait_for("GStreamer has its pictures", lambda: gst.poll() is not None, 30)
        self.assertGreaterEqual(len([one for one in os.listdir(folder) if one.startswith("gst-")]), 50, text_of(gst.log))
        wait_for("mpv ends", lambda: mpv.poll() is not None, 30)
        times = [float(at) for at in re.findall(r"at ([\d.]+) 180 h264", text_of(mpv.log))]
        self.assertTrue(times and max(times) > 3, text_of(mpv.log)[-2000:])

    def test_a_player_that_reads_nothing_jumps_and_harms_nobody(self):
        server = self.server
        with socket.create_connection(("127.0.0.1", server.rtsp_port)) as slow:
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            for number, (method, path, more) in enumerate((
                    ("DESCRIBE", "", ""), ("SETUP", "/trackID=1", "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n"), ("PLAY", "", ""))):
                slow.sendall(f"{method} {self.rtsp()}{path} RTSP/1.0\r\nCSeq: {number + 1}\r\n{more}\r\n".encode())
                self.assertIn(b"200 OK", slow.recv(4096))
            wait_for("it plays", lambda: self.viewers() == 1)
            self.assert_plays(self.rtsp(), "-rtsp_transport", "tcp")
            self.assertEqual(server.metric("weir_rtsp_playing"), 1)
        wait_for("it is gone", lambda: self.viewers() == 0)


class Pulling(RtspTest):
    def test_a_source_over_rtsp_is_fetched_and_fetched_again(self):
        self.live()
        self.publish()
        self.running()
        fetching = self.serve("streams.defaults.transcode=never", "streams.defaults.timeout=3s", f"streams.cam/a.source={self.rtsp()}")

        def is_there():
            stream = fetching.stream("cam/a")
            return stream and stream["state"] == "running" and len(stream["tracks"]) == 2 and stream
        self.assertEqual(wait_for("the source is there", is_there)["publisher"]["protocol"], "rtsp")
        self.assert_plays(fetching.address("/cam/a.flv"))
        self.server.stop()
        fetching.wait_until("cam/a", "recovering")
        self.server.start()
        self.publish()
        self.running()
        fetching.wait_until("cam/a", "running")

    def fetch(self, address):
        fetching = self.serve("streams.defaults.transcode=never", f"streams.cam/a.source={address}")

        def is_there():
            stream = fetching.stream("cam/a")
            return stream and stream["state"] == "running" and {t["codec"] for t in stream["tracks"]} == {"h264", "aac"}
        wait_for("the source is there", is_there)
        return fetching

    @unittest.skipUnless(has("cvlc") and has("runuser"), "VLC is not installed")
    def test_a_server_that_has_udp_alone_is_fetched_over_udp(self):
        film = f"{self.processes.folder}/film.flv"
        shutil.copy(clip(), film)
        os.chmod(self.processes.folder, 0o755)
        port = free_port()
        as_nobody = ["runuser", "-u", "nobody", "--"] if os.geteuid() == 0 else []
        self.processes.start(*as_nobody, "env", "HOME=/tmp", "cvlc", "--intf=dummy", "--loop", film, "--sout-keep",
                             "--sout", f"#rtp{{sdp=rtsp://127.0.0.1:{port}/x}}")
        wait_for("VLC serves", lambda: self.run_client("ffprobe", "-v", "error", "-rtsp_transport", "udp", f"rtsp://127.0.0.1:{port}/x",
                                                       seconds=30)[0] == 0, 40)
        fetching = self.fetch(f"rtsp://127.0.0.1:{port}/x")
        self.assertEqual(fetching.metric("weir_rtsp_udp_tracks"), 2)
        self.assert_plays(fetching.address("/cam/a.flv"))
        self.assertGreater(fetching.metric("weir_pull_rtp_packets_total"), 0)
        self.assertEqual(fetching.metric("weir_pull_rtp_packets_lost_total"), 0)

    def test_over_udp_no_damaged_picture_is_passed_on(self):
        self.live()
        self.publish(file=clip("fast.flv", size="640x360"))
        self.running()
        relay = RtspRelay(("127.0.0.1", self.server.rtsp_port), to_client=True, delay=0.02, jitter=0.03, loss=0.01)
        self.addCleanup(relay.close)
        fetching = self.fetch(f"rtsp://127.0.0.1:{relay.port}/{NAME}?transport=udp")
        code, frames, said = self.play(fetching.address("/cam/a.ts"), seconds=8)
        self.assertEqual(code, 0, said)
        self.assertNotRegex(said, r"(?i)error|corrupt|conceal|missing|damaged|invalid")
        self.assertGreater(frames, 20, "groups that are whole come through")
        self.assertGreater(fetching.metric("weir_pull_rtp_packets_lost_total"), 0)

    def test_where_no_datagram_comes_the_connection_is_taken(self):
        self.live()
        self.publish()
        self.running()
        relay = RtspRelay(("127.0.0.1", self.server.rtsp_port), to_client=True, delay=0, loss=1)
        self.addCleanup(relay.close)
        fetching = self.fetch(f"rtsp://127.0.0.1:{relay.port}/{NAME}?transport=udp")
        self.assertGreater(relay.lost, 0)
        self.assertIn("no datagrams come from the source", fetching.log())
        self.assertEqual(fetching.metric("weir_rtsp_udp_tracks"), 0)
        self.assertEqual(fetching.metric("weir_pull_attempts_total"), 1)
        self.assert_plays(fetching.address("/cam/a.flv"))


class Pushing(RtspTest):
    def setUp(self):
        super().setUp()
        self.live()
        self.publish()
        self.running()

    def push(self, url):
        answer = self.server.request("POST", f"/api/v1/streams/{NAME}/push", {"Content-Type": "application/json"},
                                     json.dumps({"url": url}).encode())
        self.assertLess(answer.status, 300, answer.text)
        return answer.json

    def pushes(self):
        return self.server.get(f"/api/v1/streams/{NAME}/push").json["items"]

    def copied(self, target):
        def is_there():
            stream = target.stream("live/copy")
            return stream and stream["state"] == "running" and {t["codec"] for t in stream["tracks"]} == {"h264", "aac"}
        wait_for("the copy is there", is_there)

    def test_a_stream_is_sent_to_another_server_with_its_password(self):
        target = self.serve("streams.defaults.transcode=never", "auth.publish=key", "auth.keys=[secret]")
        self.push(f"rtsp://me:secret@127.0.0.1:{target.rtsp_port}/live/copy")
        self.copied(target)
        self.assert_plays(f"rtsp://127.0.0.1:{target.rtsp_port}/live/copy", "-rtsp_transport", "tcp")

    def test_over_udp_where_the_target_takes_nothing_else(self):
        target = self.serve("streams.defaults.transcode=never")
        relay = RtspRelay(("127.0.0.1", target.rtsp_port), only_udp=True)
        self.addCleanup(relay.close)
        push = self.push(f"rtsp://127.0.0.1:{relay.port}/live/copy")
        self.copied(target)
        self.assertEqual([server.metric("weir_rtsp_udp_tracks") for server in (self.server, target)], [2, 2])
        self.assert_plays(f"rtsp://127.0.0.1:{target.rtsp_port}/live/copy", "-rtsp_transport", "tcp")
        self.assertEqual(target.metric("weir_rtp_packets_lost_total"), 0)
        wait_for("what was sent is told", lambda: self.pushes()[0]["bytes"] > 10_000)
        self.server.request("DELETE", f"/api/v1/streams/{NAME}/push/{push['id']}")
        target.wait_until("live/copy", "recovering")
        self.assert_says("the publisher said goodbye", target.log)
        wait_for("its ports are gone", lambda: self.server.metric("weir_rtsp_udp_tracks") == 0)

    def test_over_udp_to_a_receiver_of_ffmpeg(self):
        port = free_port()
        path = f"{self.processes.folder}/got.mkv"
        receiver = self.processes.start("ffmpeg", "-nostats", "-v", "warning", "-rtsp_flags", "listen", "-i", f"rtsp://127.0.0.1:{port}/x",
                                        "-t", "4", "-c", "copy", path)
        self.push(f"rtsp://127.0.0.1:{port}/x?transport=udp")
        wait_for("ffmpeg has enough", lambda: receiver.poll() is not None, 30)
        self.assertEqual(receiver.returncode, 0, text_of(receiver.log))
        code, said = self.run_client("ffprobe", "-v", "error", "-of", "csv=p=0", "-show_entries", "stream=codec_name", path)
        self.assertEqual((code, sorted(said.split())), (0, ["aac", "h264"]), said)


class Access(RtspTest):
    def test_the_key_is_a_token_or_a_password_and_a_wrong_one_is_told(self):
        self.live("auth.publish=key", "auth.keys=[secret]")
        for name, address in (("live/token", self.rtsp("live/token?token=secret")), ("live/password", self.rtsp("live/password", "me:secret@"))):
            self.publish(to=address)
            self.running(name)
        for address, words in ((self.rtsp("live/no"), "publishing needs a key"), (self.rtsp("live/no?token=x"), "none of auth.keys"),
                               (self.rtsp("live/no", "me:x@"), "publishing needs a key")):
            code, said = self.run_client("ffmpeg", "-nostats", "-v", "error", "-i", clip(), "-c", "copy", "-f", "rtsp", "-rtsp_transport",
                                         "tcp", address)
            self.assertNotEqual(code, 0)
            self.assertIn(words, said)
        self.assertIsNone(self.server.stream("live/no"))

    def test_players_are_told_what_is_not_there(self):
        self.live()
        for name, words in (("live/none", "no stream of that name is live"), ("live", "names no stream"), ("a/b/c/d", "too many parts")):
            code, said = self.run_client("ffprobe", "-v", "error", self.rtsp(name))
            self.assertNotEqual(code, 0)
            self.assertIn(words, said)

    def test_over_tls(self):
        folder = self.processes.folder
        certificate, key = os.path.join(folder, "certificate.pem"), os.path.join(folder, "key.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2", "-subj",
                        "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"], check=True, capture_output=True)
        port = free_port()
        self.live(f"rtsp.tls_listen=127.0.0.1:{port}", f"http.tls_listen=127.0.0.1:{free_port()}", f"rtmp.tls_listen=127.0.0.1:{free_port()}",
                  f"http.certificate={certificate}", f"http.key={key}")
        address = f"rtsps://127.0.0.1:{port}/{NAME}"
        self.publish(to=address)
        self.running()
        self.assert_plays(address)


if __name__ == "__main__":
    unittest.main()
