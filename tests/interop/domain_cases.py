"""A member of a domain: domain users on our acceptor, what the directory's KDC says, and keys that change."""

from contextlib import contextmanager
from functools import partial

from bench import PASSWORD, USER, Bench, environment, expect, expect_fields, other_clock
from cases import CASES, WRONG, Case, acceptor, case, expect_denied, expect_status
from domain import DNS, KRB5_CONF, MEMBER, REALM, TARGET, domain
from domain_accounts import (DISABLED, EXPIRED, GROUP, GROUP_OF_DOMAIN, GROUP_OF_GROUPS, LOCKED, LOCKOUT_THRESHOLD, MUST_CHANGE,
                             NO_HOUR, OTHER_USER, OTHER_USERS_NAME, RENAMED)
from initiator_cases import LOGGED_ON, REFUSED, connect, log_on, serving
from kerberos_cases import Lines, exchange, expect_done, expect_reason, mits, ours, our_server, talk
from rdp_peers import credssp_client
from server_peers import CredsspServer
from token_peers import HeimdalSpnego

WHO = f"{REALM}\\{USER}".encode()
TICKET = f"{TARGET}@{REALM}"
DOMAIN_USER = {"status": "SEC_E_OK", "package": "Kerberos", "user": USER, "domain": REALM}
SKEW = 600  # seconds; Kerberos allows 300


def password_client(bench: Bench, target: str = TARGET, user: str = USER, domain_name: str = REALM,
                    password: str = PASSWORD, package: str = "Kerberos") -> Lines:
    return ours(bench, "initiate", package, target=target, user=user, domain=domain_name, password=password)


def first_leg(bench: Bench, **settings) -> str:
    return password_client(bench, **settings).ask("TOKEN", b"")[0]


def expect_user(client: Lines, server: Lines, who: bytes = WHO) -> None:
    exchange(client, server)
    expect_done(client, server)
    expect(server.get("WHO") == who, f"the server calls the client {server.bytes}")


# --- Domain users -----------------------------------------------------------------------------------------------


@case("a domain user of MIT's Kerberos logs on to the member, and both talk", "krb5", "Kerberos")
@case("a domain user of MIT's Kerberos, raw, logs on to the member's Negotiate, and both talk", "krb5", "Negotiate")
@case("a domain user of MIT's SPNEGO logs on to the member, and both talk", "spnego", "Negotiate")
def mit_user(mechanism: str, package: str, bench: Bench) -> None:
    realm = domain(bench)
    with realm.in_use():
        client, server = mits(bench, "initiate", mechanism, target=TICKET), our_server(bench, realm, package)
        expect_user(client, server)
        talk(client, server)


@case("a domain user with a password of ours logs on to the member, and both talk", "Kerberos")
@case("a domain user with a password of ours logs on to the member's Negotiate, and both talk", "Negotiate")
def our_user(package: str, bench: Bench) -> None:
    realm = domain(bench)
    with realm.in_use():
        client, server = password_client(bench, package=package), our_server(bench, realm, package)
        expect_user(client, server)
        talk(client, server)


@case("a domain user of Samba's Heimdal logs on to the member")
def heimdal_user(bench: Bench) -> None:
    realm = domain(bench)
    with realm.in_use():
        server = our_server(bench, realm, "Negotiate")
        kind, _ = server.ask("TOKEN", HeimdalSpnego(bench, USER, REALM, "TERMSRV", MEMBER).step(None))
        expect(kind == "DONE", f"our server: {kind}")
        expect(server.get("WHO") == WHO, f"the server calls the client {server.bytes}")


@case("we log on with a domain user's password to MIT's Kerberos on the member, and both talk")
def mit_member(bench: Bench) -> None:
    with domain(bench).in_use():
        client, server = password_client(bench), mits(bench, "accept", "krb5")
        exchange(client, server)
        expect_done(client, server)
        talk(client, server)
        expect(server.get("WHO") == f"{USER}@{REALM}".encode(), f"the server calls the client {server.bytes}")


