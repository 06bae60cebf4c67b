"""Pyspnego as a server: pyspnego_server.py credssp|negotiate|ntlm [options]

Prints the port that it listens on, serves one connection without X.224, and prints one JSON object about it. CREDSSP's
bytes come as they are, tokens of the others behind their length. Users stand in NTLM_USER_FILE.
"""

import argparse
import hashlib
import json
import socket
import ssl
import sys

import spnego
import spnego._credssp
import spnego.tls
from spnego import ContextReq, NegotiateOptions
from spnego.exceptions import SpnegoError


def receive(stream: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = stream.recv(size - len(data))
        if not part:
            raise ConnectionError("closed")
        data += part
    return data


def tls_context(version: str) -> spnego.tls.CredSSPTLSContext:
    made = spnego._credssp._create_tls_context("accept")
    made.context.minimum_version = made.context.maximum_version = {"1.2": ssl.TLSVersion.TLSv1_2,
                                                                   "1.3": ssl.TLSVersion.TLSv1_3}[version]
    return made


def own(protocol: str) -> spnego.ContextProxy:
    """Pyspnego's own, whatever libraries this machine has."""
    options = NegotiateOptions.use_negotiate if protocol == "negotiate" else NegotiateOptions.use_ntlm
    return spnego.server(protocol=protocol, options=options, context_req=ContextReq.default)


def inner(mechanism: str) -> spnego.ContextProxy:
    if mechanism.startswith("kerberos"):
        return spnego.server(protocol="kerberos" if mechanism == "kerberos" else "negotiate")
    return own(mechanism)


def acceptor(settings: argparse.Namespace) -> spnego.ContextProxy:
    if settings.protocol != "credssp":
        return own(settings.protocol)
    spnego._credssp._CREDSSP_VERSION = settings.version  # its own highest
    return spnego.server(protocol="credssp", credssp_tls_context=tls_context(settings.tls),
                         credssp_negotiate_context=inner(settings.inner))


def receive_token(stream: socket.socket, is_tls: bool) -> bytes:
    """One TLS record, which is what pyspnego takes at a time; or a token."""
    if is_tls:
        header = receive(stream, 5)
        return header + receive(stream, int.from_bytes(header[3:], "big"))
    return receive(stream, int.from_bytes(receive(stream, 4), "big"))


def log_on(stream: socket.socket, server: spnego.ContextProxy, is_tls: bool) -> None:
    while not server.complete:
        answer = server.step(receive_token(stream, is_tls)) or b""
        stream.sendall(answer if is_tls else len(answer).to_bytes(4, "big") + answer)


def describe(server: spnego.ContextProxy, protocol: str) -> dict:
    if protocol != "credssp":
        return {"session_key": hashlib.sha256(server.session_key).hexdigest()}
    given = server.get_extra_info("client_credential")
    return {"credentials": [given.domain_name, given.username, given.password],
            "version": server.get_extra_info("protocol_version"),
            "tls": server.get_extra_info("ssl_object").version()}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("protocol", choices=("credssp", "negotiate", "ntlm"))
    parser.add_argument("--inner", choices=("negotiate", "ntlm", "kerberos", "kerberos-spnego"), default="ntlm",
                        help="what CREDSSP takes inside")
    parser.add_argument("--version", type=int, default=6)
    parser.add_argument("--tls", choices=("1.2", "1.3"), default="1.3")
    settings = parser.parse_args()
    server = acceptor(settings)
    record: dict = {"user": None, "error": None}
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(60)
        print(listener.getsockname()[1], flush=True)
        stream, _ = listener.accept()
    with stream:
        stream.settimeout(20)
        try:
            log_on(stream, server, settings.protocol == "credssp")
            record |= describe(server, settings.protocol) | {"user": server.client_principal}
        except (SpnegoError, OSError) as error:
            record["error"] = " ".join(str(error).split())
        print(json.dumps(record), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
