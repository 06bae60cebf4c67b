"""Our server against strangers in SPNEGO, and in the versions of CredSSP below ours."""

from functools import partial

from bench import DOMAIN, LOGON_FAILURE, PASSWORD, USER, Bench, expect, expect_fields
from cases import (CASES, DELEGATED, GRANTED, KEYS, WRONG, Case, acceptor, case, expect_denied, expect_status,
                   for_each_key)
from python_peers import pyspnego_client
from rdp_peers import credssp_client, rdp_check
from token_peers import GssNtlm, GssSpnego, NtlmAuth, PyspnegoClient, SpnegoNtlmAuth, ntlm_logon, spnego_logon

VERSIONS = (2, 3, 4, 5, 6)
WITHOUT_NONCE = (2, 3, 4)       # CVE-2018-0886: by policy alone
WITHOUT_ERROR_CODE = (2, 5)     # these hear of a refusal by the connection's end
NOT_SUPPORTED = 0xC00000BB
TLS_VERSIONS = ("1.2", "1.3")
LET_IN, TOLD, CLOSED = 0, 3, 4  # the exit status of the CredSSP clients


def mit_spnego(bench: Bench, port: int, *options: str, password: str = PASSWORD) -> tuple[int, str]:
    return credssp_client(bench, port, "--mechanism", "spnego", *options, password=password)


def expect_ending(version: int, code: int, status: int, output: str) -> None:
    """How a refused client of this version has heard of it."""
    if version in WITHOUT_ERROR_CODE:
        expect_status("the client", status, CLOSED, output)
        expect("errorCode" not in output, output)
    else:
        expect_status("the client", status, TOLD, output)
        expect(f"errorCode {code:#010x}" in output, f"not {code:#010x}:\n{output}")


# --- CredSSP in SPNEGO, in every version ------------------------------------------------------------------------


def mit_right(bench: Bench, version: int, key: str) -> None:
    """The proof beside the last token of SPNEGO, as the specification says, and behind the answer to it."""
    with acceptor(bench, "--policy", "mitigated", key=key) as server:
        for tls in TLS_VERSIONS:
            for style in ("A", "B"):
                status, output = mit_spnego(bench, server.port, "--version", str(version), "--tls", tls,
                                            "--style", style)
                expect_status("the client", status, LET_IN, output)
                expect_fields(server.verdict(), **DELEGATED, credssp_version=version, tls=tls, delegated_user=USER)


def mit_wrong(bench: Bench, version: int) -> None:
    with acceptor(bench, "--policy", "mitigated") as server:
        status, output = mit_spnego(bench, server.port, "--version", str(version), password=WRONG)
        verdict = server.verdict()
        expect_denied(verdict)
        expect_fields(verdict, reason="wrong-password", credssp_version=version)
        expect_ending(version, LOGON_FAILURE, status, output)


def ntlm_right(bench: Bench, version: int, key: str) -> None:
    with acceptor(bench, "--policy", "vulnerable", key=key) as server:
        for tls in TLS_VERSIONS:
            status, output = credssp_client(bench, server.port, "--version", str(version), "--tls", tls)
            expect_status("the client", status, LET_IN, output)
            expect_fields(server.verdict(), **DELEGATED, credssp_version=version, tls=tls, delegated_user=USER)


def pyspnego_right(bench: Bench, version: int) -> None:
    """It knows RSA keys alone."""
    with acceptor(bench, "--policy", "mitigated") as server:
        for mechanism in ("spnego", "ntlm"):
            for tls in TLS_VERSIONS:
                status, output = pyspnego_client(bench, server.port, "--version", str(version), "--tls", tls,
                                                 "--mechanism", mechanism)
                expect_status("pyspnego", status, LET_IN, output)
                expect_fields(server.verdict(), **DELEGATED, credssp_version=version, tls=tls, delegated_user=USER)


def refused_by_default(bench: Bench, version: int, client) -> None:
    with acceptor(bench) as server:
        status, output = client(bench, server.port, "--version", str(version))
        expect_fields(server.verdict(), status="SEC_E_UNSUPPORTED_FUNCTION", reason="credssp-version-refused",
                      credssp_version=version, user=None, credentials=None, delegated_user=None)
        expect_ending(version, NOT_SUPPORTED, status, output)


def key_of_another(bench: Bench, version: int) -> None:
    with acceptor(bench, "--policy", "mitigated") as server:
        status, output = mit_spnego(bench, server.port, "--version", str(version), "--fault", "wrong-key")
        expect_fields(server.verdict(), status="SEC_E_MESSAGE_ALTERED", reason="key-binding-wrong", user=None,
                      credentials=None)
        expect_ending(version, LOGON_FAILURE, status, output)


for _version in VERSIONS:
    for _key in KEYS:
        CASES.append(Case(f"MIT's SPNEGO logs on with CredSSP {_version} under mitigated, {_key}",
                          partial(mit_right, version=_version, key=_key)))
    CASES.append(Case(f"a wrong password in MIT's SPNEGO is refused in CredSSP {_version}",
                      partial(mit_wrong, version=_version)))
    CASES.append(Case(f"a proof over another key is refused in SPNEGO and CredSSP {_version}",
                      partial(key_of_another, version=_version)))
    CASES.append(Case(f"pyspnego logs on with CredSSP {_version} under mitigated",
                      partial(pyspnego_right, version=_version)))
for _version in WITHOUT_NONCE:
    for _key in KEYS:
        CASES.append(Case(f"gss-ntlmssp logs on with CredSSP {_version} under vulnerable, {_key}",
                          partial(ntlm_right, version=_version, key=_key)))
    for _name, _client in (("MIT's SPNEGO", mit_spnego), ("gss-ntlmssp", credssp_client),
                           ("pyspnego", pyspnego_client)):
        CASES.append(Case(f"CredSSP {_version} of {_name} is refused by default and told so",
                          partial(refused_by_default, version=_version, client=_client)))


