"""
FreeRDP 2.x with our function table in place of WinPR's: its own CredSSP around our Negotiate, in both roles. A shim that
is preloaded puts the table there; the library's trace tells that it was used.
"""

import os
import re
from functools import partial

from bench import DOMAIN, NT_HASH, PASSWORD, USER, Bench, expect, expect_fields
from cases import (CASES, DELEGATED, WRONG, XFREERDP_CLOSED, XFREERDP_LOGON_FAILURE, Case, acceptor, case,
                   expect_denied, expect_status)
from initiator_cases import LOGGED_ON, UNTRUSTED, log_on, shadow
from rdp_peers import xfreerdp
from server_peers import FreerdpShadow

INSIDE = "dave"  # known to the library inside the shadow server, and not to its SAM file
XFREERDP_ACQUIRE_FAILED = 132


class Inside:
    """What makes one program of FreeRDP take our table, and what the library in it says."""

    def __init__(self, bench: Bench):
        library, shim = bench.build / "src" / "libopensspi.so.0", bench.build / "tests" / "interop_freerdp_shim.so"
        for file in (library, shim):
            expect(file.exists(), f"{file} is not built: run `make all`")
        accounts = bench.path("accounts-inside")
        accounts.touch(mode=0o600)
        accounts.write_text(f"{USER}:{DOMAIN}:{NT_HASH}\n{INSIDE}:{DOMAIN}:{NT_HASH}\n")
        self.trace = bench.path("inside.trace")
        self.read = 0
        self.environment = {"LD_PRELOAD": str(shim), "FREERDP_SHIM_LIBRARY": str(library),
                            "FREERDP_SHIM_ACCOUNTS": str(accounts),
                            "OPENSSPI_TRACE": str(self.trace)}

    def said(self) -> str:
        """The trace's lines since this was last asked."""
        text = self.trace.read_text() if self.trace.exists() else ""
        new, self.read = text[self.read:], len(text)
        return new


def client_done(user: str = USER) -> str:
    return (rf"(?m) initiate ok .* {DOMAIN}\\{user} has done its part, target TERMSRV/127\.0\.0\.1: package Negotiate, "
            r"logon by NTLM$")


def let_in(user: str = USER) -> str:
    return (rf"(?m) accept ok .* {DOMAIN}\\{user} is let in: package Negotiate, logon by NTLM, authority "
            r"account-file$")


def expect_said(inside: Inside, *patterns: str) -> None:
    said = inside.said()
    for pattern in patterns:
        expect(len(re.findall(pattern, said)) == 1, f"not one line of the library's trace is `{pattern}`:\n{said}")


# --- The client -------------------------------------------------------------------------------------------------


@case("xfreerdp with our library inside logs on to us", PASSWORD)
@case("xfreerdp with our library inside and a wrong password is refused by us", WRONG)
def client_of_ours(password: str, bench: Bench) -> None:
    inside = Inside(bench)
    with acceptor(bench) as server:
        status, output = xfreerdp(bench, server.port, USER, password, "+auth-only", environment=inside.environment)
        if password == PASSWORD:
            expect_fields(server.verdict(), **DELEGATED, credssp_version=6, delegated_user=USER)
        else:
            expect_denied(server.verdict())
            expect_status("xfreerdp", status, XFREERDP_LOGON_FAILURE, output)
    expect_said(inside, client_done())


@case("xfreerdp with our library inside logs on to freerdp-shadow", PASSWORD, 0)
@case("xfreerdp with our library inside and a wrong password is refused by freerdp-shadow", WRONG, XFREERDP_CLOSED)
def client_of_shadow(password: str, wanted: int, bench: Bench) -> None:
    inside = Inside(bench)
    status, output = xfreerdp(bench, shadow(bench).port, USER, password, "+auth-only", environment=inside.environment)
    expect_status("xfreerdp", status, wanted, output)
    expect_said(inside, client_done())


