"""docs/sources.md says the truth: each of its commands is read out of the page and run as it stands there, against one server."""
import os
import re
import shlex
import shutil
import socket
import subprocess
import tempfile
import unittest

from harness import WEIR, WeirTest, clip, free_port, has, text_of, wait_for

PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "sources.md")
ON_AIR = "live/on"
PLAYERS = ("ffplay", "mpv", "vlc", "playbin")

# What this machine has not: a camera, a microphone, a screen, a loudspeaker.
IN_PLACE_OF = {
    "v4l2src": "videotestsrc is-live=true",
    "pulsesrc": "audiotestsrc is-live=true",
    "playbin": "-v playbin video-sink='fakesink silent=false sync=true' audio-sink=fakesink",
    "mpv": "mpv --no-config --vo=null --ao=null --term-status-msg='at ${=time-pos}'",
    "ffplay": "ffplay -nodisp",
}
# What a player says when it has shown something, again and again.
SHOWN = {
    "ffplay": r"([\d.]+) [AM]-[VA]:",
    "mpv": r"at ([\d.]+)",
    "playbin": r"last-message = chain .*?(?:dts|pts): ([\d:.]+),",
}


def blocks(kind=""):
    """The fenced blocks of that language, each with the heading that it stands under."""
    heading, inside, lines = "", None, []
    for line in text_of(PAGE).splitlines():
        if line.startswith("## "):
            heading = line[3:]
        elif line.startswith("```"):
            if inside == kind:
                yield heading, "\n".join(lines)
            inside, lines = (line[3:] if inside is None else None), []
        elif inside is not None:
            lines.append(line)


def commands():
    """Each command of the page, in one line, without its remark."""
    for heading, text in blocks():
        for line in text.replace("\\\n", " ").splitlines():
            yield heading, re.sub(r"\s+#\s.*$", "", line).strip()


def program_of(command):
    return "playbin" if "playbin" in command else shlex.split(command)[0]


class Sources(WeirTest):
    def setUp(self):
        super().setUp()
        self.server = self.serve("streams.defaults.transcode=never", "ladders.small=[{name: 480p, height: 90, bitrate: 100k}]",
                                 f"streams={{{ON_AIR}: {{ladder: small, transcode: always}}}}")
        self.udp_port = free_port(socket.SOCK_DGRAM)

    def here(self, command, name):
        """The command for this server, for the stream of that name, and for a machine without devices."""
        changes = {"HOST:8890": f"127.0.0.1:{self.server.srt_port}", "HOST:8554": f"127.0.0.1:{self.server.rtsp_port}",
                   "rtmp://HOST": f"rtmp://127.0.0.1:{self.server.rtmp_port}", "udp://:5000": f"udp://127.0.0.1:{self.udp_port}",
                   "film.mp4": clip("film.mp4", seconds=90), "live/demo": name, **IN_PLACE_OF}
        for what, instead in changes.items():
            command = re.sub(rf"(?<![\w/-]){re.escape(what)}(?![\w-])" if what in IN_PLACE_OF else re.escape(what), lambda _, to=instead: to, command)
        self.assertNotIn("HOST", command)
        return command

    def start_command(self, command, name, number):
        words = shlex.split(self.here(command, name))
        if words[0] == "weir":
            words[0] = WEIR
        if words[0] == "vlc":  # which does not run as root
            words = self.vlc(words[1:], number)
        quiet = {"SDL_VIDEODRIVER": "dummy", "SDL_AUDIODRIVER": "dummy"}
        return self.processes.start(*words, log=f"{number}.{program_of(command)}.log", env={**os.environ, **quiet})

    def is_installed(self, command):
        """Where its program is not, the report says which command was not run."""
        program = shlex.split(command)[0]
        with self.subTest(command):
            if program != "weir" and not has(program):
                self.skipTest(f"{program} is not installed")
            return True
        return False

    def vlc(self, arguments, number):
        folder = tempfile.mkdtemp(prefix=f"weir-vlc-{number}-")
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        os.chmod(folder, 0o777)
        self.pictures[number] = folder
        words = ["cvlc", "--intf=dummy", "--vout=dummy", "--aout=dummy", "--video-filter=scene", "--scene-format=png",
                 f"--scene-path={folder}", "--scene-ratio=5", *arguments]
        return ["runuser", "-u", "nobody", "--", *words] if os.getuid() == 0 else words

    def has_played(self, child, program, number):
        """It has shown pictures of different moments."""
        if program == "vlc":
            return len([one for one in os.listdir(self.pictures[number]) if one.endswith(".png")]) > 2
        return len(set(re.findall(SHOWN[program], text_of(child.log)))) > 5

    def assert_comes_to(self, what, is_so, child, seconds=40):
        try:
            wait_for(what, lambda: is_so() or child.poll() is not None, seconds)
            self.assertTrue(is_so(), f"it ended: {child.poll()}")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{what}\n{text_of(child.log)[-2000:]}") from error

    def test_what_publishes_brings_a_stream(self):
        publishers = [(heading, command) for heading, command in commands() if program_of(command) not in PLAYERS]
        self.assertEqual({heading for heading, _ in publishers}, {"RTMP", "SRT", "RTSP"}, "each protocol has a command that publishes")
        started = []
        for number, (heading, command) in enumerate(publishers):
            if not self.is_installed(command):
                continue
            if "udp://:5000" in command:
                self.processes.start("ffmpeg", "-v", "error", "-re", "-stream_loop", "-1", "-i", clip(), "-c", "copy", "-f", "mpegts",
                                     f"udp://127.0.0.1:{self.udp_port}?pkt_size=1316")
            started.append((heading, command, f"live/p{number}", self.start_command(command, f"live/p{number}", number)))
        for heading, command, name, child in started:
            with self.subTest(command):
                def is_there(name=name):
                    stream = self.server.stream(name)
                    return stream and stream["state"] == "running" and stream["tracks"]
                self.assert_comes_to(command, is_there, child)
                stream = self.server.stream(name)
                self.assertEqual(stream["publisher"]["protocol"], heading.lower())
                self.assertRegex(stream["tracks"][0]["codec_string"], r"avc1\.(42|4d|58|64)", "a profile that browsers play")

    def test_what_plays_shows_a_picture(self):
        self.pictures = {}
        self.server.publish(ON_AIR, file=clip())
        wait_for("there is a rung", lambda: self.server.renditions(ON_AIR).get("480p", {}).get("state") == "running", 30)
        players = [(heading, command) for heading, command in commands() if program_of(command) in PLAYERS]
        self.assertEqual({heading for heading, _ in players}, {"RTMP", "SRT", "RTSP"}, "each protocol has a command that plays")
        started = []
        for number, (heading, command) in enumerate(players):
            if self.is_installed(command):
                started.append((command, program_of(command), number, self.start_command(command, ON_AIR, number)))
        for command, program, number, child in started:
            with self.subTest(command):
                self.assert_comes_to(command, lambda c=child, p=program, n=number: self.has_played(c, p, n), child)

    def test_what_is_configured_is_a_configuration(self):
        for _, text in blocks("yaml"):
            path = os.path.join(self.processes.folder, "weir.yaml")
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            done = subprocess.run([WEIR, "check", "-c", path], capture_output=True, text=True, timeout=20, check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
