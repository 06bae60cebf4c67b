"""A CredSSP server of gss-ntlmssp, MIT's SPNEGO and Python's TLS: credssp_server.py [options]

Prints the port that it listens on, serves some connections, and prints one JSON object about each: what the client
sent, TSRequest by TSRequest and to the last byte inside TLS. The faults are for tests of the client: at each it must
leave before it sends credentials. Users stand in NTLM_USER_FILE.
"""

import argparse
import json
import os
import socket
import ssl
import sys

import gssapi

from ts_request import (TO_CLIENT, TO_SERVER, TsRequest, content, elements, key_proof, subject_public_key,
                        take_ts_request)

NTLM = gssapi.OID.from_int_seq("1.3.6.1.4.1.311.2.2.10")
SPNEGO = gssapi.OID.from_int_seq("1.3.6.1.5.5.2")
SPNEGO_REJECT = bytes.fromhex("a1073005a0030a0102")  # RFC 4178 4.2.2
HYBRID, HYBRID_EX = 2, 8
LOGON_FAILURE = 0xC000006D
PROOFS = {
    "right": "as MS-CSSP says",
    "wrong-key": "over another key",
    "own-label": "with the client's label; before version 5: the client's key, not increased",
    "other-nonce": "over a nonce of another session",
    "absent": "a TSRequest without pubKeyAuth",
    "echo": "the client's own pubKeyAuth",
    "other-session": "the pubKeyAuth of the connection before, to which the right one was sent",
    "unsealed": "the right value, in clear",
}


class End(Exception):
    """The connection is over; the text says why."""


class Context(gssapi.SecurityContext):
    """A failed step fails at once, also where there is an error token for the client."""


Context.__DEFER_STEP_ERRORS__ = False  # within the class its metaclass would have the last word


