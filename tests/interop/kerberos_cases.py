"""Kerberos against MIT's GSSAPI, its samples and Samba's Heimdal, with a real KDC: tokens, messages and reasons."""

import os
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

from bench import HERE, PASSWORD, USER, Bench, expect, expect_fields, need
from cases import WRONG, acceptor, case, expect_denied, expect_status
from initiator_cases import LOGGED_ON, log_on, serving
from kdc import DISABLED, EXPIRED, REALM, SERVICES, TARGET, Kdc, kdc
from rdp_peers import credssp_client
from server_peers import CredsspServer
from token_peers import HeimdalSpnego, receive_token, send_token

MESSAGES = (b"", b"a message", bytes(range(256)) * 40)
BINDINGS, OTHER_BINDINGS = b"tls-server-end-point:abc", b"tls-server-end-point:abd"


class Lines:
    """A context that obeys lines: ours by sspi_lines, or MIT's by gss_lines.py."""

    def __init__(self, bench: Bench, command: list, role: str, mechanism: str, **options):
        words = [str(word) for pair in options.items() if pair[1] is not None for word in pair]
        self.errors = bench.path("lines.stderr")
        self.process = bench.start([*command, role, mechanism, *words], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=self.errors.open("w"), text=True)
        self.kind, self.bytes = self.read()

    def read(self) -> tuple[str, bytes]:
        line = self.process.stdout.readline().split()
        expect(len(line) >= 2, f"a context ended: {self.errors.read_text()[-2000:]}")
        return " ".join(line[:-1]), bytes.fromhex(line[-1].strip("-"))

    def ask(self, word: str, *arguments: bytes) -> tuple[str, bytes]:
        self.process.stdin.write(" ".join([word, *(argument.hex() or "-" for argument in arguments)]) + "\n")
        self.process.stdin.flush()
        self.kind, self.bytes = self.read()
        return self.kind, self.bytes

    def get(self, word: str, *arguments: bytes) -> bytes:
        kind, answer = self.ask(word, *arguments)
        expect(kind == "BYTES", f"{word} gave {kind}")
        return answer


def ours(bench: Bench, role: str, package: str, **options) -> Lines:
    return Lines(bench, [bench.build / "tests" / "interop_sspi_lines"], role, package, **options)


def mits(bench: Bench, role: str, mechanism: str, **options) -> Lines:
    return Lines(bench, ["/usr/bin/python3", HERE / "gss_lines.py"], role, mechanism, **options)


def our_server(bench: Bench, realm: Kdc, package: str = "Kerberos", **options) -> Lines:
    return ours(bench, "accept", package, **{"keytab": realm.keytab, "rcache": "none:"} | options)


def exchange(client: Lines, server: Lines) -> None:
    """Tokens to and fro until nobody has one for the other."""
    client.ask("TOKEN", b"")
    while client.bytes:
        server.ask("TOKEN", client.bytes)
        if server.kind.startswith("FAILED") or not server.bytes:
            return
        client.ask("TOKEN", server.bytes)
        if client.kind.startswith("FAILED"):
            return


def expect_done(client: Lines, server: Lines) -> None:
    expect((client.kind, server.kind) == ("DONE", "DONE"), f"the client ended with {client.kind}, the server with "
                                                           f"{server.kind}")


def talk(one: Lines, other: Lines) -> None:
    """Sealed and signed messages both ways, and keys that agree."""
    expect(one.get("KEY") == other.get("KEY"), "the session keys differ")
    for message in MESSAGES:
        for sender, receiver in ((one, other), (other, one)):
            expect(receiver.get("OPEN", sender.get("SEAL", message)) == message, "a message was changed")
            receiver.get("VERIFY", message, sender.get("SIGN", message))


# --- MIT's GSSAPI -----------------------------------------------------------------------------------------------


@case("MIT's Kerberos logs on to package Kerberos, and both talk", "krb5", "Kerberos")
@case("MIT's SPNEGO logs on to Negotiate by Kerberos, and both talk", "spnego", "Negotiate")
@case("MIT's Kerberos, raw, logs on to Negotiate, and both talk", "krb5", "Negotiate")
def mit_client(mechanism: str, package: str, bench: Bench) -> None:
    with kdc(bench).in_use():
        client = mits(bench, "initiate", mechanism, target=TARGET)
        server = our_server(bench, kdc(bench), package)
        exchange(client, server)
        expect_done(client, server)
        talk(client, server)
        expect(server.get("WHO") == f"{REALM}\\{USER}".encode(), f"the server calls the client {server.bytes}")