ASSERTED_BY_AUTHORITY = "S-1-18-1"  # MS-DTYP 2.4.2.4: of everybody whom a KDC saw log on


@case("a domain user's SIDs are those of the directory, nested groups and groups of the domain alone among them")
def sids(bench: Bench) -> None:
    realm = domain(bench)

    def sid_of(name: str) -> str:
        return realm.member.run("wbinfo", "-n", f"CORP\\{name}").split()[0]

    groups = {USER: {"Domain Users", GROUP, GROUP_OF_GROUPS, GROUP_OF_DOMAIN}, OTHER_USER: {"Domain Users"}}
    with realm.in_use(), acceptor(bench, "--framing", "raw", "--package", "Kerberos", "--keytab",
                                  str(realm.keytab)) as server:
        for user, names in groups.items():
            status, output = connect(bench, server.port, "--framing", "raw", "--package", "Kerberos", "--target", TARGET,
                                     user=f"CORP\\{user}")
            expect_status("connect", status, LOGGED_ON, output)
            verdict = server.verdict()
            expect_fields(verdict, user=user, user_sid=sid_of(user))
            wanted = {sid_of(name) for name in names} | {ASSERTED_BY_AUTHORITY}
            expect(set(verdict["group_sids"]) == wanted, f"{user} is in {verdict['group_sids']}, not in {wanted}")


@case("a domain user's names are those that Windows takes")
def names_of_users(bench: Bench) -> None:
    realm = domain(bench)
    with realm.in_use():
        for user, domain_name in ((USER, "CORP"), (USER, "corp"), (USER, DNS), (f"CORP\\{USER}", None),
                                  (f"{DNS}\\{USER}", None), (f"{USER}@{DNS}", None), (f"{USER}@CORP", None),
                                  (USER, None)):
            expect_user(password_client(bench, user=user, domain_name=domain_name), our_server(bench, realm))
        expect_user(password_client(bench, user=OTHER_USERS_NAME, domain_name=None), our_server(bench, realm),
                    f"{REALM}\\{OTHER_USER}".encode())
        expect_reason(first_leg(bench, domain_name="CORP", password=WRONG), "wrong-password")
        for user, domain_name in ((USER, "NOWHERE"), ("nobody", "CORP"), ("nobody@sales.example", None)):
            expect_reason(first_leg(bench, user=user, domain_name=domain_name), "kerberos-no-kdc")


@case("the member's services are named in upper and lower case, by the short name, and found without a realm's name")
def names_of_services(bench: Bench) -> None:
    realm = domain(bench)
    unmapped = bench.path("krb5.conf")
    unmapped.write_text(KRB5_CONF.partition("[domain_realm]")[0])
    with realm.in_use():
        for target in (f"termsrv/{MEMBER.upper()}", "TERMSRV/mb1", "termsrv/MB1", f"HTTP/{MEMBER}", f"host/{MEMBER}"):
            for package in ("Kerberos", "Negotiate"):
                expect_user(password_client(bench, target, package=package), our_server(bench, realm, package))
        with environment({"KRB5_CONFIG": str(unmapped)}):
            expect_user(password_client(bench), our_server(bench, realm))
        expect_reason(first_leg(bench, target=f"WSMAN/{MEMBER}"), "kerberos-no-service")


# --- Which service ----------------------------------------------------------------------------------------------


@case("a ticket for another class of the member is refused where classes are listed, and its name is all that tells")
def other_service(bench: Bench) -> None:
    realm = domain(bench)
    with realm.in_use():
        for package, options, reason in (("Negotiate", {}, "kerberos-other-service"), ("Kerberos", {}, None),
                                         ("Kerberos", {"services": "HTTP"}, "kerberos-other-service")):
            server = our_server(bench, realm, package, **options)
            exchange(mits(bench, "initiate", "krb5", target=f"cifs/{MEMBER}@{REALM}"), server)
            expect(server.kind == (f"FAILED {reason}" if reason else "DONE"), f"{package}: {server.kind}")
        # docs/kerberos.md: one key for all services of a machine, and nothing covers the name.
        token = mits(bench, "initiate", "krb5", target=f"cifs/{MEMBER}@{REALM}").ask("TOKEN", b"")[1]
        kind, _ = our_server(bench, realm, "Negotiate").ask("TOKEN", token.replace(b"cifs", b"HTTP", 1))
        expect(kind == "DONE", f"the renamed ticket: {kind}")


