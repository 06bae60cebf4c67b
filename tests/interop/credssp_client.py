"""A CredSSP client whose NTLM is gss-ntlmssp and whose TLS is Python's: credssp_client.py PORT [options]

Asks for NLA, logs on, by NTLM or MIT's Kerberos, alone or inside MIT's SPNEGO, and delegates a password. Exit status: 0 when the server
proved its key and took the credentials, 3 when it answered with an errorCode (which is printed), 4 when it closed the
connection, 1 when it broke the protocol.
The faults are for tests of the server: each must be refused.
"""

import argparse
import os
import socket
import ssl
import sys

import gssapi
import gssapi.raw

from ts_request import TO_CLIENT, TO_SERVER, TsRequest, key_proof, subject_public_key, ts_credentials

KERBEROS = gssapi.OID.from_int_seq("1.2.840.113554.1.2.2")
NTLM = gssapi.OID.from_int_seq("1.3.6.1.4.1.311.2.2.10")
SPNEGO = gssapi.OID.from_int_seq("1.3.6.1.5.5.2")
SPNEGO_REQUIRE_MIC = gssapi.OID.from_int_seq("1.3.6.1.4.1.7165.655.1.2")
FAULTS = ("none", "wrong-key", "no-nonce", "short-nonce", "own-label")


class Refused(Exception):
    """The server's answer was an errorCode."""


class Broken(Exception):
    """The server did what the specification does not allow."""


# --- The connection ----------------------------------------------------------------------------------------------


