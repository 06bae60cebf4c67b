"""Our acceptors behind HTTP, as a web server or a WinRM service has them, against clients of others."""

from functools import partial

from bench import DOMAIN, LOGON_FAILURE, PASSWORD, USER, Bench, expect
from cases import CASES, WRONG, Case, case
from go_between import TlsRelay
from http_peers import (LET_IN, REFUSED, HttpServer, by_password, curl, curl_kerberos, curl_negotiate, curl_ntlm,
                        http_client, http_credssp, http_ntlm, http_wsman, requests_ntlm)
from kdc import REALM, Kdc, kdc
from server_peers import certificate

BY_NTLM, BY_KERBEROS = f"{DOMAIN}\\{USER} by NTLM under ", f"{REALM}\\{USER} by Kerberos under "


def expect_answer(answer: tuple[int, str], body: str) -> None:
    expect(answer == (LET_IN, body), f"the answer is {answer}, not `{body}`")


def expect_refusal(answer: tuple[int, str], said: str) -> None:
    expect(answer[0] == REFUSED and said in answer[1], f"the answer is {answer}, not a refusal with `{said}`")


def take_large_ticket(bench: Bench, realm: Kdc, service: str, size: int) -> None:
    """In a fresh cache."""
    realm.log_on()
    status, output = bench.run([bench.build / "tests" / "interop_big_ticket", f"{service}@{REALM}", str(size)], 10)
    expect(status == 0 and int(output) > size, f"no ticket of {size} bytes: {output}")


def kerberos_server(bench: Bench, realm: Kdc, **settings) -> HttpServer:
    return HttpServer(bench, **{"keytab": realm.keytab} | settings)


# --- NTLM and CredSSP with an account ---------------------------------------------------------------------------


def http_right(bench: Bench, client, scheme: str) -> None:
    expect_answer(client(bench, HttpServer(bench).url), BY_NTLM + scheme)


def http_wrong(bench: Bench, client, said: str) -> None:
    expect_refusal(client(bench, HttpServer(bench).url, WRONG), said)


# requests-credssp hears by errorCode.
for _name, _client, _scheme, _said in (("curl --ntlm", curl_ntlm, "NTLM", "wrong-password"),
                                       ("curl --negotiate", curl_negotiate, "Negotiate", "wrong-password"),
                                       ("npm's httpntlm", http_ntlm, "NTLM", "wrong-password"),
                                       ("requests_ntlm", requests_ntlm, "NTLM", "wrong-password"),
                                       ("requests-credssp", http_credssp, "CredSSP in TLS 1.3", f"{LOGON_FAILURE:x}")):
    CASES.append(Case(f"{_name} logs on over HTTP", partial(http_right, client=_client, scheme=_scheme)))
    CASES.append(Case(f"{_name} with a wrong password is refused over HTTP",
                      partial(http_wrong, client=_client, said=_said)))


@case("a connection of curl that has logged on stays so, and a new one does not")
def http_connections(bench: Bench) -> None:
    url = HttpServer(bench).url
    status, body = curl(bench, "--ntlm", "--user", f"{DOMAIN}\\{USER}:{PASSWORD}", url, url)
    expect(status == LET_IN and body.count(f"{USER} by NTLM") == 2, f"the second answer is {status}: {body}")
    status, body = curl(bench, url)
    expect(status == REFUSED, f"without a logon the answer is {status}: {body}")


# --- Kerberos ---------------------------------------------------------------------------------------------------


@case("curl --negotiate logs on by Kerberos", "--negotiate")
@case("curl --anyauth takes Negotiate, and logs on by Kerberos", "--anyauth")
def curl_by_kerberos(choice: str, bench: Bench) -> None:
    realm = kdc(bench)
    with realm.in_use():
        server = kerberos_server(bench, realm)
        expect_answer(curl(bench, choice, "--user", ":", server.url), BY_KERBEROS + "Negotiate")


@case("requests-gssapi logs on by Kerberos, and the 200 proves the server", "requests-gssapi", "negotiate")
@case("requests-gssapi logs on by raw Kerberos under Negotiate, and the 200 proves the server", "requests-gssapi",
      "kerberos")
@case("pyspnego logs on by Kerberos, and the 200 proves the server", "pypsrp", "negotiate")
@case("pyspnego logs on by raw Kerberos under Negotiate, and the 200 proves the server", "pypsrp", "kerberos")
def by_kerberos(library: str, mechanism: str, bench: Bench) -> None:
    realm = kdc(bench)
    with realm.in_use():
        server = kerberos_server(bench, realm)
        expect_answer(http_client(bench, library, server.url, "--mechanism", mechanism, kerberos=True),
                      BY_KERBEROS + "Negotiate")


