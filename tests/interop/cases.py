"""The cases, in the order in which they run. A case is a function of the bench; it fails by raising."""

import json
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from bench import (DOMAIN, HERE, LOGON_FAILURE, NT_HASH, PASSWORD, USER, Acceptor, Bench, Failure, expect,
                   expect_fields)
from rdp_peers import IronRdp, Weston, credssp_client, credssp_command, rdp_check, rdp_ntlm_info, xfreerdp
from token_peers import GssNtlm, NtlmAuth, ntlm_logon

KEYS = ("rsa2048", "p256")
WRONG = "not the password"
GRANTED = {"status": "SEC_E_OK", "package": "NTLM", "user": USER, "domain": DOMAIN}
DELEGATED = GRANTED | {"credentials": "password"}
DENIED = {"status": "SEC_E_LOGON_DENIED", "credentials": None}
XFREERDP_LOGON_FAILURE, XFREERDP_CLOSED, XFREERDP_NO_PROTOCOL = 134, 147, 133


@dataclass
class Case:
    name: str
    run: Callable[[Bench], None]


CASES: list[Case] = []


def case(name: str, *arguments, **settings):
    """Adds the decorated function under `name`, called with the bench and these arguments."""
    def add(function):
        CASES.append(Case(name, partial(function, *arguments, **settings)))
        return function
    return add


def for_each_key(name: str):
    def add(function):
        for key in KEYS:
            CASES.append(Case(f"{name}, {key}", partial(function, key=key)))
        return function
    return add


@contextmanager
def acceptor(bench: Bench, *options: str, key: str = "rsa2048"):
    """The server under test; when a case fails, what the server wrote is added to the failure."""
    server = Acceptor(bench, "--key-type", key, *options)
    try:
        yield server
    except Failure as failure:
        raise Failure(f"{failure}\n{server.evidence()}".rstrip()) from None
    finally:
        server.stop()


def expect_denied(verdict: dict) -> None:
    """A refusal names nobody: not who it was, and not what it would have delegated."""
    expect_fields(verdict, status="SEC_E_LOGON_DENIED")
    expect(verdict.get("credentials") in (None, "none") and verdict.get("delegated_user") is None,
           f"a refused connection delegated something: {json.dumps(verdict)}")


def expect_status(peer: str, status: int, wanted: int, output: str) -> None:
    expect(status == wanted, f"{peer} ended with {status}, not {wanted}:\n{output[-2500:]}")


# --- xfreerdp --------------------------------------------------------------------------------------------------


@for_each_key("xfreerdp logs on and delegates its password")
def xfreerdp_right(bench: Bench, key: str) -> None:
    with acceptor(bench, key=key) as server:
        xfreerdp(bench, server.port, USER, PASSWORD, "+auth-only")
        verdict = server.verdict()
        expect_fields(verdict, **DELEGATED, credssp_version=6, delegated_user=USER)
        expect(isinstance(verdict.get("server_cpu_us"), int), f"no server_cpu_us in {json.dumps(verdict)}")


@for_each_key("xfreerdp with a wrong password is refused and told why")
def xfreerdp_wrong(bench: Bench, key: str) -> None:
    with acceptor(bench, key=key) as server:
        status, output = xfreerdp(bench, server.port, USER, WRONG, "+auth-only")
        expect_denied(server.verdict())
        expect_status("xfreerdp", status, XFREERDP_LOGON_FAILURE, output)


@for_each_key("xfreerdp with an unknown user is refused as with a wrong password")
def xfreerdp_unknown(bench: Bench, key: str) -> None:
    with acceptor(bench, key=key) as server:
        status, output = xfreerdp(bench, server.port, "nobody", PASSWORD, "+auth-only")
        expect_denied(server.verdict())
        expect_status("xfreerdp", status, XFREERDP_LOGON_FAILURE, output)


@for_each_key("xfreerdp with an empty password is refused and told why")
def xfreerdp_empty(bench: Bench, key: str) -> None:
    with acceptor(bench, key=key) as server:
        status, output = xfreerdp(bench, server.port, USER, "", "+auth-only")
        expect_denied(server.verdict())
        expect_status("xfreerdp", status, XFREERDP_LOGON_FAILURE, output)


@case("xfreerdp logs on as a user whose entry has no domain")
def xfreerdp_any_domain(bench: Bench) -> None:
    with acceptor(bench) as server:
        xfreerdp(bench, server.port, "bob", PASSWORD, "+auth-only")
        expect_fields(server.verdict(), status="SEC_E_OK", user="bob", credentials="password")


