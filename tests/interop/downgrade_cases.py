"""
Somebody in between who wants NTLM instead of Kerberos, or another session: our sides and MIT's, with tokens of a real
KDC. Whoever can notice must refuse, and say why.
"""

import os
import socket
import threading
from dataclasses import replace

from bench import DOMAIN, NT_HASH, PASSWORD, USER, Bench, expect, expect_fields
from cases import acceptor, case, expect_status
from go_between import GoBetween
from initiator_cases import NETWORK, PROTOCOL, REFUSED, connect, log_on
from kdc import REALM, SERVICES, TARGET, kdc
from kerberos_cases import Lines, expect_reason, mits, our_server, ours
from server_peers import certificate, users
from neg_token import COMPLETED, INCOMPLETE, KERBEROS, NTLM, REJECT, REQUEST_MIC, NegTokenInit, NegTokenResp
from token_peers import receive_token, send_token
from ts_request import TsRequest

NTLM_SIGNATURE = b"NTLMSSP\0"


def accounts(bench: Bench):
    def write(bench: Bench):
        file = bench.path("accounts")
        file.touch(mode=0o600)
        file.write_text(f"{USER}:{DOMAIN}:{NT_HASH}\n")
        return file
    return bench.once("accounts of alice", write)


def our_client(bench: Bench, package: str = "Negotiate", **options) -> Lines:
    """Alice, who has a ticket and a password."""
    return ours(bench, "initiate", package, **{"target": SERVICES[0], "ccache": kdc(bench).cache, "user": USER,
                                               "domain": DOMAIN, "password": PASSWORD} | options)


def server_of_both(bench: Bench) -> Lines:
    return our_server(bench, kdc(bench), "Negotiate", accounts=accounts(bench))


def mit_client_of_both(bench: Bench) -> Lines:
    """MIT's SPNEGO with a ticket and, by gss-ntlmssp, a password."""
    os.environ["NTLM_USER_FILE"] = users(bench)["NTLM_USER_FILE"]
    try:
        return mits(bench, "initiate", "spnego", service="TERMSRV@localhost")
    finally:
        os.environ.pop("NTLM_USER_FILE")


def mit_server_of_ntlm(bench: Bench) -> Lines:
    """MIT's SPNEGO around gss-ntlmssp, without a key for Kerberos."""
    environment = {"NTLM_USER_FILE": users(bench)["NTLM_USER_FILE"], "KRB5_KTNAME": "FILE:/nonexistent"}
    kept = {name: os.environ.get(name) for name in environment}
    os.environ.update(environment)
    try:
        return mits(bench, "accept", "spnego")
    finally:
        for name, value in kept.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


# --- The list of mechanisms -------------------------------------------------------------------------------------


def lead_to_ntlm(client: Lines, server: Lines, mech_types: list[bytes]) -> NegTokenResp:
    """The server is shown another list than the client's. What comes back is the client's last token of NTLM."""
    offered = NegTokenInit.decode(client.ask("TOKEN", b"")[1])
    expect(offered.mech_types[0] != NTLM and NTLM in offered.mech_types, f"the client offers {offered}")
    kind, token = server.ask("TOKEN", NegTokenInit(mech_types).encode())
    expect(kind == "CONTINUE" and NegTokenResp.decode(token).supported_mech == NTLM, f"the server: {kind} {token.hex()}")
    for side in (client, server, client):
        kind, token = side.ask("TOKEN", token)
        expect(kind == "CONTINUE" and token != b"", f"on the way to NTLM: {kind}")
    last = NegTokenResp.decode(token)
    expect(last.mech_list_mic is not None and NTLM_SIGNATURE in last.response_token, f"the client's last is {last}")
    return last


@case("Kerberos struck from our client's list, or moved behind NTLM, is noticed", False)
@case("Kerberos struck from the list of MIT's client, or moved behind NTLM, is noticed", True)
def list_changed(is_mit: bool, bench: Bench) -> None:
    with kdc(bench).in_use():
        for mech_types in ([NTLM], [NTLM, KERBEROS]):
            client = mit_client_of_both(bench) if is_mit else our_client(bench)
            server = server_of_both(bench)
            last = lead_to_ntlm(client, server, mech_types)
            expect_reason(server.ask("TOKEN", last.encode())[0], "mech-list-mic-wrong")
            kind, _ = client.ask("TOKEN", server.bytes)
            expect(kind.startswith("FAILED"), f"the client is content with {server.bytes.hex()}")


@case("a mechListMIC that was dropped is missed by our server")
def mic_dropped(bench: Bench) -> None:
    with kdc(bench).in_use():
        for client in (our_client(bench), mit_client_of_both(bench)):
            server = server_of_both(bench)
            last = lead_to_ntlm(client, server, [NTLM])
            expect_reason(server.ask("TOKEN", replace(last, mech_list_mic=None).encode())[0], "mech-list-mic-missing")


# --- What a server answers --------------------------------------------------------------------------------------