@case("xfreerdp with our library inside and an NT hash in place of the password sends no NTLM")
def client_with_hash(bench: Bench) -> None:
    inside = Inside(bench)
    with acceptor(bench) as server:
        status, output = xfreerdp(bench, server.port, USER, "", "+auth-only", f"/pth:{NT_HASH}",
                                  environment=inside.environment)
        verdict = server.verdict()
        expect_fields(verdict, reason="peer-closed", user=None, credentials=None, package=None)
        expect_status("xfreerdp", status, XFREERDP_ACQUIRE_FAILED, output)
    expect_said(inside, r" acquire bad-credential-data ")


# --- The server -------------------------------------------------------------------------------------------------


class ShadowInside(FreerdpShadow):
    def __init__(self, bench: Bench):
        self.inside = Inside(bench)
        super().__init__(bench, "rsa2048", self.inside.environment)
        self.inside.said()


def shadow_inside(bench: Bench) -> ShadowInside:
    server = bench.once("freerdp-shadow with our library inside", ShadowInside)
    server.inside.said()  # what earlier cases left
    return server


def server_right(bench: Bench, both: bool) -> None:
    server, client = shadow_inside(bench), Inside(bench)
    for user in (USER, INSIDE):
        status, output = xfreerdp(bench, server.port, user, PASSWORD, "+auth-only",
                                  environment=client.environment if both else None)
        expect_status("xfreerdp", status, 0, output)
        expect_said(server.inside, let_in(user))
        expect_said(client, *([client_done(user)] if both else []))


def server_wrong(bench: Bench, both: bool) -> None:
    """carol is known to the server's SAM file only, which is not asked."""
    server, client = shadow_inside(bench), Inside(bench)
    for user, password, reason in ((USER, WRONG, "wrong-password"), ("nobody", PASSWORD, "unknown-user"),
                                   ("carol", PASSWORD, "unknown-user")):
        status, output = xfreerdp(bench, server.port, user, password, "+auth-only",
                                  environment=client.environment if both else None)
        expect_status("xfreerdp", status, XFREERDP_CLOSED, output)
        said = server.inside.said()
        expect(f" AUTHENTICATE {reason} " in said and "is let in" not in said, f"the library's trace:\n{said}")
        expect_said(client, *([client_done(user)] if both else []))


for _both, _client in ((False, "xfreerdp"), (True, "xfreerdp with our library too")):
    CASES.append(Case(f"freerdp-shadow with our library inside lets in {_client}",
                      partial(server_right, both=_both)))
    CASES.append(Case(f"freerdp-shadow with our library inside refuses a wrong password or user of {_client}",
                      partial(server_wrong, both=_both)))


@case("we log on to freerdp-shadow with our library inside")
def server_of_our_client(bench: Bench) -> None:
    """What it sends to refuse has our own proof in it and no errorCode."""
    server = shadow_inside(bench)
    expect_fields(log_on(bench, server, LOGGED_ON), inner="NTLM", credssp_version=6, delegated="password")
    expect_said(server.inside, let_in())
    log_on(bench, server, UNTRUSTED, password=WRONG)
    expect("is let in" not in server.inside.said(), "a wrong password was let in")


# --- Beside libwinpr2 -------------------------------------------------------------------------------------------


@case("no member of our tables and no call of a logon is libwinpr2's, loaded before us", "")
@case("no member of our tables and no call of a logon is libwinpr2's, linked before us", "libwinpr2.so.2")
def winpr_neighbour(preload: str, bench: Bench) -> None:
    program = bench.build / "tests" / "interop_winpr_neighbour"
    expect(program.exists(), f"{program} is not built: run `make all`")
    status, output = bench.run([program, bench.build / "src" / "libopensspi.so.0"], 30,
                               env=os.environ | {"LD_PRELOAD": preload})
    expect_status("winpr_neighbour", status, 0, output)
