"""Codecs that came to RTMP with its Enhanced specification, from the publisher to players: no FFmpeg in Debian speaks it, so a file goes in
through our own publisher, and comes out in forms that ffprobe and Chromium know."""
import functools
import os
import re
import subprocess
import threading
import unittest

from harness import WeirTest, browser, clip, clips_folder, has, open_browser, wait_for
from rtmp_client import RtmpClient, flv_tags

NAME = "live/x"
VIDEO = {
    "av1": ("libaom-av1", "-usage", "realtime", "-cpu-used", "8", "-row-mt", "1"),
    "vp9": ("libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8"),
}
AUDIO = {"opus": ("libopus",), "flac": ("flac", "-strict", "-2")}


@functools.cache
def coded(video, audio, seconds=8):
    """A fragmented MP4 of a test picture and a tone, with a keyframe each second; made once in a run."""
    path = os.path.join(clips_folder(), f"{video}_{audio}.mp4")
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", "testsrc=size=320x180:rate=25", "-f", "lavfi",
                    "-i", "sine=sample_rate=48000", "-t", str(seconds), "-pix_fmt", "yuv420p", "-c:v", *VIDEO[video], "-g", "25",
                    "-b:v", "300k", "-c:a", *AUDIO[audio], "-movflags", "+frag_keyframe+delay_moov+default_base_moof", path],
                   check=True, timeout=120)
    return path


def as_track(number, body):
    """The body of an H.264 tag of Flash as one of a further track (Enhanced RTMP v2)."""
    sequence_header, frame = 0, 1
    kind = {0: sequence_header, 1: frame}.get(body[1])
    if kind is None:
        return None
    rest = body[5:] if kind == sequence_header else body[2:]
    return bytes([0x80 | (body[0] & 0x70) | 6, kind]) + b"avc1" + bytes([number]) + rest


class Enhanced(WeirTest):
    def publish(self, video, audio):
        self.server = self.serve("streams.defaults.segment=1s", "streams.defaults.ladder=none")
        self.server.publish(NAME, file=coded(video, audio))
        self.server.wait_until(NAME, "running")
        self.server.wait_for_playlist(NAME)

    def address(self, form):
        return self.server.address(f"/{NAME}{form}")

    def codec_strings(self):
        return [track["codec_string"] for track in self.server.stream(NAME)["tracks"]]

    def found_by_ffprobe(self, form):
        code, said = self.run_client("ffprobe", "-v", "error", "-show_entries", "stream=codec_name", "-of", "csv=p=0", self.address(form))
        self.assertEqual(code, 0, said)
        return sorted(set(said.split()))

    def watch(self, *forms):
        """In Chromium, all at once."""
        seen = open_browser("forms.mjs", *forms, "--codecs", ",".join(self.codec_strings()), "--seconds", "4")()
        self.assertEqual((seen["status"], seen["errors"]), (0, []), seen)
        for form in seen["forms"]:
            self.assertEqual(form["width"], 320, form)
            self.assertGreater(form["played"], 2, form)

    def assert_page_plays(self):
        seen = browser("play.mjs", self.address(""), "--seconds", "4")
        self.assertEqual((seen["status"], seen["errors"], seen["engine"], seen["width"]), (0, [], "hls", 320), seen)
        self.assertGreater(seen["played"], 2, seen)

    def test_av1_and_opus(self):
        self.publish("av1", "opus")
        self.assertEqual(self.codec_strings(), ["av01.0.00M.08", "Opus"])
        for form in ("/index.m3u8", ".mp4"):
            self.assertEqual(self.found_by_ffprobe(form), ["av1", "opus"], form)
        self.assertIn('CODECS="av01.0.00M.08,Opus"', self.server.get(f"/{NAME}/index.m3u8").text)
        if has("chromium"):
            self.watch(f"mpegts={self.address('.flv')}", f"mse={self.address('.mp4').replace('http', 'ws')}",
                       f"video={self.address('.mp4')}")
            self.assert_page_plays()

    def test_vp9_and_flac(self):
        self.publish("vp9", "flac")
        self.assertEqual(self.codec_strings(), ["vp09.00.11.08", "fLaC"])
        for form in ("/index.m3u8", ".mp4"):
            self.assertEqual(self.found_by_ffprobe(form), ["flac", "vp9"], form)
        # MPEG-TS has a place for neither; the sound is encoded for it.
        wait_for("sound is encoded", lambda: self.server.renditions(NAME).get("stereo", {}).get("state") == "running")
        self.assertEqual(self.found_by_ffprobe(".ts"), ["aac"])
        if has("chromium"):
            self.watch(f"mse={self.address('.mp4').replace('http', 'ws')}")
            self.assert_page_plays()

    def test_qualities_that_the_encoder_sends_are_rungs(self):
        self.server = self.serve("streams.defaults.segment=1s", "streams.defaults.ladder=none")
        video, other = 9, flv_tags(clip("smaller.flv", size="160x90"))  # with sound, which shifts both alike
        tags = flv_tags(clip()) + [(kind, time, as_track(1, body)) for kind, time, body in other if kind == video]
        tags = sorted((tag for tag in tags if tag[2] is not None), key=lambda tag: tag[1])
        with RtmpClient(self.server.rtmp_port) as client:
            self.assertTrue(client.connect())
            client.set_chunk_size(1 << 20)
            self.assertTrue(client.publish("x"))
            sending = threading.Thread(target=client.send_file, args=(tags,), daemon=True)
            sending.start()
            variants = wait_for("both qualities are in HLS", lambda: self.variants(2), 10)
            self.assertEqual(variants, {"source/index.m3u8", "90p/index.m3u8"})
            self.assertEqual(self.server.renditions(NAME)["90p"]["state"], "running")
            self.assertIsNone(self.server.stream(NAME).get("worker"))
            code, said = self.run_client("ffprobe", "-v", "error", "-show_entries", "stream=codec_name,width", "-of", "csv=p=0",
                                         self.address("/90p.flv"))
            self.assertEqual((code, sorted(said.split())), (0, ["aac", "h264,160"]))
            segments = re.findall(r"^[\d-]+\.m4s$", self.server.get(f"/{NAME}/90p/index.m3u8").text, re.M)
            self.assertGreaterEqual(len(segments), 2)
            sending.join()

    def variants(self, count):
        text = self.server.get(f"/{NAME}/index.m3u8").text
        found = set(re.findall(r"^[\w-]+/index\.m3u8$", text, re.M))
        return found if len(found) == count else None


if __name__ == "__main__":
    unittest.main()
