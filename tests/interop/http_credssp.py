"""One request by requests-credssp, whose CredSSP is pyspnego's: http_credssp.py URL USER PASSWORD

Prints the body and, on a line of its own, the status; the errorCode of a refusal counts as a 401.
"""

import sys

import requests
from requests_credssp import HttpCredSSPAuth
from requests_credssp.exceptions import NTStatusException


def main() -> int:
    url, user, password = sys.argv[1:]
    try:
        answer = requests.get(url, auth=HttpCredSSPAuth(user, password, auth_mechanism="ntlm"), timeout=20)
    except NTStatusException as refusal:
        print(f"{refusal}\n401")
        return 0
    print(f"{answer.text.rstrip()}\n{answer.status_code}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
