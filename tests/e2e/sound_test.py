"""Sound that HLS, DASH and MPEG-TS have no place for is heard there without a ladder: a camera with G.711 over RTSP. What needs nothing
encoded has no worker, and who wants none has none."""
import concurrent.futures
import os
import re
import signal
import unittest

from codec_clips import encoded, path_of
from harness import WeirTest, wait_for

CAMERA = "cam/gate"


class Sound(WeirTest):
    def serve_without_a_ladder(self, *settings):
        encoded()
        self.server = self.serve("streams.defaults.segment=2s", "streams.defaults.ladder=none", *settings)

    def publish(self, name, *codecs):
        """Over RTSP, as a camera does."""
        inputs = [word for codec in codecs for word in ("-re", "-stream_loop", "-1", "-i", path_of(codec + ".mkv"))]
        maps = [word for number in range(len(codecs)) for word in ("-map", str(number))]
        self.processes.start("ffmpeg", "-nostdin", "-nostats", "-v", "warning", *inputs, *maps, "-c", "copy", "-f", "rtsp",
                             "-rtsp_transport", "tcp", f"rtsp://127.0.0.1:{self.server.rtsp_port}/{name}")
        self.server.wait_until(name, "running")

    def worker(self, name):
        return self.server.get(f"/api/v1/streams/{name}/stats").json["worker"]

    def stereo(self, name):
        return self.server.renditions(name).get("stereo", {}).get("state")

    def fault_of(self, address, codecs):
        """Nothing where a player finds these codecs there, and hears the tone and not silence."""
        code, said = self.run_client("ffmpeg", "-nostdin", "-nostats", "-i", address, "-t", "3", "-map", "0:a:0", "-af", "volumedetect",
                                     "-f", "null", "-")
        found = set(re.findall(r"Stream #0:\d+.*?: (?:Video|Audio): (\w+)", said.split("Output #0")[0]))
        loudness = re.search(r"mean_volume: (-?[\d.]+) dB", said)
        is_heard = code == 0 and loudness and float(loudness[1]) > -40
        return None if found == codecs and is_heard else f"{address} is {found} and not {codecs}, or silent: {said[-1500:]}"

    def assert_heard(self, name, forms):
        """All at once."""
        with concurrent.futures.ThreadPoolExecutor(len(forms)) as pool:
            faults = pool.map(lambda form: self.fault_of(self.server.address(f"/{name}{form}"), forms[form]), forms)
            self.assertEqual([fault for fault in faults if fault], [])

    def test_a_camera_with_g711_is_heard_in_hls_dash_and_mpeg_ts(self):
        self.serve_without_a_ladder()
        self.publish(CAMERA, "h264", "pcma")
        self.server.wait_for_playlist(CAMERA)
        with_aac = ("/index.m3u8", "/manifest.mpd", "/ts.m3u8", ".ts", ".mp4")
        self.assert_heard(CAMERA, {form: {"h264", "aac"} for form in with_aac} | {".flv": {"h264", "pcm_alaw"}, "/stereo.aac": {"aac"}})
        code, said = self.run_client("ffprobe", "-v", "error", "-show_entries", "stream=codec_name,sample_rate", "-of", "csv=p=0",
                                     self.server.address(f"/{CAMERA}/index.m3u8"))
        self.assertEqual((code, "aac,48000" in said), (0, True), said)
        self.assertIn("mp4a.40.2", self.server.get(f"/{CAMERA}/index.m3u8").text)
        self.assertEqual([one["name"] for one in self.server.stream(CAMERA)["renditions"]], ["source", "stereo"])
        self.assertEqual(self.server.metric("weir_worker_running"), 1)

    def test_a_worker_that_is_killed_costs_some_sound_and_nothing_else(self):
        self.serve_without_a_ladder()
        self.publish(CAMERA, "h264", "pcmu")
        self.server.wait_for_playlist(CAMERA)
        killed = wait_for("there is a worker", lambda: self.worker(CAMERA)["pid"])
        os.kill(killed, signal.SIGKILL)
        wait_for("there is another", lambda: self.worker(CAMERA)["pid"] not in (0, killed), every=0.02)
        wait_for("sound is made again", lambda: self.stereo(CAMERA) == "running")
        self.assertEqual(self.worker(CAMERA)["restarts"], 1)
        self.assert_heard(CAMERA, {"/index.m3u8": {"h264", "aac"}, ".ts": {"h264", "aac"}})
        self.assertNotIn("#EXT-X-GAP", self.server.get(f"/{CAMERA}/source/index.m3u8").text)

    def test_sound_alone_is_heard_too(self):
        self.serve_without_a_ladder()
        self.publish(CAMERA, "mp2")
        self.server.wait_for_playlist(CAMERA)
        wait_for("sound is made", lambda: self.stereo(CAMERA) == "running")
        self.assert_heard(CAMERA, {"/index.m3u8": {"aac"}, "/manifest.mpd": {"aac"}, "/ts.m3u8": {"aac"}, ".mp4": {"aac"}, ".ts": {"mp2"}})

    def test_nothing_is_started_where_nothing_needs_to_be_encoded(self):
        self.serve_without_a_ladder("streams.quiet/*.transcode=never")
        self.publish("live/aac", "h264", "aac")
        self.publish("live/opus", "h264", "opus")
        self.publish("quiet/gate", "h264", "pcma")
        for name in ("live/aac", "live/opus", "quiet/gate"):
            self.server.wait_for_playlist(name)
            self.assertIsNone(self.worker(name), name)
        self.assertEqual(self.server.metric("weir_worker_started_total"), 0)
        self.assertNotIn("mp4a", self.server.get("/quiet/gate/index.m3u8").text)


if __name__ == "__main__":
    unittest.main()