@case("xfreerdp without NLA is refused")
def xfreerdp_without_nla(bench: Bench) -> None:
    with acceptor(bench) as server:
        status, output = xfreerdp(bench, server.port, USER, PASSWORD, "+auth-only", security="tls")
        verdict = server.verdict()
        expect(verdict.get("status") not in (None, "SEC_E_OK"), f"accepted: {json.dumps(verdict)}")
        expect_status("xfreerdp", status, XFREERDP_NO_PROTOCOL, output)


@for_each_key("xfreerdp gets a whole session through the relay")
def xfreerdp_session(bench: Bench, key: str) -> None:
    backend = Weston(bench)
    with acceptor(bench, "--relay", backend.address, key=key) as server:
        status, output = xfreerdp(bench, server.port, USER, PASSWORD, "+auth-only")
        expect_status("xfreerdp", status, 0, output)
        expect_fields(server.verdict(), **DELEGATED)


# --- IronRDP ---------------------------------------------------------------------------------------------------


@for_each_key("IronRDP logs on and gets a session through the relay")
def iron_session(bench: Bench, key: str) -> None:
    backend = Weston(bench)
    with acceptor(bench, "--relay", backend.address, key=key) as server:
        client = IronRdp(bench, server.port)
        expect(client.connected, f"IronRDP got no session:\n{client.output}")
        expect_fields(server.verdict(), **DELEGATED, credssp_version=6)


@case("IronRDP logs on and delegates its password")
def iron_right(bench: Bench) -> None:
    with acceptor(bench) as server:
        IronRdp(bench, server.port)
        expect_fields(server.verdict(), **DELEGATED, credssp_version=6, delegated_user=USER)


@for_each_key("IronRDP with a wrong password is refused and names the reason")
def iron_wrong(bench: Bench, key: str) -> None:
    with acceptor(bench, key=key) as server:
        client = IronRdp(bench, server.port, WRONG)
        expect_denied(server.verdict())
        expect("STATUS_LOGON_FAILURE" in client.output, f"IronRDP did not name the reason:\n{client.output}")


# --- impacket and nmap -----------------------------------------------------------------------------------------


@for_each_key("impacket's CredSSP of version 2 is refused")
def impacket_refused(bench: Bench, key: str) -> None:
    with acceptor(bench, key=key) as server:
        output = rdp_check(bench, server.port)
        verdict = server.verdict()
        expect_fields(verdict, reason="credssp-version-refused", user=None, credentials=None)
        expect(verdict.get("status") not in (None, "SEC_E_OK"), f"accepted: {json.dumps(verdict)}")
        expect("Access Granted" not in output, f"rdp_check says: {output}")


@for_each_key("nmap shows our names")
def nmap_names(bench: Bench, key: str) -> None:
    host = socket.gethostname().partition(".")[0]
    with acceptor(bench, key=key) as server:
        names = rdp_ntlm_info(bench, server.port)
        computer = names.get("NetBIOS_Computer_Name")
        expect(computer == host.upper()[:15], f"nmap says {names}, the host is {host}")
        for name in ("Target_Name", "NetBIOS_Domain_Name", "DNS_Computer_Name", "Product_Version"):
            expect(bool(names.get(name)), f"nmap found no {name} in {names}")
        expect(server.verdict().get("status") != "SEC_E_OK", "a connection without a logon was accepted")


# --- gss-ntlmssp under Python's TLS ----------------------------------------------------------------------------


def credssp_right(bench: Bench, key: str, version: int, tls: str, requested: int = 3) -> None:
    with acceptor(bench, key=key) as server:
        status, output = credssp_client(bench, server.port, "--version", str(version), "--tls", tls,
                                        "--requested", str(requested))
        expect_status("the client", status, 0, output)
        expect_fields(server.verdict(), **DELEGATED, credssp_version=version, tls=tls, delegated_user=USER)


for _key in KEYS:
    for _version in (5, 6):
        for _tls in ("1.2", "1.3"):
            CASES.append(Case(f"gss-ntlmssp logs on with CredSSP {_version} in TLS {_tls}, {_key}",
                              partial(credssp_right, key=_key, version=_version, tls=_tls)))
CASES.append(Case("gss-ntlmssp logs on with the early user authorization result",
                  partial(credssp_right, key="rsa2048", version=6, tls="1.3", requested=0xB)))


def credssp_refused(bench: Bench, key: str, version: int, user: str, password: str) -> None:
    with acceptor(bench, key=key) as server:
        status, output = credssp_client(bench, server.port, "--version", str(version), "--user", user,
                                        password=password)
        expect_denied(server.verdict())
        if version == 5:
            expect_status("the client", status, 4, output)
        else:
            expect_status("the client", status, 3, output)
            expect(f"errorCode {LOGON_FAILURE:#010x}" in output, f"not STATUS_LOGON_FAILURE:\n{output}")


