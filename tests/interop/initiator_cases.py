"""Our client, `opensspi connect`, on strangers' servers. None gets a password that did not prove its key."""

import json
import socket
import time
from contextlib import contextmanager
from functools import partial

from bench import DOMAIN, PASSWORD, USER, Bench, Failure, expect, expect_fields
from cases import CASES, KEYS, WRONG, Case, case, for_each_key
from go_between import GoBetween
from server_peers import (CredsspServer, FreerdpShadow, GnomeRemoteDesktop, GssAcceptor, NtlmAuthAcceptor,
                          PyspnegoServer, TokenServer, certificate)

LOGGED_ON, NETWORK, REFUSED, UNTRUSTED, PROTOCOL = 0, 2, 3, 4, 5
VERSIONS = (2, 3, 4, 5, 6)
OLD_VERSIONS = (2, 3, 4)  # CVE-2018-0886: by policy alone
TLS_VERSIONS = ("1.2", "1.3")
MECHANISMS = {"ntlm": (), "spnego": ("--spnego",)}
NO_SPNEGO_HERE = "C00700EA"  # what FreeRDP's server says to a SPNEGO token
ERROR_CODES = {"C000006D": "STATUS_LOGON_FAILURE", "C000006E": "STATUS_ACCOUNT_RESTRICTION",
               "C0000071": "STATUS_PASSWORD_EXPIRED", "C0000072": "STATUS_ACCOUNT_DISABLED",
               "C0000193": "STATUS_ACCOUNT_EXPIRED", "C0000224": "STATUS_PASSWORD_MUST_CHANGE",
               "C0000234": "STATUS_ACCOUNT_LOCKED_OUT", "C000015B": "STATUS_LOGON_TYPE_NOT_GRANTED"}


def connect(bench: Bench, port: int, *options: str, user: str = f"{DOMAIN}\\{USER}", password: str = PASSWORD,
            inside: tuple = (), program: str = "programs/opensspi/opensspi connect") -> tuple[int, str]:
    path, *verb = program.split()
    program = bench.build / path
    expect(program.exists(), f"{program} is not built: run `make all`")
    return bench.run([*inside, program, *verb, f"127.0.0.1:{port}", "--user", user, *options], 40, password + "\n")


def log_on(bench: Bench, server, wanted: int, *options: str, trust: tuple[str, ...] = ("--insecure",),
           **settings) -> dict:
    """What our client says of a connection that must end with this exit status."""
    status, output = connect(bench, server.port, *trust, *options, "--json", **settings)
    expect(status == wanted, f"opensspi connect ended with {status}, not {wanted}: {output}")
    record = json.loads(output)
    if wanted not in (LOGGED_ON, REFUSED):
        expect(record["delegated"] == "none", f"something was delegated: {output}")
    return record


@contextmanager
def serving(make, bench: Bench, *options, **settings):
    """A server for one case; when that fails, what the server wrote is added to the failure."""
    server = make(bench, *options, **settings)
    try:
        yield server
    except Failure as failure:
        errors = getattr(server, "errors", None)
        raise Failure(f"{failure}\n{errors.read_text()[-2000:] if errors else ''}".rstrip()) from None
    finally:
        server.stop()


# --- FreeRDP's shadow server ------------------------------------------------------------------------------------


def shadow(bench: Bench, key: str = "rsa2048") -> FreerdpShadow:
    return bench.once(f"freerdp-shadow, {key}", lambda bench: FreerdpShadow(bench, key))


@for_each_key("we log on to freerdp-shadow")
def shadow_right(bench: Bench, key: str) -> None:
    server = shadow(bench, key)
    record = log_on(bench, server, LOGGED_ON)
    expect_fields(record, status="SEC_E_OK", inner="NTLM", user=USER, domain=DOMAIN, credssp_version=6, tls="1.3",
                  delegated="password", certificate_sha256=server.certificate.sha256)
    log_on(bench, server, LOGGED_ON, user="OTHER\\carol")
    log_on(bench, server, LOGGED_ON, trust=("--pin", server.certificate.sha256))


@for_each_key("freerdp-shadow refuses a wrong password, a wrong domain and an unknown user")
def shadow_wrong(bench: Bench, key: str) -> None:
    server = shadow(bench, key)
    for settings in ({"password": WRONG}, {"user": f"{DOMAIN}\\carol"}, {"user": "nobody"}):
        expect_fields(log_on(bench, server, REFUSED, **settings), status="SEC_E_LOGON_DENIED", delegated="none")


@case("freerdp-shadow without the pinned certificate is not trusted")
def shadow_pin(bench: Bench) -> None:
    server = shadow(bench)
    record = log_on(bench, server, UNTRUSTED, trust=("--pin", certificate(bench, "p256").sha256))
    expect_fields(record, reason="server-untrusted", tls=None, certificate_sha256=server.certificate.sha256)
    expect_fields(log_on(bench, server, UNTRUSTED, trust=()), reason="server-untrusted")


