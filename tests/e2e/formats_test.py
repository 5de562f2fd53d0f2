"""One stream in every form that is not HLS with CMAF: MPEG-TS, progressive fMP4 and sound alone from its logs, FLV and fMP4 over WebSocket,
and HLS with MPEG-TS segments. Players of all kinds open them, side by side; some are there when the publisher is cut and returns."""
import base64
import os
import re
import shutil
import socket
import struct
import tempfile
import unittest

from harness import WEIR, WeirTest, clip, has, open_browser, text_of, wait_for

NAME = "live/x"
SCREENSHOTS = os.path.join(os.path.dirname(WEIR), "screenshots")
FORMS = (".ts", ".mp4", ".aac", "/ts.m3u8")
GSTREAMER = {
    ".ts": "tsdemux ! h264parse ! avdec_h264 ! fakesink silent=false",
    ".mp4": "qtdemux ! h264parse ! avdec_h264 ! fakesink silent=false",
    ".aac": "aacparse ! avdec_aac ! fakesink silent=false",
    "/ts.m3u8": "hlsdemux ! tsdemux ! h264parse ! avdec_h264 ! fakesink silent=false",
}


class Formats(WeirTest):
    def setUp(self):
        super().setUp()
        self.server = self.serve("streams.defaults.segment=1s", "streams.defaults.ladder=none")
        self.publisher = self.server.publish(NAME, file=clip())
        self.server.wait_until(NAME, "running")
        self.server.wait_for_playlist(NAME)

    def address(self, form):
        return self.server.address(f"/{NAME}{form}")

    def start_all(self, make_command, forms=FORMS):
        """A player for each form; what ends well is given back as form: output."""
        players = {form: self.processes.start(*make_command(form), log=f"player{form.replace('/', '-')}.log") for form in forms}
        return players

    def said_by(self, players, seconds=60):
        for form, player in players.items():
            wait_for(f"the player of {form} ends", lambda: player.poll() is not None, seconds)
            self.assertEqual(player.returncode, 0, form + ": " + text_of(player.log)[-3000:])
        return {form: text_of(player.log) for form, player in players.items()}

    def test_ffmpeg_plays_every_form_across_a_reconnect_without_a_complaint(self):
        players = self.start_all(lambda form: ("ffmpeg", "-nostdin", "-nostats", "-v", "error", "-i", self.address(form), "-t", "8",
                                               "-f", "null", "-"))
        wait_for("all watch", lambda: self.server.stream(NAME)["viewers"].items() >= {"ts": 1, "mp4": 1, "aac": 1, "hls": 1}.items())
        self.processes.end(self.publisher)
        self.publisher = self.server.publish(NAME, file=clip())
        self.assertEqual(set(self.said_by(players).values()), {""})

    def test_ffprobe_finds_the_tracks(self):
        said = self.said_by(self.start_all(lambda form: ("ffprobe", "-v", "error", "-show_entries", "stream=codec_name", "-of", "csv=p=0",
                                                         self.address(form))))
        found = {form: sorted(set(text.split())) for form, text in said.items()}
        both = ["aac", "h264"]
        self.assertEqual(found, {".ts": both, ".mp4": both, ".aac": ["aac"], "/ts.m3u8": both})

    @unittest.skipUnless(has("mpv"), "mpv is not installed")
    def test_mpv_plays_every_form(self):
        said = self.said_by(self.start_all(lambda form: ("mpv", "--no-config", "--ao=null", "--vo=null", "--length=4", "--term-status-msg="
                                                         "at ${=time-pos} of ${video-codec} ${audio-codec}", self.address(form))))
        for form, text in said.items():
            times = [float(time) for time in re.findall(r"at ([\d.]+) of " + ("" if form == ".aac" else "h264") + ".*? aac", text)]
            self.assertTrue(times and max(times) - min(times) > 2, form + ": " + text[-3000:])

    @unittest.skipUnless(has("cvlc") and has("runuser"), "VLC is not installed")
    def test_vlc_shows_the_picture_of_every_form(self):
        frames = tempfile.mkdtemp(prefix="weir-vlc-")
        self.addCleanup(shutil.rmtree, frames, ignore_errors=True)
        os.chmod(frames, 0o777)

        def command(form):
            prefix = re.sub(r"\W", "", form)
            play = ["cvlc", "-vv", "--intf=dummy", "--vout=dummy", "--aout=dummy", "--video-filter=scene", "--scene-format=png",
                    f"--scene-path={frames}", f"--scene-prefix={prefix}", "--scene-ratio=25", "--run-time=7", "--play-and-exit",
                    self.address(form)]
            return ["runuser", "-u", "nobody", "--", *play] if os.getuid() == 0 else play  # VLC does not run as root
        players = self.start_all(command, (".ts", ".mp4", "/ts.m3u8"))
        self.said_by(players)
        for form, player in players.items():
            shown = [name for name in os.listdir(frames) if name.startswith(re.sub(r"\W", "", form))]
            self.assertGreaterEqual(len(shown), 3, form + ": " + text_of(player.log)[-3000:])

    @unittest.skipUnless(has("gst-launch-1.0"), "GStreamer is not installed")
    def test_gstreamer_decodes_every_form(self):
        players = self.start_all(lambda form: ("gst-launch-1.0", "-v", "souphttpsrc", f"location={self.address(form)}", "!",
                                               *GSTREAMER[form].split()))
        for form, player in players.items():
            decoded = lambda player=player: text_of(player.log).count("last-message = chain")
            wait_for(f"75 frames of {form} are decoded", lambda decoded=decoded: decoded() >= 75, 30)
            self.assertNotIn("ERROR", text_of(player.log), form)

    @unittest.skipUnless(has("chromium"), "Chromium is not installed")
    def test_pages_play_every_form_across_a_reconnect(self):
        os.makedirs(SCREENSHOTS, exist_ok=True)
        tracks = {track["kind"]: track["codec_string"] for track in self.server.stream(NAME)["tracks"]}
        forms = [f"mpegts={self.address('.ts')}", f"mpegts={self.address('.flv').replace('http', 'ws')}",
                 f"video={self.address('.mp4')}", f"mse={self.address('.mp4').replace('http', 'ws')}"]
        watching = open_browser("forms.mjs", *forms, "--codecs", f"{tracks['video']},{tracks['audio']}", "--seconds", "12",
                                "--screenshot", os.path.join(SCREENSHOTS, "forms.png"))
        watching.wait_for_moving()
        viewers = self.server.stream(NAME)["viewers"]
        self.assertEqual((viewers["ts"], viewers["ws"], viewers["mp4"]), (1, 2, 1))
        self.processes.end(self.publisher)
        self.publisher = self.server.publish(NAME, file=clip())
        seen = watching()
        self.assertEqual((seen["status"], seen["errors"]), (0, []), seen)
        for form in seen["forms"]:
            self.assertEqual(form["width"], 320, form)
            self.assertGreater(form["played"], 7, form)
            self.assertLess(form["still"], 2, form)

    def test_rungs_are_there_too_and_what_is_not_is_said(self):
        for address in ("/source.ts", "/source.mp4", "/source.aac"):
            with self.open(address) as client:
                self.assertIn(b"200 OK", client.recv(100))
        self.assertEqual(self.server.get(f"/{NAME}/none.ts").status, 404)
        playlist = self.server.get(f"/{NAME}/source/ts.m3u8")
        self.assertEqual(playlist.headers["Content-Type"], "application/vnd.apple.mpegurl")
        segment = self.server.get(f"/{NAME}/source/" + re.findall(r"^[\d-]+\.ts$", playlist.text, re.M)[-1])
        self.assertEqual((segment.headers["Content-Type"], segment.body[0], len(segment.body) % 188), ("video/mp2t", 0x47, 0))
        self.assertIn("immutable", segment.headers["Cache-Control"])

    def open(self, address, fields=""):
        client = socket.create_connection(("127.0.0.1", self.server.http_port), timeout=10)
        client.sendall(f"GET /{NAME}{address} HTTP/1.1\r\nHost: x\r\n{fields}\r\n".encode())
        return client

    def test_a_websocket_answers_pings_between_whole_messages_and_closes_when_asked(self):
        key = base64.b64encode(b"sixteen bytes ok").decode()
        client = self.open(".flv", f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n")
        with client, client.makefile("rb") as reader:
            head = b"".join(iter(reader.readline, b"\r\n"))
            self.assertIn(b"101 Switching Protocols", head)
            client.sendall(b"\x89\x84\0\0\0\0ping")
            messages, pong, closed = b"", False, False
            while not closed:
                kind, size = reader.read(2)
                size = struct.unpack(">H", reader.read(2))[0] if size == 126 else struct.unpack(">Q", reader.read(8))[0] if size == 127 else size
                payload = reader.read(size)
                messages += payload if kind == 0x82 else b""
                pong, closed = pong or (kind, payload) == (0x8a, b"ping"), kind == 0x88
                if pong and len(messages) > 20_000 and not closed:
                    client.sendall(b"\x88\x82\0\0\0\0\x03\xe8")
                    pong = False
            self.assertEqual((messages[:3], payload), (b"FLV", b"\x03\xe8"))
            self.assertEqual(reader.read(), b"")
        wait_for("it is no viewer any more", lambda: self.server.stream(NAME)["viewers"]["ws"] == 0)


if __name__ == "__main__":
    unittest.main()
