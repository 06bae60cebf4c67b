"""CREDSSP over Kerberos in all its forms: each version, raw and in SPNEGO, each encryption; MIT's GSSAPI and rdesktop."""

import os
from contextlib import contextmanager
from functools import partial

from bench import PASSWORD, USER, Bench, expect, expect_fields, need
from cases import CASES, Case, acceptor, case, expect_denied, expect_status
from initiator_cases import (FAULTS, LOGGED_ON, OLD_VERSIONS, PROTOCOL, TLS_VERSIONS, UNTRUSTED, VERSIONS,
                             expect_nothing_behind_proof, fields_of, log_on, serving)
from kdc import REALM, SERVICES, Kdc, kdc
from kerberos_cases import GRANTED, exchange, expect_done, mits, ours, talk
from rdp_peers import credssp_client, rdesktop
from server_peers import CredsspServer

BROKEN, ERROR_CODE, CLOSED = 1, 3, 4  # exit statuses of credssp_client.py
RAW, SPNEGO = "kerberos", "kerberos-spnego"

# --- rdesktop: raw AP-REQ, version 2, lengths of BER, a NUL behind each text ---------------------------------------


@case("rdesktop logs on by Kerberos where the policy is mitigated", "mitigated")
@case("rdesktop logs on by Kerberos where the policy is vulnerable", "vulnerable")
def rdesktop_right(policy: str, bench: Bench) -> None:
    """It takes RSA certificates alone."""
    realm = kdc(bench)
    with realm.in_use(), acceptor(bench, "--keytab", str(realm.keytab), "--policy", policy) as server:
        output = rdesktop(bench, server.port, domain=REALM)
        expect_fields(server.verdict(), **GRANTED, credssp_version=2, reason="ok")
        expect("Connection established using CredSSP" in output, output)


@case("rdesktop's CredSSP of version 2 is refused, and so is TLS alone")
def rdesktop_refused(bench: Bench) -> None:
    realm = kdc(bench)
    with realm.in_use(), acceptor(bench, "--keytab", str(realm.keytab)) as server:
        output = rdesktop(bench, server.port, domain=REALM)
        verdict = server.verdict()
        expect_fields(verdict, status="SEC_E_UNSUPPORTED_FUNCTION", reason="credssp-version-refused", user=None,
                      credssp_version=2, credentials=None)
        expect(server.verdict().get("status") != "SEC_E_OK", "TLS alone was let in")
        expect("using CredSSP" not in output, output)


@case("rdesktop with the ticket of one user and the name of another is refused")
def rdesktop_other_user(bench: Bench) -> None:
    realm = kdc(bench)
    with realm.in_use(), acceptor(bench, "--keytab", str(realm.keytab), "--policy", "mitigated") as server:
        rdesktop(bench, server.port, "bob", REALM)
        verdict = server.verdict()
        expect_denied(verdict)
        expect_fields(verdict, reason="not-the-same-user")


# --- Each version, to our server --------------------------------------------------------------------------------


def server_right(bench: Bench, version: int, mechanism: str, policy: str) -> None:
    realm = kdc(bench)
    with realm.in_use():
        for tls in TLS_VERSIONS:
            with acceptor(bench, "--keytab", str(realm.keytab), "--policy", policy) as server:
                status, output = credssp_client(bench, server.port, "--mechanism", mechanism, "--version",
                                                str(version), "--tls", tls, "--domain", REALM)
                expect_status("the client", status, 0, output)
                expect_fields(server.verdict(), **GRANTED, credssp_version=version, tls=tls)


def server_refuses(bench: Bench, version: int) -> None:
    realm = kdc(bench)
    with realm.in_use():
        for mechanism in (RAW, SPNEGO):
            with acceptor(bench, "--keytab", str(realm.keytab)) as server:
                status, output = credssp_client(bench, server.port, "--mechanism", mechanism, "--version",
                                                str(version), "--domain", REALM)
                expect_status("the client", status, CLOSED if version == 2 else ERROR_CODE, output)
                expect_fields(server.verdict(), status="SEC_E_UNSUPPORTED_FUNCTION", user=None, credentials=None,
                              reason="credssp-version-refused")


