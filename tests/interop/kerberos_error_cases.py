"""
What goes wrong between real sides, as the public API says it: `opensspi connect` and `accept` on both ends, a KDC that is
asked, and libfaketime in front of one of them. The sentence in the trace is what a person acts on.
"""

import json
import os
import time

from bench import PASSWORD, USER, Acceptor, Bench, environment, expect, expect_fields, need, other_clock
from cases import WRONG, acceptor, case, expect_status
from initiator_cases import LOGGED_ON, NETWORK, REFUSED, connect
from kdc import REALM, SERVICES, Kdc, kdc

RAW = ("--framing", "raw", "--package", "Kerberos")
USAGE = 1  # exit status of connect: what was asked for cannot be


def clock(shift: str):
    """Whoever is started meanwhile has another time."""
    return environment(other_clock(shift))


def serving(bench: Bench, realm: Kdc, *options: str, keytab=None):
    return acceptor(bench, *RAW, "--keytab", str(keytab or realm.keytab), *options)


def log_on(bench: Bench, port: int, wanted: int, target: str = SERVICES[0], cache=None, password: str = PASSWORD,
           package: str = "Kerberos") -> tuple[dict, str]:
    """What our client says, and its trace. By a password, or by the tickets of `cache`."""
    trace = bench.path("connect.trace")
    os.environ["OPENSSPI_TRACE"] = str(trace)
    try:
        status, output = connect(bench, port, "--json", "--kerberos-only", *RAW[:-1], package, "--target", target,
                                 *(("--ccache", str(cache)) if cache else ()), user=f"{REALM}\\{USER}",
                                 password=password)
    finally:
        os.environ.pop("OPENSSPI_TRACE")
    expect_status("connect", status, wanted, output)
    return json.loads(output), trace.read_text()


def expect_sentence(trace: str, sentence: str) -> None:
    expect(sentence in trace, f"the trace has no {sentence!r}:\n{trace}")


def expect_both(bench: Bench, server: Acceptor, cache, target: str = SERVICES[0], **fields) -> str:
    """The server's reason is the client's too, by the KRB-ERROR; the client's trace comes back."""
    said, trace = log_on(bench, server.port, REFUSED, target, cache)
    expect_fields(said, **fields)
    expect_fields(server.verdict(), **fields, user=None)
    return trace


# --- Clocks -----------------------------------------------------------------------------------------------------

SKEW = {"status": "SEC_E_TIME_SKEW", "reason": "kerberos-skew"}


@case("a client's clock that is ahead is told on both sides, with its size", "+125m", "125 minutes behind")
@case("a client's clock that is behind is told by the KDC with its size, and by a ticket that is not valid yet", "-47m",
      "47 minutes ahead of")
def client_clock(shift: str, of_others: str, bench: Bench) -> None:
    realm = kdc(bench)
    with realm.in_use(), serving(bench, realm) as server:
        with clock(shift):  # the service's ticket is not there yet, and the KDC is the first to notice
            realm_cache = new_cache(realm)
            said, trace = log_on(bench, server.port, REFUSED, cache=realm_cache)
            expect_fields(said, **SKEW)
            expect_sentence(trace, f"the KDC's clock is {of_others} ours")
            server.verdict()
        log_on(bench, server.port, LOGGED_ON, cache=realm_cache)
        server.verdict()
        with clock(shift):
            if shift.startswith("+"):
                trace = expect_both(bench, server, realm_cache, **SKEW)
                expect_sentence(server.trace.read_text(), "the client's clock is 125 minutes ahead of ours")
                expect_sentence(trace, f"the server's clock is {of_others} ours")
            else:  # MIT does not even send it
                said, trace = log_on(bench, server.port, REFUSED, cache=realm_cache)
                expect_fields(said, **SKEW)
                expect_sentence(trace, "Ticket not yet valid")


def new_cache(realm: Kdc, *options: str):
    """A ticket-granting ticket alone; kinit has the right time, whatever the others have."""
    cache = realm.bench.path("tickets")
    environment = {name: value for name, value in os.environ.items() if name not in ("LD_PRELOAD", "FAKETIME")}
    status, output = realm.bench.run([need("/usr/bin/kinit", "krb5-user"), *options, "-c", f"FILE:{cache}", USER], 20,
                                     PASSWORD + "\n", env=environment)
    expect(status == 0, f"kinit: {output}")
    return cache


