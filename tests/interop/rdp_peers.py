"""RDP clients of other projects, and one RDP server without logon to put behind ours."""

import os
import re
import subprocess
from pathlib import Path

from bench import DOMAIN, HERE, PASSWORD, USER, Bench, Failure, expect, free_port, is_listening, need, wait_until

# --- xfreerdp ---------------------------------------------------------------------------------------------------


def display(bench: Bench) -> str:
    """An X server without a screen; it takes a display number that is free."""
    need("Xvfb", "xvfb")
    reader, writer = os.pipe()
    # -noreset: else it starts over when its last client leaves, and the next one may come too early
    bench.start(["Xvfb", "-displayfd", str(writer), "-screen", "0", "1024x768x24", "-nolisten", "tcp", "-noreset"],
                pass_fds=[writer], stdout=subprocess.DEVNULL, stderr=bench.path("xvfb.log").open("w"))
    os.close(writer)
    with os.fdopen(reader) as answer:
        number = answer.readline().strip()
    expect(number != "", "Xvfb did not start")
    return f":{number}"


def xfreerdp(bench: Bench, port: int, user: str = USER, password: str = PASSWORD, *options: str,
             security: str = "nla", environment: dict[str, str] | None = None) -> tuple[int, str]:
    """(exit status, output). 134 is STATUS_LOGON_FAILURE, 147 a closed connection, 133 no common protocol."""
    program = need("xfreerdp", "freerdp2-x11")
    environment = os.environ | {"HOME": str(bench.new_folder("home")),
                                "DISPLAY": bench.once("display", display)} | (environment or {})
    command = [program, f"/v:127.0.0.1:{port}", f"/u:{user}", f"/d:{DOMAIN}", f"/p:{password}", "/cert:ignore",
               f"/sec:{security}", *options]
    return bench.run(command, 40, env=environment)


def rdesktop(bench: Bench, port: int, user: str = USER, domain: str = DOMAIN) -> str:
    """
    What it says. By Kerberos alone, with the tickets of KRB5CCNAME; it trusts any certificate if told so. Its exit
    status tells nothing, and where NLA fails it comes again with TLS alone.
    """
    environment = os.environ | {"HOME": str(bench.new_folder("home")), "DISPLAY": bench.once("display", display)}
    _, output = bench.run([need("rdesktop", "rdesktop"), "-u", user, "-d", domain, "-p", PASSWORD, f"localhost:{port}"],
                          30, "yes\nyes\n", env=environment)
    return output


class Weston:
    """Weston's RDP backend: TLS alone, and no logon at all. One for each case: it may end with its client."""

    def __init__(self, bench: Bench):
        program, openssl = need("weston", "weston"), need("openssl", "openssl")
        folder = bench.new_folder("weston")
        key, certificate, log = folder / "key.pem", folder / "cert.pem", folder / "log"
        bench.run([openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=weston.test",
                   "-keyout", key, "-out", certificate], 20)
        environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        bench.start([program, "--no-config", "--backend=rdp-backend.so", "--address=127.0.0.1", f"--port={self.port}",
                     f"--rdp-tls-cert={certificate}", f"--rdp-tls-key={key}", "--idle-time=0"],
                    stdout=log.open("w"), stderr=subprocess.STDOUT,
                    env=environment | {"XDG_RUNTIME_DIR": str(folder)})
        wait_until(lambda: is_listening(self.port), 15, f"weston did not start, see {log}")


# --- impacket and nmap ------------------------------------------------------------------------------------------


def rdp_check(bench: Bench, port: int, password: str = PASSWORD) -> str:
    """What impacket's rdp_check says. Its port is written into it, so a copy is changed."""
    original = Path(need("/usr/share/doc/python3-impacket/examples/rdp_check.py", "python3-impacket"))
    text = original.read_text()
    expect("(host,3389)" in text, f"{original} connects in another way than expected")
    copy = bench.path("rdp_check.py")
    copy.write_text(text.replace("(host,3389)", f"(host,{port})"))
    _, output = bench.run(["/usr/bin/python3", copy, f"{DOMAIN}/{USER}:{password}@127.0.0.1"], 30)
    return output


def rdp_ntlm_info(bench: Bench, port: int) -> dict[str, str]:
    """The names of our CHALLENGE as nmap reads them."""
    program = need("nmap", "nmap")
    _, output = bench.run([program, "-n", "-Pn", "-p", str(port), "--script", "+rdp-ntlm-info", "127.0.0.1"], 60)
    names = dict(re.findall(r"^\|[ _]+(\w+): (.*)$", output, re.MULTILINE))
    expect(bool(names), f"nmap found no names: {output}")
    return names


# --- IronRDP ----------------------------------------------------------------------------------------------------


def node_modules(bench: Bench) -> Path:
    """The npm packages of package.json, kept in the build folder from run to run."""
    npm = need("npm", "npm")
    folder = bench.build / "interop-node"
    folder.mkdir(exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        wanted = (HERE / name).read_text()
        if not (folder / name).exists() or (folder / name).read_text() != wanted:
            (folder / name).write_text(wanted)
            (folder / "complete").unlink(missing_ok=True)
    if not (folder / "complete").exists():
        status, output = bench.run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], 300, cwd=folder)
        expect(status == 0, f"`npm ci` failed in {folder}; is a package registry reachable?\n{output}")
        (folder / "complete").touch()
    return folder / "node_modules"


class IronRdp:
    """IronRDP's web client in headless Chromium: started by `with`, `events` is what it said, in order."""

    def __init__(self, bench: Bench, port: int, password: str = PASSWORD):
        browser, node = need("chromium", "chromium"), need("node", "nodejs")
        modules = bench.once("node_modules", node_modules)
        settings = [str(modules), str(port), USER, password, DOMAIN]
        relay = bench.start([node, HERE / "iron_relay.mjs", *settings], stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True)
        page = relay.stdout.readline().strip()
        expect(page.startswith("http://"), f"the relay for IronRDP did not start: {page}")
        folder = bench.new_folder("chromium")
        # The flags after --disable-gpu keep Chromium from calling anybody but us.
        chromium = bench.start([browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
                                "--no-first-run", "--disable-background-networking", "--disable-component-update",
                                "--disable-sync", f"--user-data-dir={folder}", page],
                               stdout=subprocess.DEVNULL, stderr=bench.path("chromium.log").open("w"),
                               env=os.environ | {"HOME": str(folder)})
        try:
            output, _ = relay.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            raise Failure("IronRDP said nothing within 60 s") from None
        finally:
            bench.stop(relay)
            bench.stop(chromium)
        self.output = output

    @property
    def connected(self) -> bool:
        return re.search(r"^connected ", self.output, re.MULTILINE) is not None


# --- our own client with another library's NTLM --------------------------------------------------------------------


def credssp_command(port: int, *options: str, password: str = PASSWORD) -> list:
    return ["/usr/bin/python3", HERE / "credssp_client.py", str(port), "--user", USER, "--domain", DOMAIN,
            "--password", password, *options]


def credssp_client(bench: Bench, port: int, *options: str, password: str = PASSWORD) -> tuple[int, str]:
    return bench.run(credssp_command(port, *options, password=password), 40)


