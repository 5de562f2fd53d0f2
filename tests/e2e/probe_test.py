"""weir probe: files and live streams of every kind that it takes, and words for what it does not."""
import json
import os
import subprocess
import unittest

from harness import WEIR, WeirTest, clip, clips_folder

NAME = "live/x"


def copy_of(path, name, *options):
    made = os.path.join(clips_folder(), name)
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", path, *(options or ("-c", "copy")), made], check=True, timeout=60)
    return made


class ProbeTest(WeirTest):
    def probe(self, source, *options):
        status, said = self.run_client(WEIR, "probe", source, "--json", *options)
        self.assertEqual(status, 0, said)
        return json.loads(next(line for line in said.splitlines() if line.startswith("{")))

    def assert_is_the_clip(self, report, container):
        self.assertEqual(report["container"], container)
        video, audio = report["tracks"][0], report["tracks"][1]
        self.assertEqual((video["codec"], video["width"], video["height"]), ("h264", 320, 180), report)
        self.assertAlmostEqual(video["frame_rate"], 25, delta=0.5)
        self.assertAlmostEqual(video["keyframe_seconds"]["mean"], 1, delta=0.05)
        self.assertEqual((audio["codec"], audio["sample_rate"]), ("aac", 48000))
        for track in (video, audio):
            faults = {name: count for name, count in track["timestamp_faults"].items() if count}
            self.assertEqual((faults, track["out_of_order"]), ({}, 0), track["kind"])
        self.assertTrue(any("segments will be 6." in one["text"] for one in report["advice"]), report["advice"])


class Files(ProbeTest):
    def test_each_container_says_the_same_of_the_same_media(self):
        for container, path in {"FLV": clip(), "MPEG-TS": copy_of(clip(), "small.ts"), "fragmented MP4": clip("small.mp4")}.items():
            with self.subTest(container):
                report = self.probe(path)
                self.assert_is_the_clip(report, container)
                self.assertAlmostEqual(report["seconds"], 12, delta=0.2)
                self.assertLess(self.probe(path, "--seconds", "3")["seconds"], 8)

    def test_every_sound_of_a_transport_stream_is_known(self):
        for codec, name in (("libmp3lame", "mp3"), ("mp2", "mp2"), ("ac3", "ac3"), ("eac3", "eac3")):
            with self.subTest(codec):
                report = self.probe(copy_of(clip(), f"sound_{name}.ts", "-t", "3", "-c:v", "copy", "-c:a", codec))
                self.assertEqual(report["tracks"][1]["codec"], name)
                self.assertTrue(any("encoded anew as AAC" in one["text"] for one in report["advice"]))

    def test_keyframes_too_far_apart_are_told_with_what_to_do(self):
        path = copy_of(clip(), "sparse.ts", "-c:v", "libx264", "-preset", "ultrafast", "-g", "250", "-sc_threshold", "0", "-c:a", "copy")
        status, said = self.run_client(WEIR, "probe", path)
        self.assertEqual(status, 0, said)
        self.assertIn("bad    keyframes are up to 10.00 s apart", said)
        self.assertIn("set the encoder's keyframe interval to 2 s", said)

    def test_packets_that_are_missing_are_told(self):
        path = copy_of(clip(), "whole.ts")
        with open(path, "rb") as file:
            packets = file.read()
        holed = os.path.join(clips_folder(), "holed.ts")
        with open(holed, "wb") as file:
            file.write(packets[:188 * 200] + packets[188 * 203:])
        report = self.probe(holed)
        self.assertGreaterEqual(report["transport"]["lost"], 1)
        self.assertTrue(any("packets were lost" in one["text"] and one["level"] == "bad" for one in report["advice"]), report)

    def test_what_cannot_be_probed_says_what_can(self):
        text = os.path.join(clips_folder(), "text.txt")
        with open(text, "w", encoding="ascii") as file:
            file.write("no media at all\n" * 100)
        for source, words in ((text, "FLV, MPEG-TS, fragmented MP4"), ("/nowhere/at.all", "cannot be read"),
                              ("gopher://localhost/live/x", "weir probe takes a file"),
                              (copy_of(clip(), "mpeg2.ts", "-t", "1", "-c:v", "mpeg2video", "-an"), "MPEG-2 video is not served")):
            status, said = self.run_client(WEIR, "probe", source)
            self.assertEqual(status, 1, said)
            self.assertIn(words, said)


class Live(ProbeTest):
    def test_a_live_stream_is_probed_by_every_protocol(self):
        server = self.serve("streams.defaults.ladder=none", "streams.defaults.segment=2s")
        server.publish(NAME, file=clip())
        server.wait_for_playlist(NAME)
        for source, container in ((server.rtmp(NAME), "RTMP"), (server.address(f"/{NAME}.flv"), "FLV"),
                                  (server.address(f"/{NAME}.ts"), "MPEG-TS"), (server.address(f"/{NAME}.mp4"), "fragmented MP4"),
                                  (server.address(f"/{NAME}/index.m3u8"), "HLS of fragmented MP4"),
                                  (server.address(f"/{NAME}/ts.m3u8"), "HLS of MPEG-TS")):
            with self.subTest(container):
                self.assert_is_the_clip(self.probe(source, "--seconds", "3"), container)
        status, said = self.run_client(WEIR, "probe", server.rtmp("live/nobody"), "--seconds", "2")
        self.assertEqual(status, 1, said)
        status, said = self.run_client(WEIR, "probe", server.address("/live/nobody.flv"), "--seconds", "2")
        self.assertEqual(status, 1, said)
        self.assertIn("404", said)


if __name__ == "__main__":
    unittest.main()
