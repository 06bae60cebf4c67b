"""IAKERB: clients that reach a real KDC through our server. Scapy's speaks the draft, MIT 1.20's an older one."""

import socket
import subprocess

from bench import HERE, PASSWORD, Bench, environment, expect, need
from cases import WRONG, case
from kdc import REALM, TARGET, Kdc, kdc
from kerberos_cases import Lines, exchange, expect_done, expect_reason, mits, our_server, receive_sample, talk
from python_peers import venv_python


ERIN = "erin"
IAKERB = bytes.fromhex("06062b0601050205")  # 1.3.6.1.5.2.5
KDC_NO_RESPONSE = bytes.fromhex("a603020156")  # error-code of a KRB-ERROR
REALM_AS_OCTETS = b"\xa1\x0e\x04\x0c" + REALM.encode()  # target-realm; the draft has a UTF8String, 0c for 04


def realm_of_erin(bench: Bench) -> Kdc:
    """Scapy reads an AS-REP after pre-authentication only."""
    realm = kdc(bench)
    bench.once("erin", lambda bench: realm.admin(f"addprinc -pw {PASSWORD} +requires_preauth {ERIN}"))
    return realm


def scapys(bench: Bench, mechanism: str = "raw", **options) -> Lines:
    return Lines(bench, [venv_python(bench), HERE / "scapy_lines.py"], "initiate", mechanism,
                 **{"user": ERIN, "realm": REALM, "password": PASSWORD, "target": TARGET, "finished": "right"} | options)


def relay(bench: Bench, package: str = "Kerberos", **options) -> Lines:
    return our_server(bench, kdc(bench), package, iakerb="1", **options)


@case("scapy's IAKERB client asks the KDC through us, logs on to package Kerberos, and both talk", "raw", "Kerberos")
@case("scapy's IAKERB client, raw, logs on to Negotiate, and both talk", "raw", "Negotiate")
@case("scapy's IAKERB client in SPNEGO logs on to Negotiate, and both talk", "spnego", "Negotiate")
def client(mechanism: str, package: str, bench: Bench) -> None:
    with realm_of_erin(bench).in_use():
        client, server = scapys(bench, mechanism), relay(bench, package)
        exchange(client, server)
        expect_done(client, server)
        talk(client, server)
        expect(server.get("WHO") == f"{REALM}\\{ERIN}".encode(), f"the server calls the client {server.bytes}")


@case("a client of plain Kerberos logs on to a server that relays")
def plain(bench: Bench) -> None:
    with kdc(bench).in_use():
        client, server = mits(bench, "initiate", "krb5", target=TARGET), relay(bench)
        exchange(client, server)
        expect_done(client, server)
        talk(client, server)


@case("a KRB-FINISHED that is missing, or over something else than was relayed, is refused")
def finished(bench: Bench) -> None:
    with realm_of_erin(bench).in_use():
        for mechanism, package in (("raw", "Kerberos"), ("spnego", "Negotiate")):
            for kind in ("wrong", "none"):
                client, server = scapys(bench, mechanism, finished=kind), relay(bench, package)
                exchange(client, server)
                expect_reason(server.kind, "iakerb-altered")
                expect(server.ask("TOKEN", client.bytes)[0].startswith("FAILED"), "the server goes on")


@case("a KRB-FINISHED where nothing was relayed is refused")
def other_context(bench: Bench) -> None:
    with realm_of_erin(bench).in_use():
        client, server = scapys(bench), relay(bench)
        client.ask("TOKEN", b"")
        while IAKERB in client.bytes[:16]:
            client.ask("TOKEN", server.ask("TOKEN", client.bytes)[1])
        expect_reason(relay(bench).ask("TOKEN", client.bytes)[0], "iakerb-altered")
        expect(server.ask("TOKEN", client.bytes)[0] == "DONE", f"the server that relayed: {server.kind}")


@case("of a wrong password the client learns from the KDC, through us")
def wrong_password(bench: Bench) -> None:
    with realm_of_erin(bench).in_use():
        client, server = scapys(bench, password=WRONG), relay(bench)
        exchange(client, server)
        expect(server.kind == "CONTINUE" and b"PREAUTH_FAILED" in server.bytes, f"the server: {server.kind}")
        expect(client.kind.startswith("FAILED"), f"the client: {client.kind}")


@case("nobody is asked of a realm that krb5.conf does not have")
def other_realm(bench: Bench) -> None:
    with realm_of_erin(bench).in_use():
        client, server = scapys(bench, realm="OTHER.TEST"), relay(bench)
        exchange(client, server)
        expect_reason(server.kind, "kerberos-no-kdc")
        expect(server.bytes == b"", f"it answers {server.bytes.hex()}")


@case("a client learns that its KDC does not answer us, and logs on when it does again")
def kdc_stopped(bench: Bench) -> None:
    realm = realm_of_erin(bench)
    with realm.in_use():
        realm.stop()
        try:
            client, server = scapys(bench), relay(bench)
            exchange(client, server)
            expect_reason(server.kind, "kerberos-no-kdc")
            expect(KDC_NO_RESPONSE in server.bytes, f"it answers {server.bytes.hex()}")
            expect(client.ask("TOKEN", server.bytes)[0].startswith("FAILED"), f"the client: {client.kind}")
        finally:
            realm.start()
        client, server = scapys(bench), relay(bench)
        exchange(client, server)
        expect_done(client, server)


@case("without OPENSSPI_IAKERB nothing is relayed")
def not_wanted(bench: Bench) -> None:
    realm = realm_of_erin(bench)
    log = realm.folder / "kdc.log"
    with realm.in_use():
        before = log.read_text()
        for mechanism, package, reason in (("raw", "Kerberos", "bad-token"), ("raw", "Negotiate", "no-common-mechanism"),
                                           ("spnego", "Negotiate", "no-common-mechanism")):
            client, server = scapys(bench, mechanism), our_server(bench, realm, package)
            exchange(client, server)
            expect_reason(server.kind, reason)
        expect(log.read_text() == before, "the KDC was asked")


@case("MIT 1.20's IAKERB client, of an older draft, is refused with a sentence that says so")
def mit_client(bench: Bench) -> None:
    trace = bench.path("iakerb.trace")
    with realm_of_erin(bench).in_use(), environment({"OPENSSPI_TRACE": str(trace)}), \
            socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)
        server = relay(bench)
        bench.start([need("gss-client", "krb5-gss-samples"), "-port", str(listener.getsockname()[1]), "-iakerb", "-user",
                     ERIN, "-pass", PASSWORD, "127.0.0.1", "TERMSRV@localhost", "text"], stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL)
        with listener.accept()[0] as stream:
            receive_sample(stream)
            _, token = receive_sample(stream)
            expect(REALM_AS_OCTETS in token, f"MIT's first token has another form: {token.hex()}")
            expect_reason(server.ask("TOKEN", token)[0], "bad-token")
        expect("MIT krb5 before 1.22" in trace.read_text(), trace.read_text())
