"""Servers of other projects, for our client."""

import base64
import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import threading
from pathlib import Path

from bench import (DOMAIN, HERE, NT_HASH, PASSWORD, USER, Bench, Failure, expect, free_port, is_listening, need,
                   wait_until)
from python_peers import venv_python, without_kerberos
from rdp_peers import display
from token_peers import receive_token, send_token

NEW_KEY = {"rsa2048": ["rsa:2048"], "p256": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
           "p384": ["ec", "-pkeyopt", "ec_paramgen_curve:P-384"]}


class Certificate:
    """A certificate that signs itself."""

    def __init__(self, bench: Bench, key: str, digest: str = "sha256"):
        folder = bench.new_folder("certificate")
        self.certificate, self.key = folder / "cert.pem", folder / "key.pem"
        openssl = need("openssl", "openssl")
        status, output = bench.run([openssl, "req", "-x509", "-newkey", *NEW_KEY[key], "-nodes", f"-{digest}", "-days", "2",
                                    "-subj", "/CN=localhost", "-keyout", self.key, "-out", self.certificate], 20)
        expect(status == 0, output)
        self.both = folder / "both.pem"
        self.both.write_text(self.certificate.read_text() + self.key.read_text())
        _, output = bench.run([openssl, "x509", "-in", self.certificate, "-noout", "-fingerprint", "-sha256"], 10)
        self.sha256 = output.partition("=")[2].strip().replace(":", "").lower()


def certificate(bench: Bench, key: str = "rsa2048", digest: str = "sha256") -> Certificate:
    return bench.once(f"certificate of {key}, {digest}", lambda bench: Certificate(bench, key, digest))


def users(bench: Bench) -> dict[str, str]:
    """The environment of gss-ntlmssp's and pyspnego's servers: alice of CORP."""
    def write(bench: Bench) -> Path:
        file = bench.path("ntlm-users")
        file.write_text(f"{DOMAIN}:{USER}:{PASSWORD}\n")
        return file
    return without_kerberos(bench) | {"NTLM_USER_FILE": str(bench.once("users", write))}


# --- RDP servers ------------------------------------------------------------------------------------------------


class FreerdpShadow:
    """FreeRDP's shadow server: alice of any domain, carol of OTHER; NTLM without SPNEGO."""

    def __init__(self, bench: Bench, key: str, environment: dict[str, str] | None = None):
        program = need("freerdp-shadow-cli", "freerdp2-shadow-x11")
        self.certificate = certificate(bench, key)
        home = bench.new_folder("shadow")
        store = home / ".config" / "freerdp" / "shadow"  # where it looks for its key pair
        store.mkdir(parents=True)
        shutil.copy(self.certificate.certificate, store / "shadow.crt")
        shutil.copy(self.certificate.key, store / "shadow.key")
        accounts, log = home / "sam", home / "log"
        accounts.write_text(f"{USER}:::{NT_HASH}:::\ncarol:OTHER::{NT_HASH}:::\n")
        self.port = free_port()
        process = bench.start(
            [program, f"/port:{self.port}", "/bind-address:127.0.0.1", f"/sam-file:{accounts}", "/sec:nla", "+auth"],
            stdout=log.open("w"), stderr=subprocess.STDOUT,
            env=os.environ | {"HOME": str(home), "DISPLAY": bench.once("display", display)} | (environment or {}))
        wait_until(lambda: process.poll() is not None or is_listening(self.port), 15,
                   f"freerdp-shadow-cli did not start, see {log}")
        expect(process.poll() is None, f"freerdp-shadow-cli ended: {log.read_text(errors='replace')[-2000:]}")


