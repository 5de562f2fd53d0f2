"""RTSP through a bad network, or to a server that does less than ours: the connection is passed on as it is, and what goes by UDP takes a
lossy relay, whose ports one end is told in place of the other's."""
import re
import socket
import threading

from lossy_relay import LossyRelay


class RtspRelay:
    """A publisher that talks to `port` publishes to the server on `target`; where the network is one to the client too, a player plays from it.
    `only_udp`: tracks over the connection are refused, with 461."""

    def __init__(self, target, to_client=False, only_udp=False, **network):
        self.target, self.to_client, self.only_udp, self.network = target, to_client, only_udp, network
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
                threading.Thread(target=self.pass_on, args=(client, server, self.asked), daemon=True).start()
                threading.Thread(target=self.pass_on, args=(server, client, self.told), daemon=True).start()
        except OSError:
            pass

    def asked(self, said):
        """A SETUP has the client's ports in it; messages of this size come in one piece."""
        if self.only_udp:
            said = re.sub(rb"RTP/AVP/TCP;unicast", b"RTP/AVP;multicast", said)  # which the server does not do
        return re.sub(rb"(client_port)=(\d+)-(\d+)", self.relayed, said) if self.to_client else said

    def told(self, said):
        """An answer to it has the server's, which sends to where it hears from."""
        return re.sub(rb"(server_port)=(\d+)-(\d+)", self.relayed, said)

    def relayed(self, ports):
        name, *numbers = ports.groups()
        if not self.network:
            return ports[0]
        pair = LossyRelay.pair([("127.0.0.1", int(port)) for port in numbers], **self.network)
        self.relays += pair
        return b"%s=%d-%d" % (name, *(relay.port for relay in pair))

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
