"""What the program says of itself (`weir docs matrix --json`) is what it does: every codec is published by every protocol that takes it, and
in every form the tracks arrive that the form has a place for, and no others but the AAC that sound without a place is encoded to; where
nothing is left the server says the reason of the matrix.
Each protocol has one publisher with several streams, and each stream one ffmpeg that opens all forms of it."""
import base64
import concurrent.futures
import itertools
import json
import re
import socket
import struct
import subprocess
import threading
import time
import unittest

from codec_clips import AUDIO, FOURCC, VIDEO, codec_in, codecs_of_flv, copied, encoded, path_of, vp8_tags
from harness import WEIR, WeirTest, has, text_of, wait_for
from rtmp_client import RtmpClient

# Each protocol's streams, of one track or two, by who sends them.
FFMPEG = {
    "rtmp": [("h264", "aac"), ("mp3",), ("pcma",), ("pcmu",)],
    "srt": [("h264", "mp2"), ("hevc", "ac3"), ("aac",), ("mp3",), ("eac3",), ("opus",)],
    "rtsp": [("h264", "aac"), ("hevc", "opus"), ("vp8", "mp3"), ("vp9", "pcma"), ("mp2",), ("pcmu",)],
}
OUR_PUBLISHER = [("hevc", "ac3"), ("av1", "opus"), ("vp9", "flac"), ("eac3",)]  # no tool of Debian's speaks Enhanced RTMP
WRITTEN_HERE = [("vp8",)]  # by FourCC, from ffmpeg's IVF: what MP4 files of Debian's tools have not
PUSHED = [("av1",)]  # over RTSP by our own push of another stream: Debian's GStreamer has no payloader for it
FILES = [("h264", "aac"), ("hevc", "opus"), ("av1", "flac"), ("vp9", "mp3"), ("vp8", "ac3"), ("eac3",), ("mp2",), ("pcma",), ("pcmu",)]
# What is refused and yet cannot be tried: nobody can send it. In a transport stream ffmpeg writes them as private data without a name.
NOT_SENT = {
    ("rtmp", "mp2"): "FLV has nothing that it could be said by", ("rtsp", "flac"): "RTP has nothing that it could be said by",
    **{("srt", codec): "ffmpeg and GStreamer write it without a name" for codec in ("av1", "vp9", "vp8", "flac", "pcma", "pcmu")},
}
ANNOUNCED = {"ac3": "ac3/48000/2", "eac3": "eac3/48000/2"}  # over RTSP: RFC 4184, RFC 4598
NAMES = {"pcm_alaw": "pcma", "pcm_mulaw": "pcmu"}
LADDER = "ladders={small: [{name: 90p, height: 90, bitrate: 100k, preset: ultrafast}]}"
FRAGMENTED = "+frag_keyframe+delay_moov+default_base_moof"
TYPES = {"rtmp": "flv", "srt": "mpegts", "rtsp": "rtsp"}


