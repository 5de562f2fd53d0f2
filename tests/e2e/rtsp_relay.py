"""RTSP through a bad network: the connection is passed on as it is, and what goes by UDP takes a lossy relay, whose ports the client is told
in place of the server's."""
import re
import socket
import threading

from lossy_relay import LossyRelay


class RtspRelay:
    """A publisher that talks to `port` publishes to the server on `target`."""

    def __init__(self, target, **network):
        self.target, self.network = target, network
        self.front = socket.create_server(("127.0.0.1", 0))
        self.port = self.front.getsockname()[1]
        self.relays, self.sockets = [], [self.front]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        try:
            while True:
                client, _ = self.front.accept()
                server = socket.create_connection(self.target)
                self.sockets += [client, server]
                threading.Thread(target=self.pass_on, args=(client, server, lambda said: said), daemon=True).start()
                threading.Thread(target=self.pass_on, args=(server, client, self.told), daemon=True).start()
        except OSError:
            pass

    def told(self, said):
        """An answer to SETUP has the server's ports in it; answers of this size come in one piece."""
        return re.sub(rb"server_port=(\d+)-(\d+)", self.relayed, said)

    def relayed(self, ports):
        pair = LossyRelay.pair([("127.0.0.1", int(port)) for port in ports.groups()], **self.network)
        self.relays += pair
        return b"server_port=%d-%d" % tuple(relay.port for relay in pair)

    @staticmethod
    def pass_on(source, to, change):
        try:
            while said := source.recv(65536):
                to.sendall(change(said))
            to.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    @property
    def lost(self):
        return sum(relay.lost for relay in self.relays)

    def close(self):
        for one in [*self.sockets, *self.relays]:
            one.close()
