"""A cache in front: Debian's nginx with the configuration that docs/examples ships. Many viewers cost the server one question for each
object, what begins is seen at once, and every answer says what docs/cdn.md has of it."""
import collections
import json
import os
import re
import resource
import socket
import unittest
import urllib.error
import urllib.request

from harness import WEIR, Answer, WeirTest, clip, free_port, happens, has, text_of, wait_for

NAME = "live/mine"
DOCS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs")
VIEWERS = 1000
OBJECTS = {"parts": re.compile(r"/\d+-\d+-\d+\.m4s$"), "segments": re.compile(r"/\d+-\d+\.m4s$|/init-\w+\.mp4$")}  # as the server counts
ONCE = re.compile(r"\.m4s$|/init-\w+\.mp4$|_HLS_msn=")
AROUND = """
{user}worker_processes 2;
pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log;
events {{ worker_connections 8192; }}
http {{
    client_body_temp_path {folder}/nginx-body;
    proxy_temp_path {folder}/nginx-proxy;
    fastcgi_temp_path {folder}/nginx-fastcgi;
    uwsgi_temp_path {folder}/nginx-uwsgi;
    scgi_temp_path {folder}/nginx-scgi;
    include {folder}/weir.conf;
}}
"""
UNDER_WAY = 10  # questions that the end of the viewers may leave unanswered, and so out of the log


def place(address):
    """Where in the stream a part or a playlist is: (number, part). Nowhere: a header."""
    found = re.search(r"(?:-|_HLS_msn=)(\d+)(?:-|&_HLS_part=)(\d+)(?:\.m4s$|&|$)", address)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def rows_of_the_page():
    """(address, Cache-Control) of each row of the table."""
    rows = re.findall(r"^\| [^|]*\| `(/[^`]+)` \| `([^`]+)` \|", text_of(os.path.join(DOCS, "cdn.md")), re.M)
    assert len(rows) > 20, rows
    return rows


