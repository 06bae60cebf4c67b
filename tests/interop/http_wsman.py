"""A session of WS-Management by a client of others, in the venv: http_wsman.py LIBRARY URL [options]

LIBRARY is pypsrp or pywinrm; they seal their messages by the keys of their logon. Texts of several sizes must come back as
they went, Identify and a fault be answered. Prints one JSON object: whom the server takes the client for in each answer.
"""

import argparse
import json
import sys
import xml.etree.ElementTree as ET
from urllib.parse import urlsplit

from pypsrp.exceptions import AuthenticationError, WinRMTransportError
from pypsrp.wsman import _TransportHTTP
from requests_credssp.exceptions import NTStatusException
from winrm.exceptions import InvalidCredentialsError
from winrm.exceptions import WinRMTransportError as PywinrmTransportError
from winrm.transport import Transport

TEXT = ('<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><Text xmlns="urn:opensspi:text">%s</Text>'
        "</s:Body></s:Envelope>")
FAULT = TEXT.replace("urn:opensspi:text", "urn:opensspi:fault") % ""
IDENTIFY = ('<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
            'xmlns:wsmid="http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"><s:Header/><s:Body>'
            "<wsmid:Identify/></s:Body></s:Envelope>")
# Of whole messages, around the parts of CredSSP.
SIZES = (200, 16383, 16384, 16385, 32768, 70000)


def pypsrp_session(settings: argparse.Namespace):
    url = urlsplit(settings.url)
    session = _TransportHTTP(url.hostname, url.port, settings.user, settings.password, url.scheme == "https",
                             auth=settings.auth, encryption="always", cert_validation=False, negotiate_service="HTTP",
                             credssp_auth_mechanism=settings.mechanism)
    return session, session.send


def pywinrm_session(settings: argparse.Namespace):
    session = Transport(settings.url + "wsman", username=settings.user, password=settings.password,
                        auth_method=settings.auth, message_encryption="always", server_cert_validation="ignore",
                        credssp_auth_mechanism=settings.mechanism)
    return session, session.send_message


def alter_what_is_sealed(session) -> None:
    """The last byte in front of the closing boundary."""
    wrap = session.encryption.wrap_message

    def altered(message: bytes) -> tuple[str, bytes]:
        kind, body = wrap(message)
        at = body.rindex(b"--Encrypted Boundary") - 1
        return kind, body[:at] + bytes([body[at] ^ 1]) + body[at + 1:]
    session.encryption.wrap_message = altered


def run(settings: argparse.Namespace) -> dict:
    session, send = {"pypsrp": pypsrp_session, "pywinrm": pywinrm_session}[settings.library](settings)
    seen = {"identify": ET.fromstring(send(IDENTIFY.encode())).findtext(".//{*}ProductVendor"), "text": []}
    if settings.alter:
        alter_what_is_sealed(session)
    for size in SIZES:
        text = ("0123456789abcdef" * (size // 16 + 1))[:size - len(TEXT % "")]
        answer = ET.fromstring(send((TEXT % text).encode())).find(".//{urn:opensspi:text}Text")
        assert answer.text == text, f"of {len(text)} bytes {len(answer.text)} came back"
        seen["text"].append(answer.get("user"))
    try:
        send(FAULT.encode())
    except (WinRMTransportError, PywinrmTransportError) as fault:
        seen["fault"] = ET.fromstring(fault.response_text).findtext(".//{*}Reason/{*}Text")
    return seen


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("library", choices=("pypsrp", "pywinrm"))
    parser.add_argument("url")
    parser.add_argument("--auth", choices=("negotiate", "kerberos", "ntlm", "credssp"), required=True)
    parser.add_argument("--mechanism", choices=("auto", "ntlm", "kerberos"), default="auto", help="inside of CredSSP")
    parser.add_argument("--user")
    parser.add_argument("--password")
    parser.add_argument("--alter", action="store_true", help="a byte of what is sealed")
    settings = parser.parse_args()
    try:
        print(json.dumps(run(settings)))
    except (AuthenticationError, InvalidCredentialsError, NTStatusException, WinRMTransportError,
            PywinrmTransportError) as refusal:
        print(json.dumps({"refused": str(refusal)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
