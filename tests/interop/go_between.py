"""Somebody in the middle: ends TLS on both sides with a certificate of its own and passes on what lies inside."""

import select
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from ts_request import TsRequest, take_ts_request


class GoBetween:
    """
    Serves one client on a port of its own. `sent` are the TSRequests of the client, as they were inside TLS. `change`
    makes another TSRequest of each that passes.
    """

    def __init__(self, server_port: int, certificate: Path, key: Path,
                 change: Callable[[bool, TsRequest], TsRequest] | None = None):
        self.server_port = server_port
        self.sent: list[TsRequest] = []
        self.change = change
        self.waiting = {True: b"", False: b""}  # of TSRequests that came in part; True: the client's
        self.near = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.near.load_cert_chain(certificate, key)
        self.far = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.far.check_hostname, self.far.verify_mode = False, ssl.CERT_NONE
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        with suppress(OSError):  # one of both has left
            self._run()

    def _run(self) -> None:
        client, _ = self.listener.accept()
        with client, socket.create_connection(("127.0.0.1", self.server_port), 20) as server:
            client.settimeout(20)
            for source, target in ((client, server), (server, client)):  # X.224, one PDU each way
                target.sendall(source.recv(4096))
            with self.near.wrap_socket(client, server_side=True) as client, self.far.wrap_socket(server) as server:
                self._pass_on(client, server)

    def _pass_on(self, client: ssl.SSLSocket, server: ssl.SSLSocket) -> None:
        """One thread for both directions: an SSL object serves one at a time."""
        other = {client: server, server: client}
        for end in other:
            end.setblocking(False)
        while True:
            ready = [end for end in other if end.pending()] or select.select(list(other), [], [], 20)[0]
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
                if self.change:
                    data = self._note(end is client, data)
                elif end is client:
                    self._note(True, data)
                other[end].sendall(data)  # far less than a socket's buffer

    def _note(self, of_client: bool, data: bytes) -> bytes:
        """The whole TSRequests among it, changed."""
        changed = b""
        self.waiting[of_client] += data
        while taken := take_ts_request(self.waiting[of_client]):
            request, self.waiting[of_client] = TsRequest.decode(taken[0]), taken[1]
            if of_client:
                self.sent.append(request)
            if self.change:
                changed += self.change(of_client, request).encode()
        return changed

    def finish(self) -> None:
        self.thread.join(20)
        self.listener.close()
