"""Nobody harms anybody else: each way of misusing the server has its clear answer, memory stays under a ceiling, and a stream that
goes on beside it goes on."""
import contextlib
import http.client
import os
import re
import socket
import threading
import time
import unittest

from harness import WEIR, WeirTest, browser, clip, has, text_of, wait_for
from rtmp_client import RtmpClient, amf, flv_tags, write_fat_file

OTHER = "live/other"
MEBIBYTE = 1 << 20
SCRIPT = "<script>alert('title')</script><img src=x onerror=\"alert('picture')\">"

IMAGE = "<img src=x onerror=alert(1)>"


class Abuse(WeirTest):
    """Each test has a stream that goes on beside what it does, with a viewer that must see all of it."""

    def serve_other(self, *settings):
        self.server = self.serve("streams.defaults.segment=1s", *settings)
        self.server.publish(OTHER, file=clip())
        self.server.wait_until(OTHER, "running")
        self.viewer = self.processes.start("ffmpeg", "-nostats", "-v", "error", "-progress", "pipe:1", "-i",
                                           self.server.address(f"/{OTHER}.flv"), "-f", "null", "-", log="viewer.log")
        wait_for("the other viewer plays", lambda: self.frames() > 0)

    def frames(self):
        counts = re.findall(r"^frame=(\d+)", text_of(self.viewer.log), re.M)
        return int(counts[-1]) if counts else 0

    def assert_others_go_on(self):
        before = self.frames()
        wait_for("the other viewer goes on", lambda: self.frames() > before + 25)
        self.assertEqual(self.server.stream(OTHER)["state"], "running")
        self.assertEqual(self.server.get("/health").status, 200)

    def connect(self, port, receive_buffer=None):
        client = socket.socket()
        if receive_buffer:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        client.settimeout(30)
        client.connect(("127.0.0.1", port))
        self.addCleanup(client.close)
        return client

    @staticmethod
    def is_closed(client):
        """What the server has sent is thrown away."""
        client.setblocking(False)
        try:
            while client.recv(65536):
                pass
            return True
        except BlockingIOError:
            return False
        except ConnectionError:
            return True


