"""A CredSSP client that is pyspnego's altogether, its TLS records too: pyspnego_client.py PORT [options]

Asks for NLA, logs on by pyspnego's own NTLM, alone or inside its own SPNEGO, and delegates a password. The exit status
is that of credssp_client.py: 0 logged on, 3 refused with an errorCode, 4 closed, 1 the protocol was broken.
"""

import argparse
import select
import socket
import ssl
import sys

import spnego
import spnego._credssp
import spnego.tls
from credssp_client import Refused, negotiate_protocol, receive
from spnego import NegotiateOptions
from spnego.exceptions import NativeError, SpnegoError

QUIET_SECONDS = 0.05  # behind a record that ends a flight


def receive_flight(stream: socket.socket) -> bytes:
    """Whole TLS records, all of one flight: pyspnego takes the end of its input for the end of the flight."""
    flight = b""
    while not flight or select.select([stream], [], [], QUIET_SECONDS)[0]:
        if flight and not stream.recv(1, socket.MSG_PEEK):
            break  # the server's last words
        header = receive(stream, 5)
        flight += header + receive(stream, int.from_bytes(header[3:], "big"))
    return flight


def tls_context(version: str) -> spnego.tls.CredSSPTLSContext:
    made = spnego.tls.default_tls_context()
    made.context.minimum_version = made.context.maximum_version = {"1.2": ssl.TLSVersion.TLSv1_2,
                                                                   "1.3": ssl.TLSVersion.TLSv1_3}[version]
    return made


def context(settings: argparse.Namespace) -> spnego.ContextProxy:
    names = {"username": f"{settings.domain}\\{settings.user}", "password": settings.password,
             "hostname": "localhost", "service": "TERMSRV"}
    if settings.mechanism.startswith("kerberos"):
        names["username"] = f"{settings.user}@{settings.domain}"
        inner = spnego.client(protocol="kerberos" if settings.mechanism == "kerberos" else "negotiate", **names)
    elif settings.mechanism == "ntlm":
        inner = spnego.client(protocol="ntlm", options=NegotiateOptions.use_ntlm, **names)
    else:
        inner = spnego.client(protocol="negotiate", options=NegotiateOptions.use_negotiate, **names)
    spnego._credssp._CREDSSP_VERSION = settings.version  # its own highest
    return spnego.client(protocol="credssp", credssp_tls_context=tls_context(settings.tls),
                         credssp_negotiate_context=inner, **names)


def server_is_silent(client: spnego.ContextProxy) -> bool:
    """A server without tickets has nothing to say to the Finished of a TLS 1.3 client."""
    tls = client.get_extra_info("ssl_object")
    return client.get_extra_info("auth_stage") == "TLS Handshake" and tls.version() == "TLSv1.3"


def log_on(stream: socket.socket, client: spnego.ContextProxy) -> None:
    token = client.step()
    while True:
        stream.sendall(token or b"")
        if client.complete:
            break
        token = client.step(None if server_is_silent(client) else receive_flight(stream))
    print("credentials sent,", client.get_extra_info("ssl_object").version(), "CredSSP",
          client.get_extra_info("protocol_version"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("port", type=int)
    parser.add_argument("--user", default="alice")
    parser.add_argument("--domain", default="CORP")
    parser.add_argument("--password", default="Passw0rd!")
    parser.add_argument("--version", type=int, default=6)
    parser.add_argument("--mechanism", choices=("ntlm", "spnego", "kerberos", "kerberos-spnego"),
                        default="spnego")
    parser.add_argument("--tls", choices=("1.2", "1.3"), default="1.3")
    settings = parser.parse_args()
    try:
        with socket.create_connection(("127.0.0.1", settings.port), 20) as stream:
            negotiate_protocol(stream, 3)
            log_on(stream, context(settings))
    except Refused as refusal:
        print(refusal)
        return 3
    except ConnectionError as end:
        print(end)
        return 4
    except SpnegoError as error:
        if isinstance(error.base_error, NativeError) and error.base_error.winerror is not None:
            print(f"errorCode {error.base_error.winerror & 0xFFFFFFFF:#010x}")
            return 3
        print(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
