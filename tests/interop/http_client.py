"""Requests by an HTTP client of others, in the venv: http_client.py LIBRARY URL [options]

LIBRARY is requests-ntlm, requests-gssapi, requests-credssp or pypsrp, whose own logons are pyspnego's. Prints the body of
the last answer and, on a line of its own, its status; the errorCode of a refusal counts as a 401. A client that is let in and
has no proof of the server, where Kerberos gives one, says "not complete".
"""

import argparse
import sys
import warnings

import gssapi
import requests
from pypsrp.negotiate import HTTPNegotiateAuth
from requests_credssp import HttpCredSSPAuth
from requests_credssp.exceptions import NTStatusException
from requests_gssapi import REQUIRED, HTTPSPNEGOAuth
from requests_gssapi.exceptions import MutualAuthenticationError
from requests_ntlm import HttpNtlmAuth
from spnego.exceptions import SpnegoError

MECHANISMS = {"kerberos": "1.2.840.113554.1.2.2", "negotiate": "1.3.6.1.5.5.2"}


def make_auth(settings: argparse.Namespace):
    bound = not settings.unbound and settings.url.startswith("https:")
    if settings.library == "requests-ntlm":
        return HttpNtlmAuth(settings.user, settings.password, send_cbt=bound)
    if settings.library == "requests-credssp":
        return HttpCredSSPAuth(settings.user, settings.password, auth_mechanism=settings.mechanism)
    if settings.library == "requests-gssapi":
        return HTTPSPNEGOAuth(mutual_authentication=REQUIRED, target_name=settings.service,
                              mech=gssapi.OID.from_int_seq(MECHANISMS[settings.mechanism]),
                              delegate=settings.delegate, channel_bindings="tls-server-end-point" if bound else None)
    return HTTPNegotiateAuth(settings.user, settings.password, auth_provider=settings.mechanism, send_cbt=bound,
                             service=settings.service, delegate=settings.delegate)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("library", choices=("requests-ntlm", "requests-gssapi", "requests-credssp", "pypsrp"))
    parser.add_argument("url")
    parser.add_argument("--mechanism", choices=("ntlm", "kerberos", "negotiate"), default="negotiate")
    parser.add_argument("--user", help="without one: the tickets of the environment")
    parser.add_argument("--password")
    parser.add_argument("--service", default="HTTP")
    parser.add_argument("--unbound", action="store_true", help="no channel bindings")
    parser.add_argument("--delegate", action="store_true")
    settings = parser.parse_args()
    warnings.simplefilter("ignore")  # of a certificate that nobody verifies
    auth = make_auth(settings)
    try:
        answer = requests.get(settings.url, auth=auth, timeout=20, verify=False)
    except (NTStatusException, SpnegoError, MutualAuthenticationError) as refusal:
        print(f"{' '.join(str(refusal).split())}\n401")
        return 0
    incomplete = settings.library == "pypsrp" and not auth.contexts["localhost"].complete
    print(f"{answer.text.rstrip()}{' not complete' if incomplete else ''}\n{answer.status_code}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