@case("pyspnego logs on under the scheme Kerberos")
def kerberos_scheme(bench: Bench) -> None:
    realm = kdc(bench)
    with realm.in_use():
        server = kerberos_server(bench, realm, schemes="Kerberos")
        expect_answer(http_client(bench, "pypsrp", server.url, "--mechanism", "kerberos", kerberos=True),
                      BY_KERBEROS + "Kerberos")


@case("pyspnego with a password logs on by Kerberos, where the server has accounts too")
def kerberos_password(bench: Bench) -> None:
    realm = kdc(bench)
    with realm.in_use():
        server = kerberos_server(bench, realm)
        expect_answer(http_client(bench, "pypsrp", server.url, *by_password(f"{USER}@{REALM}"), kerberos=True),
                      BY_KERBEROS + "Negotiate")


# --- CredSSP and messages of WS-Management ------------------------------------------------------------------------

TLS_VERSIONS = ("1.2", "1.3")


def credssp_right(bench: Bench, tls: str) -> None:
    """In TLS 1.3 one leg of the server has no bytes: the challenge is `CredSSP` and a space."""
    expect_answer(http_credssp(bench, HttpServer(bench, credssp_tls=tls).url), BY_NTLM + f"CredSSP in TLS {tls}")


def credssp_kerberos(bench: Bench, tls: str) -> None:
    realm = kdc(bench)
    with realm.in_use():
        server = kerberos_server(bench, realm, credssp_tls=tls)
        expect_answer(http_client(bench, "requests-credssp", server.url, "--mechanism", "kerberos",
                                  *by_password(f"{USER}@{REALM}"), kerberos=True), BY_KERBEROS + f"CredSSP in TLS {tls}")


def expect_session(seen: dict, who: str) -> None:
    expect(seen.get("identify") == who and set(seen.get("text", [])) == {who} and len(seen["text"]) == 6 and
           seen.get("fault") == f"no such thing for {who}", f"the session of {who} was {seen}")


def wsman_ntlm(bench: Bench, library: str, auth: str, scheme: str, **settings) -> None:
    server = HttpServer(bench, **settings)
    expect_session(http_wsman(bench, library, server.url, "--auth", auth, *by_password()), BY_NTLM + scheme)


def wsman_kerberos(bench: Bench, auth: str, scheme: str, options: tuple[str, ...] = (), **settings) -> None:
    realm = kdc(bench)
    with realm.in_use():
        server = kerberos_server(bench, realm, **settings)
        expect_session(http_wsman(bench, "pypsrp", server.url, "--auth", auth, *options, kerberos=True),
                       BY_KERBEROS + scheme)


for _tls in TLS_VERSIONS:
    CASES.append(Case(f"requests-credssp logs on by NTLM in TLS {_tls}", partial(credssp_right, tls=_tls)))
    CASES.append(Case(f"requests-credssp logs on by Kerberos in TLS {_tls}", partial(credssp_kerberos, tls=_tls)))
    CASES.append(Case(f"pypsrp seals messages by CredSSP and NTLM in TLS {_tls}",
                      partial(wsman_ntlm, library="pypsrp", auth="credssp", scheme=f"CredSSP in TLS {_tls}", credssp_tls=_tls)))
    CASES.append(Case(f"pypsrp seals messages by CredSSP and Kerberos in TLS {_tls}",
                      partial(wsman_kerberos, auth="credssp", scheme=f"CredSSP in TLS {_tls}", credssp_tls=_tls,
                              options=("--mechanism", "kerberos", *by_password(f"{USER}@{REALM}")))))
    CASES.append(Case(f"pywinrm seals messages by CredSSP in TLS {_tls}",
                      partial(wsman_ntlm, library="pywinrm", auth="credssp", scheme=f"CredSSP in TLS {_tls}", credssp_tls=_tls)))
for _name, _auth, _scheme, _settings in (("Negotiate and Kerberos", "negotiate", "Negotiate", {}),
                                         ("raw Kerberos under Negotiate", "kerberos", "Negotiate", {}),
                                         ("the scheme Kerberos", "kerberos", "Kerberos", {"schemes": "Kerberos"})):
    CASES.append(Case(f"pypsrp seals messages by {_name}",
                      partial(wsman_kerberos, auth=_auth, scheme=_scheme, **_settings)))
for _library, _auth, _scheme in (("pypsrp", "negotiate", "Negotiate"), ("pypsrp", "ntlm", "Negotiate"),
                                 ("pywinrm", "ntlm", "NTLM")):
    CASES.append(Case(f"{_library} seals messages by NTLM with its transport `{_auth}`",
                      partial(wsman_ntlm, library=_library, auth=_auth, scheme=_scheme)))


