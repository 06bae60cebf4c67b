"""Kerberos through a KDC proxy (MS-KKDCP): kdcproxy in front of the MIT KDC, and servers that are no good proxy."""

import os
import time
from contextlib import contextmanager
from pathlib import Path

from bench import HERE, PASSWORD, USER, Bench, expect, need
from cases import WRONG, acceptor, case, expect_fields, expect_status
from initiator_cases import LOGGED_ON
from kdc import DISABLED, REALM, SERVICES, Kdc, kdc
from kerberos_cases import exchange, expect_done, expect_reason, first_leg, our_server, ours, talk
from python_peers import venv_python
from server_peers import PythonServer
from tls_peers import issue, keys

LOGON_REQUESTS = 2  # the ticket-granting ticket, the service's

KDCPROXY_CONF = """\
[global]
use_dns = false
[REALM]
kerberos = kerberos+tcp://127.0.0.1:PORT
"""


def certificate(bench: Bench, name: str = "localhost") -> Path:
    return bench.once(f"proxy for {name}", lambda bench: issue(bench, keys(bench).authority, name, f"DNS:{name}"))


class Proxy(PythonServer):
    def __init__(self, bench: Bench, realm: Kdc, pem: Path, *answer: Path):
        configuration = bench.path("kdcproxy.conf")
        configuration.write_text(KDCPROXY_CONF.replace("REALM", REALM).replace("PORT", str(realm.port)))
        os.environ["KDCPROXY_CONFIG"] = str(configuration)
        super().__init__(bench, [venv_python(bench), HERE / "kdc_proxy_server.py", pem, *answer])
        self.address = f"https://localhost:{self.port}/KdcProxy"

    def requests(self) -> int:
        """How many it has answered with what a KDC said."""
        return self.errors.read_text().count('"POST /KdcProxy HTTP/1.0" 200')


@contextmanager
def proxy(bench: Bench, pem: Path | None = None, answer: bytes | None = None):
    """A proxy, and an environment that knows the realm's authorities and no KDC."""
    realm = kdc(bench)
    said = []
    if answer is not None:
        said = [bench.path("answer")]
        said[0].write_bytes(answer)
    server = Proxy(bench, realm, pem or certificate(bench), *said)
    try:
        with realm.in_use(), realm_settings(bench, realm, f"http_anchors = FILE:{keys(bench).authority}"):
            yield server
    finally:
        server.stop()


@contextmanager
def realm_settings(bench: Bench, realm: Kdc, *lines: str, dns_lookup_kdc: str = "false"):
    """krb5.conf with these lines in the place of the KDC's."""
    file = bench.path("krb5.conf")
    text = (realm.folder / "krb5.conf").read_text()
    for old, new in ((f"kdc = 127.0.0.1:{realm.port}", "\n  ".join(lines)),
                     ("dns_lookup_kdc = false", f"dns_lookup_kdc = {dns_lookup_kdc}")):
        expect(old in text, f"krb5.conf has no {old}")
        text = text.replace(old, new)
    file.write_text(text)
    before, os.environ["KRB5_CONFIG"] = os.environ["KRB5_CONFIG"], str(file)
    try:
        yield
    finally:
        os.environ["KRB5_CONFIG"] = before


def log_on(bench: Bench, server: Proxy, package: str = "Kerberos", **options) -> None:
    """A password through the proxy, the ticket to a server of ours, messages both ways."""
    before = server.requests()
    client = ours(bench, "initiate", package, target=SERVICES[0], user=USER, domain=REALM, password=PASSWORD, **options)
    peer = our_server(bench, kdc(bench), package)
    exchange(client, peer)
    expect_done(client, peer)
    talk(client, peer)
    expect(server.requests() == before + LOGON_REQUESTS, f"the proxy saw {server.requests() - before} requests")


