"""Pyspnego signs, seals, verifies and opens what the other side does not, and the other way round, in the venv:
pyspnego_messages.py client|server negotiate|ntlm USER DOMAIN PASSWORD PROGRAM [ARGUMENT...]

The first word is pyspnego's part; PROGRAM is tests/programs/messages.c in the other. A server of pyspnego's finds the
user in NTLM_USER_FILE. It says nothing and ends with 0, or fails.
"""

import subprocess
import sys

import spnego
from spnego import ContextReq, NegotiateOptions
from spnego.exceptions import SpnegoError

SEC_E_OK, SEC_I_CONTINUE_NEEDED, SEC_E_MESSAGE_ALTERED = 0, 0x00090312, 0x8009030F


class Program:
    def __init__(self, command: list[str]):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def call(self, word: str, *texts: bytes) -> tuple[int, bytes]:
        print(word, *(text.hex() or "-" for text in texts), file=self.process.stdin, flush=True)
        status, text = self.process.stdout.readline().split()
        return int(status, 16), b"" if text == "-" else bytes.fromhex(text)

    def must(self, word: str, *texts: bytes) -> bytes:
        status, text = self.call(word, *texts)
        assert status == SEC_E_OK, f"{word}: {status:08x}"
        return text


def own(part: str, protocol: str, user: str, domain: str, password: str) -> spnego.ContextProxy:
    options = NegotiateOptions.use_negotiate if protocol == "negotiate" else NegotiateOptions.use_ntlm
    if part == "server":
        return spnego.server(protocol=protocol, options=options, context_req=ContextReq.default)
    return spnego.client(f"{domain}\\{user}", password, hostname="localhost", service="host", protocol=protocol,
                         options=options, context_req=ContextReq.default)


def log_on(part: str, peer: spnego.ContextProxy, program: Program) -> None:
    status, token = SEC_I_CONTINUE_NEEDED, b""
    if part == "client":
        token = peer.step()
    while token or status == SEC_I_CONTINUE_NEEDED:
        status, token = program.call("token", token)
        assert status in (SEC_E_OK, SEC_I_CONTINUE_NEEDED), f"the program: {status:08x}"
        if token:
            token = peer.step(token) or b""
    assert peer.complete and status == SEC_E_OK, "a side is not done"


def exchange(peer: spnego.ContextProxy, program: Program) -> None:
    for text in (b"x", b"a message of some length" * 40, b"and another"):
        assert peer.verify(text, program.must("sign", text)) is not False
        program.must("verify", peer.sign(text), text)
        assert peer.unwrap(program.must("seal", text)).data == text
        assert program.must("open", peer.wrap(text).data) == text


def alter(peer: spnego.ContextProxy, program: Program) -> None:
    try:
        peer.verify(b"another text", program.must("sign", b"a text"))
        raise AssertionError("pyspnego takes an altered text")
    except SpnegoError:
        pass
    assert program.call("verify", peer.sign(b"a text"), b"another text")[0] == SEC_E_MESSAGE_ALTERED


def main() -> int:
    part, protocol, user, domain, password, *command = sys.argv[1:]
    peer, program = own(part, protocol, user, domain, password), Program(command)
    log_on(part, peer, program)
    exchange(peer, program)
    alter(peer, program)
    program.process.stdin.close()
    return program.process.wait(10)


if __name__ == "__main__":
    sys.exit(main())
