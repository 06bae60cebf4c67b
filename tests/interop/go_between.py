"""Somebody in the middle: ends TLS on both sides with a certificate of its own and passes on what lies inside."""

import socket
import ssl
import threading
from pathlib import Path

from ts_request import TsRequest, take_ts_request


class GoBetween:
    """Serves one client on a port of its own. `sent` are the TSRequests of the client, as they were inside TLS."""

    def __init__(self, server_port: int, certificate: Path, key: Path):
        self.server_port = server_port
        self.sent: list[TsRequest] = []
        self.near = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.near.load_cert_chain(certificate, key)
        self.far = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.far.check_hostname, self.far.verify_mode = False, ssl.CERT_NONE
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        client, _ = self.listener.accept()
        with client, socket.create_connection(("127.0.0.1", self.server_port), 20) as server:
            client.settimeout(20)
            for source, target in ((client, server), (server, client)):  # X.224, one PDU each way
                target.sendall(source.recv(4096))
            with self.near.wrap_socket(client, server_side=True) as client, self.far.wrap_socket(server) as server:
                back = threading.Thread(target=self._pass_on, args=(server, client), daemon=True)
                back.start()
                self._pass_on(client, server, self._note())
                back.join()

    def _note(self):
        """What takes the client's bytes apart; left-overs wait for the rest."""
        waiting = b""

        def note(data: bytes) -> None:
            nonlocal waiting
            waiting += data
            while taken := take_ts_request(waiting):
                request, waiting = taken
                self.sent.append(TsRequest.decode(request))
        return note

    @staticmethod
    def _pass_on(source: ssl.SSLSocket, target: ssl.SSLSocket, note=None) -> None:
        try:
            while data := source.recv(16384):
                if note:
                    note(data)
                target.sendall(data)
        except OSError:
            pass
        for end in (source, target):  # the other direction, too
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def finish(self) -> None:
        self.thread.join(20)
        self.listener.close()