@case("freerdp-shadow, which knows no SPNEGO, says so")
def shadow_spnego(bench: Bench) -> None:
    expect_fields(log_on(bench, shadow(bench), REFUSED, "--spnego"), reason="peer-error-code", nt_status=NO_SPNEGO_HERE,
                  delegated="none")


@case("somebody in front of freerdp-shadow is noticed and gets no password")
def shadow_middle(bench: Bench) -> None:
    server, pair = shadow(bench), certificate(bench, "p256")
    middle = GoBetween(server.port, pair.certificate, pair.key)
    expect_fields(log_on(bench, middle, REFUSED), delegated="none", certificate_sha256=pair.sha256)
    middle.finish()
    expect(any(request.pub_key_auth for request in middle.sent), f"no proof was passed on: {middle.sent}")
    expect(not any(request.auth_info for request in middle.sent), f"the password was sent: {middle.sent}")


# --- gnome-remote-desktop ---------------------------------------------------------------------------------------


def grd(bench: Bench, wanted: int, *options: str, **settings) -> dict:
    server = bench.once("gnome-remote-desktop", GnomeRemoteDesktop)
    return log_on(bench, server, wanted, *options, inside=tuple(server.inside), **settings)


@case("we log on to gnome-remote-desktop")
def grd_right(bench: Bench) -> None:
    record = grd(bench, LOGGED_ON, user=USER)
    expect_fields(record, inner="NTLM", credssp_version=6, tls="1.3", delegated="password")
    grd(bench, LOGGED_ON, user=USER, trust=("--pin", record["certificate_sha256"]))


@case("gnome-remote-desktop refuses a wrong password and an unknown user")
def grd_wrong(bench: Bench) -> None:
    for settings in ({"user": USER, "password": WRONG}, {"user": "nobody"}):
        expect_fields(grd(bench, REFUSED, **settings), delegated="none")


@case("gnome-remote-desktop without the pinned certificate is not trusted")
def grd_pin(bench: Bench) -> None:
    expect_fields(grd(bench, UNTRUSTED, user=USER, trust=("--pin", "00" * 32)), reason="server-untrusted")


# --- CredSSP over MIT's GSSAPI ------------------------------------------------------------------------------------


def fields_of(request: dict) -> set[str]:
    return set(request) - {"version", "client_nonce"}


def expect_nothing_behind_proof(record: dict) -> None:
    """Every TSRequest that came is in the record, opened, and every byte behind the last."""
    last = record["requests"][-1]
    expect("pub_key_auth" in last, f"the client's last message is {last}")
    expect(not any("auth_info" in request for request in record["requests"]), f"credentials were sent: {record}")
    expect(record["credentials"] is None and record["behind_proof"] == "", f"something followed the proof: {record}")


def gss_right(bench: Bench, version: int, key: str) -> None:
    for mechanism, options in MECHANISMS.items():
        for tls in TLS_VERSIONS:
            with serving(CredsspServer, bench, "--version", str(version), "--tls", tls, key=key) as server:
                said = log_on(bench, server, LOGGED_ON, "--policy", "vulnerable", *options)
                expect_fields(said, inner="NTLM", credssp_version=version, tls=tls, delegated="password")
                record = server.record()
                expect_fields(record, mechanism=mechanism, tls=f"TLSv{tls}", user=f"{DOMAIN}\\{USER}",
                              credentials=[DOMAIN, USER, PASSWORD], behind_proof="", end="done")
                # pubKeyAuth goes beside the last token, which needs no turn of its own (MS-CSSP 3.1.5)
                expect([fields_of(request) for request in record["requests"]] ==
                       [{"nego_token"}, {"nego_token", "pub_key_auth"}, {"auth_info"}], json.dumps(record))


def gss_old_refused(bench: Bench, version: int) -> None:
    for options in MECHANISMS.values():
        for policy in ("force-updated", "mitigated"):
            with serving(CredsspServer, bench, "--version", str(version)) as server:
                said = log_on(bench, server, UNTRUSTED, "--policy", policy, *options)
                expect_fields(said, status="SEC_E_UNSUPPORTED_FUNCTION", reason="credssp-version-refused")
                record = server.record()
                expect_fields(record, credentials=None, behind_proof="", end="closed")
                expect([fields_of(request) for request in record["requests"]] == [{"nego_token"}], json.dumps(record))


for _version in VERSIONS:
    for _key in KEYS:
        CASES.append(Case(f"we log on to gss-ntlmssp and MIT's SPNEGO with CredSSP {_version}, {_key}",
                          partial(gss_right, version=_version, key=_key)))
for _version in OLD_VERSIONS:
    CASES.append(Case(f"a server of CredSSP {_version} is sent no proof unless the policy is vulnerable",
                      partial(gss_old_refused, version=_version)))

