#!/usr/bin/env python3
"""Records what a program sends by RTP to loopback ports: record.py OUT.rtp PORT... -- COMMAND...

Each datagram is a frame as RTSP interleaves them: '$', channel, size, bytes. Channel 2 n is the RTP of the nth port, 2 n + 1 the RTCP
of the port above it. Ends a moment after the command does.
"""
import select
import socket
import struct
import subprocess
import sys


def main():
    at = sys.argv.index("--")
    path, ports, command = sys.argv[1], [int(port) for port in sys.argv[2:at]], sys.argv[at + 1:]
    channels = {}
    for number, port in enumerate(ports):
        for half in (0, 1):
            channel = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            channel.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 21)
            channel.bind(("127.0.0.1", port + half))
            channels[channel] = 2 * number + half
    with open(path, "wb") as out, subprocess.Popen(command, stdin=subprocess.DEVNULL) as sender:
        while True:
            ready, _, _ = select.select(list(channels), [], [], 0.5)
            if not ready and sender.poll() is not None:
                return sender.returncode
            for channel in ready:
                datagram = channel.recv(65536)
                out.write(struct.pack(">BBH", ord("$"), channels[channel], len(datagram)) + datagram)


if __name__ == "__main__":
    sys.exit(main())