@case("a client with a password bears a clock that is wrong, and one wrong by days is told")
def password_clock(bench: Bench) -> None:
    """MIT learns the KDC's time with the ticket."""
    realm = kdc(bench)
    with realm.in_use(), serving(bench, realm) as server:
        with clock("+125m"):
            log_on(bench, server.port, LOGGED_ON)
        expect_fields(server.verdict(), status="SEC_E_OK")
        with clock("+3d"):
            said, trace = log_on(bench, server.port, REFUSED)
        expect_fields(said, **SKEW)
        expect_sentence(trace, "the KDC's clock is 4320 minutes behind ours")


@case("a server's clock that is wrong is told on both sides, with its size")
def server_clock(bench: Bench) -> None:
    """Where the ticket is over, or not valid yet, by that clock alone, the clock is what is told."""
    realm = kdc(bench)
    with realm.in_use():
        cache = new_cache(realm)
        for shift, of_client, of_server in (("+125m", "125 minutes behind", "125 minutes ahead of"),
                                            ("-47m", "47 minutes ahead of", "47 minutes behind"),
                                            ("+3d", "4320 minutes behind", "4320 minutes ahead of")):
            with clock(shift):
                started = Acceptor(bench, *RAW, "--keytab", str(realm.keytab))
            trace = expect_both(bench, started, cache, **SKEW)
            expect_sentence(started.trace.read_text(), f"the client's clock is {of_client} ours")
            expect_sentence(trace, f"the server's clock is {of_server} ours")
            started.stop()


# --- Tickets and keys -------------------------------------------------------------------------------------------


@case("a ticket that has expired is told, from its last second on")
def expired(bench: Bench) -> None:
    realm = kdc(bench)
    with realm.in_use(), serving(bench, realm) as server:
        time.sleep(1 - time.time() % 1)  # tickets have whole seconds
        end = int(time.time()) + 3
        cache = new_cache(realm, "-l", "3s")
        log_on(bench, server.port, LOGGED_ON, cache=cache)
        server.verdict()
        for moment in (end + 0.02, end + 1.5):
            time.sleep(max(0, moment - time.time()))
            said, trace = log_on(bench, server.port, REFUSED, cache=cache)
            expect_fields(said, status="SEC_E_LOGON_DENIED", reason="kerberos-ticket-expired")
            expect_sentence(trace, "the ticket has expired; kinit, or a new logon, gets another")


@case("no such service, a service without a key, and another service have their own status")
def services(bench: Bench) -> None:
    realm = kdc(bench)
    with realm.in_use():
        cache = new_cache(realm)
        with serving(bench, realm) as server:
            said, _ = log_on(bench, server.port, USAGE, "cifs/localhost", cache)
            expect_fields(said, status="SEC_E_TARGET_UNKNOWN", reason="kerberos-no-service")
            server.verdict()
            realm.admin("addprinc -randkey TERMSRV/keyless.example.test")
            expect_both(bench, server, cache, "TERMSRV/keyless.example.test", status="SEC_E_WRONG_PRINCIPAL",
                        reason="kerberos-no-key")
        # What is no fault of the ticket has no KRB-ERROR.
        with acceptor(bench, "--framing", "raw", "--package", "Negotiate", "--keytab", str(realm.keytab)) as server:
            said, _ = log_on(bench, server.port, REFUSED, "ldap/localhost", cache, package="Negotiate")
            expect_fields(said, status="SEC_E_LOGON_DENIED", reason="negotiation-rejected")
            expect_fields(server.verdict(), status="SEC_E_WRONG_PRINCIPAL", reason="kerberos-other-service", user=None)


@case("a key that was changed since is told on both sides")
def key_version(bench: Bench) -> None:
    realm = kdc(bench)
    old = bench.path("old.keytab")
    old.write_bytes(realm.keytab.read_bytes())
    with realm.in_use(), serving(bench, realm, keytab=old) as server:
        realm.admin(f"ktadd -k {realm.keytab} {SERVICES[0]}")
        trace = expect_both(bench, server, new_cache(realm), status="SEC_E_WRONG_PRINCIPAL",
                            reason="kerberos-key-version")
        expect_sentence(trace, "export the keytab anew, or get a new ticket")


@case("no KDC, and what a KDC refuses, have their own status")
def no_kdc(bench: Bench) -> None:
    realm = kdc(bench)
    with realm.in_use(), serving(bench, realm) as server:
        said, _ = log_on(bench, server.port, REFUSED, password=WRONG)
        expect_fields(said, status="SEC_E_LOGON_DENIED", reason="wrong-password")
        realm.stop()
        try:
            said, _ = log_on(bench, server.port, NETWORK)
            expect_fields(said, status="SEC_E_NO_AUTHENTICATING_AUTHORITY", reason="kerberos-no-kdc")
        finally:
            realm.start()
        log_on(bench, server.port, LOGGED_ON)
