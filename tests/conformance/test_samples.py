#!/usr/bin/env python3
"""Programs in the manner of Microsoft's documentation: tests/conformance/test_samples.py BUILD

Speaks TAP. The sources of samples/ name no header of ours and no function but SSPI's; they are compiled unchanged against
what `meson install` installs, for A and for W, and log on to each other.
"""

import os
import subprocess
import sys
import tempfile
import traceback
from itertools import product
from pathlib import Path

HERE = Path(__file__).resolve().parent
FORMS = {"A": (), "W": ("-DUNICODE", "-D_UNICODE")}
WARNINGS = ("-Wall", "-Wextra", "-Werror", "-std=gnu11", "-O2", "-g")
USER, DOMAIN, PASSWORD = "alice", "CORP", "Passw0rd!"
NT_HASH = "fc525c9683e8fe067095ba2ddc971889"
SECONDS = 20


def expect(condition: bool, sentence: object) -> None:
    if not condition:
        raise AssertionError(sentence)


class Samples:
    def __init__(self, build: Path, folder: Path):
        self.folder = folder
        self.run("meson", "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", folder / "root")
        self.headers = next((folder / "root").rglob("security.h")).parent
        self.library = next((folder / "root").rglob("libopensspi.so")).parent
        self.accounts = folder / "accounts"
        self.accounts.touch(mode=0o600)
        self.accounts.write_text(f"{USER}:{DOMAIN}:{NT_HASH}\n")

    def run(self, *command: object) -> None:
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=120)
        expect(done.returncode == 0, f"{command}: {done.stdout}{done.stderr}")

    def compile(self, name: str, form: str, *options: str) -> Path:
        program = self.folder / f"{name}-{form}"
        self.run("cc", *WARNINGS, *FORMS[form], *options, f"-I{self.headers}",
                 HERE / "samples" / f"{name}.c", "-o", program, f"-L{self.library}", "-lopensspi",
                 f"-Wl,-rpath,{self.library}")
        return program

    def log_on(self, client: str, server: str, password: str) -> tuple[int, str, int, str]:
        """Exit status and words of both."""
        environment = os.environ | {"LD_PRELOAD": str(self.folder / "machine-A"),
                                    "SAMPLE_ACCOUNTS": str(self.accounts)}
        serving = subprocess.Popen([self.folder / f"server-{server}", "0"], env=environment, text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            port = serving.stdout.readline().rpartition(" ")[2].strip()
            calling = subprocess.run([self.folder / f"client-{client}", port, DOMAIN, USER, password], text=True,
                                     stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS)
            said, _ = serving.communicate(timeout=SECONDS)
        finally:
            serving.kill()
            serving.wait()
        return calling.returncode, calling.stdout, serving.returncode, said


def compiles(samples: Samples, name: str, form: str) -> None:
    samples.compile(name, form)


def logs_on(samples: Samples, client: str, server: str) -> None:
    status, client_said, server_status, server_said = samples.log_on(client, server, PASSWORD)
    expect(status == 0 and server_status == 0, f"{status} {client_said} {server_status} {server_said}")
    expect("encrypted: an answer that nobody else reads\n" in client_said, client_said)
    expect("signed: an answer that nobody changes\n" in client_said, client_said)
    expect(f"user: {DOMAIN}\\{USER}\n" in server_said, server_said)
    expect("received: a message that nobody else reads\n" in server_said, server_said)
    expect("impersonated: " in server_said, server_said)


def is_refused(samples: Samples, client: str, server: str) -> None:
    status, client_said, server_status, server_said = samples.log_on(client, server, "not the password")
    expect(status == 1 and server_status == 1, f"{status} {client_said} {server_status} {server_said}")
    expect("AcceptSecurityContext failed: 8009030c" in server_said, server_said)


def main() -> int:
    cases = [(f"the {name} compiles unchanged against the installed headers, {form}", compiles, (name, form))
             for name, form in product(("client", "server"), FORMS)]
    for client, server in product(FORMS, FORMS):
        cases.append((f"the client ({client}) logs on to the server ({server}) and both understand each other",
                      logs_on, (client, server)))
    cases.append(("the client with a wrong password is refused", is_refused, ("A", "W")))
    failed = 0
    print(f"1..{len(cases)}", flush=True)
    with tempfile.TemporaryDirectory(prefix="opensspi-samples-") as folder:
        samples = Samples(Path(sys.argv[1]).resolve(), Path(folder))
        samples.compile("machine", "A", "-shared", "-fPIC", "-D_GNU_SOURCE")
        for number, (name, function, arguments) in enumerate(cases, 1):
            detail = ""
            try:
                function(samples, *arguments)
            except Exception:  # a fault of the test itself; the others go on
                detail = traceback.format_exc()
                failed += 1
            print(f"{'not ok' if detail else 'ok'} {number} - {name}", flush=True)
            for line in detail.splitlines():
                print("#", line, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