@case("we log on to MIT's Kerberos with a ticket cache, and both talk", "Kerberos", "krb5", "cache")
@case("we log on to MIT's Kerberos with a password, and both talk", "Kerberos", "krb5", "password")
@case("we log on to MIT's Kerberos with a keytab, and both talk", "Kerberos", "krb5", "keytab")
@case("our Negotiate logs on to MIT's SPNEGO by Kerberos, and both talk", "Negotiate", "spnego", "cache")
@case("our Negotiate logs on to MIT's SPNEGO by Kerberos with a password", "Negotiate", "spnego", "password")
def mit_server(package: str, mechanism: str, means: str, bench: Bench) -> None:
    realm = kdc(bench)
    options = {"cache": {"ccache": realm.cache}, "password": {"user": USER, "domain": REALM.lower(), "password": PASSWORD},
               "keytab": {"user": USER, "domain": REALM, "keytab": realm.user_keytab}}[means]
    with realm.in_use():
        client = ours(bench, "initiate", package, target=SERVICES[0], **options)
        server = mits(bench, "accept", mechanism)
        exchange(client, server)
        expect_done(client, server)
        talk(client, server)
        expect(server.get("WHO") == f"{USER}@{REALM}".encode(), f"the server calls the client {server.bytes}")


def context_key(bench: Bench) -> Path:
    path = bench.path("context.key")
    path.touch(0o600)
    path.write_bytes(os.urandom(32))
    return path


def moved(bench: Bench, context: Lines, package: str, key: Path) -> Lines:
    """The context goes on in another process, and the first one is over."""
    block = context.get("EXPORT").hex()
    expect(context.ask("SEAL", b"more")[0].startswith("FAILED"), "an exported context seals")
    bench.stop(context.process)
    return ours(bench, "import", package, key=key, block=block)


@case("a server of ours that was exported goes on with MIT's client in another process", "krb5", "Kerberos")
@case("a server of ours that was exported goes on with MIT's SPNEGO client in another process", "spnego", "Negotiate")
def exported_server(mechanism: str, package: str, bench: Bench) -> None:
    with kdc(bench).in_use():
        key = context_key(bench)
        client = mits(bench, "initiate", mechanism, target=TARGET)
        server = our_server(bench, kdc(bench), package, key=key)
        exchange(client, server)
        talk(client, server)
        server = moved(bench, server, package, key)
        talk(client, server)
        expect(server.get("WHO") == f"{REALM}\\{USER}".encode(), f"the server calls the client {server.bytes}")
        server = moved(bench, server, package, key)
        talk(server, client)


@case("a client of ours that was exported goes on with MIT's server in another process", "Kerberos", "krb5")
@case("a client of ours that was exported goes on with MIT's SPNEGO server in another process", "Negotiate", "spnego")
def exported_client(package: str, mechanism: str, bench: Bench) -> None:
    realm = kdc(bench)
    with realm.in_use():
        key = context_key(bench)
        client = ours(bench, "initiate", package, target=SERVICES[0], ccache=realm.cache, key=key)
        server = mits(bench, "accept", mechanism)
        exchange(client, server)
        talk(client, server)
        client = moved(bench, client, package, key)
        talk(client, server)
        talk(server, client)


@case("channel bindings are compared by MIT's acceptor and by ours")
def bindings(bench: Bench) -> None:
    realm = kdc(bench)
    with realm.in_use():
        for of_client, of_server, done in ((BINDINGS, BINDINGS, True), (BINDINGS, OTHER_BINDINGS, False)):
            for client, server in (
                    (mits(bench, "initiate", "krb5", target=TARGET, bindings=of_client.hex()),
                     our_server(bench, realm, bindings=of_server.hex())),
                    (ours(bench, "initiate", "Kerberos", target=TARGET, ccache=realm.cache, bindings=of_client.hex()),
                     mits(bench, "accept", "krb5", bindings=of_server.hex()))):
                exchange(client, server)
                expect((server.kind == "DONE") == done, f"{of_client} and {of_server}: {server.kind}")
        server = our_server(bench, realm, bindings=BINDINGS.hex())
        exchange(mits(bench, "initiate", "krb5", target=TARGET), server)
        expect(server.kind == "FAILED bad-bindings", f"a client without bindings: {server.kind}")


# --- MIT's samples ----------------------------------------------------------------------------------------------

