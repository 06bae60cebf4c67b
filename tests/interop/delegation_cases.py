"""Tickets in a server's hands: forwarded, or given by a KDC for a user (S4U2Self, S4U2Proxy)."""

import time
from pathlib import Path

import domain as directory
from bench import PASSWORD, USER, Bench, environment, expect
from cases import case
from domain import domain
from kdc import REALM, kdc
from kdc_proxy_cases import proxy as proxied, realm_settings
from kerberos_cases import Lines, exchange, expect_done, expect_reason, mits, our_server, ours, talk
from tls_peers import keys

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


@case("where a KDC proxy alone may be asked, tickets stay where they are: MIT would ask a KDC that krb5.conf names")
def not_around_a_proxy(bench: Bench) -> None:
    setup = delegation(bench)
    with proxied(bench) as server, realm_settings(bench, setup.realm, f"kdc = 127.0.0.1:{setup.realm.port}",
                                                  f"http_anchors = FILE:{keys(bench).authority}"):
        expect_not_forwarded(bench, ours(bench, "initiate", "Kerberos", target=FRONT, request=DELEGATE, user=USER,
                                         domain=REALM, password=PASSWORD, kdcproxy=server.address))
        expect(server.requests(), "the proxy was not asked")


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


# --- S4U ----------------------------------------------------------------------------------------------------------

# The server's own logon, for S4U: an acceptor with it is for both directions.
OWN = {"user": FRONT, "domain": REALM}


@case("for a user a service gets a ticket to itself, and accepts it: S4U2Self")
def s4u_self(bench: Bench) -> None:
    setup = delegation(bench)
    with setup.realm.in_use():
        for package in ("Kerberos", "Negotiate"):
            client = ours(bench, "initiate", package, target=FRONT, keytab=setup.keytab,
                          behalf=f"{USER}@{REALM.lower()}", **OWN)
            server = front(bench, package)
            exchange(client, server)
            expect_done(client, server)
            talk(client, server)
            expect(client.get("WHO") == server.get("WHO") == f"{REALM}\\{USER}".encode(), f"{server.bytes} logged on")


@case("S4U fails for whom the KDC does not know, and towards whom it does not let the service act")
def s4u_refused(bench: Bench) -> None:
    setup = delegation(bench)
    with setup.realm.in_use():
        for user, target, reason in (("nobody", FRONT, "unknown-user"), (USER, BACK, "kerberos-delegation"),
                                     (USER, "HTTP/nowhere.example.test", "kerberos-no-service")):
            client = ours(bench, "initiate", "Negotiate", target=target, keytab=setup.keytab,
                          behalf=f"{user}@{REALM}", **OWN)
            expect_reason(client.ask("TOKEN", b"")[0], reason)


@case("a server for both directions acts for a client only with its forwardable ticket, and where the KDC lets it")
def s4u_proxy_refused(bench: Bench) -> None:
    setup = delegation(bench)
    with setup.realm.in_use():
        for option, said in (("-F", "FAILED no-credential"), ("-f", "BYTES")):
            client = ours(bench, "initiate", "Kerberos", target=FRONT, ccache=setup.tickets(bench, option))
            server = front(bench, both=1, **OWN)
            exchange(client, server)
            expect_done(client, server)
            expect(act(server, "Kerberos") == said, f"kinit {option}: {server.kind}")
        expect_reason(server.ask("TOKEN", b"")[0], "kerberos-delegation")  # MIT's KDC keeps no list of targets


# --- S4U2Proxy, whose list of targets is in a directory ------------------------------------------------------------


