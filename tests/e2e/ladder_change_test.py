"""Another ladder for a stream that runs: its rungs are made anew, those of the same name go on, who watches the source notices nothing,
and a strict client finds nothing amiss in any playlist meanwhile."""
import json
import os
import unittest

from harness import HLS_CHECK, has, open_browser, text_of, wait_for
from ladder_test import NAME, RUNGS, LadderTest
from segments import begins

SMALL = [{"name": "360p", "height": 360, "bitrate": "500k", "preset": "ultrafast"},
         {"name": "240p", "height": 240, "bitrate": "250k", "preset": "ultrafast"}]


class AnotherLadder(LadderTest):
    def set_options(self, **options):
        answer = self.server.request("PUT", f"/api/v1/streams/{NAME}/config", {"Content-Type": "application/json"},
                                     json.dumps(options).encode())
        self.assertEqual(answer.status, 200, answer.text)
        return answer.json["changed"]

    def set_ladder(self, ladder, rungs):
        """The API says that it holds, and players are offered no others."""
        self.assertEqual(self.set_options(ladder=ladder)["ladder"]["effect"], "at once")
        self.wait_for_rungs(rungs, 60)
        wait_for("the API lists them", lambda: self.made() == ["source", *rungs])

    def made(self):
        return [name for name, one in self.server.renditions(NAME).items() if one["state"] != "left_out"]

    def watch(self, path, *options):
        return self.processes.start("ffmpeg", "-nostats", "-v", "error", "-i", self.server.address(path), *options, "-c", "copy", "-f", "null", "-")

    def assert_undisturbed(self, viewer):
        self.assertIsNone(viewer.poll(), text_of(viewer.log))
        self.assertEqual(text_of(viewer.log), "")

    def assert_numbered_as_the_source(self, rung):
        source, its = begins(self.server, NAME, "source"), begins(self.server, NAME, rung)
        both = source.keys() & its.keys()
        self.assertGreaterEqual(len(both), 1, (source, its))
        self.assertEqual({number: its[number] for number in both}, {number: source[number] for number in both})

    def test_who_watches_a_rung_that_is_gone_is_let_go_and_all_others_play_on(self):
        self.live()
        stays, goes, source = (self.watch(f"/{NAME}/{rung}.flv") for rung in ("360p", "480p", "source"))
        wait_for("they play", lambda: self.server.stream(NAME)["viewers"]["flv"] == 3)
        first = self.stats()["worker"]["pid"]
        self.set_ladder(SMALL, ["360p", "240p"])
        self.assertNotEqual(self.stats()["worker"]["pid"], first)
        wait_for("the viewer of 480p is let go", lambda: goes.poll() is not None)
        wait_for("who plays it in HLS changes to another", lambda: "#EXT-X-GAP" in self.playlist("480p"))
        self.assertNotIn("#EXT-X-GAP", self.playlist("source"))
        self.assertEqual(self.run_client("ffmpeg", "-nostats", "-v", "error", "-i", self.server.address(f"/{NAME}/240p.flv"), "-t", "3",
                                         "-f", "null", "-"), (0, ""))
        self.assertEqual(self.server.get(f"/{NAME}/480p.flv").status, 404)
        self.assertIsNone(stays.poll(), text_of(stays.log))
        second = self.stats()["worker"]["pid"]
        self.set_options(transcode="never")
        wait_for("only the source is left", lambda: self.listed() == ["source"])
        wait_for("no worker is left behind", lambda: not any(os.path.exists(f"/proc/{pid}") for pid in (first, second)))
        wait_for("the viewer of 360p is let go", lambda: stays.poll() is not None)
        self.assert_undisturbed(source)

    def test_a_strict_client_finds_nothing_amiss_through_three_changes(self):
        self.live("streams.defaults.window=10s")
        page = open_browser("play.mjs", self.server.address(f"/{NAME}"), "--seconds", "20") if has("chromium") else None
        if page:
            page.wait_for_moving()
        checker = self.processes.start(HLS_CHECK, self.server.address(f"/{NAME}/index.m3u8"), "--seconds", "240", log="hls_check.log")
        viewers = [self.watch(f"/{NAME}/source{form}") for form in (".flv", "/index.m3u8")]
        self.set_ladder(SMALL, ["360p", "240p"])
        self.assert_numbered_as_the_source("240p")
        self.set_ladder("none", [])
        wait_for("what is gone leaves with the window", lambda: self.server.get(f"/{NAME}/240p/index.m3u8").status == 404, 60)
        self.assertIsNone(self.stats()["worker"])
        self.set_ladder(None, RUNGS)
        self.assert_aligned(1)
        self.assertNotIn("#EXT-X-GAP", self.playlist("source"))
        for viewer in viewers:
            self.assert_undisturbed(viewer)
        if page:
            seen = page()
            self.assertEqual((seen["errors"], seen["last_error"], seen["attempts"], seen["status"]), ([], "", 1, 0), seen)
        self.assertEqual(self.server.get(f"/api/v1/streams/{NAME}", method="DELETE").status, 200)
        wait_for("the client has seen the end of every playlist", lambda: checker.poll() is not None, 60)
        said = text_of(checker.log)
        print(said[-2000:], flush=True)
        self.assertEqual(checker.returncode, 0, said)


if __name__ == "__main__":
    unittest.main()