class Matrix(WeirTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.said = json.loads(subprocess.run([WEIR, "docs", "matrix", "--json"], check=True, capture_output=True, timeout=10).stdout)
        cls.sources = {source["name"]: source["refused"] for source in cls.said["sources"]}
        cls.forms = {form["name"]: form for form in cls.said["forms"]}
        cls.encoded = {codec for form in cls.said["forms"] for codec in form["encoded"]}
        encoded()

    def publish_all(self):
        """Every stream of every protocol; what they are called, and of what they are."""
        sources = [f"streams.worker/{'-'.join(codecs)}.source=file:{'-'.join(codecs)}.mkv" for codecs in FILES]
        for codecs in FILES:
            if len(codecs) > 1:
                copied(codecs, ".mkv")
        self.server = self.serve("streams.defaults.segment=1s", "streams.defaults.ladder=none", f"pull.files={encoded()}", "log.level=debug",
                                 *sources)
        names = {f"worker/{'-'.join(codecs)}": codecs for codecs in FILES}
        for protocol, streams in FFMPEG.items():
            names |= self.publish_with_one_ffmpeg(protocol, {f"{protocol}/{'-'.join(codecs)}": codecs for codecs in streams})
        for codecs in OUR_PUBLISHER:
            names[f"rtmp/{'-'.join(codecs)}"] = codecs
            self.server.publish(f"rtmp/{'-'.join(codecs)}", file=copied(codecs, ".mp4", "-movflags", FRAGMENTED))
        for codecs in WRITTEN_HERE:
            names[f"rtmp/{'-'.join(codecs)}"] = codecs
            self.publish_vp8()
        return names

    def address(self, protocol, name, publishes=False):
        return {"rtmp": self.server.rtmp(name), "rtsp": f"rtsp://127.0.0.1:{self.server.rtsp_port}/{name}",
                "srt": self.server.srt(f"{'publish' if publishes else 'read'}:{name}")}[protocol]

    def publish_with_one_ffmpeg(self, protocol, streams):
        codecs = sorted(set(itertools.chain(*streams.values())))
        command = ["ffmpeg", "-nostdin", "-nostats", "-v", "warning"]
        for codec in codecs:
            command += ["-re", "-stream_loop", "-1", "-i", path_of(codec + ".mkv")]
        for name, tracks in streams.items():
            for codec in tracks:
                command += ["-map", str(codecs.index(codec))]
            command += ["-c", "copy", "-strict", "-2", "-f", TYPES[protocol]]
            command += ["-rtsp_transport", "tcp"] if protocol == "rtsp" else []
            command.append(self.address(protocol, name, publishes=True))
        self.processes.start(*command, log=f"{protocol}.log")
        return streams

    def publish_vp8(self):
        client = RtmpClient(self.server.rtmp_port)
        self.addCleanup(client.socket.close)
        self.assertTrue(client.connect(app="rtmp"))
        client.set_chunk_size(1 << 20)
        self.assertTrue(client.publish("vp8"))
        tags = vp8_tags()
        length = tags[-1][1] + 40
        rounds = [(kind, at + turn * length, body) for turn in range(20) for kind, at, body in tags]

        def send():
            try:
                client.send_file(rounds)
            except OSError:
                pass  # the test is over
        threading.Thread(target=send, daemon=True).start()

    def push_over_rtsp(self):
        """What nothing else can send: one stream of this server to another name of it."""
        names = {}
        for codecs in PUSHED:
            names[f"rtsp/{'-'.join(codecs)}"] = codecs
            source = next(name for name in self.names if name.startswith("worker/") and codecs[0] in self.names[name])
            body = json.dumps({"url": self.address("rtsp", f"rtsp/{'-'.join(codecs)}")}).encode()
            answer = self.server.request("POST", f"/api/v1/streams/{source}/push", {"Content-Type": "application/json"}, body)
            self.assertEqual(answer.status, 201, answer.text)
        return names

    def live_codecs(self):
        items = self.server.get("/api/v1/streams?limit=100").json["items"]
        return {item["id"]: {track["codec"] for track in item["tracks"]} for item in items if item["state"] == "running"}

    def wait_until_live(self, names):
        def missing():
            live = self.live_codecs()
            return {name: live.get(name) for name, codecs in names.items() if live.get(name) != set(codecs)}
        try:
            wait_for("all are live", lambda: not missing(), 30)
        except AssertionError:
            self.fail(f"not there, or of other codecs: {missing()}")

    def wait_for_encoded_sound(self, names):
        """Of those whose sound some segments have no place for."""
        def is_there(name):
            return self.server.get(f"/{name}/stereo/index.m3u8").status == 200
        for name in [name for name, codecs in names.items() if self.encoded & set(codecs)]:
            wait_for(f"{name} has encoded sound", lambda name=name: is_there(name), 30)

    def expected(self, form, codecs):
        """What arrives of a stream of these codecs."""
        row, codecs = self.forms[form], set(codecs)
        is_encoded = codecs & self.encoded if form == "dash" else codecs & set(row["encoded"])  # DASH names every sound there is
        return codecs - set(row["refused"]) - set(row["encoded"]) | ({"aac"} if is_encoded else set())

    def found_by_ffmpeg(self, addresses):
        """The codecs of each, by one ffmpeg that opens them all."""
        command = ["ffmpeg", "-nostdin", "-hide_banner", "-nostats"]
        for form, address in addresses.items():
            command += ["-rtsp_transport", "tcp"] if form == "rtsp" else []
            command += ["-fpsprobesize", "0", "-analyzeduration", "2000000", "-i", address]
        try:
            _, said = self.run_client(*command, seconds=40)
        except subprocess.TimeoutExpired as late:
            said = (late.stderr or b"").decode() + "\nand there it hangs"
        found = {form: set() for form in addresses}
        forms = list(addresses)
        for number, codec in re.findall(r"Stream #(\d+):\d+.*?: (?:Video|Audio): (\w+)", said):
            found[forms[int(number)]].add(NAMES.get(codec, codec))
        for form in forms:
            if not found[form]:
                found[form] = said[-1500:]
                break
        return found


class Pairs(Matrix):
    def test_what_comes_in_any_way_goes_out_every_way_that_has_a_place_for_it(self):
        self.names = self.publish_all()
        self.wait_until_live(self.names)
        pushed = self.push_over_rtsp()
        self.wait_until_live(pushed)
        self.names |= pushed
        self.wait_for_encoded_sound(self.names)
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            faults = [fault for found in pool.map(self.faults_of, self.names) for fault in found]
        self.assertEqual(faults, [], "\n" + "\n".join(faults))
        self.assert_complete()

    def assert_complete(self):
        """No source takes a codec that nobody sent it."""
        sent = {(name.split("/")[0], codec) for name, codecs in self.names.items() for codec in codecs}
        for protocol, refused in self.sources.items():
            for codec in [*VIDEO, *AUDIO]:
                is_taken = codec not in refused
                self.assertEqual((protocol, codec) in sent, is_taken, f"{codec} over {protocol}")
        self.assertEqual({row["name"] for row in self.said["codecs"]}, {*VIDEO, *AUDIO})

    def faults_of(self, name):
        """What is not as the matrix has it, in words."""
        codecs = set(self.names[name])
        expected = {form: self.expected(form, codecs) for form in self.forms}
        found, opened = {}, {}
        for form, wanted in expected.items():
            if not wanted:
                reasons = {self.forms[form]["refused"][codec] for codec in codecs}
                found[form] = self.said_in_refusal(form, name, reasons) or set()
            elif form in READERS and (form.startswith("ws") or wanted & UNKNOWN[form]):
                found[form] = READERS[form](self, name)
            else:
                opened[form] = self.address_of(form, name)
            if form == "ws-mp4" and wanted:
                opened[form] = found.pop(form)
        found |= self.found_by_ffmpeg(opened)
        return [f"{name} as {form}: {found[form]} in place of {wanted}" for form, wanted in expected.items() if found[form] != wanted]

    def address_of(self, form, name):
        path = {"hls": "/index.m3u8", "dash": "/manifest.mpd", "hls-ts": "/ts.m3u8"}.get(form, "." + form)
        return self.address(form, name) if form in ("rtmp", "rtsp", "srt") else self.server.address(f"/{name}{path}")

    def flv_over_http(self, name):
        with socket.create_connection(("127.0.0.1", self.server.http_port), timeout=20) as client:
            client.sendall(f"GET /{name}.flv HTTP/1.0\r\n\r\n".encode())
            with client.makefile("rb") as reader:
                head = b"".join(iter(reader.readline, b"\r\n"))
                return codecs_of_flv(read_for(reader.read1, 2)) if b"200 OK" in head else head

    def over_websocket(self, name, suffix):
        key = base64.b64encode(b"sixteen bytes ok").decode()
        with socket.create_connection(("127.0.0.1", self.server.http_port), timeout=20) as client:
            client.sendall(f"GET /{name}{suffix} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                           f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode())
            with client.makefile("rb") as reader:
                head = b"".join(iter(reader.readline, b"\r\n"))
                return read_for(lambda _: next_message(reader), 2) if b" 101 " in head else head

    def flv_over_websocket(self, name):
        return codecs_of_flv(self.over_websocket(name, ".flv"))

    def mp4_over_websocket(self, name):
        """A file of what came."""
        path = path_of(name.replace("/", "-") + "-ws.mp4")
        with open(path, "wb") as file:
            file.write(self.over_websocket(name, ".mp4"))
        return path

    def over_rtmp(self, name):
        with RtmpClient(self.server.rtmp_port) as client:
            self.ask_to_play(client, name)
            client.hear("no such words", 2)
            return {codec_in(kind, body) for kind, _, body in client.messages_played() if body} - {None}

    def over_rtsp(self, name):
        """What is described and comes, a packet of each at least."""
        address, number = self.address("rtsp", name), itertools.count(1)
        with socket.create_connection(("127.0.0.1", self.server.rtsp_port), timeout=10) as client, client.makefile("rb") as reader:
            def ask(method, to, more=""):
                client.sendall(f"{method} {to} RTSP/1.0\r\nCSeq: {next(number)}\r\n{more}\r\n".encode())
                head = b"".join(iter(reader.readline, b"\r\n")).decode()
                length = re.search(r"Content-Length: (\d+)", head)
                return head + (reader.read(int(length[1])).decode() if length else "")
            tracks = re.findall(r"a=rtpmap:\d+ ([\w-]+)/.*?a=control:(trackID=\d+)", ask("DESCRIBE", address), re.S)
            encodings = {}
            for place, (encoding, control) in enumerate(tracks):
                wish = f"RTP/AVP/TCP;unicast;interleaved={2 * place}-{2 * place + 1}"
                head = ask("SETUP", f"{address}/{control}", f"Transport: {wish}\r\n")
                encodings[int(re.search(r"interleaved=(\d+)", head)[1])] = encoding.lower()
            ask("PLAY", address)
            arrived, end = set(), time.monotonic() + 5
            while arrived < encodings.keys() and time.monotonic() < end:
                _, channel, size = struct.unpack(">cBH", reader.read(4))
                reader.read(size)
                arrived |= {channel} & encodings.keys()
            return {encodings[channel] for channel in arrived}

    def ask_to_play(self, client, name):
        app, stream = name.split("/")
        client.connect(app=app)
        client.command("createStream", 2, None)
        client.command("play", 0, None, stream, stream=1)

    def said_in_refusal(self, form, name, reasons):
        """Nothing where the server turned the player away with all the reasons."""
        if form == "rtmp":
            with RtmpClient(self.server.rtmp_port) as client:
                self.ask_to_play(client, name)
                told = all(client.hear(reason, 5) for reason in reasons) and b"NetStream.Play.Failed" in client.heard
                return None if told else client.heard
        if form == "rtsp":
            with socket.create_connection(("127.0.0.1", self.server.rtsp_port), timeout=10) as client:
                client.sendall(f"DESCRIBE {self.address('rtsp', name)} RTSP/1.0\r\nCSeq: 1\r\n\r\n".encode())
                said, expected = client.recv(4096).decode(), " 415 "
        elif form == "srt":
            code, _ = self.run_client("ffprobe", "-v", "error", self.address("srt", name), seconds=20)
            lines = [line for line in text_of(self.server.child.log).splitlines() if name in line and "player refused" in line]
            said, expected = "\n".join(lines), "player refused" if code else "code"
        else:
            answer = self.server.get(self.address_of(form.removeprefix("ws-"), name).removeprefix(self.server.address("")))
            said, expected = f" {answer.status} {answer.text}", " 404 "
        return None if expected in said and all(reason in said for reason in reasons) else said


class Refusals(Matrix):
    def said_to_announcement(self, encoding):
        """The answer to who would publish that over RTSP."""
        described = (f"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\nm=audio 0 RTP/AVP 96\r\na=rtpmap:96 {encoding}\r\n"
                     "a=control:0\r\n")
        with socket.create_connection(("127.0.0.1", self.server.rtsp_port), timeout=10) as client:
            client.sendall((f"ANNOUNCE {self.address('rtsp', 'live/x')} RTSP/1.0\r\nCSeq: 1\r\nContent-Type: application/sdp\r\n"
                            f"Content-Length: {len(described)}\r\n\r\n{described}").encode())
            return client.recv(4096).decode()

    def test_what_a_source_has_no_place_for_is_refused_with_the_reason(self):
        self.server = self.serve("streams.defaults.ladder=none")
        for codec, encoding in ANNOUNCED.items():
            said = self.said_to_announcement(encoding)
            self.assertRegex(said, "^RTSP/1.0 415 ")
            self.assertIn(self.sources["rtsp"][codec], said)
        refused = {(protocol, codec) for protocol, row in self.sources.items() for codec in row}
        self.assertEqual(refused, {*NOT_SENT, *(("rtsp", codec) for codec in ANNOUNCED)})

    @unittest.skipUnless(has("gst-launch-1.0"), "GStreamer is not installed")
    def test_gstreamer_with_ac3_over_rtsp_is_refused(self):
        self.server = self.serve("streams.defaults.ladder=none")
        code, _ = self.run_client("gst-launch-1.0", "-q", "rtspclientsink", "name=s", "protocols=tcp",
                                  f"location={self.address('rtsp', 'live/x')}", "audiotestsrc", "is-live=true", "!", "avenc_ac3", "!", "s.",
                                  seconds=20)
        self.assertNotEqual(code, 0)
        self.assert_says(self.sources["rtsp"]["ac3"], self.server.log)


class Ladders(Matrix):
    def test_sound_that_hls_has_no_place_for_is_aac_beside_a_ladders_picture(self):
        self.server = self.serve("streams.defaults.segment=1s", LADDER, "streams.defaults.ladder=small")
        streams = {"rtsp/pcma": ("h264", "pcma"), "srt/mp2": ("h264", "mp2")}
        self.assertEqual(set(self.forms["hls"]["encoded"]), {"mp2", "pcma", "pcmu"})
        for name, codecs in streams.items():
            self.publish_with_one_ffmpeg(name.split("/")[0], {name: codecs})
        self.wait_until_live(streams)
        for name in streams:
            wait_for("both pictures have it", lambda name=name: len(re.findall(
                r'-INF:.*CODECS="avc1\.\w+,mp4a\.40\.2"', self.server.get(f"/{name}/index.m3u8").text)) == 2, 20)
            forms = {form: self.server.address(f"/{name}{form}") for form in ("/index.m3u8", "/ts.m3u8", "/90p.ts", "/90p.flv", "/90p.mp4")}
            for form, codecs in self.found_by_ffmpeg(forms | {"/stereo.aac": self.server.address(f"/{name}/stereo.aac")}).items():
                self.assertEqual(codecs, {"aac"} if form == "/stereo.aac" else {"h264", "aac"}, f"{name}{form}")


READERS = {"flv": Pairs.flv_over_http, "ws-flv": Pairs.flv_over_websocket, "ws-mp4": Pairs.mp4_over_websocket, "rtmp": Pairs.over_rtmp,
           "rtsp": Pairs.over_rtsp}
# What ffmpeg 5.1 does not read in a form; the reader above does.
UNKNOWN = {"flv": set(FOURCC.values()), "rtmp": set(FOURCC.values()), "rtsp": {"av1"}}


def read_for(read, seconds):
    end, data = time.monotonic() + seconds, b""
    while time.monotonic() < end:
        piece = read(1 << 16)
        if not piece:
            break
        data += piece
    return data


def next_message(reader):
    """The payload of a binary message."""
    _, size = reader.read(2)
    size = struct.unpack(">H", reader.read(2))[0] if size == 126 else struct.unpack(">Q", reader.read(8))[0] if size == 127 else size
    return reader.read(size)


if __name__ == "__main__":
    unittest.main()