@case("a message of pypsrp that was altered on its way is refused, CredSSP", "credssp")
@case("a message of pypsrp that was altered on its way is refused, NTLM", "negotiate")
def wsman_altered(auth: str, bench: Bench) -> None:
    seen = http_wsman(bench, "pypsrp", HttpServer(bench).url, "--auth", auth, "--alter", *by_password())
    expect("400" in seen.get("refused", ""), f"the session was {seen}")


@case("a message of pypsrp that was altered on its way is refused, Kerberos")
def wsman_kerberos_altered(bench: Bench) -> None:
    realm = kdc(bench)
    with realm.in_use():
        seen = http_wsman(bench, "pypsrp", kerberos_server(bench, realm).url, "--auth", "negotiate", "--alter",
                          kerberos=True)
        expect("400" in seen.get("refused", ""), f"the session was {seen}")


@case("pypsrp with a wrong password gets no session by CredSSP", "credssp")
@case("pypsrp with a wrong password gets no session by NTLM", "ntlm")
def wsman_wrong(auth: str, bench: Bench) -> None:
    seen = http_wsman(bench, "pypsrp", HttpServer(bench).url, "--auth", auth, *by_password(password=WRONG))
    expect("refused" in seen, f"the session was {seen}")


# --- Channel bindings (RFC 5929 4: tls-server-end-point) ---------------------------------------------------------

NTLM, KERBEROS = BY_NTLM + "NTLM", BY_KERBEROS + "Negotiate"


def bound_ntlm(bench: Bench, url: str, *options: str) -> tuple[int, str]:
    return http_client(bench, "requests-ntlm", url, *by_password(), *options)


def bound_pyspnego(bench: Bench, url: str, *options: str) -> tuple[int, str]:
    return http_client(bench, "pypsrp", url, "--mechanism", "kerberos", *options, kerberos=True)


def bound_gssapi(bench: Bench, url: str, *options: str) -> tuple[int, str]:
    return http_client(bench, "requests-gssapi", url, *options, kerberos=True)


BOUND = (("requests_ntlm", bound_ntlm, NTLM), ("pyspnego's Kerberos", bound_pyspnego, KERBEROS),
         ("requests-gssapi", bound_gssapi, KERBEROS))
# Bindings take the hash of the certificate's signature, and SHA-256 where that is SHA-1, which requests-gssapi does not know.
CERTIFICATES = (("rsa2048", "sha256", TLS_VERSIONS, BOUND), ("p384", "sha384", TLS_VERSIONS, BOUND[1:]),
                ("p384", "sha512", ("1.3",), BOUND[:1]), ("rsa2048", "sha1", ("1.3",), BOUND[:2]))


def https_server(bench: Bench, key: str = "rsa2048", digest: str = "sha256", **settings) -> HttpServer:
    return kerberos_server(bench, kdc(bench), tls=certificate(bench, key, digest).both, **settings)


def behind(bench: Bench, server: HttpServer, far_tls: bool) -> str:
    """The address of somebody in front of the server who has another certificate."""
    pair = certificate(bench, "p256")
    return f"https://localhost:{TlsRelay(server.port, pair.certificate, pair.key, far_tls).port}/"


@case("bindings to the right channel are taken, whatever signs the certificate")
def bindings_right(bench: Bench) -> None:
    with kdc(bench).in_use():
        for key, digest, versions, clients in CERTIFICATES:
            for tls in versions:
                server = https_server(bench, key, digest, tls_version=tls)
                for _, client, who in clients:
                    expect_answer(client(bench, server.url), who)


def bindings_wrong(bench: Bench, client) -> None:
    """Nothing that a server may ask for lets in who logs on in another channel."""
    with kdc(bench).in_use():
        for settings in ({}, {"missing_bindings": 1}, {"audit": 1}):
            server = https_server(bench, **settings)
            expect_refusal(client(bench, behind(bench, server, True)), "bad-bindings")


def bindings_none(bench: Bench, client, who: str) -> None:
    with kdc(bench).in_use():
        expect_refusal(client(bench, https_server(bench).url, "--unbound"), "bad-bindings")
        expect_refusal(client(bench, https_server(bench, audit=1).url, "--unbound"), "bad-bindings")
        expect_answer(client(bench, https_server(bench, missing_bindings=1).url, "--unbound"), who)
        expect_answer(client(bench, https_server(bench, bindings="none").url), who)


for _name, _client, _who in BOUND:
    CASES.append(Case(f"{_name} through somebody in the middle is refused", partial(bindings_wrong, client=_client)))
    CASES.append(Case(f"{_name} without bindings is let in where they may be missing",
                      partial(bindings_none, client=_client, who=_who)))


@case("curl, which sends no bindings, logs on over HTTPS where they may be missing")
def bindings_of_curl(bench: Bench) -> None:
    with kdc(bench).in_use():
        strict, lenient = https_server(bench), https_server(bench, missing_bindings=1)
        for client, who in ((curl_ntlm, NTLM), (curl_kerberos, KERBEROS), (curl_negotiate, BY_NTLM + "Negotiate")):
            expect_refusal(client(bench, strict.url), "bad-bindings")
            expect_answer(client(bench, lenient.url), who)