def up_to_the_servers_mic(bench: Bench) -> tuple[Lines, NegTokenResp, bytes]:
    """MIT's server has no key for Kerberos and chose NTLM: its last answer, and the MIC of the client."""
    client, server = our_client(bench), mit_server_of_ntlm(bench)
    token = client.ask("TOKEN", b"")[1]
    for side in (server, client, server, client):
        kind, token = side.ask("TOKEN", token)
        expect(kind == "CONTINUE", f"on the way to NTLM: {kind}")
    kind, answer = server.ask("TOKEN", token)
    expect(kind == "DONE", f"MIT's server: {kind}")
    return client, NegTokenResp.decode(answer), NegTokenResp.decode(token).mech_list_mic


@case("the mechListMIC of MIT's server may not be dropped, and no other takes its place")
def servers_mic(bench: Bench) -> None:
    with kdc(bench).in_use():
        client, right, _ = up_to_the_servers_mic(bench)
        expect(client.ask("TOKEN", right.encode())[0] == "DONE", f"the right one: {client.kind}")
        other = right.mech_list_mic
        for change, reason in ((lambda right, own: replace(right, mech_list_mic=None), "mech-list-mic-missing"),
                               (lambda right, own: replace(right, mech_list_mic=own), "mech-list-mic-wrong"),
                               (lambda right, own: replace(right, mech_list_mic=other), "mech-list-mic-wrong"),
                               (lambda right, own: replace(right, state=INCOMPLETE), "unexpected-message"),
                               (lambda right, own: replace(right, state=REJECT), "negotiation-rejected")):
            client, right, own = up_to_the_servers_mic(bench)
            expect_reason(client.ask("TOKEN", change(right, own).encode())[0], reason)


# What is changed in the answer of a server that has taken the AP-REQ, and what our client says to that.
ANSWERS = (({"state": INCOMPLETE}, "unexpected-message"), ({"state": REJECT}, "negotiation-rejected"),
           ({"state": REQUEST_MIC}, "mech-list-mic-missing"), ({"supported_mech": NTLM}, "unexpected-message"),
           ({"response_token": None}, "kerberos-not-mutual"),
           ({"mech_list_mic": bytes(28)}, "mech-list-mic-wrong"))


@case("what is changed in the answer of MIT's server is noticed")
def servers_answer(bench: Bench) -> None:
    with kdc(bench).in_use():
        for fields, reason in (({}, None), *ANSWERS):
            client, server = our_client(bench), mits(bench, "accept", "spnego")
            kind, answer = server.ask("TOKEN", client.ask("TOKEN", b"")[1])
            expect(kind == "DONE", f"MIT's server: {kind}")
            changed = replace(NegTokenResp.decode(answer), **fields)
            kind, token = client.ask("TOKEN", changed.encode())
            expect(kind == (f"FAILED {reason}" if reason else "DONE"), f"{fields}: {kind}")
            expect(token == b"", f"{fields}: the client goes on with {token.hex()}")


@case("an AP-REP of another session is refused")
def other_session(bench: Bench) -> None:
    with kdc(bench).in_use():
        for package, mechanism in (("Kerberos", "krb5"), ("Negotiate", "spnego")):
            one, other = our_client(bench, package), our_client(bench, package)
            answer = mits(bench, "accept", mechanism).ask("TOKEN", one.ask("TOKEN", b"")[1])[1]
            other.ask("TOKEN", b"")
            expect_reason(other.ask("TOKEN", answer)[0], "kerberos-not-mutual")
            expect(one.ask("TOKEN", answer)[0] == "DONE", f"its own client: {one.kind}")


@case("an AP-REQ of MIT's client that is exchanged for NTLM is refused")
def exchanged(bench: Bench) -> None:
    with kdc(bench).in_use():
        client, server = mit_client_of_both(bench), server_of_both(bench)
        ntlm = ours(bench, "initiate", "NTLM", user=USER, domain=DOMAIN, password=PASSWORD).ask("TOKEN", b"")[1]
        offered = NegTokenInit.decode(client.ask("TOKEN", b"")[1])
        expect_reason(server.ask("TOKEN", replace(offered, mech_token=ntlm).encode())[0], "bad-token")


@case("a request inside SPNEGO that is repeated to another process is refused")
def repeated(bench: Bench) -> None:
    with kdc(bench).in_use():
        cache = f"file2:{bench.path('replays')}"
        token = mits(bench, "initiate", "spnego", target=TARGET).ask("TOKEN", b"")[1]
        first, second = (our_server(bench, kdc(bench), "Negotiate", rcache=cache) for _ in range(2))
        expect(first.ask("TOKEN", token)[0] == "DONE", f"the first: {first.kind}")
        expect_reason(second.ask("TOKEN", token)[0], "kerberos-replay")
        # Nor by its bare AP-REQ.
        bare = our_server(bench, kdc(bench), "Kerberos", rcache=cache)
        expect_reason(bare.ask("TOKEN", NegTokenInit.decode(token).mech_token)[0], "kerberos-replay")


# --- Kerberos only: not one byte of NTLM ------------------------------------------------------------------------


