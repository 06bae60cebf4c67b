"""TLS peers of other projects, openssl and GnuTLS, and ours, tests/programs/tls_peer, which speaks Schannel."""

import queue
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path

from bench import Bench, Failure, expect, free_port, is_listening, need, wait_until

HOST = "server.test"
PATTERN = bytes((i ^ i >> 8) & 0xFF for i in range(65536))
GNUTLS_VERSIONS = {"1.2": "NORMAL:-VERS-ALL:+VERS-TLS1.2", "1.3": "NORMAL:-VERS-ALL:+VERS-TLS1.3"}


def pattern(size: int) -> bytes:
    return (PATTERN * (size // len(PATTERN) + 1))[:size]


@dataclass
class Keys:
    """PEM files: an authority, and what it signed for a server and for a client, each with its key."""
    authority: Path
    server: Path
    client: Path


def keys(bench: Bench) -> Keys:
    return bench.once("tls keys", make_keys)


def openssl(bench: Bench, *words) -> str:
    status, output = bench.run([need("openssl", "openssl"), *words], 30)
    expect(status == 0, f"openssl {words[0]}: {output}")
    return output


def issue(bench: Bench, authority: Path, name: str, extension: str) -> Path:
    """A certificate on P-256, its key and nothing else in one file."""
    key, request, made = bench.path("key.pem"), bench.path("request.pem"), bench.path(f"{name}.pem")
    extensions = bench.path("extensions")
    extensions.write_text(f"subjectAltName={extension}\n")
    openssl(bench, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out",
            request, "-subj", f"/O=Example/CN={name}")
    openssl(bench, "x509", "-req", "-in", request, "-CA", authority, "-CAkey", authority, "-CAcreateserial",
            "-days", "2", "-extfile", extensions, "-out", made)
    made.write_text(made.read_text() + key.read_text())
    return made


def make_keys(bench: Bench) -> Keys:
    key, authority = bench.path("ca_key.pem"), bench.path("ca.pem")
    openssl(bench, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
            "-out", authority, "-subj", "/O=Example/CN=Test CA", "-days", "2")
    authority.write_text(authority.read_text() + key.read_text())
    return Keys(authority, issue(bench, authority, "server", f"DNS:{HOST}"),
                issue(bench, authority, "alice", "otherName:1.3.6.1.4.1.311.20.2.3;UTF8:alice@corp.test"))


class Peer:
    """Ours. Its lines, NAME=VALUE, come as they are written."""

    def __init__(self, bench: Bench, role: str, **settings):
        program = bench.build / "tests" / "programs_tls_peer"
        expect(program.exists(), f"{program} is not built: run `make all`")
        words = [f"{name}={value}" for name, value in settings.items() if value is not None]
        self.said: dict[str, str] = {}
        self.lines: queue.Queue[str] = queue.Queue()
        self.process = bench.start([program, role, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   text=True)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self.process.stdout:
            self.lines.put(line.strip())
        self.lines.put("")

    def until(self, name: str, seconds: float = 20) -> str:
        while name not in self.said:
            try:
                line = self.lines.get(timeout=seconds)
            except queue.Empty:
                raise Failure(f"tls_peer has not said {name} within {seconds} s, but {self.said}") from None
            expect(line != "", f"tls_peer ended without saying {name}, but {self.said}")
            word, _, value = line.partition("=")
            self.said[word] = value
        return self.said[name]

    def ends_well(self, seconds: float = 60, **wanted: str) -> None:
        self.until("done", seconds)
        wrong = [name for name, value in wanted.items() if self.said.get(name) != value]
        expect(not wrong, f"tls_peer said {self.said}, and {wrong} should be {wanted}")


class Stranger:
    """A peer of another project as a process that reads and writes application data."""

    def __init__(self, bench: Bench, command: list, log: Path):
        self.log = log
        self.process = bench.start(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=log.open("ab"), bufsize=0)

    def feed(self, data: bytes) -> threading.Thread:
        """In the background: what it reads waits for what it writes."""
        def run():
            try:
                self.process.stdin.write(data) if len(data) < 4096 else self._feed_parts(data)
            except (BrokenPipeError, ValueError):
                pass
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        return thread

    def _feed_parts(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[self.process.stdin.write(view[:65536]):]

    def read(self, size: int) -> bytes:
        """Exactly so many bytes of what it got from us."""
        parts, left = [], size
        while left:
            part = self.process.stdout.read(min(left, 1 << 20))
            if not part:
                raise Failure(f"it ended {left} bytes early: {self.evidence()}")
            parts.append(part)
            left -= len(part)
        return b"".join(parts)

    def read_until(self, mark: bytes) -> bytes:
        data = b""
        while mark not in data:
            part = self.process.stdout.read(4096)
            if not part:
                raise Failure(f"it ended without {mark!r}: {data!r} {self.evidence()}")
            data += part
        return data

    def hang_up(self) -> None:
        self.process.stdin.close()

    def ends(self, seconds: float = 20) -> int:
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failure(f"it did not end within {seconds} s: {self.evidence()}") from None

    def evidence(self) -> str:
        return self.log.read_text(errors="replace")[-2000:] if self.log.exists() else ""


def openssl_client(bench: Bench, port: int, tls: str, alpn: str, certificate: Path | None) -> Stranger:
    words = [need("openssl", "openssl"), "s_client", "-connect", f"127.0.0.1:{port}", "-servername", HOST,
             "-verify_hostname", HOST, "-CAfile", keys(bench).authority, "-verify_return_error", "-quiet",
             "-no_ign_eof", f"-tls1_{tls[2]}", "-alpn", alpn]
    if certificate:
        words += ["-cert", certificate, "-key", certificate]
    return Stranger(bench, words, bench.path("s_client.log"))


def gnutls_client(bench: Bench, port: int, tls: str, alpn: str, certificate: Path | None) -> Stranger:
    log = bench.path("gnutls-cli.log")
    words = [need("gnutls-cli", "gnutls-bin"), "--port", str(port), "--x509cafile", keys(bench).authority,
             "--sni-hostname", HOST, "--verify-hostname", HOST, "--priority", GNUTLS_VERSIONS[tls],
             f"--logfile={log}", *[word for name in alpn.split(",") for word in ("--alpn", name)]]
    if certificate:
        words += ["--x509certfile", certificate, "--x509keyfile", certificate]
    return Stranger(bench, [*words, "127.0.0.1"], log)


def openssl_server(bench: Bench, tls: str, alpn: str, ask: bool, *more: str) -> tuple[int, Stranger]:
    port = free_port()
    words = [need("openssl", "openssl"), "s_server", "-accept", f"127.0.0.1:{port}", "-naccept", "1", "-cert",
             keys(bench).server, "-key", keys(bench).server, f"-tls1_{tls[2]}", "-alpn", alpn, "-quiet", *more]
    if ask:
        words += ["-Verify", "1", "-CAfile", keys(bench).authority, "-verify_return_error"]
    server = Stranger(bench, words, bench.path("s_server.log"))
    wait_until(lambda: is_listening(port), 10, "openssl s_server does not listen")
    return port, server


def gnutls_server(bench: Bench, tls: str, alpn: str, ask: bool) -> tuple[int, Stranger]:
    """It sends lines back; it is made for text, so that it takes no bulk."""
    port = free_port()
    words = [need("gnutls-serv", "gnutls-bin"), "--echo", "--port", str(port), "--x509certfile", keys(bench).server,
             "--x509keyfile", keys(bench).server, "--priority", GNUTLS_VERSIONS[tls], "--quiet",
             *[word for name in alpn.split(",") for word in ("--alpn", name)]]
    words += ["--require-client-cert", "--verify-client-cert", "--x509cafile", keys(bench).authority] if ask else [
        "--disable-client-cert"]
    server = Stranger(bench, words, bench.path("gnutls-serv.log"))
    wait_until(lambda: is_listening(port), 10, "gnutls-serv does not listen")
    return port, server