for _version in VERSIONS:
    for _mechanism in (RAW, SPNEGO):
        for _policy in ("mitigated", "vulnerable") if _version in OLD_VERSIONS else ("force-updated",):
            CASES.append(Case(f"MIT's client logs on by CredSSP {_version}, {_mechanism}, policy {_policy}",
                              partial(server_right, version=_version, mechanism=_mechanism, policy=_policy)))
for _version in OLD_VERSIONS:
    CASES.append(Case(f"MIT's client of CredSSP {_version} is refused over Kerberos too",
                      partial(server_refuses, version=_version)))

CLIENT_FAULTS = {"wrong-key": "key-binding-wrong", "own-label": "key-binding-wrong", "no-nonce": "credssp-nonce",
                 "short-nonce": "credssp-nonce"}


def client_fault(bench: Bench, fault: str) -> None:
    realm = kdc(bench)
    with realm.in_use():
        for mechanism in (RAW, SPNEGO):
            for version in (6, 3) if fault in ("wrong-key", "own-label") else (6,):
                with acceptor(bench, "--keytab", str(realm.keytab), "--policy", "mitigated") as server:
                    status, output = credssp_client(bench, server.port, "--mechanism", mechanism, "--version",
                                                    str(version), "--domain", REALM, "--fault", fault)
                    expect_status("the client", status, ERROR_CODE, output)
                    verdict = server.verdict()
                    expect_fields(verdict, reason=CLIENT_FAULTS[fault], credentials=None)
                    expect(verdict.get("status") != "SEC_E_OK", f"accepted: {verdict}")


for _fault in CLIENT_FAULTS:
    CASES.append(Case(f"a client of Kerberos whose proof has the fault {_fault} is refused",
                      partial(client_fault, fault=_fault)))

# --- Each version, as a client ----------------------------------------------------------------------------------


def as_alice(realm: Kdc) -> tuple[tuple, dict]:
    return ("--target", SERVICES[0], "--ccache", str(realm.cache)), {"user": f"{REALM}\\{USER}"}


def client_right(bench: Bench, version: int) -> None:
    realm = kdc(bench)
    options, settings = as_alice(realm)
    with realm.in_use():
        for tls in TLS_VERSIONS:
            with serving(CredsspServer, bench, "--version", str(version), "--tls", tls) as server:
                said = log_on(bench, server, LOGGED_ON, "--policy", "vulnerable", "--kerberos-only", *options,
                              **settings)
                expect_fields(said, inner="Kerberos", credssp_version=version, tls=tls, delegated="password")
                record = server.record()
                expect_fields(record, mechanism="spnego", tls=f"TLSv{tls}", user=f"{USER}@{REALM}",
                              credentials=[REALM, USER, PASSWORD], behind_proof="", end="done")
                expect([fields_of(request) for request in record["requests"]] ==
                       [{"nego_token"}, {"pub_key_auth"}, {"auth_info"}], str(record))


def client_refuses(bench: Bench, version: int) -> None:
    realm = kdc(bench)
    options, settings = as_alice(realm)
    with realm.in_use():
        for policy in ("force-updated", "mitigated"):
            with serving(CredsspServer, bench, "--version", str(version)) as server:
                said = log_on(bench, server, UNTRUSTED, "--policy", policy, *options, **settings)
                expect_fields(said, status="SEC_E_UNSUPPORTED_FUNCTION", reason="credssp-version-refused")
                expect([fields_of(request) for request in server.record()["requests"]] == [{"nego_token"}], str(said))


for _version in VERSIONS:
    CASES.append(Case(f"we log on by Kerberos to MIT's server of CredSSP {_version}",
                      partial(client_right, version=_version)))
for _version in OLD_VERSIONS:
    CASES.append(Case(f"MIT's server of CredSSP {_version} gets no proof over Kerberos either",
                      partial(client_refuses, version=_version)))


def server_fault(bench: Bench, fault: str) -> None:
    realm = kdc(bench)
    options, settings = as_alice(realm)
    with realm.in_use():
        for version in (6, 3):
            if version == 3 and fault == "other-nonce":
                continue  # there is none
            connections = 2 if fault == "other-session" else 1
            with serving(CredsspServer, bench, "--proof", fault, "--version", str(version), "--connections",
                         str(connections)) as server:
                for _ in range(connections - 1):
                    log_on(bench, server, LOGGED_ON, "--policy", "vulnerable", *options, **settings)
                    expect_fields(server.record(), end="done")
                said = log_on(bench, server, PROTOCOL if fault == "unsealed" else UNTRUSTED, "--policy", "vulnerable",
                              *options, **settings)
                expect(said["status"] != "SEC_E_OK" and said["delegated"] == "none", str(said))
                expect_nothing_behind_proof(server.record())