@unittest.skipUnless(has("nginx"), "nginx is not installed")
class Cdn(WeirTest):
    def setUp(self):
        super().setUp()
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 20_000)), hard))
        self.server = self.serve("streams.defaults.segment=2s", "streams.defaults.part=500ms", "streams.defaults.ladder=none")
        self.start_cache()

    def start_cache(self):
        folder, self.port = self.processes.folder, free_port()
        shipped = text_of(os.path.join(DOCS, "examples", "nginx-cache.conf"))
        for theirs, ours in (("/var/cache/nginx/weir", f"{folder}/cache"), ("127.0.0.1:8080", f"127.0.0.1:{self.server.http_port}"),
                             ("listen 80;", f"listen 127.0.0.1:{self.port};"), ("/var/log/nginx/weir.log", f"{folder}/cache.log")):
            self.assertEqual(shipped.count(theirs), 1, theirs)
            shipped = shipped.replace(theirs, ours)
        user = "user root;\n" if os.getuid() == 0 else ""
        for file, text in (("weir.conf", shipped), ("nginx.conf", AROUND.format(folder=folder, user=user))):
            with open(os.path.join(folder, file), "w", encoding="utf-8") as out:
                out.write(text)
        self.cache = self.processes.start("nginx", "-c", os.path.join(folder, "nginx.conf"), "-g", "daemon off;", log="nginx.log")
        wait_for("nginx listens", lambda: self.listens() or self.cache.poll() is not None)
        self.assertIsNone(self.cache.poll(), text_of(self.cache.log))

    def listens(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def log_of_the_cache(self):
        """(how, status, address) of each answer, once the cache has ended."""
        self.processes.end(self.cache)
        lines = text_of(os.path.join(self.processes.folder, "cache.log")).splitlines()
        return [(how, int(status), address) for how, status, _, address, _ in (line.split() for line in lines)]

    def publish(self, file=None):
        self.server.publish(NAME, file=file or clip())
        self.server.wait_until(NAME, "running")
        self.server.wait_for_playlist(NAME)

    def get(self, path, port=None, most=-1):
        """The answer, at the cache or at a port; of an endless one the first `most` bytes. Redirections are answers."""
        class Stay(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *_):
                return None
        address = f"http://127.0.0.1:{port or self.port}{path}"
        try:
            with urllib.request.build_opener(Stay).open(address, timeout=25) as answer:
                return Answer(answer.status, answer.headers, answer.read(most))
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.headers, error.read())

    def test_many_viewers_cost_the_server_one_question_for_each_object(self):
        self.publish(file=clip("silent.flv", audio=False))
        code, said = self.run_client(WEIR, "watch", f"http://127.0.0.1:{self.port}/{NAME}/index.m3u8", "--viewers", str(VIEWERS),
                                     "--seconds", "15", "--json")
        self.assertEqual(code, 0, said)
        report = json.loads(re.search(r"^\{.*\}$", said, re.M)[0])
        print({key: report[key] for key in ("viewers", "failed", "closed", "stalls", "bytes", "refusal")}, flush=True)
        self.assertEqual((report["viewers"], report["failed"], report["closed"]), (VIEWERS, 0, 0), report)
        log = self.log_of_the_cache()
        counted = {kind: self.server.metric(f"weir_media_{kind}_total") for kind in OBJECTS}
        served = collections.Counter(address for _, status, address in log if status == 200 and ONCE.search(address))
        asked = collections.Counter(address for how, status, address in log if status == 200 and how != "HIT" and ONCE.search(address))
        plain = collections.Counter(how for how, _, address in log if address.endswith("/index.m3u8"))
        print(f"{len(served)} objects were served {sum(served.values())} times; the server counted {counted}; plain playlists: {plain}", flush=True)
        # The viewers left while they waited for the newest; nginx keeps nothing that was asked for somebody who is gone.
        newest = max(map(place, asked))
        self.assertEqual({address: times for address, times in asked.items() if times > 1 and place(address) != newest}, {})
        self.assertGreater(sum(".m4s" in address for address in asked), 15)
        self.assertGreater(sum("_HLS_msn" in address for address in asked), 15)
        self.assertGreater(sum(served.values()), 10 * VIEWERS)
        self.assertEqual({status for _, status, address in log if ONCE.search(address)} - {200, 404, 499}, set())
        for kind, form in OBJECTS.items():
            expected = sum(bool(form.search(address)) for address in asked)
            self.assertTrue(expected <= counted[kind] <= expected + UNDER_WAY, (kind, expected, counted))

    def test_what_begins_is_seen_within_seconds(self):
        path = f"/{NAME}/index.m3u8"
        answers = [self.get(path) for _ in range(3)]
        self.assertEqual([answer.status for answer in answers], [404] * 3)
        self.assert_is_kept(path, answers)
        self.publish()
        wait_for("the stream is there for the cache's viewers too", lambda: self.get(path).status == 200, 10)

    def whole(self, address, playlist):
        """An example of the page, with what it stands for."""
        epoch, number = re.findall(r"^(\d+)-(\d+)\.m4s$", playlist, re.M)[-1]
        for word, value in (("HASH", re.search(r"init-(\w+)\.mp4", playlist)[1]), ("EPOCH", epoch), ("=N", "=" + number), ("-N", "-" + number),
                            ("part=M", "part=0"), ("-M", "-0")):
            address = address.replace(word, value)
        return address

    def test_every_answer_is_kept_as_long_as_the_page_says(self):
        self.publish()
        wait_for("some segments", lambda: self.get(f"/{NAME}/source/index.m3u8").text.count(".m4s\n") > 3)
        wait_for("the picture", lambda: self.get(f"/{NAME}/thumbnail.jpg").status == 200, 30)
        for example, life in rows_of_the_page():
            playlist = self.server.get(f"/{NAME}/source/index.m3u8").text
            target = int(re.search(r"TARGETDURATION:(\d+)", playlist)[1])
            address, life = self.whole(example, playlist), life.replace("6T", str(6 * target)).replace("=P", r"=(?:10|[1-9])")
            answers = [self.get(address, port, 400) for port in (self.server.http_port, self.port, self.port)]
            for answer in answers:
                with self.subTest(example, cache=answer is not answers[0]):
                    self.assertRegex(answer.headers["Cache-Control"], f"^{life}$")
                    self.assertEqual((answer.headers["Vary"], answer.headers["Set-Cookie"]), (None, None))
                    self.assertEqual(answer.headers["Access-Control-Allow-Origin"], "*")
                    expected = 404 if "nothing" in address or "/1-1." in address else 400 if address.endswith("?_HLS_part=1") else \
                        302 if re.search(r"mine\.(m3u8|mpd)$", address) else 200
                    self.assertEqual(answer.status, expected)
            with self.subTest(example):
                if life == "no-store":
                    self.assertIsNone(answers[-1].headers["X-Cache-Status"])
                else:
                    self.assert_is_kept(address, answers)

    def assert_is_kept(self, address, answers):
        """The third is from the cache; or a later one, since a second's life may be over between two questions."""
        def is_kept():
            if answers[-1].headers["X-Cache-Status"] != "HIT":
                answers.append(self.get(address, most=400))
            return answers[-1].headers["X-Cache-Status"] == "HIT"
        if not happens(is_kept, 10, every=0):
            happens(lambda: len(self.lines_of_the_cache(address)) >= len(answers) - 1, 3)  # it writes its log once a second
            self.fail(f"{address} is never kept:\n" + "\n".join(f"{answer.status} {dict(answer.headers)}" for answer in answers) +
                      "\n" + "\n".join(self.lines_of_the_cache(address)) + "\n" +
                      text_of(os.path.join(self.processes.folder, "nginx-error.log"))[-2000:])

    def lines_of_the_cache(self, address):
        return [line for line in text_of(os.path.join(self.processes.folder, "cache.log")).splitlines() if f" {address} " in line]

    def test_aliases_lead_to_the_stream(self):
        self.publish()
        for port in (self.server.http_port, self.port):
            index = self.get(f"/{NAME}/index.m3u8", port).text
            self.assertIn("source/index.m3u8", index)
            for alias in (f"/{NAME}/master.m3u8", f"/{NAME}/playlist.m3u8"):
                self.assertEqual(self.get(alias, port).text, index)
            for alias, real in ((f"/{NAME}.m3u8", "index.m3u8"), (f"/{NAME}.mpd", "manifest.mpd")):
                moved = self.get(alias, port)
                self.assertEqual((moved.status, moved.headers["Location"]), (302, f"/{NAME}/{real}"))
                self.assertEqual(self.get(moved.headers["Location"], port).status, 200)
            self.assertEqual(self.get(f"/{NAME}.live.flv", port, 3).body, b"FLV")

    def test_endless_answers_go_through(self):
        self.publish()
        for suffix, begins in ((".flv", b"FLV"), (".ts", b"\x47"), (".mp4", b"\0\0\0"), (".aac", b"\xff\xf1")):
            self.assertTrue(self.get(f"/{NAME}{suffix}", most=188).body.startswith(begins), suffix)
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as client:
            client.sendall(f"GET /{NAME}.flv HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                           "Sec-WebSocket-Key: c2l4dGVlbiBieXRlcyBvaw==\r\n\r\n".encode())
            self.assertIn(b"101 Switching Protocols", client.recv(100))
        self.assertEqual(self.get("/metrics").status, 200)  # from this machine alone


if __name__ == "__main__":
    unittest.main()
