"""Kerberos, SPNEGO and CredSSP of pyspnego, which are MIT's by python-gssapi, against ours in both roles."""

from functools import partial

from bench import HERE, PASSWORD, USER, Bench, expect, expect_fields
from cases import CASES, Case, acceptor, case, expect_status
from http_cases import take_large_ticket
from initiator_cases import LOGGED_ON, log_on, serving
from kdc import REALM, SERVICES, TARGET, kdc
from kerberos_cases import GRANTED, Lines, exchange, expect_done, our_server, ours, talk
from python_peers import pyspnego_client, venv_python
from rdp_peers import credssp_client
from server_peers import CredsspServer, PyspnegoServer

BESIDE = b"what is signed and not sealed"
MESSAGES = (b"x", b"a message", bytes(range(256)) * 100)
PROTOCOLS = (("kerberos", "Kerberos"), ("kerberos", "Negotiate"), ("negotiate", "Negotiate"))


def pyspnego(bench: Bench, role: str, protocol: str, **options) -> Lines:
    return Lines(bench, [venv_python(bench), HERE / "pyspnego_lines.py"], role, protocol, **options)


def talk_in_form(peer: Lines, we: Lines, form: str) -> None:
    if form == "plain":
        talk(peer, we)
        return
    for message in MESSAGES:
        beside = (BESIDE,) if form == "iov" else ()
        expect(we.get("OPEN", peer.get("SEAL", message, *beside), *beside) == message, "our peer's message was changed")
        expect(peer.get("OPEN", we.get("SEAL", message, *beside), *beside) == message, "our message was changed")
    if form == "iov":
        sealed = peer.get("SEAL", b"a message", BESIDE)
        kind, _ = we.ask("OPEN", sealed, BESIDE[::-1])
        expect(kind == "FAILED altered", f"other data beside a message: {kind}")


def as_server(bench: Bench, protocol: str, package: str, form: str) -> None:
    """Pyspnego is the client."""
    realm = kdc(bench)
    with realm.in_use():
        client = pyspnego(bench, "initiate", protocol, target=TARGET, form=form)
        server = our_server(bench, realm, package)
        exchange(client, server)
        expect_done(client, server)
        expect(server.get("WHO") == f"{REALM}\\{USER}".encode(), f"the server calls the client {server.bytes}")
        talk_in_form(client, server, form)


def as_client(bench: Bench, protocol: str, package: str, form: str) -> None:
    realm = kdc(bench)
    with realm.in_use():
        client = ours(bench, "initiate", package, target=SERVICES[0], ccache=realm.cache)
        server = pyspnego(bench, "accept", protocol, form=form)
        exchange(client, server)
        expect_done(client, server)
        expect(server.get("WHO") == f"{USER}@{REALM}".encode(), f"the server calls the client {server.bytes}")
        talk_in_form(server, client, form)


for _form, _name in (("plain", "both talk"), ("winrm", "both talk as WinRM does"), ("iov", "both talk with data beside")):
    for _protocol, _package in PROTOCOLS:
        CASES.append(Case(f"pyspnego's {_protocol} by gssapi logs on to {_package}, and {_name}",
                          partial(as_server, protocol=_protocol, package=_package, form=_form)))
    for _protocol, _package in (PROTOCOLS[0], PROTOCOLS[2]):
        CASES.append(Case(f"we log on to pyspnego's {_protocol} by gssapi, and {_name}",
                          partial(as_client, protocol=_protocol, package=_package, form=_form)))


# --- CredSSP ----------------------------------------------------------------------------------------------------

TLS_VERSIONS = ("1.2", "1.3")
MECHANISMS = ("kerberos", "kerberos-spnego")


def to_acceptor(bench: Bench, mechanism: str) -> None:
    realm = kdc(bench)
    with realm.in_use():
        for tls in TLS_VERSIONS:
            with acceptor(bench, "--keytab", str(realm.keytab)) as server:
                status, output = pyspnego_client(bench, server.port, "--mechanism", mechanism, "--tls", tls,
                                                 "--domain", REALM, kerberos=True)
                expect_status("pyspnego", status, 0, output)
                expect_fields(server.verdict(), **GRANTED | {"delegated_user": f"{USER}@{REALM}", "tls": tls})


for _mechanism in MECHANISMS:
    CASES.append(Case(f"pyspnego's {_mechanism} logs on by CredSSP and delegates a password",
                      partial(to_acceptor, mechanism=_mechanism)))


@case("we log on to pyspnego's CredSSP by Kerberos and delegate a password")
def from_initiator(bench: Bench) -> None:
    realm = kdc(bench)
    with realm.in_use():
        for tls in TLS_VERSIONS:
            with serving(PyspnegoServer, bench, "credssp", "--tls", tls, "--inner",
                         "kerberos-spnego") as server:
                record = log_on(bench, server, LOGGED_ON, "--framing", "raw", "--target", SERVICES[0], "--ccache",
                                str(realm.cache), user=f"{REALM}\\{USER}")
                expect_fields(record, status="SEC_E_OK", inner="Kerberos", delegated="password")
                expect_fields(server.record(), error=None, credentials=[REALM, USER, PASSWORD], tls=f"TLSv{tls}")


@case("a ticket that fills several TLS records logs on by CredSSP, to us and from us")
def large_ticket(bench: Bench) -> None:
    realm = kdc(bench)
    with realm.in_use():
        take_large_ticket(bench, realm, SERVICES[0], 60000)
        try:
            for tls in TLS_VERSIONS:
                with acceptor(bench, "--keytab", str(realm.keytab)) as server:
                    status, output = credssp_client(bench, server.port, "--mechanism", "kerberos-spnego", "--tls", tls,
                                                    "--domain", REALM)
                    expect_status("the client", status, 0, output)
                    expect_fields(server.verdict(), **GRANTED)
                with serving(CredsspServer, bench, "--tls", tls) as server:
                    log_on(bench, server, LOGGED_ON, "--target", SERVICES[0], "--ccache", str(realm.cache),
                           user=f"{REALM}\\{USER}")
        finally:
            realm.log_on()