# --- CREDSSP ----------------------------------------------------------------------------------------------------


@case("a domain user of MIT's Kerberos logs on to the member by CREDSSP and delegates a password", "kerberos")
@case("a domain user of MIT's SPNEGO logs on to the member by CREDSSP and delegates a password", "kerberos-spnego")
def credssp_user(mechanism: str, bench: Bench) -> None:
    realm = domain(bench)
    with realm.in_use(), acceptor(bench, "--keytab", str(realm.keytab)) as server:
        for version in ("5", "6"):
            status, output = credssp_client(bench, server.port, "--mechanism", mechanism, "--host", MEMBER, "--domain",
                                            REALM, "--version", version)
            expect_status("the client", status, 0, output)
            expect_fields(server.verdict(), **DOMAIN_USER, credentials="password", delegated_user=USER)


@case("a password for a domain user is delegated by each of the user's names, and by no other user's")
def credssp_names(bench: Bench) -> None:
    realm = domain(bench)
    with realm.in_use(), acceptor(bench, "--keytab", str(realm.keytab)) as server:
        def delegate(user: str, domain_name: str) -> dict:
            credssp_client(bench, server.port, "--mechanism", "kerberos", "--host", MEMBER, "--delegate", user,
                           "--domain", domain_name)
            return server.verdict()

        for user, domain_name in ((USER, REALM), (USER, DNS), (USER.upper(), REALM), (f"{USER}@{DNS}", ""), (USER, ""),
                                  (f"{DNS}\\{USER}", "")):
            expect_fields(delegate(user, domain_name), **DOMAIN_USER, credentials="password")
        for user, domain_name in ((OTHER_USER, REALM), (OTHER_USER, ""), (f"{OTHER_USER}@{DNS}", ""),
                                  (f"{USER}@elsewhere.test", ""), (USER, "ELSEWHERE"), (f"{USER}/admin", REALM)):
            verdict = delegate(user, domain_name)
            expect_denied(verdict)
            expect_fields(verdict, reason="not-the-same-user")


@case("`opensspi connect` logs a domain user on to `opensspi accept` by CREDSSP with the password alone")
def commands(bench: Bench) -> None:
    realm = domain(bench)
    with realm.in_use(), acceptor(bench, "--keytab", str(realm.keytab)) as server:
        for user in (f"{REALM}\\{USER}", f"{DNS}\\{USER}", f"{USER}@{DNS}"):
            record = log_on(bench, server, LOGGED_ON, "--target", TARGET, user=user)
            expect_fields(record, status="SEC_E_OK", inner="Kerberos", delegated="password")
            expect_fields(server.verdict(), **DOMAIN_USER, credentials="password")


@case("we log a domain user on to MIT's Kerberos on the member by CREDSSP")
def credssp_mit_member(bench: Bench) -> None:
    with domain(bench).in_use(), serving(CredsspServer, bench) as server:
        record = log_on(bench, server, LOGGED_ON, "--target", TARGET, user=f"CORP\\{USER}")
        expect_fields(record, status="SEC_E_OK", inner="Kerberos", delegated="password")
        expect_fields(server.record(), user=f"{USER}@{REALM}", credentials=["CORP", USER, PASSWORD])


# --- Accounts that may not --------------------------------------------------------------------------------------


