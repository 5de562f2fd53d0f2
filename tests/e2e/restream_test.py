"""The API on running streams: one Weir sends its stream to another, and goes on when the other dies and comes back, and when it is itself
restarted; what was set for a stream holds at once and after a restart; and `weir ctl` says the same from a shell."""
import json
import signal
import unittest

from harness import WEIR, Processes, Server, WeirTest, clip, wait_for

NAME = "live/demo"


class Restream(WeirTest):
    def weir(self, **options):
        """A server with a store of its own."""
        processes = Processes()
        self.addCleanup(processes.end_all)
        server = Server(processes, "streams.defaults.ladder=none", "streams.defaults.segment=1s", "streams.defaults.hold=30s", **options)
        self.servers.append(server)
        return server

    def ask(self, server, method, path, body=None):
        """The answer, which is JSON, and its status."""
        headers = {"Content-Type": "application/json"} if body is not None else {}
        answer = server.request(method, f"/api/v1{path}", headers, None if body is None else json.dumps(body).encode())
        return answer.json, answer.status

    def push_of(self, server):
        items, _ = self.ask(server, "GET", f"/streams/{NAME}/push")
        return items["items"][0] if items.get("items") else None

    def wait_for_push(self, server, state, words="", seconds=20):
        def reached():
            push = self.push_of(server)
            return push if push and push["state"] == state and words in push["reason"] else None
        return wait_for(f"the push is {state} {words}", reached, seconds)

    def ctl(self, server, *words):
        status, said = self.run_client(WEIR, "ctl", *words, "--url", server.address(""))
        self.assertEqual(status, 0, said)
        return said

    def test_a_target_that_dies_and_comes_back_and_a_server_that_is_restarted(self):
        here, there = self.weir(), self.weir()
        publisher = here.publish(NAME, file=clip())
        here.wait_until(NAME, "running")
        push, status = self.ask(here, "POST", f"/streams/{NAME}/push", {"url": there.rtmp("copy/secret")})
        self.assertEqual(status, 201, push)
        self.assertNotIn("secret", json.dumps(push), "keys are not told")
        there.wait_until("copy/secret", "running")
        there.wait_for_playlist("copy/secret")
        push = self.wait_for_push(here, "running")
        self.assertEqual(push["attempts"], 1)
        wait_for("bytes are counted", lambda: self.push_of(here)["bytes"] > 100_000)
        self.assertEqual(there.stream("copy/secret")["tracks"][0]["width"], 320)

        there.stop(signal.SIGKILL)
        self.wait_for_push(here, "waiting")
        self.wait_for_push(here, "waiting", "no connection")
        there.start()
        there.wait_until("copy/secret", "running", 40)
        self.assertGreater(self.wait_for_push(here, "running")["attempts"], 1)
        self.assertEqual(here.stream(NAME)["state"], "running", "nobody here noticed")

        self.processes.end(publisher)
        here.stop()
        here.start()
        self.wait_for_push(here, "waiting", "not running")
        here.publish(NAME, file=clip())
        self.wait_for_push(here, "running")
        there.wait_until("copy/secret", "running")
        self.assertIn("running", self.ctl(here, "push", NAME))
        self.ctl(here, "push", NAME, "--stop", push["id"])
        there.wait_until("copy/secret", "recovering")
        self.assertIsNone(self.push_of(here))

    def test_what_is_set_for_a_stream_holds_at_once_and_after_a_restart(self):
        server = self.weir()
        server.publish(NAME, file=clip())
        server.wait_until(NAME, "running")
        answer, status = self.ask(server, "PUT", f"/streams/{NAME}/config", {"hold": "45s", "window": "soon"})
        self.assertEqual((status, answer["error"]["detail"]["field"]), (422, "window"))
        answer, status = self.ask(server, "PUT", f"/streams/{NAME}/config", {"hold": "45s", "timeout": "9s"})
        self.assertEqual((status, answer["changed"]["hold"]["effect"]), (200, "at once"))

        self.assertIn("paused: true", self.ctl(server, "pause", NAME))
        stream = server.wait_until(NAME, "recovering")
        self.assertEqual((stream["reason"], stream["publisher"]["protocol"]), ("paused by an operator", "rtmp"))
        before = server.get(f"/api/v1/streams/{NAME}/stats").json["input"]["frames"]
        server.stop()
        server.start()
        self.assertEqual(self.ask(server, "GET", f"/streams/{NAME}/config")[0]["set"],
                         {"hold": "45s", "timeout": "9s", "paused": "true"})
        self.assertGreater(before, 0)
        server.publish(NAME, file=clip())
        wait_for("a publisher is there", lambda: (server.stream(NAME) or {}).get("publisher"))
        self.assertEqual(server.stream(NAME)["state"], "recovering", "the pause holds for a publisher that comes back")
        self.ctl(server, "resume", NAME)
        server.wait_until(NAME, "running")
        server.wait_for_playlist(NAME)
        self.assertIn(NAME, self.ctl(server, "streams"))
        self.assertIn("input.frames:", self.ctl(server, "stats", NAME))
        self.ctl(server, "stop", NAME)
        server.wait_until(NAME, "stopped")


if __name__ == "__main__":
    unittest.main()