for _name, _user, _password in (("a wrong password", USER, WRONG), ("an unknown user", "nobody", PASSWORD)):
    for _version, _way in ((5, "as a closed connection"), (6, "as errorCode")):
        for _key in KEYS:
            CASES.append(Case(f"{_name} reaches gss-ntlmssp with CredSSP {_version} {_way}, {_key}",
                              partial(credssp_refused, key=_key, version=_version, user=_user, password=_password)))


def credssp_fault(bench: Bench, fault: str, reason: str) -> None:
    with acceptor(bench) as server:
        status, output = credssp_client(bench, server.port, "--fault", fault)
        verdict = server.verdict()
        expect_fields(verdict, reason=reason, user=None, credentials=None, delegated_user=None)
        expect(verdict.get("status") not in (None, "SEC_E_OK"), f"accepted: {json.dumps(verdict)}")
        expect(status in (3, 4), f"the client ended with {status}:\n{output}")


for _fault, _name, _reason in (("wrong-key", "over another key", "key-binding-wrong"),
                               ("own-label", "with the server's label", "key-binding-wrong"),
                               ("no-nonce", "without nonce", "credssp-nonce"),
                               ("short-nonce", "with a nonce of 16 bytes", "credssp-nonce")):
    CASES.append(Case(f"a proof {_name} is refused", partial(credssp_fault, fault=_fault, reason=_reason)))


@case("a client that signs without a MIC is refused by CredSSP")
def credssp_without_mic(bench: Bench) -> None:
    with acceptor(bench) as server:
        credssp_client(bench, server.port, "--no-mic")
        expect_fields(server.verdict(), reason="ntlm-mic-missing", user=None, credentials=None)


@case("a client that signs without a MIC logs on where --ntlm-mic announced lets it in")
def credssp_without_mic_let_in(bench: Bench) -> None:
    with acceptor(bench, "--ntlm-mic", "announced") as server:
        status, output = credssp_client(bench, server.port, "--no-mic")
        expect_status("the client", status, 0, output)
        expect_fields(server.verdict(), **DELEGATED)


@case("a delegated user who is not the one that logged on is refused")
def credssp_other_user(bench: Bench) -> None:
    with acceptor(bench) as server:
        credssp_client(bench, server.port, "--delegate", "bob")
        verdict = server.verdict()
        expect_denied(verdict)
        expect_fields(verdict, reason="not-the-same-user")


@case("RDP security is refused with HYBRID_REQUIRED_BY_SERVER", 0)
@case("plain TLS is refused with HYBRID_REQUIRED_BY_SERVER", 1)
def x224_refused(requested: int, bench: Bench) -> None:
    with acceptor(bench) as server:
        status, output = credssp_client(bench, server.port, "--requested", str(requested))
        expect_status("the client", status, 3, output)
        expect("failureCode 5" in output, output)
        expect(server.verdict().get("status") != "SEC_E_OK", "a refused protocol counts as a logon")


@case("a logon goes on after refused ones, and --count ends the server")
def several_connections(bench: Bench) -> None:
    with acceptor(bench, "--count", "3") as server:
        for password in (WRONG, PASSWORD, PASSWORD):
            credssp_client(bench, server.port, password=password)
        states = [server.verdict()["status"] for _ in range(3)]
        expect(states == ["SEC_E_LOGON_DENIED", "SEC_E_OK", "SEC_E_OK"], f"the three connections ended in {states}")
        try:
            status = server.process.wait(10)
        except subprocess.TimeoutExpired:
            raise Failure("`opensspi accept --count 3` goes on after three connections") from None
        expect(status == 0, f"`opensspi accept` ended with {status}")


@case("a client that says nothing is cut off after 30 s and holds up nobody")
def silent_client(bench: Bench) -> None:
    with acceptor(bench) as server:
        with socket.create_connection(("127.0.0.1", server.port), 40) as silent:
            started = time.monotonic()
            credssp_client(bench, server.port)
            expect_fields(server.verdict(), **DELEGATED)
            expect(silent.recv(1) == b"", "the silent client got an answer")
            waited = time.monotonic() - started
            expect(28 < waited < 34, f"the silent client was cut off after {waited:.0f} s")
        expect_fields(server.verdict(), status=None, reason="timeout", user=None)


def first_message(protocol: int) -> str:
    """MCS Connect Initial with this serverSelectedProtocol; the data blocks begin behind "Duca" and a length."""
    message = (HERE.parent.parent / "fuzz" / "rdp" / "fuzz_x224" / "connect_initial").read_bytes()
    field = message.index(b"Duca") + 6 + 212
    return (message[:field] + protocol.to_bytes(4, "little") + message[field + 4:]).hex()


