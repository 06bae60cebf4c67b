"""IAKERB with a real KDC: scapy's client reaches it through our server. MIT 1.20's client speaks a form of before the draft."""

from bench import HERE, PASSWORD, Bench, expect
from cases import WRONG, case
from kdc import REALM, TARGET, Kdc, kdc
from kerberos_cases import Lines, exchange, expect_done, expect_reason, mits, our_server, talk
from python_peers import venv_python


ERIN = "erin"


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