def receive(stream: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = stream.recv(size - len(data))
        if not part:
            raise ConnectionError("the server closed the connection")
        data += part
    return data


def negotiate_protocol(stream: socket.socket, requested: int) -> None:
    """MS-RDPBCGR 2.2.1.1 and 2.2.1.2; Refused with the failureCode."""
    stream.sendall(bytes.fromhex("03000013 0ee00000000000 01000800") + requested.to_bytes(4, "little"))
    size = int.from_bytes(receive(stream, 4)[2:4], "big")
    confirm = receive(stream, size - 4)
    value = int.from_bytes(confirm[-4:], "little")
    if confirm[7:8] == b"\x03":
        raise Refused(f"failureCode {value}")
    if confirm[7:8] != b"\x02" or value != (8 if requested & 8 else 2):
        raise Broken(f"the server chose protocol {value:#x} of {requested:#x}: {confirm.hex()}")
    print(f"protocol {value:#x}")


def start_tls(stream: socket.socket, version: str) -> ssl.SSLSocket:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version = context.maximum_version = {"1.2": ssl.TLSVersion.TLSv1_2,
                                                         "1.3": ssl.TLSVersion.TLSv1_3}[version]
    secure = context.wrap_socket(stream)
    print(secure.version(), secure.cipher()[0])
    return secure


def read_ts_request(stream: ssl.SSLSocket) -> TsRequest:
    head = receive(stream, 2)
    size = head[1]
    if size & 0x80:
        length = receive(stream, size & 0x7F)
        head, size = head + length, int.from_bytes(length, "big")
    request = TsRequest.decode(head + receive(stream, size))
    print("TSRequest with", ", ".join(name for name, value in vars(request).items() if value is not None))
    if request.error_code is not None:
        raise Refused(f"errorCode {request.error_code:#010x}")
    return request


def initiator(context_class: type, user: str, domain: str, password: str, mechanism: gssapi.OID, *flags):
    """A context for this user; SPNEGO offers NTLM alone."""
    name = gssapi.raw.import_name(f"{domain}\\{user}".encode(), gssapi.NameType.user)
    credential = gssapi.raw.acquire_cred_with_password(name, password.encode(), mechs=[mechanism],
                                                       usage="initiate").creds
    if mechanism == SPNEGO:
        gssapi.raw.set_neg_mechs(credential, [NTLM])
    return context_class(name=gssapi.Name("TERMSRV@localhost", gssapi.NameType.hostbased_service),
                         creds=gssapi.Credentials(base=credential), mech=mechanism, usage="initiate", flags=flags)


FLAG = gssapi.RequirementFlag
SEALING = (FLAG.confidentiality, FLAG.integrity, FLAG.replay_detection, FLAG.out_of_sequence_detection)


class NtlmContext(gssapi.SecurityContext):
    """gss-ntlmssp announces and sends a MIC only where somebody asked, behind the NEGOTIATE, whether it would."""

    announces_mic = True

    def step(self, token: bytes | None = None) -> bytes:
        answer = super().step(token)
        if token is None and self.announces_mic:
            gssapi.raw.inquire_sec_context_by_oid(self, SPNEGO_REQUIRE_MIC)
        return answer


def ntlm_context(user: str, domain: str, password: str, mic: bool = True) -> NtlmContext:
    context = initiator(NtlmContext, user, domain, password, NTLM, *SEALING)
    context.announces_mic = mic
    return context


def spnego_context(user: str, domain: str, password: str, seal: bool = True) -> gssapi.SecurityContext:
    return initiator(gssapi.SecurityContext, user, domain, password, SPNEGO, *(SEALING if seal else ()))


def kerberos_context(mechanism: gssapi.OID, host: str = "localhost") -> gssapi.SecurityContext:
    """By the ticket cache of the environment; alone, or what MIT's SPNEGO chooses first."""
    return gssapi.SecurityContext(name=gssapi.Name(f"TERMSRV@{host}", gssapi.NameType.hostbased_service),
                                  mech=mechanism, usage="initiate", flags=(*SEALING, FLAG.mutual_authentication))


def client_proof(version: int, nonce: bytes, key: bytes, fault: str) -> bytes:
    key = key[:-1] + bytes([key[-1] ^ 1]) if fault == "wrong-key" else key
    return key_proof(version, TO_CLIENT if fault == "own-label" else TO_SERVER, nonce, key)


def authenticate(stream: ssl.SSLSocket, context: gssapi.SecurityContext, settings: argparse.Namespace,
                 ) -> tuple[bytes | None, int]:
    """The mechanism's last token, unless it has been sent, and the version in which the exchange goes on."""
    stream.sendall(TsRequest(settings.version, nego_token=context.step()).encode())
    answer = read_ts_request(stream)
    if answer.version != 6:
        raise Broken(f"the server speaks version {answer.version}")
    token = context.step(answer.nego_token)
    if settings.style == "B":
        stream.sendall(TsRequest(settings.version, nego_token=token).encode())
        token = context.step(read_ts_request(stream).nego_token)
    return token, min(settings.version, answer.version)


def log_on(stream: ssl.SSLSocket, settings: argparse.Namespace) -> None:
    """MS-CSSP 3.1.5, the client."""
    key = subject_public_key(stream.getpeercert(binary_form=True))
    if settings.mechanism.startswith("kerberos"):
        context = kerberos_context(KERBEROS if settings.mechanism == "kerberos" else SPNEGO, settings.host)
    elif settings.mechanism == "spnego":
        context = spnego_context(settings.user, settings.domain, settings.password)
    else:
        context = ntlm_context(settings.user, settings.domain, settings.password, not settings.no_mic)
    token, version = authenticate(stream, context, settings)

    nonce = os.urandom(16 if settings.fault == "short-nonce" else 32)
    with_nonce = version >= 5 and settings.fault != "no-nonce"
    sealed = context.wrap(client_proof(version, nonce, key, settings.fault), True).message
    stream.sendall(TsRequest(settings.version, nego_token=token, pub_key_auth=sealed,
                             client_nonce=nonce if with_nonce else None).encode())
    answer = read_ts_request(stream)
    if answer.nego_token is not None:
        context.step(answer.nego_token)
    if not context.complete:
        raise Broken("the server left its last token out")
    if answer.pub_key_auth is None:
        raise Broken("the server sent no proof of its key")
    if context.unwrap(answer.pub_key_auth).message != key_proof(version, TO_CLIENT, nonce, key):
        raise Broken("the server's proof of its key is wrong")

    credentials = ts_credentials(settings.domain, settings.delegate or settings.user, settings.password)
    stream.sendall(TsRequest(settings.version, auth_info=context.wrap(credentials, True).message).encode())
    print("credentials sent")
    if settings.requested & 8 and receive(stream, 4) != bytes(4):  # MS-RDPBCGR 2.2.10.2
        raise Refused("the early user authorization result is a refusal")
    if settings.then:
        stream.sendall(bytes.fromhex(settings.then))
        receive(stream, 1)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("port", type=int)
    parser.add_argument("--user", default="alice")
    parser.add_argument("--domain", default="CORP")
    parser.add_argument("--password", default="Passw0rd!")
    parser.add_argument("--delegate", help="delegate this user instead of the one that logs on")
    parser.add_argument("--version", type=int, default=6)
    parser.add_argument("--mechanism", choices=("ntlm", "spnego", "kerberos", "kerberos-spnego"),
                        default="ntlm", help="kerberos takes KRB5CCNAME, and only delegates the user and password")
    parser.add_argument("--host", default="localhost", help="whose TERMSRV is meant, by Kerberos")
    parser.add_argument("--style", choices=("A", "B"), default="A",
                        help="A: the proof beside the last token of the mechanism; B: behind the answer to that")
    parser.add_argument("--tls", choices=("1.2", "1.3"), default="1.3")
    parser.add_argument("--requested", type=lambda text: int(text, 0), default=3, help="requestedProtocols")
    parser.add_argument("--then", metavar="HEX", help="behind the logon send this and wait for an answer")
    parser.add_argument("--no-mic", action="store_true", help="send the AUTHENTICATE without a MIC")
    parser.add_argument("--fault", choices=FAULTS, default="none")
    settings = parser.parse_args()
    try:
        with socket.create_connection(("127.0.0.1", settings.port), 20) as raw:
            negotiate_protocol(raw, settings.requested)
            with start_tls(raw, settings.tls) as stream:
                log_on(stream, settings)
    except Refused as refusal:
        print(refusal)
        return 3
    except (ConnectionError, ssl.SSLError) as end:
        print(end)
        return 4
    except Broken as fault:
        print(fault)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