class Session:
    """One connection. `record` becomes the line about it."""

    def __init__(self, raw: socket.socket, settings: argparse.Namespace, old_proof: bytes):
        self.raw, self.settings, self.old_proof = raw, settings, old_proof
        self.record: dict = {"protocol": None, "tls": None, "requests": [], "mechanism": None, "user": None,
                             "credentials": None, "behind_proof": "", "end": None}
        self.stream: ssl.SSLSocket | None = None
        self.waiting = b""
        self.context: Context | None = None
        self.proof = b""

    # --- X.224 and TLS (MS-RDPBCGR 2.2.1.1, 2.2.1.2)

    def receive(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            part = self.raw.recv(size - len(data))
            if not part:
                raise End("closed in X.224")
            data += part
        return data

    def negotiate(self) -> None:
        request = self.receive(int.from_bytes(self.receive(4)[2:4], "big") - 4)
        requested = int.from_bytes(request[-4:], "little")
        selected = HYBRID_EX if self.settings.early is not None and requested & HYBRID_EX else HYBRID
        self.record["protocol"] = [requested, selected]
        self.raw.sendall(bytes.fromhex("030000130ed00000123400 02000800") + selected.to_bytes(4, "little"))

    def start_tls(self) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.settings.certificate, self.settings.key)
        context.minimum_version = context.maximum_version = {"1.2": ssl.TLSVersion.TLSv1_2,
                                                             "1.3": ssl.TLSVersion.TLSv1_3}[self.settings.tls]
        self.stream = context.wrap_socket(self.raw, server_side=True)
        self.record["tls"] = self.stream.version()

    # --- TSRequests

    def read(self) -> TsRequest:
        while not (taken := take_ts_request(self.waiting)):
            data = self.stream.recv(16384)
            if not data:
                raise End("closed")
            self.waiting += data
        whole, self.waiting = taken
        request = TsRequest.decode(whole)
        self.record["requests"].append({name: value.hex() if isinstance(value, bytes) else value
                                        for name, value in vars(request).items() if value is not None})
        return request

    def send(self, **fields) -> None:
        self.stream.sendall(TsRequest(self.settings.version, **fields).encode())

    def refuse(self, code: int, version: int) -> None:
        """MS-CSSP 2.2.1: versions 2 and 5 know no errorCode."""
        if self.settings.reject:
            self.send(nego_token=SPNEGO_REJECT)
        elif min(version, self.settings.version) in (3, 4, 6):
            self.send(error_code=code)
        raise End(f"refused: {code:#010x}")

    def step(self, token: bytes, version: int) -> bytes | None:
        if self.context is None:
            mechanism = NTLM if token.startswith(b"NTLMSSP\0") else SPNEGO
            self.record["mechanism"] = "ntlm" if mechanism == NTLM else "spnego"
            self.context = Context(usage="accept", creds=gssapi.Credentials(usage="accept", mechs=[mechanism]))
        try:
            return self.context.step(token)
        except gssapi.exceptions.GSSError as error:
            self.record["error"] = " ".join(str(error).split())
            self.refuse(LOGON_FAILURE, version)

    def log_on(self) -> TsRequest:
        """To the message with the client's proof, for which the last token of the logon waits in `self.token`."""
        count, nonce = 0, None
        while True:
            request = self.read()
            count += 1
            nonce = request.client_nonce or nonce
            if self.settings.error is not None and count == 2:
                self.refuse(self.settings.error, request.version)
            self.token = self.step(request.nego_token, request.version) if request.nego_token else None
            if request.pub_key_auth and self.context.complete:
                request.client_nonce = nonce
                return request
            self.send(nego_token=self.token)

    def check_proof(self, request: TsRequest) -> None:
        version = min(request.version, self.settings.version)
        expected = key_proof(version, TO_SERVER, request.client_nonce, self.key)
        if self.context.unwrap(request.pub_key_auth).message != expected:
            raise End("the client's proof is wrong")
        self.record["user"] = str(self.context._inquire(initiator_name=True).initiator_name).rstrip("\0")

    def send_proof(self, request: TsRequest) -> None:
        version = min(request.version, self.settings.version)
        kind = self.settings.proof
        key = self.key[:-1] + bytes([self.key[-1] ^ 1]) if kind == "wrong-key" else self.key
        plain = key_proof(version, TO_SERVER if kind == "own-label" else TO_CLIENT,
                          bytes(32) if kind == "other-nonce" else request.client_nonce, key)
        self.proof = self.context.wrap(plain, True).message
        if kind == "other-session" and self.old_proof:
            self.proof = self.old_proof
        elif kind == "echo":
            self.proof = request.pub_key_auth
        elif kind == "unsealed":
            self.proof = plain
        if kind == "absent":
            if self.token:
                self.send(nego_token=self.token)
            self.send()
        else:
            self.send(nego_token=self.token, pub_key_auth=self.proof)

    def receive_credentials(self) -> None:
        request = self.read()
        if request.auth_info is None:
            raise End("no credentials where they are due")
        fields = dict(elements(content(self.context.unwrap(request.auth_info).message)))
        texts = elements(content(content(fields[0xA1])))
        self.record["credentials"] = [content(text).decode("utf-16-le") for _, text in texts]

    def run(self) -> None:
        self.negotiate()
        self.start_tls()
        self.key = subject_public_key(ssl.PEM_cert_to_DER_cert(open(self.settings.certificate).read()))
        request = self.log_on()
        self.check_proof(request)
        self.send_proof(request)
        self.receive_credentials()
        if self.record["protocol"][1] == HYBRID_EX:
            self.stream.sendall(bytes.fromhex(self.settings.early))
        raise End("done")

    def rest(self) -> None:
        """Whatever else the client sends inside TLS."""
        data, self.waiting = self.waiting, b""
        try:
            while self.stream and (part := self.stream.recv(16384)):
                data += part
        except OSError as end:
            self.record["last"] = str(end)  # an alert, for example
        self.record["behind_proof"] = data.hex()


def serve(listener: socket.socket, settings: argparse.Namespace, old_proof: bytes) -> bytes:
    raw, _ = listener.accept()
    raw.settimeout(20)
    session = Session(raw, settings, old_proof)
    try:
        session.run()
    except End as end:
        session.record["end"] = str(end)
        if session.record["end"].startswith("refused"):
            session.stream.shutdown(socket.SHUT_WR)
    except (OSError, gssapi.exceptions.GSSError) as error:
        session.record["end"] = str(error)
    session.rest()
    print(json.dumps(session.record), flush=True)
    (session.stream or raw).close()
    return session.proof


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--certificate", required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("--version", type=int, default=6, choices=range(2, 7))
    parser.add_argument("--tls", choices=("1.2", "1.3"), default="1.3")
    parser.add_argument("--error", type=lambda text: int(text, 0), help="answer the second message by this errorCode")
    parser.add_argument("--reject", action="store_true", help="refuse by a SPNEGO token, not by errorCode")
    parser.add_argument("--early", help="select HYBRID_EX, and send these bytes (hexadecimal) behind the credentials")
    parser.add_argument("--proof", choices=PROOFS, default="right")
    parser.add_argument("--connections", type=int, default=1)
    settings = parser.parse_args()
    assert os.environ.get("NTLM_USER_FILE"), "NTLM_USER_FILE names nobody"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(60)
        print(listener.getsockname()[1], flush=True)
        proof = b""
        for _ in range(settings.connections):
            proof = serve(listener, settings, proof)
    return 0


if __name__ == "__main__":
    sys.exit(main())