@case("behind a proxy that ends TLS a server can demand that there was some")
def proxy_bindings(bench: Bench) -> None:
    """NTLM can tell that the client had bindings, Kerberos cannot."""
    with kdc(bench).in_use():
        server = kerberos_server(bench, kdc(bench), proxy_bindings=1)
        url = behind(bench, server, False)
        expect_answer(bound_ntlm(bench, url), NTLM)
        expect_refusal(bound_ntlm(bench, url, "--unbound"), "bad-bindings")
        expect_refusal(bound_ntlm(bench, server.url), "bad-bindings")
        expect_refusal(bound_pyspnego(bench, url), "bad-bindings")


@case("a server that knows its proxy's certificate takes the bindings to it alone")
def bindings_of_proxy(bench: Bench) -> None:
    with kdc(bench).in_use():
        ours, other = (b"tls-server-end-point:" + bytes.fromhex(pair.sha256)
                       for pair in (certificate(bench, "p256"), certificate(bench)))
        for _, client, who in BOUND:
            server = kerberos_server(bench, kdc(bench), bindings=ours.hex())
            expect_answer(client(bench, behind(bench, server, False)), who)
            server = kerberos_server(bench, kdc(bench), bindings=other.hex())
            expect_refusal(client(bench, behind(bench, server, False)), "bad-bindings")


@case("CredSSP inside of HTTPS is bound to its own TLS alone")
def credssp_https(bench: Bench) -> None:
    """So a proxy in front of it changes nothing."""
    server = HttpServer(bench, tls=certificate(bench).both)
    for url in (server.url, behind(bench, server, True)):
        expect_answer(http_credssp(bench, url), BY_NTLM + "CredSSP in TLS 1.3")
    expect_session(http_wsman(bench, "pypsrp", server.url, "--auth", "credssp", *by_password()),
                   BY_NTLM + "CredSSP in TLS 1.3")


# --- Connections and refusals of Kerberos --------------------------------------------------------------------------


@case("a connection of curl that has logged on by Kerberos stays so", {}, 1)
@case("a connection of curl logs on by Kerberos for each request of a server that says so", {"each_request": 1}, 2)
def kerberos_connections(settings: dict, logons: int, bench: Bench) -> None:
    realm = kdc(bench)
    with realm.in_use():
        server = kerberos_server(bench, realm, **settings)
        status, output = curl_kerberos(bench, "--verbose", server.url, server.url)
        expect(status == LET_IN and output.count(KERBEROS) == 2, f"the second answer is {status}: {output}")
        expect(output.count("> Authorization: Negotiate") == logons, f"not {logons} logons: {output}")


@case("tickets of any size are taken, and the connection stays")
def large_tickets(bench: Bench) -> None:
    """60 KB are above what Windows lets a ticket grow to."""
    realm = kdc(bench)
    with realm.in_use():
        server = kerberos_server(bench, realm)
        try:
            for size in (10000, 60000):
                take_large_ticket(bench, realm, "HTTP/localhost", size)
                expect_answer(curl_kerberos(bench, server.url), KERBEROS)
                expect_session(http_wsman(bench, "pypsrp", server.url, "--auth", "negotiate", kerberos=True), KERBEROS)
        finally:
            realm.log_on()


@case("a ticket under a key that the server no longer has is refused, and clients are told why")
def old_key(bench: Bench) -> None:
    """With ASC_REQ_EXTENDED_ERROR by a reject and Kerberos' own error, else by a 401 that begins anew."""
    realm = kdc(bench)
    old = bench.path("old.keytab")
    old.write_bytes(realm.keytab.read_bytes())
    with realm.in_use():
        realm.admin(f"ktadd -k {realm.keytab} HTTP/localhost")
        realm.log_on()
        for error_token, said in ((None, "kerberos-key-version"), (1, "Key version is not available")):
            server = HttpServer(bench, keytab=old, error_token=error_token)
            for mechanism in ("negotiate", "kerberos"):
                expect_refusal(http_client(bench, "pypsrp", server.url, "--mechanism", mechanism, kerberos=True), said)
            expect_refusal(curl_kerberos(bench, server.url), "kerberos-key-version")


@case("a ticket for another service is refused over HTTP, and clients are told so")
def other_service(bench: Bench) -> None:
    realm = kdc(bench)
    with realm.in_use():
        for error_token, said in ((None, "kerberos-other-service"), (1, "Received SPNEGO rejection")):
            server = kerberos_server(bench, realm, error_token=error_token)
            expect_refusal(http_client(bench, "pypsrp", server.url, "--service", "ldap", kerberos=True), said)