# krb5-gss-samples: one byte of flags and a 4-byte length in front of each token.
NOOP, CONTEXT, DATA, MIC, CONTEXT_NEXT, WRAPPED, ENCRYPTED, SEND_MIC = 1, 2, 4, 8, 16, 32, 64, 128
TEXT = b"a message for the sample"


def send_sample(stream: socket.socket, flags: int, token: bytes) -> None:
    stream.sendall(bytes([flags]))
    send_token(stream, token)


def receive_sample(stream: socket.socket) -> tuple[int, bytes]:
    flags = stream.recv(1)
    expect(flags != b"", "the sample closed the connection")
    return flags[0], receive_token(stream) or b""


@case("gss-client logs on to us, and we read its message")
def gss_client(bench: Bench) -> None:
    realm = kdc(bench)
    with realm.in_use(), socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)
        server = our_server(bench, realm)
        client = bench.start([need("gss-client", "krb5-gss-samples"), "-port", str(listener.getsockname()[1]), "-krb5",
                              "127.0.0.1", "TERMSRV@localhost", TEXT.decode()],
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        with listener.accept()[0] as stream:
            flags, token = receive_sample(stream)
            expect(flags == NOOP | CONTEXT_NEXT, f"gss-client began with flags {flags:#x}")
            flags, token = receive_sample(stream)
            kind, answer = server.ask("TOKEN", token)
            expect(kind == "DONE", f"our server: {kind}")
            send_sample(stream, CONTEXT, answer)
            flags, token = receive_sample(stream)
            expect(server.get("OPEN", token) == TEXT, f"the message is {server.bytes}")
            send_sample(stream, MIC, server.get("SIGN", TEXT))
            output, _ = client.communicate(timeout=10)
        expect("Signature verified." in output, output)


@case("we log on to gss-server, and it reads our message")
def gss_server(bench: Bench) -> None:
    realm = kdc(bench)
    port = free = None
    with realm.in_use():
        with socket.create_server(("127.0.0.1", 0)) as probe:
            free = probe.getsockname()[1]
        log = bench.path("gss-server.log")
        server = bench.start([need("gss-server", "krb5-gss-samples"), "-port", str(free), "-verbose", "-logfile", log,
                              "-once", "TERMSRV@localhost"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        client = ours(bench, "initiate", "Kerberos", target=TARGET, ccache=realm.cache)
        for _ in range(100):
            try:
                port = socket.create_connection(("127.0.0.1", free), 10)
                break
            except ConnectionRefusedError:
                time.sleep(0.05)
        expect(port is not None, "gss-server does not listen")
        with port as stream:
            send_sample(stream, NOOP | CONTEXT_NEXT, b"")
            send_sample(stream, CONTEXT, client.ask("TOKEN", b"")[1])
            _, token = receive_sample(stream)
            kind, _ = client.ask("TOKEN", token)
            expect(kind == "DONE", f"our client: {kind}")
            send_sample(stream, DATA | WRAPPED | ENCRYPTED | SEND_MIC, client.get("SEAL", TEXT))
            flags, mic = receive_sample(stream)
            expect(flags == MIC, f"gss-server answered with flags {flags:#x}")
            client.get("VERIFY", TEXT, mic)
            send_sample(stream, NOOP, b"")
        bench.stop(server)


# --- Samba's Heimdal --------------------------------------------------------------------------------------------


@case("ntlm_auth logs on to Negotiate by Heimdal's Kerberos")
def heimdal_client(bench: Bench) -> None:
    realm = kdc(bench)
    with realm.in_use():
        server = our_server(bench, realm, "Negotiate")
        client = HeimdalSpnego(bench, USER, REALM, "TERMSRV", "server.example.test")
        kind, answer = server.ask("TOKEN", client.step(None))
        expect(kind == "DONE", f"our server: {kind}")
        expect(server.get("WHO") == f"{REALM}\\{USER}".encode(), f"the server calls the client {server.bytes}")


# --- CREDSSP ----------------------------------------------------------------------------------------------------

GRANTED = {"status": "SEC_E_OK", "package": "Kerberos", "user": USER, "domain": REALM, "credentials": "password",
           "delegated_user": USER}


@case("MIT's Kerberos logs on by CredSSP and delegates a password", "kerberos")
@case("MIT's Kerberos in SPNEGO logs on by CredSSP and delegates a password", "kerberos-spnego")
def credssp_server(mechanism: str, bench: Bench) -> None:
    realm = kdc(bench)
    with realm.in_use():
        for version in (5, 6):
            for tls in ("1.2", "1.3"):
                with acceptor(bench, "--keytab", str(realm.keytab)) as server:
                    status, output = credssp_client(bench, server.port, "--mechanism", mechanism, "--version",
                                                    str(version), "--tls", tls, "--domain", REALM)
                    expect_status("the client", status, 0, output)
                    expect_fields(server.verdict(), **GRANTED, credssp_version=version, tls=tls)


@case("a password of another user than the ticket's is refused")
def credssp_other_user(bench: Bench) -> None:
    realm = kdc(bench)
    with realm.in_use(), acceptor(bench, "--keytab", str(realm.keytab)) as server:
        credssp_client(bench, server.port, "--mechanism", "kerberos-spnego", "--domain", REALM, "--delegate", "bob")
        verdict = server.verdict()
        expect_denied(verdict)
        expect_fields(verdict, reason="not-the-same-user")


@case("a server with a keytab lets accounts log on by NTLM as before")
def credssp_ntlm(bench: Bench) -> None:
    realm = kdc(bench)
    with realm.in_use(), acceptor(bench, "--keytab", str(realm.keytab)) as server:
        status, output = credssp_client(bench, server.port, "--mechanism", "spnego")
        expect_status("the client", status, 0, output)
        expect_fields(server.verdict(), status="SEC_E_OK", package="NTLM", credentials="password")


@case("we log on by CredSSP over Kerberos, and no certificate needs to be trusted")
def credssp_client_of_ours(bench: Bench) -> None:
    realm = kdc(bench)
    with realm.in_use():
        for version in (5, 6):
            for tls in ("1.2", "1.3"):
                with serving(CredsspServer, bench, "--version", str(version), "--tls", tls) as server:
                    record = log_on(bench, server, LOGGED_ON, "--target", SERVICES[0], "--ccache", str(realm.cache),
                                    user=f"{REALM}\\{USER}")
                    expect_fields(record, status="SEC_E_OK", inner="Kerberos", delegated="password")
                    seen = server.record()
                    expect_fields(seen, end="done", mechanism="spnego", user=f"{USER}@{REALM}",
                                  credentials=[REALM, USER, PASSWORD])


@case("our client with a password asks the KDC, and logs on by Kerberos")
def credssp_password(bench: Bench) -> None:
    realm = kdc(bench)
    with realm.in_use(), serving(CredsspServer, bench) as server:
        record = log_on(bench, server, LOGGED_ON, "--target", SERVICES[0], user=f"{REALM}\\{USER}")
        expect_fields(record, inner="Kerberos", delegated="password")


@case("`opensspi accept --package Kerberos` and `connect --ccache` log on to each other")
def commands(bench: Bench) -> None:
    realm = kdc(bench)
    program = bench.build / "programs" / "opensspi" / "opensspi"
    raw = ("--framing", "raw", "--package", "Kerberos", "--target", SERVICES[0])
    with realm.in_use(), acceptor(bench, "--framing", "raw", "--package", "Kerberos", "--keytab",
                                  str(realm.keytab)) as server:
        address = f"127.0.0.1:{server.port}"
        status, output = bench.run([program, "connect", address, "--ccache", realm.cache, *raw], 20)
        expect_status("connect", status, LOGGED_ON, output)
        expect(f"logged on as {REALM}\\{USER} by Kerberos" in output, output)
        expect_fields(server.verdict(), status="SEC_E_OK", package="Kerberos", user=USER, domain=REALM)
        for target, wanted, reason in (("cifs/localhost", 1, "kerberos-no-service"), ("TERMSRV/localhost@NO.KDC", 1,
                                                                                      "kerberos-no-service")):
            status, output = bench.run([program, "connect", address, "--ccache", realm.cache, *raw[:-1], target,
                                        "--json"], 20)
            expect_status("connect", status, wanted, output)
            expect(f'"reason":"{reason}"' in output, output)
            server.verdict()


# --- What goes wrong --------------------------------------------------------------------------------------------


def first_leg(bench: Bench, package: str = "Kerberos", target: str = SERVICES[0], user: str = USER,
              password: str = PASSWORD, **options) -> str:
    client = ours(bench, "initiate", package, target=target, user=user, domain=REALM, password=password, **options)
    return client.ask("TOKEN", b"")[0]


def expect_reason(said: str, reason: str) -> None:
    expect(said == f"FAILED {reason}", f"it says {said}, not {reason}")


@case("what the KDC refuses has its own reason")
def kdc_refuses(bench: Bench) -> None:
    with kdc(bench).in_use():
        expect_reason(first_leg(bench, password=WRONG), "wrong-password")
        expect_reason(first_leg(bench, user="nobody"), "unknown-user")
        expect_reason(first_leg(bench, user=DISABLED), "account-disabled")
        expect_reason(first_leg(bench, user=EXPIRED), "password-expired")
        expect_reason(first_leg(bench, target="cifs/localhost"), "kerberos-no-service")
        expect_reason(first_leg(bench, target="TERMSRV/localhost@OTHER.TEST"), "kerberos-no-service")


@case("a wrong password is no reason to try NTLM, an unknown service is one")
def fallback(bench: Bench) -> None:
    with kdc(bench).in_use():
        expect_reason(first_leg(bench, "Negotiate", password=WRONG), "wrong-password")
        client = ours(bench, "initiate", "Negotiate", target="cifs/localhost", user=USER, domain=REALM,
                      password=PASSWORD)
        kind, token = client.ask("TOKEN", b"")
        expect(kind == "CONTINUE" and token.startswith(b"NTLMSSP\0"), f"{kind} {token[:8]}")


@case("a KDC that is stopped and started again")
def kdc_stops(bench: Bench) -> None:
    realm = kdc(bench)
    with realm.in_use():
        realm.stop()
        try:
            expect_reason(first_leg(bench), "kerberos-no-kdc")
            # A server needs none.
            client, server = mits(bench, "initiate", "krb5", target=TARGET), our_server(bench, realm)
            exchange(client, server)
            expect_done(client, server)
        finally:
            realm.start()
        expect(first_leg(bench) == "CONTINUE", "the KDC is back and nobody can log on")


@contextmanager
def silent_kdc(realm: Kdc):
    """Accepts at the KDC's port and never answers."""
    realm.stop()
    try:
        with socket.create_server(("127.0.0.1", realm.port)):
            yield
    finally:
        realm.start()


@case("a KDC that accepts and never answers costs the time that was given")
def kdc_is_silent(bench: Bench) -> None:
    realm = kdc(bench)
    with realm.in_use(), silent_kdc(realm):
        started = time.monotonic()
        expect_reason(first_leg(bench, kdc="1500"), "kerberos-no-kdc")
        waited = time.monotonic() - started
        expect(1 < waited < 3, f"it took {waited:.1f} s")


@case("a keytab that was exported anew counts at once, and an old one is told")
def rotated_keytab(bench: Bench) -> None:
    realm = kdc(bench)
    old = bench.path("old.keytab")
    old.write_bytes(realm.keytab.read_bytes())
    with realm.in_use():
        running = our_server(bench, realm, keytab=realm.keytab)
        realm.admin(f"ktadd -k {realm.keytab} {SERVICES[0]}")
        realm.log_on()  # the old ticket would still open
        exchange(mits(bench, "initiate", "krb5", target=TARGET), running)
        expect(running.kind == "DONE", f"the running server: {running.kind}")
        stale = our_server(bench, realm, keytab=old)
        exchange(mits(bench, "initiate", "krb5", target=TARGET), stale)
        expect_reason(stale.kind, "kerberos-key-version")


@case("a ticket for another service of the host is refused")
def other_service(bench: Bench) -> None:
    realm = kdc(bench)
    with realm.in_use():
        for package, options, reason in (("Negotiate", {}, "kerberos-other-service"), ("Kerberos", {}, None),
                                         ("Kerberos", {"services": "TERMSRV"}, "kerberos-other-service")):
            server = our_server(bench, realm, package, **options)
            exchange(mits(bench, "initiate", "krb5", target=f"ldap/localhost@{REALM}"), server)
            expect(server.kind == (f"FAILED {reason}" if reason else "DONE"), f"{package}: {server.kind}")


@case("a request that is repeated to another process is refused")
def replay(bench: Bench) -> None:
    realm = kdc(bench)
    cache = f"file2:{bench.path('replays')}"
    with realm.in_use():
        client = mits(bench, "initiate", "krb5", target=TARGET)
        token = client.ask("TOKEN", b"")[1]
        kind, _ = our_server(bench, realm, rcache=cache).ask("TOKEN", token)
        expect(kind == "DONE", kind)
        kind, _ = our_server(bench, realm, rcache=cache).ask("TOKEN", token)
        expect_reason(kind, "kerberos-replay")
