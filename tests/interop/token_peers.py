"""NTLM and SPNEGO clients of other projects, token by token, behind the length that `accept --framing raw` reads."""

import base64
import re
import socket
import subprocess

from bench import DOMAIN, HERE, PASSWORD, USER, Bench, Failure, expect, need
from python_peers import venv_python, without_kerberos


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

    def __init__(self, bench: Bench, password: str = PASSWORD, protocol: str = "ntlmssp-client-1", sign: bool = True):
        configuration = bench.path("smb.conf")
        configuration.write_text(f"[global]\nworkgroup = {DOMAIN}\n")
        self.process = bench.start(
            [need("ntlm_auth", "winbind"), f"--configfile={configuration}", f"--helper-protocol={protocol}",
             f"--username={USER}", f"--domain={DOMAIN}", f"--password={password}"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=bench.path("ntlm_auth.log").open("w"), text=True)
        if sign:
            expect(self.ask("SF NTLMSSP_FEATURE_SIGN").startswith("OK"), "ntlm_auth knows no NTLMSSP_FEATURE_SIGN")
        self.complete = False

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


class SpnegoNtlmAuth(NtlmAuth):
    """The same inside Samba's SPNEGO, which exchanges MICs only where signing is asked for."""

    def __init__(self, bench: Bench, password: str = PASSWORD, sign: bool = True):
        super().__init__(bench, password, "gss-spnego-client", sign)

    def step(self, token: bytes | None) -> bytes:
        """Empty where it has nothing more to say."""
        word, _, rest = self.ask("YR" if token is None else "TT " + base64.b64encode(token).decode()).partition(" ")
        self.complete = word == "AF"
        if word in ("NA", "AF"):  # told that it is refused; content
            return b""
        expect(word in ("YR", "KK", "TT"), f"ntlm_auth said: {word} {rest}")
        return base64.b64decode(rest)


class HeimdalSpnego(NtlmAuth):
    """Samba's Kerberos, which is Heimdal's, in its SPNEGO: with the tickets that it gets for the password."""

    def __init__(self, bench: Bench, user: str, realm: str, service: str, host: str):
        configuration = bench.path("smb.conf")
        configuration.write_text(f"[global]\nworkgroup = {DOMAIN}\nrealm = {realm}\nsecurity = user\n")
        self.process = bench.start(
            [need("ntlm_auth", "winbind"), f"--configfile={configuration}", "--helper-protocol=gss-spnego-client",
             f"--username={user}", f"--domain={realm}", f"--password={PASSWORD}", f"--target-service={service}",
             f"--target-hostname={host}"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=bench.path("ntlm_auth.log").open("w"), text=True)


class PyspnegoClient:
    """Pyspnego's own SPNEGO and NTLM, in the virtual environment: base64 lines on standard input and output."""

    def __init__(self, bench: Bench, password: str = PASSWORD, sign: bool = True, protocol: str = "negotiate"):
        command = [venv_python(bench), HERE / "pyspnego_tokens.py", protocol, USER, DOMAIN, password,
                   "sign" if sign else "plain"]
        self.process = bench.start(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                   env=without_kerberos(bench))
        self.complete = False

    def step(self, token: bytes | None) -> bytes:
        self.process.stdin.write(base64.b64encode(token or b"").decode() + "\n")
        self.process.stdin.flush()
        state, answer = self.process.stdout.readline().rstrip("\n").split(" ", 1)
        self.complete = state == "done"
        expect(state in ("go-on", "done", "refused"), f"pyspnego said: {state} {answer}")
        return base64.b64decode(answer) if state != "refused" else b""


def gss_client():
    """The module that needs python3-gssapi."""
    try:
        import credssp_client
    except ImportError as missing:
        raise Failure(f"{missing}: run `tools/deps interop`, or install python3-gssapi and gss-ntlmssp") from None
    return credssp_client


class GssNtlm:
    """gss-ntlmssp through MIT's GSSAPI."""

    def __init__(self, _bench: Bench, password: str = PASSWORD, mic: bool = True):
        self.context = gss_client().ntlm_context(USER, DOMAIN, password, mic)

    def step(self, token: bytes | None) -> bytes:
        return self.context.step(token)


class GssSpnego:
    """MIT's SPNEGO around gss-ntlmssp."""

    def __init__(self, _bench: Bench, password: str = PASSWORD, sign: bool = True):
        client = gss_client()
        self.errors = client.gssapi.exceptions.GSSError
        self.context = client.spnego_context(USER, DOMAIN, password, sign)
        self.complete = False

    def step(self, token: bytes | None) -> bytes:
        """Empty where it has nothing more to say, and where it heard that it is refused."""
        try:
            answer = self.context.step(token)
        except self.errors:
            return b""
        self.complete = self.context.complete
        return answer or b""


def ntlm_logon(client, port: int) -> None:
    """The client's two messages and the server's one; the verdict is in the server's own line."""
    with socket.create_connection(("127.0.0.1", port), 20) as stream:
        send_token(stream, client.step(None))
        challenge = receive_token(stream)
        expect(challenge is not None, "the server closed the connection instead of sending a CHALLENGE")
        send_token(stream, client.step(challenge))
        answer = receive_token(stream)
        expect(answer is None or answer == b"", f"the server answered the AUTHENTICATE with {answer!r}")


def spnego_logon(client, port: int) -> None:
    """Tokens to and fro until the client has nothing more to say, or the server closes the connection."""
    with socket.create_connection(("127.0.0.1", port), 20) as stream:
        token = client.step(None)
        while token:
            send_token(stream, token)
            answer = receive_token(stream)
            token = client.step(answer) if answer else b""
