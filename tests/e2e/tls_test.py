"""TLS and HTTP/2: the same streams over them, in real clients, and a certificate that is replaced while they watch."""
import json
import os
import re
import signal
import socket
import subprocess
import time
import unittest

from harness import WEIR, WeirTest, browser, clip, free_port, happens, has, make_certificate, text_of, wait_for

NAME = "live/x"


class OverTls(WeirTest):
    SEGMENT = "1s"

    def setUp(self):
        super().setUp()
        self.port = free_port()
        self.certificate, self.key = make_certificate(self.processes.folder, "first")
        self.server = self.serve(f"streams.defaults.segment={self.SEGMENT}", "streams.defaults.ladder=none",
                                 f"http.tls_listen=127.0.0.1:{self.port}", f"http.certificate={self.certificate}",
                                 f"http.key={self.key}")
        self.server.publish(NAME, file=clip())
        self.server.wait_until(NAME, "running")
        self.server.wait_for_playlist(NAME)

    def address(self, path):
        return f"https://localhost:{self.port}{path}"


class Tls(OverTls):
    def curl(self, *options, seconds=30):
        return self.run_client("curl", "-sS", "--ipv4", "--cacert", self.certificate, *options, seconds=seconds)

    def shown(self):
        """Whose certificate a newcomer sees."""
        _, said = self.run_client("openssl", "s_client", "-connect", f"localhost:{self.port}", "-brief")
        return re.search(r"CN ?= ?(\w+)", said)[1]

    def newest_segment(self):
        return f"/{NAME}/source/" + re.findall(r"^[\d-]+\.m4s$", self.server.get(f"/{NAME}/source/index.m3u8").text, re.M)[-1]

    def test_curl_gets_the_same_over_every_version(self):
        segment = self.newest_segment()
        plain = self.server.get(segment).body
        for option, address, version in (("--http1.1", self.address(segment), "1.1"), ("--http2", self.address(segment), "2"),
                                         ("--http2-prior-knowledge", self.server.address(segment), "2")):
            file = os.path.join(self.processes.folder, "got")
            code, said = self.curl(option, "-o", file, "-w", "%{http_version} %{response_code}", address)
            self.assertEqual((code, said), (0, f"{version} 200"), option)
            with open(file, "rb") as got:
                self.assertEqual(got.read(), plain, option)
        for limit in ("--tlsv1.2", "--tls-max", "1.2"), ("--tlsv1.3",):
            self.assertEqual(self.curl(*limit, "-o", os.devnull, self.address("/health"))[0], 0, limit)
        self.assertNotEqual(self.curl("--tls-max", "1.1", self.address("/health"))[0], 0)
        code, said = self.run_client("curl", "-sS", f"http://localhost:{self.port}/health")
        self.assertIn("https://", said)

    def test_endless_streams_over_both_versions(self):
        for option in ("--http1.1", "--http2"):
            file = os.path.join(self.processes.folder, "endless" + option)
            viewer = self.processes.start("curl", "-sS", "--ipv4", "--cacert", self.certificate, option, "-o", file,
                                          self.address(f"/{NAME}.flv"), log=f"curl{option}.log")
            wait_for(f"four seconds of picture and sound with {option}", lambda: min(self.packets_in(file)) > 100, every=1)
            self.assertIsNone(viewer.poll(), text_of(viewer.log))
            self.processes.end(viewer)
        wait_for("the viewers have left", lambda: self.server.stream(NAME)["viewers"]["total"] == 0)

    def packets_in(self, file):
        """How many of picture, and of sound."""
        _, said = self.run_client("ffprobe", "-v", "quiet", "-count_packets", "-show_entries", "stream=codec_name,nb_read_packets",
                                  "-of", "json", file)
        counts = {one["codec_name"]: int(one.get("nb_read_packets", 0)) for one in json.loads(said).get("streams", [])}
        return counts.get("h264", 0), counts.get("aac", 0)

    def test_ffmpeg_plays_hls_and_flv(self):
        for path in (f"/{NAME}/index.m3u8", f"/{NAME}.flv"):
            self.assertEqual(self.run_client("ffmpeg", "-nostats", "-v", "error", "-i", self.address(path), "-t", "4", "-f", "null",
                                             "-"), (0, ""), path)

    @unittest.skipUnless(has("h2load"), "h2load is not installed")
    def test_h2load_is_served_in_full(self):
        for path, count in ((f"/{NAME}/index.m3u8", 2000), (self.newest_segment(), 300)):
            code, said = self.run_client("h2load", "-n", str(count), "-c", "10", "-m", "20", self.address(path))
            self.assertEqual(code, 0, said)
            self.assertIn("Application protocol: h2", said)
            self.assertIn(f"{count} succeeded, 0 failed, 0 errored", said)
        self.assertEqual(self.server.metric("weir_http_faults_total"), 0)
        wait_for("all have left", lambda: self.server.metric("weir_tls_connections") == 0)

    @unittest.skipUnless(has("chromium"), "Chromium is not installed")
    def test_chromium_plays_over_http2(self):
        for engine in ("hls", "flv"):
            seen = browser("play.mjs", self.address(f"/{NAME}"), "--engine", engine, "--seconds", "5")
            self.assertEqual((seen["status"], seen["errors"], seen["engine"], seen["width"]), (0, [], engine, 320), seen)
            self.assertEqual(seen["protocol"], "h2", seen)
            self.assertGreater(seen["played"], 3, seen)

    def test_a_certificate_is_replaced_and_the_viewers_stay(self):
        self.assertEqual(self.shown(), "first")
        viewer = self.processes.start("curl", "-sS", "--ipv4", "--cacert", self.certificate, "-o",
                                      os.path.join(self.processes.folder, "flv"), self.address(f"/{NAME}.flv"), log="viewer.log")
        wait_for("it watches", lambda: self.server.stream(NAME)["viewers"]["total"] == 1)
        for name in ("second", "third"):
            certificate, key = make_certificate(self.processes.folder, name)
            os.replace(certificate, self.certificate)
            time.sleep(0.3)  # for a moment the two do not belong together
            os.replace(key, self.key)
            if name == "third":  # who does not want to wait says so
                self.server.child.send_signal(signal.SIGHUP)
            wait_for(f"newcomers see the {name}", lambda: self.shown() == name, 10, every=0.3)
        with open(self.certificate, "w", encoding="ascii") as file:
            file.write("nonsense")
        self.assert_says("there is no certificate in it", self.server.log)
        self.assertEqual(self.shown(), "third")
        self.assertIsNone(viewer.poll(), text_of(viewer.log))
        self.assertEqual(self.server.stream(NAME)["viewers"]["total"], 1)


