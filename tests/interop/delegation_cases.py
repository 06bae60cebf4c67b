"""Tickets in a server's hands: forwarded, or given by a KDC for a user (S4U2Self, S4U2Proxy)."""

import time
from pathlib import Path

from bench import PASSWORD, USER, Bench, expect
from cases import case
from kdc import REALM, Kdc, kdc
from kerberos_cases import Lines, exchange, expect_done, expect_reason, mits, our_server, ours, talk

# A server that may have its clients' tickets, one that may not, and one that is logged on to with them.
FRONT, OTHER, BACK = "TERMSRV/front.example.test", "TERMSRV/other.example.test", "HTTP/back.example.test"
DELEGATE, IDENTIFY = 0x1, 0x20000  # ISC_REQ_


class Delegation:
    """What the realm needs beside the usual: made once."""

    def __init__(self, bench: Bench):
        self.realm = kdc(bench)
        self.keytab = self.realm.folder / "delegation.keytab"
        self.realm.admin(f"addprinc -randkey +ok_as_delegate +ok_to_auth_as_delegate {FRONT}",
                         f"addprinc -randkey {OTHER}", f"addprinc -randkey {BACK}",
                         f"ktadd -k {self.keytab} {FRONT} {OTHER}",
                         f"ktadd -k {self.realm.keytab} -norandkey {FRONT} {OTHER} {BACK}")

    def tickets(self, bench: Bench, *options: str) -> Path:
        """Alice's, in a cache of their own."""
        cache = bench.path("tickets")
        self.realm.tool("/usr/bin/kinit", "krb5-user", *options, "-c", f"FILE:{cache}", USER, text=PASSWORD + "\n")
        return cache


def delegation(bench: Bench) -> Delegation:
    return bench.once("delegation", Delegation)


def front(bench: Bench, package: str = "Kerberos", **options) -> Lines:
    return our_server(bench, kdc(bench), package, keytab=delegation(bench).keytab, **options)


def forwarding(bench: Bench, cache: Path, target: str = FRONT, package: str = "Kerberos", **options) -> Lines:
    return ours(bench, "initiate", package, target=target, ccache=cache, request=DELEGATE, **options)


def delegated(side: Lines) -> bool:
    return bool(int.from_bytes(side.get("FLAGS"), "little") & DELEGATE)


def act(server: Lines, package: str, target: str = BACK) -> str:
    return server.ask("ACT", package.encode(), target.encode())[0]


def expect_client_at_back(bench: Bench, server: Lines, mechanism: str = "krb5", who: str = f"{USER}@{REALM}") -> None:
    """The server, which acts as its client now, logs on to a server of MIT's, which sees the client."""
    back = mits(bench, "accept", mechanism)
    exchange(server, back)
    expect_done(server, back)
    talk(server, back)
    expect(back.get("WHO") == who.encode(), f"the server behind it sees {back.bytes}")


# --- Forwarded tickets --------------------------------------------------------------------------------------------


@case("MIT's client forwards its tickets, and we log on with them elsewhere", "krb5", "Kerberos", "krb5")
@case("MIT's SPNEGO client forwards its tickets, and our Negotiate logs on with them", "spnego", "Negotiate", "spnego")
def mit_forwards(mechanism: str, package: str, behind: str, bench: Bench) -> None:
    realm = delegation(bench).realm
    with realm.in_use():
        cache = delegation(bench).tickets(bench, "-f")
        client = mits(bench, "initiate", mechanism, target=f"{FRONT}@{REALM}", delegate=1, ccache=cache)
        server = front(bench, package)
        exchange(client, server)
        expect_done(client, server)
        expect(delegated(server), "the server does not say that tickets were forwarded")
        kind = act(server, package)
        expect(kind == "BYTES", f"the client's credential: {kind}")
        expect_client_at_back(bench, server, behind)


@case("we forward tickets of a cache to MIT's server", "cache", "Kerberos", "krb5")
@case("we forward tickets to MIT's server after a logon with a password", "password", "Kerberos", "krb5")
@case("our Negotiate forwards tickets to MIT's SPNEGO server", "cache", "Negotiate", "spnego")
def we_forward(means: str, package: str, mechanism: str, bench: Bench) -> None:
    setup = delegation(bench)
    with setup.realm.in_use():
        options = {"ccache": setup.tickets(bench, "-f")} if means == "cache" else {
            "user": USER, "domain": REALM, "password": PASSWORD}
        client = ours(bench, "initiate", package, target=FRONT, request=DELEGATE, **options)
        server = mits(bench, "accept", mechanism)
        exchange(client, server)
        expect_done(client, server)
        talk(client, server)
        expect(delegated(client), "the client does not say that tickets were forwarded")
        expect(server.get("DELEGATED") == f"{USER}@{REALM}".encode(), f"MIT's server has tickets of {server.bytes}")


@case("forwarded tickets are forwarded again")
def twice(bench: Bench) -> None:
    setup = delegation(bench)
    with setup.realm.in_use():
        client, server = forwarding(bench, setup.tickets(bench, "-f")), front(bench, request=DELEGATE)
        exchange(client, server)
        expect_done(client, server)
        expect(act(server, "Kerberos", FRONT) == "BYTES", server.kind)
        second = front(bench)
        exchange(server, second)
        expect_done(server, second)
        expect(delegated(server) and delegated(second), "the tickets were not forwarded a second time")
        expect(act(second, "Negotiate") == "BYTES", second.kind)
        expect_client_at_back(bench, second, "spnego")


def expect_not_forwarded(bench: Bench, client: Lines, reason: str = "ok") -> None:
    server = front(bench)
    exchange(client, server)
    expect_done(client, server)
    expect(not delegated(client) and not delegated(server), "tickets were forwarded")
    expect_reason(act(server, "Kerberos"), "no-credential")


@case("tickets stay where they are: nobody asked, the service is not ok-as-delegate, or they are not forwardable")
def not_forwarded(bench: Bench) -> None:
    setup = delegation(bench)
    with setup.realm.in_use():
        cache = setup.tickets(bench, "-f")
        expect_not_forwarded(bench, ours(bench, "initiate", "Kerberos", target=FRONT, ccache=cache))
        expect_not_forwarded(bench, forwarding(bench, cache, OTHER))
        expect_not_forwarded(bench, forwarding(bench, setup.tickets(bench, "-F")))


@case("a KDC that died, or is silent, is waited for no longer than the deadline, and the logon goes on without tickets")
def kdc_gone(bench: Bench) -> None:
    setup = delegation(bench)
    with setup.realm.in_use():
        cache = setup.tickets(bench, "-f")
        first = ours(bench, "initiate", "Kerberos", target=FRONT, ccache=cache)
        first.ask("TOKEN", b"")  # the cache has the service's ticket from now on
        for gone, back in ((setup.realm.stop, setup.realm.start), (setup.realm.freeze, setup.realm.thaw)):
            gone()
            try:
                started = time.monotonic()
                expect_not_forwarded(bench, forwarding(bench, cache, kdc=1500))
                waited = time.monotonic() - started
            finally:
                back()
            expect(waited < 4, f"it took {waited:.1f} s")


@case("who only identifies itself gives nothing to act with")
def identify(bench: Bench) -> None:
    setup = delegation(bench)
    with setup.realm.in_use():
        client = ours(bench, "initiate", "Kerberos", target=FRONT, ccache=setup.tickets(bench, "-f"),
                      request=DELEGATE | IDENTIFY)
        server = front(bench)
        exchange(client, server)
        expect_done(client, server)
        expect_reason(act(server, "Kerberos"), "identify-only")