@case("a client with a password logs on through kdcproxy; the proxy comes from its settings or from krb5.conf")
def password(bench: Bench) -> None:
    with proxy(bench) as server:
        expect_reason(first_leg(bench), "kerberos-no-kdc")
        log_on(bench, server, kdcproxy=server.address)
        log_on(bench, server, kdcproxy=f"localhost:{server.port}")
        log_on(bench, server, "Negotiate", kdcproxy=server.address)
        for package in ("Kerberos", "Negotiate"):
            log_on(bench, server, package, setproxy=f"localhost:{server.port}:KdcProxy", force="1")
            log_on(bench, server, package, setproxy=server.address)
        with realm_settings(bench, kdc(bench), f"kdc = {server.address}", f"http_anchors = FILE:{keys(bench).authority}"):
            log_on(bench, server)


@case("MIT's kinit and ours get the same through one proxy, for one service")
def kinit(bench: Bench) -> None:
    need("/usr/lib/x86_64-linux-gnu/krb5/plugins/tls/k5tls.so", "krb5-k5tls")
    realm = kdc(bench)
    with proxy(bench) as server, realm_settings(bench, realm, f"kdc = {server.address}",
                                             f"http_anchors = FILE:{keys(bench).authority}"):
        cache = bench.path("tickets")
        status, output = bench.run([need("/usr/bin/kinit", "krb5-user"), "-c", cache, USER], 20, PASSWORD + "\n")
        expect_status("kinit", status, 0, output)
        of_mit = server.requests()
        expect(of_mit > 0, "the proxy was not asked")
        client, peer = ours(bench, "initiate", "Kerberos", target=SERVICES[0], ccache=cache), our_server(bench, realm)
        exchange(client, peer)
        expect_done(client, peer)
        expect(server.requests() == of_mit + 1, "a ticket for the service is one request")
        log_on(bench, server)


@case("what the KDC refuses behind a proxy has its own reason")
def kdc_refuses(bench: Bench) -> None:
    with proxy(bench) as server:
        for options, reason in (({"password": WRONG}, "wrong-password"), ({"user": "nobody"}, "unknown-user"),
                                ({"user": DISABLED}, "account-disabled"),
                                ({"target": "cifs/localhost"}, "kerberos-no-service")):
            expect_reason(first_leg(bench, kdcproxy=server.address, **options), reason)


@case("a proxy that does not prove its name gets no request")
def unproved(bench: Bench) -> None:
    other = bench.once("another authority", lambda bench: issue(bench, certificate(bench), "localhost",
                                                                "DNS:localhost"))
    for pem in (certificate(bench, "other.test"), other):
        with proxy(bench, pem) as server:
            for package in ("Kerberos", "Negotiate"):  # and no NTLM in its place
                expect_reason(first_leg(bench, package, kdcproxy=server.address), "kdc-proxy-untrusted")
            expect(server.requests() == 0, "it was asked")
    with proxy(bench) as server:
        expect_reason(first_leg(bench, kdcproxy=f"127.0.0.1:{server.port}"), "kdc-proxy-untrusted")
        for anchors in ("DIR:/etc/ssl/certs", f"FILE:{bench.folder}/none", ""):
            with realm_settings(bench, kdc(bench), f"http_anchors = {anchors}" if anchors else ""):
                expect_reason(first_leg(bench, kdcproxy=server.address), "kdc-proxy-untrusted")
        expect(server.requests() == 0, "it was asked")


