"""Somebody in the middle: ends TLS on both sides with a certificate of its own and passes on what lies inside."""

import select
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from ts_request import TsRequest, take_ts_request


class TlsRelay:
    """Serves clients on a port of its own. Without `far_tls` it is a proxy to a server that knows no TLS."""

    def __init__(self, server_port: int, certificate: Path, key: Path, far_tls: bool = True):
        self.server_port = server_port
        self.near = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.near.load_cert_chain(certificate, key)
        self.far = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if far_tls else None
        if self.far:
            self.far.check_hostname, self.far.verify_mode = False, ssl.CERT_NONE
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        while True:
            client, _ = self.listener.accept()
            threading.Thread(target=self._serve_one, args=(client,), daemon=True).start()

    def _serve_one(self, client: socket.socket) -> None:
        # Whoever leaves ends it.
        with suppress(OSError), client, socket.create_connection(("127.0.0.1", self.server_port), 20) as server:
            client.settimeout(20)
            self._begin(client, server)
            with self.near.wrap_socket(client, server_side=True) as client:
                if not self.far:
                    self._pass_on(client, server)
                    return
                with self.far.wrap_socket(server) as server:
                    self._pass_on(client, server)

    def _begin(self, client: socket.socket, server: socket.socket) -> None:
        """What stands in front of TLS."""

    def _change(self, of_client: bool, data: bytes) -> bytes:
        """What is passed on for `data`."""
        return data

    def _pass_on(self, client: ssl.SSLSocket, server: socket.socket) -> None:
        """One thread for both directions: an SSL object serves one at a time."""
        other = {client: server, server: client}
        for end in other:
            end.setblocking(False)
        while True:
            ready = [end for end in other if isinstance(end, ssl.SSLSocket) and end.pending()]
            ready = ready or select.select(list(other), [], [], 20)[0]
            if not ready:
                return
            for end in ready:
                try:
                    data = end.recv(16384)
                except ssl.SSLWantReadError:  # a TLS record without data
                    continue
                except OSError:
                    return
                if not data:
                    return
                other[end].sendall(self._change(end is client, data))  # far less than a socket's buffer


class GoBetween(TlsRelay):
    """
    Serves one client of CredSSP. `sent` are its TSRequests, as they were inside TLS. `change` makes another TSRequest
    of each that passes.
    """

    def __init__(self, server_port: int, certificate: Path, key: Path,
                 change: Callable[[bool, TsRequest], TsRequest] | None = None):
        self.sent: list[TsRequest] = []
        self.change = change
        self.waiting = {True: b"", False: b""}  # of TSRequests that came in part; True: the client's
        super().__init__(server_port, certificate, key)

    def _serve(self) -> None:
        client, _ = self.listener.accept()
        self._serve_one(client)

    def _begin(self, client: socket.socket, server: socket.socket) -> None:
        for source, target in ((client, server), (server, client)):  # X.224, one PDU each way
            target.sendall(source.recv(4096))

    def _change(self, of_client: bool, data: bytes) -> bytes:
        changed = b""
        self.waiting[of_client] += data
        while taken := take_ts_request(self.waiting[of_client]):
            request, self.waiting[of_client] = TsRequest.decode(taken[0]), taken[1]
            if of_client:
                self.sent.append(request)
            if self.change:
                changed += self.change(of_client, request).encode()
        return changed if self.change else data

    def finish(self) -> None:
        self.thread.join(20)
        self.listener.close()
