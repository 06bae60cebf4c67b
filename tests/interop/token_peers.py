"""NTLM clients of other projects, token by token, behind the length that `accept --framing raw` reads."""

import base64
import re
import socket
import subprocess

from bench import DOMAIN, PASSWORD, USER, Bench, Failure, expect, need


def send_token(stream: socket.socket, token: bytes) -> None:
    stream.sendall(len(token).to_bytes(4, "big") + token)


def receive_token(stream: socket.socket) -> bytes | None:
    """None: the server closed the connection."""
    data, wanted = b"", 4
    while len(data) < wanted:
        try:
            part = stream.recv(wanted - len(data))
        except ConnectionResetError:
            part = b""
        if not part:
            expect(data == b"", "the server closed the connection in the middle of a token")
            return None
        data += part
        if len(data) == 4 and wanted == 4:
            wanted += int.from_bytes(data, "big")
    return data[4:]


class NtlmAuth:
    """Samba's ntlm_auth: base64 lines on standard input and output."""

    def __init__(self, bench: Bench, password: str = PASSWORD):
        configuration = bench.path("smb.conf")
        configuration.write_text(f"[global]\nworkgroup = {DOMAIN}\n")
        self.process = bench.start(
            [need("ntlm_auth", "winbind"), f"--configfile={configuration}", "--helper-protocol=ntlmssp-client-1",
             f"--username={USER}", f"--domain={DOMAIN}", f"--password={password}"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=bench.path("ntlm_auth.log").open("w"), text=True)
        expect(self.ask("SF NTLMSSP_FEATURE_SIGN").startswith("OK"), "ntlm_auth knows no NTLMSSP_FEATURE_SIGN")

    def ask(self, line: str) -> str:
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def step(self, token: bytes | None) -> bytes:
        reply = self.ask("YR" if token is None else "TT " + base64.b64encode(token).decode())
        word = re.match(r"(YR|TT|KK|AF) (\S+)", reply)
        if not word:
            raise Failure(f"ntlm_auth said: {reply}")
        return base64.b64decode(word[2])


class GssNtlm:
    """gss-ntlmssp through MIT's GSSAPI."""

    def __init__(self, _bench: Bench, password: str = PASSWORD, mic: bool = True):
        try:
            from credssp_client import ntlm_context
        except ImportError as missing:
            raise Failure(f"{missing}: run `tools/deps interop`, or install python3-gssapi and gss-ntlmssp") from None
        self.context = ntlm_context(USER, DOMAIN, password, mic)

    def step(self, token: bytes | None) -> bytes:
        return self.context.step(token)


def ntlm_logon(client, port: int) -> None:
    """The client's two messages and the server's one; the verdict is in the server's own line."""
    with socket.create_connection(("127.0.0.1", port), 20) as stream:
        send_token(stream, client.step(None))
        challenge = receive_token(stream)
        expect(challenge is not None, "the server closed the connection instead of sending a CHALLENGE")
        send_token(stream, client.step(challenge))
        answer = receive_token(stream)
        expect(answer is None or answer == b"", f"the server answered the AUTHENTICATE with {answer!r}")
