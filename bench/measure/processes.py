"""Programs on one core each, and what they cost: CPU seconds and memory from /proc. Whatever is started here ends with `stop`."""

import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import time
import urllib.request

CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, LOAD_CORE = CORES[0], CORES[-1]


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Program:
    """A program pinned to one core; its output goes to a file named after it."""

    def __init__(self, folder, name, command, core, environment=None):
        self.log = pathlib.Path(folder) / f"{name}.log"
        self.output = self.log.open("w+")
        self.process = subprocess.Popen(
            ["taskset", "-c", str(core), *map(str, command)],
            stdout=self.output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            env={**os.environ, **(environment or {})})
        self.pid = self.process.pid  # taskset becomes the program

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.output.close()

    def wait(self, timeout):
        """Waits for the end; the last line of its output that is JSON."""
        self.process.wait(timeout)
        self.output.close()
        for line in reversed(self.log.read_text().splitlines()):
            with contextlib.suppress(ValueError):
                return json.loads(line)
        raise RuntimeError(f"{self.log.name} has no result: {self.log.read_text()[-400:]}")

    def check(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.log.name} ended: {self.log.read_text()[-400:]}")


def move(pid, core):
    """Every thread of a program to another core."""
    subprocess.run(["taskset", "-acp", str(core), str(pid)], check=True, capture_output=True)


def cpu_seconds(pid):
    """User and system time of a process, exact where the kernel counts nanoseconds (schedstat), else in ticks."""
    try:
        tasks = pathlib.Path(f"/proc/{pid}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9
    except FileNotFoundError:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_bytes(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) * 1024


def children(pid):
    return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def get(url, timeout=30):  # a playlist waits for the first segment
    with urllib.request.urlopen(url, timeout=timeout) as answer:
        return answer.read()


def wait_until(condition, what, seconds=15, pause=0.05):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError, KeyError):
            if condition():
                return
        time.sleep(pause)
    raise RuntimeError(f"no {what} after {seconds} s")


def brief(outcome):
    """The numbers of one measurement, for the line that tells of it."""
    return ", ".join(f"{name} {value:.4g}" for name, value in outcome.items() if isinstance(value, (int, float)))
