"""Sources that the server fetches: files, HTTP, HLS, UDP and RTMP; on demand and always; a source that is cut and comes back; and
what a source may not reach."""
import functools
import http.server
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
import unittest

from harness import WeirTest, clip, clips_folder, free_port, happens, make_certificate, text_of, wait_for

NAME = "cam/x"
QUICK = ("streams.defaults.segment=1s", "streams.defaults.ladder=none")


def free_udp_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Pages(http.server.SimpleHTTPRequestHandler):
    """A folder of files, and one address that leads elsewhere."""

    def __init__(self, *arguments, moved="", **named):
        self.moved = moved
        super().__init__(*arguments, **named)

    def do_GET(self):
        if self.path != "/moved":
            return super().do_GET()
        self.send_response(302)
        self.send_header("Location", self.moved)
        self.end_headers()

    def log_message(self, *_):
        pass


class Pulls(WeirTest):
    def source(self, address, *settings, **options):
        return self.serve(f"streams.{NAME}.source={address}", *QUICK, *settings, **options)

    def web(self, folder, moved="", host="127.0.0.1"):
        """A web server of the test's own; its port."""
        server = http.server.ThreadingHTTPServer((host, 0), functools.partial(Pages, directory=folder, moved=moved))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return server.server_address[1]

    def live_hls(self):
        """An HLS stream that goes on, as ffmpeg writes it: its folder, and who writes."""
        folder = os.path.join(self.processes.folder, "hls")
        os.makedirs(folder, exist_ok=True)
        writer = self.processes.start("ffmpeg", "-nostats", "-v", "error", "-re", "-stream_loop", "-1", "-i", clip(), "-c", "copy",
                                      "-f", "hls", "-hls_time", "1", "-hls_list_size", "6", "-hls_flags", "delete_segments",
                                      os.path.join(folder, "live.m3u8"))
        wait_for("ffmpeg's playlist", lambda: os.path.exists(os.path.join(folder, "live.m3u8")))
        return folder, writer

    def assert_plays(self, server, seconds=2):
        """ffprobe sees pictures and sound of the stream over HTTP-FLV."""
        status, said = self.run_client("ffprobe", "-v", "error", "-show_entries", "stream=codec_name,width", "-of", "json",
                                       server.address(f"/{NAME}.flv"))
        self.assertEqual(status, 0, said)
        codecs = {stream["codec_name"] for stream in json.loads(said)["streams"]}
        self.assertEqual(codecs, {"h264", "aac"})

    def test_a_file_is_a_channel_that_never_ends(self):
        folder = self.processes.folder
        for name in ("a.mp4", "b.mp4"):
            shutil.copy(clip("short.mp4", seconds=3), os.path.join(folder, name))
        server = self.source("file:a.mp4,b.mp4", f"pull.files={folder}")
        stream = server.wait_until(NAME, "running")
        self.assertEqual(stream["publisher"]["protocol"], "file")
        server.wait_for_playlist(NAME)
        self.assert_plays(server)
        # Twelve seconds of four rounds: in real time, and without a seam.
        wait_for("some rounds", lambda: server.get(f"/api/v1/streams/{NAME}/stats").json["input"]["frames"] > 25 * 9, 20)
        stats = server.get(f"/api/v1/streams/{NAME}/stats").json["input"]
        self.assertEqual(stats["timestamp_faults"]["backward"], 0)
        self.assertEqual(stats["timestamp_faults"]["gap"], 0)
        self.assertNotIn("DISCONTINUITY", server.get(f"/{NAME}/source/index.m3u8").text.replace("DISCONTINUITY-SEQUENCE", ""))

    def test_codecs_of_other_containers_come_through(self):
        folder = self.processes.folder
        kinds = {"a.webm": ("vp9", "opus"), "b.mkv": ("h264", "flac"), "c.ts": ("h264", "mp3")}
        encoders = {"vp9": ("libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8"), "h264": ("libx264", "-preset", "ultrafast"),
                    "opus": ("libopus",), "flac": ("flac",), "mp3": ("libmp3lame",)}
        for name, (video, audio) in kinds.items():
            subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", "testsrc=size=160x90:rate=25", "-f", "lavfi", "-i",
                            "sine=sample_rate=48000", "-t", "3", "-pix_fmt", "yuv420p", "-g", "25", "-c:v", *encoders[video], "-c:a",
                            *encoders[audio], os.path.join(folder, name)], check=True, timeout=60)
        sources = [f"streams.cam/{name[0]}.source=file:{name}" for name in kinds]
        server = self.serve(*sources, f"pull.files={folder}", *QUICK)
        for name, codecs in kinds.items():
            wait_for(f"{name} runs with both tracks", lambda: [track["codec"] for track in (
                server.stream(f"cam/{name[0]}") or {"tracks": []})["tracks"]] == list(codecs))

    def test_a_file_outside_the_folder_is_none(self):
        folder = os.path.join(self.processes.folder, "films")
        os.makedirs(folder)
        shutil.copy(clip("short.mp4", seconds=3), os.path.join(self.processes.folder, "secret.mp4"))
        os.symlink("../secret.mp4", os.path.join(folder, "way-out.mp4"))
        server = self.source("file:way-out.mp4", f"pull.files={folder}")
        self.assert_says("not in the folder of files", server.log)
        self.assertIsNone(server.stream(NAME))

    def test_hls_is_fetched_and_a_cut_source_comes_back(self):
        folder, writer = self.live_hls()
        port = self.web(folder)
        server = self.source(f"http://127.0.0.1:{port}/live.m3u8", "streams.defaults.timeout=4s")
        self.assertEqual(server.wait_until(NAME, "running")["publisher"]["protocol"], "hls")
        server.wait_for_playlist(NAME)
        self.assert_plays(server)
        self.processes.end(writer, signal.SIGKILL)
        server.wait_until(NAME, "recovering", 40)
        self.live_hls()
        server.wait_until(NAME, "running", 40)
        self.assertIn("the source is not there", server.log())
        self.assertGreaterEqual(server.metric("weir_pull_losses_total"), 1)

    def test_http_flv_reconnects_and_tells_why(self):
        origin = self.serve(*QUICK)
        origin.publish("live/o", file=clip())
        origin.wait_until("live/o", "running")
        server = self.source(origin.address("/live/o.flv"), "streams.defaults.hold=60s")
        server.wait_until(NAME, "running")
        self.assert_plays(server)
        origin.stop(signal.SIGKILL)
        server.wait_until(NAME, "recovering")
        self.assert_says("again_in", server.log)
        origin.start()
        origin.publish("live/o", file=clip())
        server.wait_until(NAME, "running", 40)
        self.assert_plays(server)

    def test_rtmp_is_fetched_by_our_own_client(self):
        origin = self.serve(*QUICK)
        publisher = origin.publish("live/o", file=clip())
        origin.wait_until("live/o", "running")
        server = self.source(origin.rtmp("live/o"))
        self.assertEqual(server.wait_until(NAME, "running")["publisher"]["protocol"], "rtmp")
        self.assert_plays(server)
        self.processes.end(publisher, signal.SIGKILL)
        origin.publish("live/o", file=clip())
        wait_for("it comes back", lambda: server.metric("weir_pull_attempts_total") > 0 and (server.stream(NAME) or {}).get("state") == "running", 40)

    def test_rtmps_is_fetched_where_its_certificate_is_believed(self):
        certificate, key = make_certificate(self.processes.folder, "origin")
        port = free_port()
        origin = self.serve(*QUICK, f"rtmp.tls_listen=127.0.0.1:{port}", "http.tls_listen=", "rtsp.tls_listen=",
                            f"http.certificate={certificate}", f"http.key={key}")
        origin.publish("live/o", file=clip())
        origin.wait_until("live/o", "running")
        server = self.source(f"rtmps://127.0.0.1:{port}/live/o", environment={"SSL_CERT_FILE": certificate})
        self.assertEqual(server.wait_until(NAME, "running")["publisher"]["protocol"], "rtmps")
        self.assert_plays(server)
        doubter = self.source(f"rtmps://127.0.0.1:{port}/live/o")
        self.assert_says("certificate", doubter.log)

    def test_udp_is_listened_to(self):
        port = free_udp_port()
        server = self.source(f"udp://127.0.0.1:{port}")
        send = ("ffmpeg", "-nostats", "-v", "error", "-re", "-stream_loop", "-1", "-i", clip(), "-c", "copy", "-f", "mpegts",
                f"udp://127.0.0.1:{port}?pkt_size=1316")
        sender = self.processes.start(*send)
        self.assertEqual(server.wait_until(NAME, "running", 30)["publisher"]["protocol"], "udp")
        self.assert_plays(server)
        self.processes.end(sender, signal.SIGKILL)
        server.wait_until(NAME, "recovering", 30)
        self.processes.start(*send)
        server.wait_until(NAME, "running", 40)

    def test_on_demand_the_first_viewer_starts_it_and_the_last_one_ends_it(self):
        port = self.web(clips_folder())
        clip("small.ts", seconds=40)
        server = self.serve(f"streams.cam/*.source=http://127.0.0.1:{port}/{{name}}.ts", "streams.cam/*.pull_idle=3s", *QUICK)
        self.assertIsNone(server.stream("cam/small"))
        answer = server.get("/cam/small/index.m3u8")  # waits for it
        self.assertEqual(answer.status, 200, answer.text)
        self.assertIn("source/index.m3u8", answer.text)
        self.assertEqual(server.stream("cam/small")["state"], "running")
        wait_for("nobody watches, and it stops", lambda: (server.stream("cam/small") or {"state": "gone"})["state"] in ("stopped", "gone"), 40)
        self.assertIn("nobody watches", server.log())
        self.assertEqual(server.metric("weir_ingest_running"), 0)
        # And again, as a log.
        status, said = self.run_client("ffprobe", "-v", "error", "-show_entries", "stream=codec_name", server.address("/cam/small.flv"))
        self.assertEqual(status, 0, said)
        # And over RTMP.
        wait_for("it stops again", lambda: (server.stream("cam/small") or {"state": "gone"})["state"] in ("stopped", "gone"), 40)
        status, said = self.run_client("ffprobe", "-v", "error", "-show_entries", "stream=codec_name", server.rtmp("cam/small"))
        self.assertEqual(status, 0, said)
        self.assertEqual(server.get("/cam/none/index.m3u8", seconds=30).status, 404)

    def test_addresses_are_tried_in_turn(self):
        port = self.web(clips_folder())
        clip("small.ts", seconds=40)
        server = self.serve(f"streams.{NAME}.source=http://127.0.0.1:{free_port()}/x.ts http://127.0.0.1:{port}/small.ts", *QUICK)
        server.wait_until(NAME, "running")
        self.assert_says("Connection refused", server.log)

    def test_no_redirect_and_no_name_leads_to_a_private_address(self):
        secret = self.web(clips_folder(), host="127.0.0.2")
        clip("small.ts", seconds=40)
        port = self.web(clips_folder(), moved=f"http://127.0.0.2:{secret}/small.ts")
        server = self.source(f"http://127.0.0.1:{port}/moved")
        self.assert_says(f"127.0.0.2:{secret} is no public address", server.log)
        self.assertIsNone(server.stream(NAME))
        server.stop()
        server = self.source(f"http://localhost:{port}/small.ts")
        self.assert_says("is no public address, and not among pull.addresses", server.log)
        server.stop()
        server = self.source(f"http://localhost:{port}/moved", "pull.addresses=[127.0.0.0/8, '::1']")
        server.wait_until(NAME, "running")


if __name__ == "__main__":
    unittest.main(verbosity=2)