# The fault of credssp_server.py, its name here, and the reason that our client gives.
FAULTS = (("wrong-key", "over another key", "key-binding-wrong"),
          ("own-label", "made as the client makes it", "key-binding-wrong"),
          ("other-nonce", "over another session's nonce", "key-binding-wrong"),
          ("absent", "left out", "key-binding-missing"),
          ("echo", "that is our own", "message-altered"),
          ("other-session", "of another session", "message-altered"),
          ("unsealed", "that is not sealed", None))


def gss_fault(bench: Bench, fault: str, reason: str | None) -> None:
    """Exit status 4, and not one byte of credentials."""
    for mechanism, options in MECHANISMS.items():
        for version in (6, 3):
            if version == 3 and fault == "other-nonce":
                continue  # there is none
            connections = "2" if fault == "other-session" else "1"
            with serving(CredsspServer, bench, "--proof", fault, "--version", str(version), "--connections",
                         connections) as server:
                if fault == "other-session":
                    log_on(bench, server, LOGGED_ON, "--policy", "vulnerable", *options)
                    expect_fields(server.record(), end="done")
                said = log_on(bench, server, UNTRUSTED, "--policy", "vulnerable", *options)
                expect(reason in (said["reason"], None), f"the reason is {said['reason']}, not {reason}")
                record = server.record()
                expect_fields(record, mechanism=mechanism, user=f"{DOMAIN}\\{USER}", end="closed")
                expect_nothing_behind_proof(record)


for _fault, _name, _reason in FAULTS:
    CASES.append(Case(f"a server whose proof is one {_name} gets no credentials",
                      partial(gss_fault, fault=_fault, reason=_reason)))


@case("each errorCode of a server reaches the user by its name")
def gss_error_codes(bench: Bench) -> None:
    for code, name in ERROR_CODES.items():
        with serving(CredsspServer, bench, "--error", f"0x{code}") as server:
            status, output = connect(bench, server.port, "--insecure")
            expect(status == REFUSED and f"{code} {name}: " in output, f"exit status {status}: {output}")
            expect_fields(server.record(), credentials=None, behind_proof="")


def gss_error_code(bench: Bench, version: int) -> None:
    for options in MECHANISMS.values():
        with serving(CredsspServer, bench, "--version", str(version), "--error", "0xC0000072") as server:
            said = log_on(bench, server, REFUSED, "--policy", "vulnerable", *options)
            expect_fields(said, status="SEC_E_LOGON_DENIED", delegated="none")
            if version in (2, 5):
                expect_fields(said, reason="closed-after-answer", nt_status=None)
            else:
                expect_fields(said, reason="peer-error-code", nt_status="C0000072")
            expect_fields(server.record(), credentials=None, behind_proof="")


def gss_wrong(bench: Bench, version: int) -> None:
    for options in MECHANISMS.values():
        with serving(CredsspServer, bench, "--version", str(version)) as server:
            said = log_on(bench, server, REFUSED, "--policy", "vulnerable", *options, password=WRONG)
            expect_fields(said, nt_status=None if version in (2, 5) else "C000006D", delegated="none")
            expect_fields(server.record(), user=None, credentials=None, behind_proof="")


for _version in VERSIONS:
    CASES.append(Case(f"a refusal by a server of CredSSP {_version} is one here",
                      partial(gss_error_code, version=_version)))
    CASES.append(Case(f"a wrong password is refused by gss-ntlmssp and MIT's SPNEGO in CredSSP {_version}",
                      partial(gss_wrong, version=_version)))


@case("a refusal by a SPNEGO token is one here")
def gss_reject(bench: Bench) -> None:
    with serving(CredsspServer, bench, "--reject", "--error", "0xC000006D") as server:
        expect_fields(log_on(bench, server, REFUSED, "--spnego"), reason="negotiation-rejected", delegated="none")
        expect_fields(server.record(), credentials=None, behind_proof="")


@case("the early user authorization result is waited for", "00000000", LOGGED_ON, "ok")
@case("a user who is denied by the early user authorization result is told so", "05000000", REFUSED,
      "authorization-denied")
@case("another early user authorization result breaks the protocol", "07000000", PROTOCOL,
      "authorization-malformed")
def gss_early(result: str, wanted: int, reason: str, bench: Bench) -> None:
    for tls in TLS_VERSIONS:
        with serving(CredsspServer, bench, "--early", result, "--tls", tls) as server:
            status, output = connect(bench, server.port, "--insecure", "--json")
            expect(status == wanted, f"exit status {status}: {output}")
            expect_fields(json.loads(output), reason=reason, delegated="password")
            expect_fields(server.record(), protocol=[11, 8], credentials=[DOMAIN, USER, PASSWORD])