@case("pyspnego with a wrong password is refused and told why", "spnego")
@case("pyspnego's NTLM with a wrong password is refused and told why", "ntlm")
def pyspnego_wrong(mechanism: str, bench: Bench) -> None:
    with acceptor(bench) as server:
        status, output = pyspnego_client(bench, server.port, "--mechanism", mechanism, password=WRONG)
        expect_denied(server.verdict())
        expect_ending(6, LOGON_FAILURE, status, output)


@for_each_key("MIT's SPNEGO logs on by default")
def mit_by_default(bench: Bench, key: str) -> None:
    with acceptor(bench, key=key) as server:
        status, output = mit_spnego(bench, server.port)
        expect_status("the client", status, LET_IN, output)
        expect_fields(server.verdict(), **DELEGATED, credssp_version=6)


@case("a delegated user who is not the one that logged on is refused in SPNEGO too")
def other_user(bench: Bench) -> None:
    with acceptor(bench) as server:
        mit_spnego(bench, server.port, "--delegate", "bob")
        verdict = server.verdict()
        expect_denied(verdict)
        expect_fields(verdict, reason="not-the-same-user")


# --- impacket ---------------------------------------------------------------------------------------------------

# Version 2, and no MIC at all. It finds the key at its place in RSA-2048 certificates.
FOR_IMPACKET = ("--policy", "mitigated", "--ntlm-mic", "announced")


@case("impacket logs on under mitigated with --ntlm-mic announced")
def impacket_right(bench: Bench) -> None:
    with acceptor(bench, *FOR_IMPACKET) as server:
        output = rdp_check(bench, server.port)
        expect("Access Granted" in output, f"rdp_check says: {output}")
        expect_fields(server.verdict(), reason="ok", **GRANTED, credssp_version=2)


@case("impacket with a wrong password is refused")
def impacket_wrong(bench: Bench) -> None:
    with acceptor(bench, *FOR_IMPACKET) as server:
        output = rdp_check(bench, server.port, WRONG)
        expect("Access Granted" not in output, f"rdp_check says: {output}")
        verdict = server.verdict()
        expect_denied(verdict)
        expect_fields(verdict, reason="wrong-password")


@case("impacket without a MIC is refused under mitigated alone")
def impacket_without_mic(bench: Bench) -> None:
    with acceptor(bench, "--policy", "mitigated") as server:
        output = rdp_check(bench, server.port)
        expect("Access Granted" not in output, f"rdp_check says: {output}")
        expect_fields(server.verdict(), reason="ntlm-mic-missing", user=None, credentials=None)


# --- Negotiate alone --------------------------------------------------------------------------------------------

NEGOTIATE = ("--framing", "raw", "--package", "Negotiate")
SPNEGO_CLIENTS = (("ntlm_auth", SpnegoNtlmAuth), ("MIT's SPNEGO", GssSpnego), ("pyspnego", PyspnegoClient))


def spnego_right(bench: Bench, client, sign: bool) -> None:
    with acceptor(bench, *NEGOTIATE) as server:
        peer = client(bench, sign=sign)
        spnego_logon(peer, server.port)
        expect_fields(server.verdict(), **GRANTED, credssp_version=None, tls=None)
        expect(peer.complete, "the client is not content")


def spnego_wrong(bench: Bench, client) -> None:
    with acceptor(bench, *NEGOTIATE) as server:
        peer = client(bench, WRONG)
        spnego_logon(peer, server.port)
        verdict = server.verdict()
        expect_denied(verdict)
        expect_fields(verdict, reason="wrong-password", user=None)
        expect(not peer.complete, "the client is content")


for _name, _client in SPNEGO_CLIENTS:
    CASES.append(Case(f"{_name} logs on to package Negotiate, and both send their MICs",
                      partial(spnego_right, client=_client, sign=True)))
    CASES.append(Case(f"{_name} with a wrong password is refused by package Negotiate",
                      partial(spnego_wrong, client=_client)))
for _name, _client in SPNEGO_CLIENTS[:2]:
    CASES.append(Case(f"{_name} logs on to package Negotiate without signing and without MICs",
                      partial(spnego_right, client=_client, sign=False)))


@case("a MIC that pyspnego makes without signing is refused by package Negotiate")
def unusable_mic(bench: Bench) -> None:
    """It has a MIC's form and no key: docs/negotiate.md."""
    with acceptor(bench, *NEGOTIATE) as server:
        peer = PyspnegoClient(bench, sign=False)
        spnego_logon(peer, server.port)
        expect_fields(server.verdict(), status="SEC_E_MESSAGE_ALTERED", reason="mech-list-mic-wrong", user=None)
        expect(not peer.complete, "the client is content")


@case("pyspnego without signing logs on to package NTLM")
def pyspnego_unsigned(bench: Bench) -> None:
    """Its AUTHENTICATE has one byte where an exchanged key would lie."""
    with acceptor(bench, "--framing", "raw", "--package", "NTLM") as server:
        spnego_logon(PyspnegoClient(bench, sign=False, protocol="ntlm"), server.port)
        expect_fields(server.verdict(), **GRANTED)


@case("ntlm_auth without SPNEGO logs on to package Negotiate", NtlmAuth)
@case("gss-ntlmssp without SPNEGO logs on to package Negotiate", GssNtlm)
def raw_to_negotiate(client, bench: Bench) -> None:
    with acceptor(bench, *NEGOTIATE) as server:
        ntlm_logon(client(bench), server.port)
        expect_fields(server.verdict(), **GRANTED)