class Wire:
    """A server of --framing raw that keeps what the client sends, and may answer its first token by one of its own."""

    def __init__(self, answer: bytes = b""):
        self.answer, self.sent = answer, b""
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(20)
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        with self.listener.accept()[0] as stream:
            stream.settimeout(20)
            if self.answer:
                self.sent += receive_token(stream) or b""
                send_token(stream, self.answer)
            while data := stream.recv(65536):
                self.sent += data

    def all(self) -> bytes:
        self.thread.join(20)
        self.listener.close()
        return self.sent


RAW = ("--framing", "raw", "--package", "Negotiate", "--target", SERVICES[0])


def expect_no_ntlm(sent: bytes) -> None:
    expect(NTLM_SIGNATURE[:-1] not in sent and NTLM not in sent, f"NTLM on the wire: {sent.hex()}")


@case("by Kerberos only and with the KDC down not one byte of NTLM is on the wire")
def kdc_down(bench: Bench) -> None:
    realm = kdc(bench)
    alice = {"user": f"{REALM}\\{USER}"}
    with realm.in_use():
        realm.stop()
        try:
            wire = Wire()
            status, output = connect(bench, wire.port, "--json", "--kerberos-only", *RAW, **alice)
            expect_status("connect", status, NETWORK, output)
            expect('"status":"SEC_E_NO_AUTHENTICATING_AUTHORITY","reason":"kerberos-no-kdc"' in output, output)
            expect(wire.all() == b"", f"something was sent: {wire.sent.hex()}")
            # The same without the option: NTLM takes its place.
            wire = Wire(NegTokenResp(REJECT).encode())
            connect(bench, wire.port, *RAW, **alice)
            expect(wire.all().startswith(NTLM_SIGNATURE), f"what was sent: {wire.sent.hex()}")
            with acceptor(bench, "--keytab", str(realm.keytab)) as server:
                middle = between(bench, server.port)
                record = log_on(bench, middle, NETWORK, "--kerberos-only", "--target", SERVICES[0], **alice)
                middle.finish()
                expect_fields(record, status="SEC_E_NO_AUTHENTICATING_AUTHORITY", reason="kerberos-no-kdc")
                expect(middle.sent == [], f"something was sent: {middle.sent}")
        finally:
            realm.start()


@case("by Kerberos only a server's choice of NTLM is refused")
def ntlm_chosen(bench: Bench) -> None:
    realm = kdc(bench)
    with realm.in_use():
        for state in (REQUEST_MIC, INCOMPLETE, COMPLETED):
            wire = Wire(NegTokenResp(state, NTLM).encode())
            status, output = connect(bench, wire.port, "--json", "--kerberos-only", "--ccache", str(realm.cache), *RAW,
                                     user=f"{REALM}\\{USER}")
            expect_status("connect", status, PROTOCOL, output)
            expect('"reason":"no-common-mechanism"' in output, output)
            expect_no_ntlm(wire.all())


# --- Inside CredSSP ---------------------------------------------------------------------------------------------


def between(bench: Bench, port: int, change=None) -> GoBetween:
    pair = certificate(bench, "p256")
    return GoBetween(port, pair.certificate, pair.key, change)


def strike_kerberos(of_client: bool, request: TsRequest) -> TsRequest:
    if of_client and request.nego_token and request.nego_token[:1] == b"\x60":
        return replace(request, nego_token=NegTokenInit([NTLM]).encode())
    return request


@case("Kerberos struck from the list inside CredSSP is noticed, and no password is sent")
def credssp_list(bench: Bench) -> None:
    realm = kdc(bench)
    with realm.in_use(), acceptor(bench, "--keytab", str(realm.keytab)) as server:
        middle = between(bench, server.port, strike_kerberos)
        record = log_on(bench, middle, REFUSED, "--ccache", str(realm.cache), "--target", SERVICES[0])
        middle.finish()
        expect_fields(record, status="SEC_E_LOGON_DENIED", reason="peer-error-code", delegated="none")
        verdict = server.verdict()
        expect_fields(verdict, status="SEC_E_MESSAGE_ALTERED", reason="mech-list-mic-wrong", user=None)
        expect(not any(request.auth_info for request in middle.sent), f"the password was sent: {middle.sent}")


@case("somebody in front of a server of Kerberos is noticed, and no password is sent")
def credssp_middle(bench: Bench) -> None:
    realm = kdc(bench)
    with realm.in_use(), acceptor(bench, "--keytab", str(realm.keytab)) as server:
        middle = between(bench, server.port)
        record = log_on(bench, middle, REFUSED, "--kerberos-only", "--ccache", str(realm.cache), "--target", SERVICES[0],
                        user=f"{REALM}\\{USER}")
        middle.finish()
        expect_fields(record, inner="Kerberos", delegated="none")
        expect_fields(server.verdict(), reason="key-binding-wrong", credentials=None)
        expect(not any(request.auth_info for request in middle.sent), f"the password was sent: {middle.sent}")