def http(body: bytes, status: str = "200 OK", length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    return f"HTTP/1.0 {status}\r\nContent-Length: {size}\r\n\r\n".encode() + body


MESSAGE = bytes.fromhex("300a a008 0406 00000002 6162")  # which carries "ab"
ANSWERS = {"403": http(b"no", "403 Forbidden"), "500": http(b"no", "500 Error"),
           "302": b"HTTP/1.0 302 Found\r\nLocation: https://localhost/KdcProxy\r\nContent-Length: 0\r\n\r\n",
           "no HTTP": b"nothing that is HTTP\r\n\r\n", "no DER": http(b"nothing"), "no body": http(b""),
           "shorter than it says": http(MESSAGE, length=len(MESSAGE) + 1),
           "longer than it says": http(MESSAGE + b"x", length=len(MESSAGE)),
           "another length inside": http(MESSAGE.replace(b"\0\0\0\2", b"\0\0\0\3")),
           "pieces": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nc\r\n" + MESSAGE + b"\r\n0\r\n\r\n",
           "cut off": http(MESSAGE)[:20]}


@case("a proxy that answers nonsense, or an error, is told from a KDC")
def nonsense(bench: Bench) -> None:
    for name, answer in ANSWERS.items():
        with proxy(bench, answer=answer) as server:
            said = first_leg(bench, kdcproxy=server.address)
            expect(said == "FAILED kdc-proxy-refused", f"{name}: {said}")
            kind = first_leg(bench, "Negotiate", kdcproxy=server.address)
            expect(kind == "CONTINUE", f"{name}: no NTLM in its place, {kind}")
    with proxy(bench, answer=http(MESSAGE)) as server:  # this one is a message, and none of Kerberos
        said = first_leg(bench, kdcproxy=server.address)
        expect(said.startswith("FAILED kerberos-"), said)


@case("a proxy that never answers, or whose KDC is down, costs no more than the time that was given")
def silent(bench: Bench) -> None:
    with proxy(bench, answer=b"") as server:
        started = time.monotonic()
        expect_reason(first_leg(bench, kdc="1500", kdcproxy=server.address), "kerberos-no-kdc")
        waited = time.monotonic() - started
        expect(1 < waited < 3, f"it took {waited:.1f} s")
    realm = kdc(bench)
    with proxy(bench) as server:
        realm.stop()
        try:
            started = time.monotonic()
            said = first_leg(bench, kdc="1500", kdcproxy=server.address)
            waited = time.monotonic() - started
            expect(said in ("FAILED kdc-proxy-refused", "FAILED kerberos-no-kdc") and waited < 3,
                   f"{said} after {waited:.1f} s")
        finally:
            realm.start()
        log_on(bench, server, kdcproxy=server.address)


@case("without FORCEPROXY the KDCs come first, and the proxy where none answers")
def behind_kdcs(bench: Bench) -> None:
    realm = kdc(bench)
    with proxy(bench) as server:
        with realm_settings(bench, realm, f"kdc = 127.0.0.1:{realm.port}", f"http_anchors = FILE:{keys(bench).authority}"):
            expect(first_leg(bench, setproxy=server.address) == "CONTINUE", "the KDC is there")
            expect(server.requests() == 0, "the proxy was asked first")
            log_on(bench, server, setproxy=server.address, force="1")
        with realm_settings(bench, realm, "kdc = 127.0.0.1:1", f"http_anchors = FILE:{keys(bench).authority}"):
            log_on(bench, server, setproxy=server.address)


@case("`opensspi connect --kdc-proxy` logs on with a password, by Kerberos and by CredSSP over it")
def command(bench: Bench) -> None:
    realm = kdc(bench)
    program = bench.build / "programs" / "opensspi" / "opensspi"
    with proxy(bench) as server:
        for words in (("--package", "Kerberos"), ("--package", "CREDSSP", "--insecure")):
            with acceptor(bench, "--framing", "raw", "--package", words[1], "--keytab", str(realm.keytab)) as peer:
                status, output = bench.run(
                    [program, "connect", f"localhost:{peer.port}", "--user", f"{REALM}\\{USER}", "--framing", "raw",
                     "--target", SERVICES[0], "--kdc-proxy", server.address, *words], 20, PASSWORD + "\n")
                expect_status("connect", status, LOGGED_ON, output)
                expect_fields(peer.verdict(), status="SEC_E_OK", user=USER, domain=REALM)
        status, output = bench.run([program, "connect", "localhost:1", "--user", "x", "--kdc-proxy", "http://localhost"],
                                   20, PASSWORD + "\n")
        expect_status("connect", status, 1, output)
