"""Our acceptors behind HTTP, as a web server or a WinRM service has them, against clients of others."""

from functools import partial

from bench import DOMAIN, LOGON_FAILURE, PASSWORD, USER, Bench, expect
from cases import CASES, WRONG, Case, case
from http_peers import (LET_IN, REFUSED, HttpServer, by_password, curl, curl_kerberos, curl_negotiate, curl_ntlm,
                        http_client, http_credssp, http_ntlm, http_wsman, requests_ntlm)
from kdc import REALM, Kdc, kdc

BY_NTLM, BY_KERBEROS = f"{DOMAIN}\\{USER} by NTLM under ", f"{REALM}\\{USER} by Kerberos under "


def expect_answer(answer: tuple[int, str], body: str) -> None:
    expect(answer == (LET_IN, body), f"the answer is {answer}, not `{body}`")


def expect_refusal(answer: tuple[int, str], said: str) -> None:
    expect(answer[0] == REFUSED and said in answer[1], f"the answer is {answer}, not a refusal with `{said}`")


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
                                       ("requests-credssp", http_credssp, "CredSSP", f"{LOGON_FAILURE:x}")):
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
