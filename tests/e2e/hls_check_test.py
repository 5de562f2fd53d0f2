"""A strict client (tests/checker, as the program hls_check) follows live playlists over HTTP and finds nothing amiss: those of the
demo with its ladder, and those of a stream whose publisher is cut and comes back."""
import signal
import unittest

from harness import HLS_CHECK, WeirTest, text_of


class HlsCheck(WeirTest):
    def check(self, name, seconds):
        self.server.wait_until(name, "running")
        self.server.wait_for_playlist(name)
        return self.processes.start(HLS_CHECK, self.server.address(f"/{name}/index.m3u8"), "--seconds", str(seconds),
                                    log=name.replace("/", "-") + ".log")

    def assert_well(self, checker, seconds):
        checker.wait(seconds)
        said = text_of(checker.log)
        print(said[-2000:], flush=True)
        self.assertEqual(checker.returncode, 0, said)

    def test_thirty_seconds_of_the_demo_and_of_a_publisher_that_is_cut(self):
        self.server = self.serve("streams.defaults.segment=2s", "streams.defaults.hold=15s", verb="demo")
        publisher = self.server.publish("live/cut")
        checkers = [self.check("live/demo", 30), self.check("live/cut", 30)]
        self.processes.end(publisher, signal.SIGKILL)
        self.server.wait_until("live/cut", "recovering", 15)
        self.server.publish("live/cut")
        self.server.wait_until("live/cut", "running")
        for checker in checkers:
            self.assert_well(checker, 60)


if __name__ == "__main__":
    unittest.main()