class Trusted:
    """An account of the domain that may act for users towards one service, and one that may do so with evidence only."""

    ALLOWED, NOT_ALLOWED = f"TERMSRV/{directory.MEMBER}", f"HTTP/{directory.MEMBER}"
    AES = "24"

    def __init__(self, bench: Bench):
        self.domain = domain(bench)
        self.keytab = self.domain.keytab.with_name("trusted.keytab")
        for account in ("any-protocol", "evidence-only"):
            self.domain.tool("user", "create", account, PASSWORD)
            self.domain.tool("spn", "add", self.service(account), account)
            self.domain.net("ads", "enctypes", "set", account, self.AES)
            self.domain.tool("user", "setpassword", account, f"--newpassword={PASSWORD}")
            self.domain.tool("delegation", "add-service", account, self.ALLOWED)
            for principal in (account, self.service(account)):
                self.domain.tool("domain", "exportkeytab", str(self.keytab), f"--principal={principal}")
        self.domain.tool("delegation", "for-any-protocol", "any-protocol", "on")

        self.tickets = self.domain.keytab.with_name("forwardable")
        with environment(self.domain.environment):
            self.domain.member.run("/usr/bin/kinit", "-f", "-c", str(self.tickets), USER, text=PASSWORD + "\n")

    @staticmethod
    def service(account: str) -> str:
        return f"HTTP/{account}.{directory.DNS}"


    def server(self, bench: Bench, account: str, package: str = "Kerberos", **options) -> Lines:
        return our_server(bench, self.domain, package, keytab=self.keytab, both=1, user=account,
                          domain=directory.REALM, **options)

    def accept(self, bench: Bench, account: str, package: str = "Kerberos", **options) -> Lines:
        """A server of the account that alice, who forwards nothing, has logged on to."""
        server = self.server(bench, account, package, **options)
        client = ours(bench, "initiate", package, target=self.service(account), ccache=self.tickets)
        exchange(client, server)
        expect_done(client, server)
        expect(not delegated(server), "tickets were forwarded")
        return server

    def on_behalf(self, bench: Bench, account: str, target: str, package: str = "Kerberos", **options) -> Lines:
        return ours(bench, "initiate", package, target=target, user=account, domain=directory.REALM,
                    behalf=f"{USER}@{directory.REALM}", **{"keytab": self.keytab} | options)


def trusted(bench: Bench) -> Trusted:
    return bench.once("trusted", Trusted)


ALICE = f"{USER}@{directory.REALM}"


@case("S4U2Proxy, Samba's KDC: a server with its client's ticket is its client to a third, with a key", "Kerberos", "krb5", {})
@case("S4U2Proxy, Samba's KDC: the same by SPNEGO, with a password", "Negotiate", "spnego", {"password": PASSWORD})
def proxy(package: str, mechanism: str, means: dict, bench: Bench) -> None:
    setup = trusted(bench)
    with setup.domain.in_use():
        server = setup.accept(bench, "evidence-only", package, **means)
        expect(act(server, package, setup.ALLOWED) == "BYTES", server.kind)
        expect_client_at_back(bench, server, mechanism, ALICE)


@case("S4U2Self and S4U2Proxy, Samba's KDC: a service without any ticket of the user is that user to another",
      "Kerberos", "krb5", {})
@case("S4U2Self and S4U2Proxy, Samba's KDC: the same by SPNEGO, with a password", "Negotiate", "spnego",
      {"keytab": None, "password": PASSWORD})
def self_and_proxy(package: str, mechanism: str, means: dict, bench: Bench) -> None:
    setup = trusted(bench)
    with setup.domain.in_use():
        client = setup.on_behalf(bench, "any-protocol", setup.ALLOWED, package, **means)
        expect_client_at_back(bench, client, mechanism, ALICE)
        expect(client.get("WHO") == f"{directory.REALM}\\{USER}".encode(), f"we call ourselves {client.bytes}")


@case("S4U2Proxy, Samba's KDC: no other target than the allowed one, and no user without its ticket")
def proxy_refused(bench: Bench) -> None:
    setup = trusted(bench)
    with setup.domain.in_use():
        for account in ("evidence-only", "any-protocol"):
            server = setup.accept(bench, account)
            expect(act(server, "Kerberos", setup.NOT_ALLOWED) == "BYTES", server.kind)
            expect_reason(server.ask("TOKEN", b"")[0], "kerberos-delegation")
        for account, target in (("any-protocol", setup.NOT_ALLOWED), ("evidence-only", setup.ALLOWED)):
            expect_reason(setup.on_behalf(bench, account, target).ask("TOKEN", b"")[0], "kerberos-delegation")