class LowLatency(OverTls):
    SEGMENT = "2s"  # dash.js reads a manifest once a second at most: of shorter segments it may always learn when they are whole

    @unittest.skipUnless(has("chromium"), "Chromium is not installed")
    def test_chromium_plays_low_latency_over_http2(self):
        """Playlists that are held back, and segments that are sent as they are made: browsers speak HTTP/2 over TLS alone."""
        seen = browser("low_latency.mjs", self.address(f"/{NAME}"))
        self.assertEqual((seen["status"], seen["errors"], seen["width"], seen["protocols"]), (0, [], 320, ["h2"]), seen)
        self.assertGreater(seen["asked"]["blocking"], 5, seen)
        self.assertGreater(seen["asked"]["parts"], 5, seen)
        for player in ("dash.js", "shaka"):
            seen = browser("low_latency_dash.mjs", self.address(f"/{NAME}/manifest.mpd"), "--player", player)
            self.assertEqual((seen["status"], seen["errors"], seen["faults"], seen["protocols"]), (0, [], [], ["h2"]), seen)
            self.assertTrue(seen["low"], seen)
            self.assertGreater(seen["grown"], 2, seen)


class WithoutTls(WeirTest):
    def check(self, *settings):
        return self.run_client(WEIR, "check", *(word for setting in settings for word in ("--set", setting)))

    def test_without_a_certificate_there_is_no_tls(self):
        port = free_port()
        server = self.serve(f"http.tls_listen=127.0.0.1:{port}")
        self.assertEqual(server.log().count("nothing is served over TLS"), 1)
        with self.assertRaises(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=5)

    def test_the_first_certificate_opens_the_door(self):
        certificate, key = make_certificate(self.processes.folder, "late")
        path = os.path.join(self.processes.folder, "weir.yaml")
        port = free_port()
        with open(path, "w", encoding="ascii") as file:
            file.write(f"http: {{ tls_listen: '127.0.0.1:{port}' }}\n")
        server = self.serve(config=path)
        with open(path, "a", encoding="ascii") as file:
            file.seek(0)
            file.truncate()
            file.write(f"http: {{ tls_listen: '127.0.0.1:{port}', certificate: '{certificate}', key: '{key}' }}\n")
        server.child.send_signal(signal.SIGHUP)
        self.assertTrue(happens(lambda: self.run_client("curl", "-sS", "--ipv4", "--cacert", certificate,
                                                        f"https://localhost:{port}/health")[0] == 0, 10), server.log())

    def test_what_is_missing_is_said(self):
        certificate, key = make_certificate(self.processes.folder, "one")
        _, other = make_certificate(self.processes.folder, "two")
        rows = ((f"http.certificate={certificate}",), "write http.key"), ((f"http.key={key}",), "write http.certificate"), \
            ((f"http.certificate={certificate}", f"http.key={other}"), f"{other}: the key does not belong to {certificate}"), \
            ((f"http.certificate={certificate}x", f"http.key={key}"), f"{certificate}x: No such file or directory")
        for settings, words in rows:
            code, said = self.check(*settings)
            self.assertEqual(code, 1, said)
            self.assertIn(words, said)
        self.assertEqual(self.check(f"http.certificate={certificate}", f"http.key={key}")[0], 0)


if __name__ == "__main__":
    unittest.main()
