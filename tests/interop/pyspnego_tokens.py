"""Pyspnego as a client on standard input and output: pyspnego_tokens.py negotiate|ntlm USER DOMAIN PASSWORD sign|plain

A line of base64 is a token of the server, an empty one the beginning. The answers are `go-on TOKEN`, `done TOKEN` and
`refused REASON`.
"""

import base64
import sys

import spnego
from spnego import ContextReq, NegotiateOptions
from spnego.exceptions import SpnegoError


def main() -> int:
    protocol, user, domain, password, protection = sys.argv[1:]
    own = NegotiateOptions.use_negotiate if protocol == "negotiate" else NegotiateOptions.use_ntlm
    client = spnego.client(f"{domain}\\{user}", password, hostname="localhost", service="host", protocol=protocol,
                           options=own,
                           context_req=ContextReq.default if protection == "sign" else ContextReq.none)
    for line in sys.stdin:
        try:
            token = client.step(base64.b64decode(line) or None)
        except SpnegoError as error:
            print("refused", " ".join(str(error).split()), flush=True)
            continue
        print("done" if client.complete else "go-on", base64.b64encode(token or b"").decode(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
