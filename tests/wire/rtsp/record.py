#!/usr/bin/env python3
"""Records what a client says to a server of RTSP: record.py OUT.bin SERVER_PORT SECONDS COMMAND...

The command's word @PORT@ becomes the port that stands between the two; what the client sends there, commands and interleaved media, is the
file. The command is ended by SIGINT after so many seconds, where it has not ended by itself.
"""
import select
import socket
import subprocess
import sys


def relay(client, server, out):
    while True:
        for one in select.select([client, server], [], [])[0]:
            data = one.recv(65536)
            if not data:
                return
            if one is client:
                out.write(data)
            (server if one is client else client).sendall(data)


def main():
    path, port, seconds, command = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.argv[4:]
    with socket.create_server(("127.0.0.1", 0)) as listener, open(path, "wb") as out:
        here = str(listener.getsockname()[1])
        command = [word.replace("@PORT@", here) for word in command]
        with subprocess.Popen(["timeout", "-k", "2", "-s", "INT", str(seconds), *command], stdin=subprocess.DEVNULL) as sender:
            client, _ = listener.accept()
            with client, socket.create_connection(("127.0.0.1", port)) as server:
                relay(client, server, out)
            sender.terminate()


if __name__ == "__main__":
    sys.exit(main())