GRD_SESSION = """#!/bin/sh
ip link set lo up
pipewire & wireplumber &
mutter --headless --wayland --no-x11 --virtual-monitor 1024x768 &
has_mutter() {
	dbus-send --session --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.NameHasOwner \\
		string:org.gnome.Mutter.RemoteDesktop | grep -q true
}
for _ in $(seq 100); do has_mutter && break; sleep 0.1; done
grdctl --headless rdp set-tls-cert CERTIFICATE
grdctl --headless rdp set-tls-key KEY
grdctl --headless rdp set-credentials USER 'PASSWORD'
grdctl --headless rdp disable-view-only
grdctl --headless rdp enable
exec /usr/libexec/gnome-remote-desktop-daemon --headless --rdp-port PORT
"""


class GnomeRemoteDesktop:
    """
    gnome-remote-desktop without a screen: alice, NTLM without SPNEGO. It listens on every address and has no option
    against that, so it gets a network of its own; `inside` stands in front of what shall run there. Needs root.
    """

    PORT = 3389
    PROGRAMS = {"unshare": "util-linux", "nsenter": "util-linux", "ip": "iproute2", "dbus-run-session": "dbus",
                "pipewire": "pipewire", "wireplumber": "wireplumber", "mutter": "mutter",
                "grdctl": "gnome-remote-desktop", "/usr/libexec/gnome-remote-desktop-daemon": "gnome-remote-desktop"}

    def __init__(self, bench: Bench):
        for program, package in self.PROGRAMS.items():
            need(program, package)
        self.certificate = certificate(bench)
        home = bench.new_folder("grd")
        session, log = home / "session", home / "log"
        text = GRD_SESSION
        for name, value in {"CERTIFICATE": self.certificate.certificate, "KEY": self.certificate.key, "USER": USER,
                            "PASSWORD": PASSWORD, "PORT": self.PORT}.items():
            text = re.sub(rf"\b{name}\b", str(value), text)
        session.write_text(text)
        session.chmod(0o755)
        environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
        process = bench.start(
            ["unshare", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", "dbus-run-session", "--", session],
            stdout=log.open("w"), stderr=subprocess.STDOUT, cwd=home,
            # keyfile: the service of the other backend, started by D-Bus, would keep another HOME
            env=environment | {"HOME": str(home), "XDG_RUNTIME_DIR": str(home), "GSETTINGS_BACKEND": "keyfile"})
        self.port = self.PORT
        self.inside = ["nsenter", "-t", process.pid, "--net", "--"]
        wait_until(lambda: process.poll() is not None or is_listening(self.port, process.pid), 30,
                   f"gnome-remote-desktop did not start, see {log}")
        expect(process.poll() is None, f"gnome-remote-desktop ended: {log.read_text(errors='replace')[-2000:]}")


# --- Servers in Python that print a port, and then JSON -----------------------------------------------------------


class PythonServer:
    def __init__(self, bench: Bench, command: list):
        self.bench = bench
        self.errors = bench.path("server.stderr")
        self.process = bench.start(command, stdout=subprocess.PIPE, stderr=self.errors.open("w"), text=True,
                                   env=users(bench))
        line = self.process.stdout.readline()
        if not line.strip().isdigit():
            raise Failure(f"{command[1]} did not start: {self.errors.read_text()[-2000:]}")
        self.port = int(line)

    def record(self) -> dict:
        """What it says of the next connection that has ended."""
        line = self.process.stdout.readline()
        expect(line != "", f"the server ended without a record: {self.errors.read_text()[-2000:]}")
        return json.loads(line)

    def stop(self) -> None:
        self.bench.stop(self.process)


class CredsspServer(PythonServer):
    """Python's TLS, MIT's SPNEGO and gss-ntlmssp, with faults on request: credssp_server.py."""

    def __init__(self, bench: Bench, *options: str, key: str = "rsa2048"):
        pair = certificate(bench, key)
        super().__init__(bench, [need("/usr/bin/python3", "python3"), HERE / "credssp_server.py", "--certificate",
                                 pair.certificate, "--key", pair.key, *options])


class PyspnegoServer(PythonServer):
    """pyspnego_server.py in the virtual environment."""

    def __init__(self, bench: Bench, *options: str):
        super().__init__(bench, [venv_python(bench), HERE / "pyspnego_server.py", *options])


# --- Servers token by token -------------------------------------------------------------------------------------


class Refused(Exception):
    """So says the server; the text is its reason."""


class NtlmAuthAcceptor:
    """Samba's ntlm_auth, which knows one user; no domain and no winbindd are needed."""

    def __init__(self, bench: Bench, protocol: str):
        configuration = bench.path("smb.conf")
        configuration.write_text(f"[global]\nworkgroup = {DOMAIN}\n")
        self.process = bench.start(
            [need("ntlm_auth", "winbind"), f"--configfile={configuration}", f"--helper-protocol={protocol}",
             f"--username={USER}", f"--domain={DOMAIN}", f"--password={PASSWORD}"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=bench.path("ntlm_auth.log").open("w"), text=True)
        self.ask("SF NTLMSSP_FEATURE_SIGN NTLMSSP_FEATURE_SEAL")
        self.verb, self.done, self.user = "YR", False, None

    def ask(self, line: str) -> str:
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def step(self, token: bytes) -> bytes:
        word, *rest = self.ask(f"{self.verb} {base64.b64encode(token).decode()}").split()
        self.verb = "KK"
        if word not in ("TT", "AF"):
            raise Refused(" ".join([word, *rest]))
        self.done = word == "AF"
        self.user = rest[-1] if self.done else None
        has_token = rest and rest[0] != "*" and (not self.done or len(rest) > 1)
        return base64.b64decode(rest[0]) if has_token else b""

    def session_key(self) -> bytes:
        return base64.b64decode(self.ask("GK").removeprefix("GK "))


class GssAcceptor:
    """gss-ntlmssp through MIT's GSSAPI, alone or in MIT's SPNEGO."""

    SESSION_KEY = "1.2.840.113554.1.2.2.5.5"

    def __init__(self, bench: Bench, mechanism: str):
        os.environ["NTLM_USER_FILE"] = users(bench)["NTLM_USER_FILE"]  # the libraries look there in this process
        try:
            import credssp_server
        except ImportError as missing:
            raise Failure(f"{missing}: run `tools/deps interop`, or install python3-gssapi and gss-ntlmssp") from None
        self.gssapi = credssp_server.gssapi
        wanted = credssp_server.SPNEGO if mechanism == "spnego" else credssp_server.NTLM
        self.context = credssp_server.Context(
            usage="accept", creds=self.gssapi.Credentials(usage="accept", mechs=[wanted]))

    @property
    def done(self) -> bool:
        return self.context.complete

    @property
    def user(self) -> str:
        return str(self.context.initiator_name).rstrip("\0")

    def step(self, token: bytes) -> bytes:
        try:
            return self.context.step(token) or b""
        except self.gssapi.exceptions.GSSError as error:
            raise Refused(" ".join(str(error).split())) from None

    def session_key(self) -> bytes:
        identifier = self.gssapi.OID.from_int_seq(self.SESSION_KEY)
        return self.gssapi.raw.inquire_sec_context_by_oid(self.context, identifier)[0]


class TokenServer:
    """Serves one client with an acceptor, each token behind its length; the last of the client is taken by one, too."""

    def __init__(self, acceptor):
        self.acceptor = acceptor
        self.refusal: str | None = None
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(60)
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        stream, _ = self.listener.accept()
        with stream:
            stream.settimeout(20)
            try:
                while not self.acceptor.done:
                    token = receive_token(stream)
                    if token is None:
                        self.refusal = "the client closed the connection"
                        return
                    send_token(stream, self.acceptor.step(token))
            except (Refused, Failure, OSError) as reason:
                self.refusal = str(reason)

    def record(self) -> dict:
        """As of pyspnego_server.py."""
        self.thread.join(20)
        self.listener.close()
        if self.refusal:
            return {"user": None, "error": self.refusal}
        return {"user": self.acceptor.user, "error": None,
                "session_key": hashlib.sha256(self.acceptor.session_key()).hexdigest()}

    def stop(self) -> None:
        self.listener.close()