def refused_account(bench: Bench, user: str, reason: str, nt_status: str) -> None:
    realm = domain(bench)
    with realm.in_use(), acceptor(bench, "--keytab", str(realm.keytab)) as server:
        record = log_on(bench, server, REFUSED, "--target", TARGET, user=f"CORP\\{user}")
        expect_fields(record, status="SEC_E_LOGON_DENIED", reason=reason, nt_status=nt_status, delegated="none")
        expect(server.verdict().get("status") != "SEC_E_OK", "the server let somebody in")


for _name, _user, _reason, _nt_status in (("is disabled", DISABLED, "account-disabled", "C0000072"),
                                          ("has expired", EXPIRED, "account-expired", "C0000193"),
                                          ("must change its password", MUST_CHANGE, "password-expired", "C0000224"),
                                          ("may log on at no hour", NO_HOUR, "account-restricted", "C000006F")):
    CASES.append(Case(f"a domain account that {_name} is refused with its own NTSTATUS",
                      partial(refused_account, user=_user, reason=_reason, nt_status=_nt_status)))


@case("a domain account is locked by wrong passwords, and the right one is refused then")
def locked_account(bench: Bench) -> None:
    with domain(bench).in_use():
        for _ in range(LOCKOUT_THRESHOLD):
            expect_reason(first_leg(bench, user=LOCKED, password=WRONG), "wrong-password")
        # Samba's KDC tells no NTSTATUS here, and Kerberos' code is that of a disabled account.
        expect_reason(first_leg(bench, user=LOCKED), "account-disabled")


@case("what the domain's KDC says of a user is no reason to try NTLM, but that it knows none")
def wrong_logons(bench: Bench) -> None:
    with domain(bench).in_use():
        for package in ("Kerberos", "Negotiate"):
            expect_reason(first_leg(bench, package=package, password=WRONG), "wrong-password")
            expect_reason(first_leg(bench, package=package, user=EXPIRED), "account-expired")
            expect_reason(first_leg(bench, package=package, user=NO_HOUR, domain_name="CORP"), "account-restricted")
        expect_reason(first_leg(bench, user="nobody"), "unknown-user")
        for user, domain_name in (("nobody", REALM), ("nobody", "CORP")):
            kind, token = password_client(bench, user=user, domain_name=domain_name, package="Negotiate").ask("TOKEN", b"")
            expect(kind == "CONTINUE" and token.startswith(b"NTLMSSP\0"), f"{kind} {token[:8]}")


@case("who has a ticket already is let in until it ends, though the account was disabled")
def disabled_meanwhile(bench: Bench) -> None:
    realm = domain(bench)
    cache = f"FILE:{bench.path('tickets')}"
    with realm.in_use():
        realm.log_on(OTHER_USER, PASSWORD, cache)
        realm.member.run("kvno", "-c", cache, TICKET)
        realm.tool("user", "disable", OTHER_USER)
        try:
            client = ours(bench, "initiate", "Kerberos", target=TARGET, ccache=cache)
            expect_user(client, our_server(bench, realm), f"{REALM}\\{OTHER_USER}".encode())
            client = ours(bench, "initiate", "Kerberos", target=f"HTTP/{MEMBER}", ccache=cache)
            expect_reason(client.ask("TOKEN", b"")[0], "kerberos-refused")  # so Samba's KDC: "policy", and nothing more
            expect_reason(first_leg(bench, user=OTHER_USER), "account-disabled")
        finally:
            realm.tool("user", "enable", OTHER_USER)


@case("a domain account with another name and another password logs on by these, and by the old ones no more")
def renamed_account(bench: Bench) -> None:
    realm = domain(bench)
    new_name, new_password = f"{RENAMED}.new", "An0ther-Pass"
    realm.tool("user", "rename", RENAMED, f"--samaccountname={new_name}", f"--upn={new_name}@{DNS}")
    realm.tool("user", "setpassword", new_name, f"--newpassword={new_password}")
    with realm.in_use():
        expect_user(password_client(bench, user=new_name, password=new_password), our_server(bench, realm),
                    f"{REALM}\\{new_name}".encode())
        expect_reason(first_leg(bench, user=new_name), "wrong-password")
        expect_reason(first_leg(bench, user=RENAMED, password=new_password), "unknown-user")