def relay_begins(bench: Bench, requested: int, told: int) -> bytes:
    """What reaches the server behind the relay first, if the client was told of this protocol."""
    with socket.create_server(("127.0.0.1", 0)) as backend:
        backend.settimeout(5)
        with acceptor(bench, "--relay", f"127.0.0.1:{backend.getsockname()[1]}") as server:
            client = bench.start(credssp_command(server.port, "--requested", str(requested), "--then",
                                                 first_message(told)), stdout=subprocess.DEVNULL)
            expect_fields(server.verdict(), **DELEGATED)
            try:
                with backend.accept()[0] as connection:
                    return connection.recv(100)
            except TimeoutError:
                return b""
            finally:
                bench.stop(client)


@case("the relay asks the server behind it for TLS", 3, 2)
@case("the relay asks the server behind it for TLS, after the early user authorization result", 0xB, 8)
def relay_request(requested: int, told: int, bench: Bench) -> None:
    request = relay_begins(bench, requested, told)
    expect(request.hex() == "030000130ee000000000000100080001000000", f"it sent {request.hex()}")


@case("the relay does not begin when the client was told of another protocol than was selected")
def relay_tampered(bench: Bench) -> None:
    expect(relay_begins(bench, 0xB, 2) == b"", "the server behind the relay was called")


# --- NTLM alone ------------------------------------------------------------------------------------------------

TOKEN_CLIENTS = (("ntlm_auth", NtlmAuth), ("gss-ntlmssp", GssNtlm))


def ntlm_case(bench: Bench, client, password: str) -> None:
    with acceptor(bench, "--framing", "raw", "--package", "NTLM") as server:
        ntlm_logon(client(bench, password), server.port)
        verdict = server.verdict()
        if password == PASSWORD:
            expect_fields(verdict, **GRANTED, credssp_version=None, tls=None)
        else:
            expect_fields(verdict, status="SEC_E_LOGON_DENIED", user=None)


@case("gss-ntlmssp without a MIC is refused by package NTLM", (), "ntlm-mic-missing")
@case("gss-ntlmssp without a MIC logs on to package NTLM with --ntlm-mic announced", ("--ntlm-mic", "announced"), "ok")
def ntlm_without_mic(options: tuple[str, ...], reason: str, bench: Bench) -> None:
    with acceptor(bench, "--framing", "raw", "--package", "NTLM", *options) as server:
        ntlm_logon(GssNtlm(bench, mic=False), server.port)
        expect_fields(server.verdict(), reason=reason, user=USER if options else None)


for _name, _client in TOKEN_CLIENTS:
    CASES.append(Case(f"{_name} logs on to package NTLM", partial(ntlm_case, client=_client, password=PASSWORD)))
    CASES.append(Case(f"{_name} with a wrong password is refused by package NTLM",
                      partial(ntlm_case, client=_client, password=WRONG)))


# --- the command's own accounts, and the example ---------------------------------------------------------------


@case("an account made by `opensspi account add` logs on")
def account_command(bench: Bench) -> None:
    program = bench.build / "programs" / "opensspi" / "opensspi"
    accounts = bench.path("accounts")
    status, output = bench.run([program, "account", "add", "--file", accounts, f"{DOMAIN}\\{USER}"], 10,
                               text=PASSWORD + "\n")
    expect_status("opensspi account add", status, 0, output)
    expect(PASSWORD not in accounts.read_text(), "the account file holds the password itself")
    server = Acceptor(bench, accounts=accounts)
    try:
        xfreerdp(bench, server.port, USER, PASSWORD, "+auth-only")
        expect_fields(server.verdict(), **DELEGATED)
    finally:
        server.stop()


@case("xfreerdp logs on to the example server", PASSWORD, XFREERDP_CLOSED)
@case("xfreerdp with a wrong password is refused by the example server and told why", WRONG, XFREERDP_LOGON_FAILURE)
def example_server(password: str, wanted: int, bench: Bench) -> None:
    accounts = bench.path("accounts")
    accounts.touch(mode=0o600)
    accounts.write_text(f"{USER}:{DOMAIN}:{NT_HASH}\n")
    server = bench.start([bench.build / "examples" / "server", "0", accounts], stdout=subprocess.PIPE, text=True)
    port = int(server.stdout.readline().rpartition(":")[2])
    status, output = xfreerdp(bench, port, USER, password, "+auth-only")
    said, _ = server.communicate(timeout=10)
    expect_status("xfreerdp", status, wanted, f"{output}\nThe server said: {said}")
    expect_status("the example server", server.returncode, 0 if password == PASSWORD else 1, said)