for _fault, _name, _ in FAULTS:
    CASES.append(Case(f"a server of Kerberos whose proof is one {_name} gets no credentials",
                      partial(server_fault, fault=_fault)))


# --- Each encryption of tickets ---------------------------------------------------------------------------------

# RFC 3962 and RFC 8009; what SSPI calls TOKEN and signature grows with the checksum (docs/kerberos.md).
ENCRYPTIONS = {17: ("aes128-cts-hmac-sha1-96", 60, 28), 18: ("aes256-cts-hmac-sha1-96", 60, 28),
               19: ("aes128-cts-hmac-sha256-128", 64, 32), 20: ("aes256-cts-hmac-sha384-192", 72, 40)}


@contextmanager
def with_encryption(realm: Kdc, number: int):
    """A user and a service with keys of this kind alone, and a krb5.conf that permits no other."""
    name = ENCRYPTIONS[number][0]
    service, user, folder = f"TERMSRV/e{number}.example.test", f"user{number}", realm.bench.new_folder(name)
    keytab, cache, configuration = folder / "keytab", folder / "tickets", folder / "krb5.conf"
    realm.admin(f"setstr krbtgt/{REALM} session_enctypes \"{' '.join(name for name, *_ in ENCRYPTIONS.values())}\"",
                f"addprinc -randkey -e {name}:normal {service}", f"addprinc -pw {PASSWORD} -e {name}:normal {user}", f"ktadd -k {keytab} -norandkey {service}")
    configuration.write_text((realm.folder / "krb5.conf").read_text().replace(
        "[libdefaults]\n", f"[libdefaults]\n permitted_enctypes = {name}\n"))
    with realm.in_use():
        os.environ |= {"KRB5_CONFIG": str(configuration), "KRB5CCNAME": f"FILE:{cache}", "KRB5_KTNAME": f"FILE:{keytab}"}
        status, output = realm.bench.run([need("/usr/bin/kinit", "krb5-user"), user], 20, PASSWORD + "\n")
        expect(status == 0, f"kinit ended with {status}: {output}")
        yield service, user, keytab, cache


def encryption(bench: Bench, number: int) -> None:
    _, token, signature = ENCRYPTIONS[number]
    with with_encryption(kdc(bench), number) as (service, user, keytab, cache):
        target = f"{service}@{REALM}"
        for client, server in (
                (ours(bench, "initiate", "Kerberos", target=service, ccache=cache), mits(bench, "accept", "krb5")),
                (mits(bench, "initiate", "spnego", target=target), ours(bench, "accept", "Negotiate", keytab=keytab))):
            exchange(client, server)
            expect_done(client, server)
            talk(client, server)
            expect(len(client.get("SEAL", b"12345")) == token + 5 and len(client.get("SIGN", b"12345")) == signature,
                   f"a message of type {number} has other sizes than {token} and {signature}")
        for version in (2, 6):
            with acceptor(bench, "--keytab", str(keytab), "--policy", "mitigated") as server:
                status, output = credssp_client(bench, server.port, "--mechanism", SPNEGO, "--version", str(version),
                                                "--domain", REALM, "--host", service.partition("/")[2], "--delegate",
                                                user)
                expect_status("the client", status, 0, output)
                expect_fields(server.verdict(), **GRANTED | {"user": user, "delegated_user": user})
            with serving(CredsspServer, bench, "--version", str(version)) as server:
                log_on(bench, server, LOGGED_ON, "--policy", "vulnerable", "--target", service, "--ccache", str(cache),
                       user=f"{REALM}\\{user}")
                expect_fields(server.record(), end="done", user=f"{user}@{REALM}")


for _number, _encryption in ENCRYPTIONS.items():
    CASES.append(Case(f"Kerberos with {_encryption[0]}, bare, in SPNEGO and in CredSSP",
                      partial(encryption, number=_number)))