class Viewers(Abuse):
    def watch_fat(self):
        client = self.connect(self.server.http_port)
        client.sendall(b"GET /live/fat.flv HTTP/1.1\r\nHost: x\r\n\r\n")
        return client

    def fat_viewers(self):
        return self.server.stream("live/fat")["viewers"]["flv"]

    def test_viewers_that_stop_reading_jump_and_then_are_closed(self):
        self.serve_other("delivery.lag=2s", "streams.defaults.window=10s")
        fat = write_fat_file(clip(), os.path.join(self.processes.folder, "fat.flv"), 200_000)
        self.server.publish("live/fat", file=fat)
        self.server.wait_until("live/fat", "running")
        pausing = self.watch_fat()
        wait_for("it jumps", lambda: self.server.get("/api/v1/streams/live/fat/stats").json["delivery"]["jumps"] > 0)
        self.assert_whole_tags(pausing)
        pausing.close()
        before = self.server.memory_bytes()
        stalled = [self.watch_fat() for _ in range(20)]
        wait_for("they are viewers", lambda: self.fat_viewers() >= 20)
        wait_for("they are closed", lambda: self.fat_viewers() == 0, 30)
        self.assertLess(self.server.memory_bytes() - before, 64 * MEBIBYTE)  # each has been sent some 20 MB
        self.assertEqual(len(stalled), 20)
        self.assert_others_go_on()

    def assert_whole_tags(self, client):
        """Who reads again after a jump goes on at the start of a tag, up to the present."""
        data = b""
        newest = self.server.get("/api/v1/streams/live/fat/stats").json["uptime_seconds"]
        times = []
        head = None
        end = time.monotonic() + 20
        while not times or times[-1] < (newest - 4) * 1000:
            self.assertLess(time.monotonic(), end, f"{len(times)} tags, {times[-3:]}")
            piece = client.recv(MEBIBYTE)
            self.assertTrue(piece, f"the server closed the viewer after {len(times)} tags: {times[:2]} to {times[-2:]}, {len(data)} bytes over")
            data += piece
            if head is None:
                head, _, data = data.partition(b"\r\n\r\n")
                self.assertNotIn(b"chunked", head)
                self.assertEqual(data[:3], b"FLV")
                data = data[13:]
            while len(data) >= 11 and len(data) >= 15 + int.from_bytes(data[1:4], "big"):
                length = int.from_bytes(data[1:4], "big")
                self.assertIn(data[0], (8, 9, 18))
                self.assertEqual(int.from_bytes(data[11 + length:15 + length], "big"), 11 + length)
                times.append(int.from_bytes(data[4:7], "big") | data[7] << 24)
                data = data[15 + length:]
        steps = [after - before for before, after in zip(times, times[1:])]
        self.assertGreater(max(steps), 500, "nothing was left out")

    def test_more_viewers_than_allowed(self):
        self.serve_other("limits.viewers=8", "limits.threads=1")
        viewers = []
        for _ in range(7):  # with the other one eight
            viewers.append(self.connect(self.server.http_port))
            viewers[-1].sendall(f"GET /{OTHER}.flv HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            self.assertIn(b"200 OK", viewers[-1].recv(100))
        for _ in range(3):
            answer = self.server.get(f"/{OTHER}.flv")
            self.assertEqual(answer.status, 503)
            self.assertIn("as many connections as it takes", answer.text)
        viewers.pop().close()
        wait_for("there is room again", lambda: self.server.get("/health").status == 200)
        self.assertEqual(self.server.stream(OTHER)["viewers"]["flv"], 7)
        self.assertGreaterEqual(self.server.metric("weir_http_faults_total"), 3)
        self.assert_others_go_on()

    def test_what_is_not_there_is_said_to_be_not_there(self):
        self.serve_other()
        for path in ("/live/nobody/index.m3u8", "/live/nobody/source/index.m3u8", "/live/nobody.flv", f"/{OTHER}/720p/index.m3u8",
                     f"/{OTHER}/720p.flv", f"/{OTHER}/source/1-1.m4s", f"/{OTHER}/source/init-00.mp4",
                     "/api/v1/streams/live/nobody", "/api/v1/nothing", "/assets/nothing.js"):
            with self.subTest(path):
                answer = self.server.get(path)
                self.assertEqual(answer.status, 404)
                self.assertGreater(len(answer.text), 10)
        self.assertIn("no stream of that name is live", self.server.get("/live/nobody/index.m3u8").text)
        self.assertEqual(self.server.get("/api/v1/streams/live/nobody").json["error"]["code"], "stream_not_found")

    def test_paths_out_of_the_server_lead_nowhere(self):
        self.serve_other()
        for path in ("/../../etc/passwd", "/live/../../etc/passwd", "/live/..%2f..%2fetc%2fpasswd/index.m3u8",
                     "/live/../../etc/passwd.flv", "/assets/../../../../etc/passwd", "/assets/..%2f..%2f..%2fetc%2fpasswd",
                     "/%2e%2e/%2e%2e/etc/passwd", "/live/x/../../../etc/passwd/index.m3u8", "/api/v1/streams/../../../etc/passwd"):
            with self.subTest(path):
                connection = http.client.HTTPConnection("127.0.0.1", self.server.http_port, timeout=10)
                self.addCleanup(connection.close)
                connection.request("GET", path)
                answer = connection.getresponse()
                self.assertIn(answer.status, (400, 404))
                self.assertNotIn(b"root:", answer.read())
        self.assert_others_go_on()


class Connections(Abuse):
    def test_a_thousand_half_open_connections_on_both_ports(self):
        self.serve_other()
        before = self.server.memory_bytes()
        half_open = [self.connect(self.server.http_port) for _ in range(1000)]
        for _ in range(1000):
            half_open.append(self.connect(self.server.rtmp_port))
            half_open[-1].sendall(b"\x03" + bytes(100))
        self.assert_others_go_on()
        newcomer = self.server.publish("live/new", file=clip())
        self.server.wait_until("live/new", "running")
        self.server.wait_for_playlist("live/new")
        self.assertIsNone(newcomer.poll())
        self.assertLess(self.server.memory_bytes() - before, 64 * MEBIBYTE)
        waiting = set(half_open)

        def all_closed():
            waiting.difference_update([client for client in waiting if self.is_closed(client)])
            return not waiting
        wait_for("all of them are closed", all_closed, 40, every=0.5)
        self.assert_others_go_on()

    def test_slow_clients_are_cut(self):
        self.serve_other("streams.live/fat.segment=6s")
        fat = write_fat_file(clip(), os.path.join(self.processes.folder, "fat.flv"), 60_000)
        self.server.publish("live/fat", file=fat)
        ended = {}

        def drip(name, beginning, rest):
            client = self.connect(self.server.http_port)
            client.sendall(beginning)
            client.settimeout(1)
            heard = b""
            began = time.monotonic()
            while time.monotonic() - began < 60:
                with contextlib.suppress(TimeoutError):
                    piece = client.recv(4096)
                    heard += piece
                    if not piece:
                        break
                with contextlib.suppress(OSError):
                    client.sendall(rest)
            else:
                heard = b"never closed"
            ended[name] = heard

        drips = [threading.Thread(target=drip, args=args) for args in (
            ("header", b"GET / HTTP/1.1\r\nHost: x\r\n", b"a: b\r\n"),
            ("body", b"POST /api/v1/streams HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n", b"x"))]
        for thread in drips:
            thread.start()
        self.server.wait_for_playlist("live/fat")
        segment = re.findall(r"^[\d-]+\.m4s$", self.server.get("/live/fat/source/index.m3u8").text, re.M)[-1]
        slow = self.connect(self.server.http_port, 4096)
        slow.sendall(f"GET /live/fat/source/{segment} HTTP/1.1\r\nHost: x\r\n\r\n".encode() * 3)
        wait_for("the slow reader is cut",
                 lambda: re.search(r'weir_http_faults_total\{reason="slow_reader"\} [1-9]', self.server.get("/metrics").text), 40)
        for thread in drips:
            thread.join(70)
        self.assertIn(b"408", ended["header"][:20])
        self.assertRegex(ended["body"][:20], rb"4\d\d")
        self.assert_others_go_on()

    def test_garbage_is_shown_the_door(self):
        self.serve_other()
        garbage = {"noise": os.urandom(5000), "zeros": bytes(5000), "http": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 100,
                   "tls": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + os.urandom(500), "rtmp": b"\x03" + bytes(1536) * 3}
        for name, data in garbage.items():
            for port in (self.server.http_port, self.server.rtmp_port):
                is_own = (name, port) in (("http", self.server.http_port), ("rtmp", self.server.rtmp_port))
                with self.subTest(name, port="HTTP" if port == self.server.http_port else "RTMP"):
                    client = self.connect(port)
                    with contextlib.suppress(ConnectionError):
                        client.sendall(data)
                    if not is_own:
                        wait_for("the connection is closed", lambda: self.is_closed(client), 15)  # noqa: B023
        self.assert_others_go_on()

    def test_a_client_that_is_not_http_is_told(self):
        self.serve_other()
        client = self.connect(self.server.http_port)
        client.sendall(b"HELLO\r\n\r\n")
        self.assertIn(b"400", client.recv(100))
        huge = self.connect(self.server.http_port)
        with contextlib.suppress(ConnectionError):
            huge.sendall(b"GET /" + b"a" * 10000 + b" HTTP/1.1\r\n\r\n")
            self.assertIn(b"414", huge.recv(100))


class Publishers(Abuse):
    def refused(self, words, act, *, before_publish=False):
        """A publisher who does this is told these words, and is closed."""
        with RtmpClient(self.server.rtmp_port) as client:
            self.assertTrue(client.connect())
            if not before_publish:
                self.assertTrue(client.publish("bad"))
            with contextlib.suppress(ConnectionError):
                act(client)
            self.assertTrue(client.hear(words), client.heard)
            self.assertTrue(client.is_closed())
        self.assert_says(words, self.server.log)

    def test_messages_and_chunks_beyond_reason(self):
        self.serve_other()
        before = self.server.memory_bytes()
        large, range_words = "an RTMP message is larger than allowed", "the chunk size is out of range"

        def claim(length, kind=9, stream=1):
            def act(client):
                client.set_chunk_size(0x7FFFFFFF)
                client.socket.sendall(client.header(kind, length, stream, chunk_stream=5) + bytes(1 << 20))
            return act

        def long_string(client):
            client.message(18, amf("@setDataFrame") + b"\x0c\xff\xff\xff\xff" + bytes(100), stream=1)
            client.send_file(flv_tags(clip()), speed=100, until=1)

        def unfinished(client):
            client.set_chunk_size(65536)
            for chunk_stream in range(4, 30):
                client.socket.sendall(client.header(9, 7 << 20, 1, chunk_stream=chunk_stream) + bytes(65536))
                for _ in range(100):
                    client.socket.sendall(bytes([0xC0 | chunk_stream]) + bytes(65536))
        with self.subTest("a picture of 16 MiB"):
            self.refused(large, claim(0xFFFFFF))
        with self.subTest("a command of 16 MiB before a publish"):
            self.refused(large, claim(0xFFFFFF, 20, 0), before_publish=True)
        with self.subTest("a chunk size of nothing"):
            self.refused(range_words, lambda client: client.message(1, b"\x00\x00\x00\x00", chunk_stream=2))
        with self.subTest("a chunk size of 4 GiB"):
            self.refused(range_words, lambda client: client.message(1, b"\xff\xff\xff\xff", chunk_stream=2))
        with self.subTest("messages without an end"):
            self.refused("the peer leaves more messages unfinished than allowed", unfinished)
        with self.subTest("a string of 4 GiB in the metadata, which is left out"), RtmpClient(self.server.rtmp_port) as client:
            self.assertTrue(client.connect() and client.publish("long"))
            long_string(client)
            self.server.wait_until("live/long", "running")
        self.assertLess(self.server.memory_bytes() - before, 64 * MEBIBYTE)
        self.assert_others_go_on()

    def test_chunks_of_one_byte_are_slow_but_right(self):
        self.serve_other()
        with RtmpClient(self.server.rtmp_port) as client:
            client.set_chunk_size(1)
            self.assertTrue(client.connect() and client.publish("tiny"))
            client.send_file(flv_tags(clip()), until=3)
            self.assertEqual(self.server.wait_until("live/tiny", "running")["tracks"][0]["width"], 320)
            self.server.wait_for_playlist("live/tiny")
        self.assert_others_go_on()

    def test_names_that_are_none_are_refused_in_words(self):
        self.serve_other()
        for name, words in {"../../etc/passwd": "the address has too many parts", "..": "a name does not start with '.'",
                            "a b": "a name is made of letters", "x" * 65: "a name has at most 64 characters",
                            "x.m3u8": "a name does not end in an extension", SCRIPT: "a name is made of letters"}.items():
            with self.subTest(name), RtmpClient(self.server.rtmp_port) as client:
                self.assertTrue(client.connect())
                self.assertFalse(client.publish(name))
                self.assertIn(words.encode(), client.heard)
        self.assertEqual([one["id"] for one in self.server.get("/api/v1/streams").json["items"]], [OTHER])
        self.assertNotIn("<script", self.server.log())
        with RtmpClient(self.server.rtmp_port) as client:
            self.assertFalse(client.connect(app="../../etc"))
            self.assertIn(b"NetConnection.Connect.Rejected", client.heard)

    @unittest.skipUnless(has("chromium"), "Chromium is not installed")
    def test_script_in_what_a_publisher_says_is_text_or_nothing(self):
        self.serve_other()
        with RtmpClient(self.server.rtmp_port) as client:
            self.assertTrue(client.connect(client=IMAGE) and client.publish("x"))
            client.metadata({"title": SCRIPT, "encoder": SCRIPT, "videocodecid": SCRIPT, "width": 320.0})
            sender = threading.Thread(target=client.send_file, args=(flv_tags(clip()),), daemon=True)
            sender.start()
            self.server.wait_until("live/x", "running")
            self.assertEqual(self.server.stream("live/x")["publisher"]["client"], IMAGE)
            self.assertIn("application/json", self.server.get("/api/v1/streams").headers["Content-Type"])
            seen = browser("console.mjs", self.server.address("/"), "--wait", "live/x", "--open", "live/x", "--seconds", "20")
            self.assertEqual((seen["status"], seen["errors"]), (0, []), seen)
            sender.join(20)
            self.assertNotIn("onerror", self.server.get("/metrics").text)

    def test_more_streams_than_there_is_memory_for(self):
        """Memory is filled from all sides at once, and stays under the ceiling that the server computed at its start."""
        self.serve_other("limits.memory=64MiB", "limits.threads=1", "limits.streams=20", "limits.viewers=500", "delivery.lag=3s")
        ceiling = int(re.search(r"ceiling=(\d+)MiB", self.server.log()).group(1)) * MEBIBYTE
        fat = write_fat_file(clip(), os.path.join(self.processes.folder, "fat.flv"), 60_000)
        publishers = [self.server.publish(f"live/fat-{number}", file=fat) for number in range(12)]
        half_asked = [self.connect(self.server.http_port) for _ in range(300)]
        for client in half_asked:
            client.sendall(b"GET / HTTP/1.1\r\n" + b"X: %s\r\n" % (b"x" * 800) * 19)
        stalled = [self.connect(self.server.http_port, 4096) for _ in range(12)]
        for number, client in enumerate(stalled):
            client.sendall(f"GET /live/fat-{number}.flv HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        words = "the memory that `limits.memory` allows is in use"
        wait_for("streams end since there is no memory", lambda: self.server.metric("weir_streams_sacrificed_total") > 0, 60)
        self.assert_says(words, self.server.log)
        wait_for("their publishers are told", lambda: any(words in text_of(one.log) for one in publishers))
        most = 0
        for _ in range(100):
            most = max(most, self.server.metric("weir_media_bytes"))
            time.sleep(0.1)
        self.assertLess(most, 80 * MEBIBYTE)
        self.assertGreater(most, 50 * MEBIBYTE)
        self.assertLess(self.server.memory_bytes("VmHWM"), ceiling)
        self.assert_others_go_on()

    def test_more_streams_than_allowed(self):
        self.serve_other("limits.streams=2")
        self.server.publish("live/second", file=clip())
        self.server.wait_until("live/second", "running")
        code, said = self.run_client(WEIR, "publish", clip(), self.server.rtmp("live/third"))
        self.assertNotEqual(code, 0)
        words = "as many streams as `limits.streams` allows are live already"
        self.assertIn(words, said)
        self.assert_says(words, self.server.log)
        self.assert_others_go_on()


if __name__ == "__main__":
    unittest.main()