# --- Clocks -----------------------------------------------------------------------------------------------------


def skewed(bench: Bench):
    """What is started meanwhile is ten minutes ahead of the others."""
    settings = [f"{name}={value}" for name, value in other_clock(f"+{SKEW}s").items()]
    return bench.running_inside([*bench.inside, "env", *settings])


@contextmanager
def traced(bench: Bench, *sentences: str):
    """Afterwards the traces of what was started meanwhile have these sentences."""
    trace = bench.path("trace")
    with environment({"OPENSSPI_TRACE": str(trace)}):
        yield
    for sentence in sentences:
        expect(sentence in trace.read_text(), f"the trace does not say {sentence!r}: {trace.read_text()}")


@case("a member whose clock is ten minutes ahead refuses domain users, and both sides tell by how much")
def skewed_member(bench: Bench) -> None:
    realm = domain(bench)
    with realm.in_use(), traced(bench, f"the client's clock is {SKEW // 60} minutes behind ours",
                                f"the server's clock is {SKEW // 60} minutes ahead of ours"):
        with skewed(bench):
            server = our_server(bench, realm)
        client = password_client(bench)
        exchange(client, server)
        expect_reason(server.kind, "kerberos-skew")
        expect_reason(client.ask("TOKEN", server.bytes)[0], "kerberos-skew")


@case("a client whose clock is ten minutes ahead takes the KDC's time with a password, and with a ticket is refused")
def skewed_client(bench: Bench) -> None:
    realm = domain(bench)
    cache = f"FILE:{bench.path('tickets')}"
    with realm.in_use():
        realm.log_on(USER, PASSWORD, cache)
        with skewed(bench):
            client = password_client(bench)
        expect_user(client, our_server(bench, realm))
        with traced(bench, f"the KDC's clock is {SKEW // 60} minutes behind ours"), skewed(bench):
            client = ours(bench, "initiate", "Kerberos", target=TARGET, ccache=cache)
            expect_reason(client.ask("TOKEN", b"")[0], "kerberos-skew")


# --- Keys that change -------------------------------------------------------------------------------------------


@case("the machine's password is changed under a running acceptor, whose keytab tells which tickets it takes")
def rotated_keytab(bench: Bench) -> None:
    realm = domain(bench)
    cache = f"FILE:{bench.path('tickets')}"
    with realm.in_use(), acceptor(bench, "--framing", "raw", "--package", "Kerberos", "--keytab",
                                  str(realm.keytab)) as server:
        def expect_outcome(reason: str, *options: str) -> None:
            connect(bench, server.port, "--framing", "raw", "--package", "Kerberos", "--target", TARGET, *options,
                    user=f"{REALM}\\{USER}")
            expect_fields(server.verdict(), reason=reason)

        def expect_outcome_of_old_ticket(reason: str) -> None:
            client = ours(bench, "initiate", "Kerberos", target=TARGET, ccache=cache)
            beside = our_server(bench, realm)
            exchange(client, beside)
            expect(beside.kind == ("DONE" if reason == "ok" else f"FAILED {reason}"), f"an old ticket: {beside.kind}")

        realm.log_on(USER, PASSWORD, cache)
        realm.member.run("kvno", "-c", cache, TICKET)
        realm.net("ads", "changetrustpw")
        expect_outcome("kerberos-key-version")
        expect_outcome_of_old_ticket("ok")
        realm.net("ads", "keytab", "create")
        expect_outcome("ok")
        expect_outcome_of_old_ticket("ok")
        # `net` keeps the keys of the password before this one, and no others.
        realm.net("ads", "changetrustpw")
        realm.net("ads", "keytab", "create")
        expect_outcome("ok")
        expect_outcome_of_old_ticket("kerberos-key-version")