@case("without delegation the server is sent three empty texts")
def gss_no_delegation(bench: Bench) -> None:
    for options in MECHANISMS.values():
        with serving(CredsspServer, bench) as server:
            expect_fields(log_on(bench, server, LOGGED_ON, "--no-delegation", *options), delegated="none")
            expect_fields(server.record(), user=f"{DOMAIN}\\{USER}", credentials=["", "", ""], end="done")


@case("a server that says nothing is left after 30 s")
def silent_server(bench: Bench) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        started = time.monotonic()
        status, output = connect(bench, silent.getsockname()[1], "--insecure", "--json")
        waited = time.monotonic() - started
        expect(status == NETWORK and 28 < waited < 35, f"exit status {status} after {waited:.0f} s: {output}")
        expect_fields(json.loads(output), reason="timeout", delegated="none")


# --- pyspnego's CredSSP -----------------------------------------------------------------------------------------


def pyspnego_right(bench: Bench, version: int) -> None:
    for inner, options in (("ntlm", ()), ("negotiate", ("--spnego",))):
        for tls in TLS_VERSIONS:
            with serving(PyspnegoServer, bench, "credssp", "--version", str(version), "--tls", tls, "--inner",
                         inner) as server:
                said = log_on(bench, server, LOGGED_ON, "--framing", "raw", "--policy", "vulnerable", *options)
                expect_fields(said, inner="NTLM", credssp_version=version, tls=tls, delegated="password")
                expect_fields(server.record(), error=None, user=f"{DOMAIN}\\{USER}", version=version, tls=f"TLSv{tls}",
                              credentials=[DOMAIN, USER, PASSWORD])


for _version in VERSIONS:
    CASES.append(Case(f"we log on to pyspnego's server with CredSSP {_version}",
                      partial(pyspnego_right, version=_version)))


@case("a wrong password is refused by pyspnego's server")
def pyspnego_wrong(bench: Bench) -> None:
    for inner, options in (("ntlm", ()), ("negotiate", ("--spnego",))):
        with serving(PyspnegoServer, bench, "credssp", "--inner", inner) as server:
            said = log_on(bench, server, REFUSED, "--framing", "raw", *options, password=WRONG)
            expect_fields(said, reason="peer-error-code", delegated="none")
            expect_fields(server.record(), user=None)


# --- NTLM and Negotiate alone -------------------------------------------------------------------------------------


def token_server(make, *arguments):
    return lambda bench: TokenServer(make(bench, *arguments))


def pyspnego_tokens(protocol: str):
    return lambda bench: PyspnegoServer(bench, protocol)


# Who serves, the package, what it is asked for, and how the server is made.
TOKEN_SERVERS = (
    ("ntlm_auth", "NTLM", (), token_server(NtlmAuthAcceptor, "squid-2.5-ntlmssp")),
    ("ntlm_auth", "Negotiate", ("--spnego",), token_server(NtlmAuthAcceptor, "gss-spnego")),
    ("ntlm_auth's SPNEGO", "Negotiate", (), token_server(NtlmAuthAcceptor, "gss-spnego")),
    ("gss-ntlmssp", "NTLM", (), token_server(GssAcceptor, "ntlm")),
    ("MIT's SPNEGO", "Negotiate", ("--spnego",), token_server(GssAcceptor, "spnego")),
    ("pyspnego", "NTLM", (), pyspnego_tokens("ntlm")),
    ("pyspnego", "Negotiate", ("--spnego",), pyspnego_tokens("negotiate")),
)


def token_right(bench: Bench, make, package: str, options: tuple[str, ...]) -> None:
    """Both sides have the same session key."""
    with serving(make, bench) as server:
        status, output = connect(bench, server.port, "--framing", "raw", "--package", package, *options,
                                 program="tests/programs_session_key")
        record = server.record()
        expect(status == LOGGED_ON, f"exit status {status}: {output}; the server says {record}")
        expect(USER in str(record["user"]), json.dumps(record))
        expect_fields(record, error=None, session_key=output.strip())


def token_wrong(bench: Bench, make, package: str, options: tuple[str, ...]) -> None:
    with serving(make, bench) as server:
        said = log_on(bench, server, REFUSED, "--framing", "raw", "--package", package, *options, trust=(),
                      password=WRONG)
        expect_fields(said, status="SEC_E_LOGON_DENIED")
        expect(server.record()["user"] is None, "the server let somebody in")


for _name, _package, _options, _make in TOKEN_SERVERS:
    _form = "SPNEGO" if _options else "raw tokens"
    CASES.append(Case(f"we log on to {_name} with package {_package} and {_form}, and have the same session key",
                      partial(token_right, make=_make, package=_package, options=_options)))
    CASES.append(Case(f"a wrong password is refused by {_name} to package {_package} and {_form}",
                      partial(token_wrong, make=_make, package=_package, options=_options)))
