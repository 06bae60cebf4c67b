"""HTTP clients of other projects, and the small server of the tests whose logons are AcceptSecurityContext's."""

import json
import os
import re
import subprocess

from bench import DOMAIN, HERE, NT_HASH, PASSWORD, USER, Bench, expect, need
from python_peers import venv_python, without_kerberos
from rdp_peers import node_modules

LET_IN, REFUSED = 200, 401


class HttpServer:
    """tests/programs/http_server with alice's account; it serves until the bench ends it."""

    def __init__(self, bench: Bench, **settings):
        """The settings by their names with _ in place of -; None leaves one out."""
        program = bench.build / "tests" / "programs_http_server"
        expect(program.exists(), f"{program} is not built: run `make all`")
        accounts = bench.path("accounts")
        accounts.touch(mode=0o600)
        accounts.write_text(f"{USER}:{DOMAIN}:{NT_HASH}\n")
        settings = {"accounts": accounts} | settings
        words = [f"{name.replace('_', '-')}={value}" for name, value in settings.items() if value is not None]
        self.process = bench.start([program, *words], stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        expect(line.startswith("listening on "), f"the HTTP server said: {line!r}")
        self.port = int(line.split()[-1])
        self.url = f"http{'s' if 'tls' in settings else ''}://localhost:{self.port}/"


def last_answer(output: str) -> tuple[int, str]:
    """The status, which the clients print on a line of its own, and the body in front of it."""
    match = re.search(r"(.*)\n(\d{3})\n?\Z", output, re.DOTALL)
    expect(match is not None, f"the client got no answer: {output}")
    return int(match[2]), match[1].strip()


def curl(bench: Bench, *options: str, **settings) -> tuple[int, str]:
    return last_answer(bench.run([need("curl", "curl"), "--silent", "--show-error", "--insecure", "--max-time", "20",
                                  "--write-out", "\n%{http_code}\n", *options], 30, **settings)[1])


def curl_ntlm(bench: Bench, url: str, password: str = PASSWORD) -> tuple[int, str]:
    return curl(bench, "--ntlm", "--user", f"{DOMAIN}\\{USER}:{password}", url)


def curl_negotiate(bench: Bench, url: str, password: str = PASSWORD) -> tuple[int, str]:
    """MIT's SPNEGO and gss-ntlmssp, which finds the password in a file, for want of a ticket."""
    users = bench.path("ntlm-users")
    users.write_text(f"{DOMAIN}:{USER}:{password}\n")
    return curl(bench, "--negotiate", "--user", ":", url, env=without_kerberos(bench) | {"NTLM_USER_FILE": str(users)})


def curl_kerberos(bench: Bench, *options: str) -> tuple[int, str]:
    """With the tickets of the environment."""
    return curl(bench, "--negotiate", "--user", ":", *options)


def http_ntlm(bench: Bench, url: str, password: str = PASSWORD) -> tuple[int, str]:
    modules = bench.once("node_modules", node_modules)
    return last_answer(bench.run([need("node", "nodejs"), HERE / "http_ntlm.mjs", modules, url, USER, DOMAIN, password],
                                 30)[1])


def http_client(bench: Bench, library: str, url: str, *options: str, kerberos: bool = False) -> tuple[int, str]:
    """Requests with that library; with `kerberos` it sees the realm of the environment."""
    return last_answer(bench.run([venv_python(bench), HERE / "http_client.py", library, url, *options], 30,
                                 env=os.environ if kerberos else without_kerberos(bench))[1])


def by_password(user: str = f"{DOMAIN}\\{USER}", password: str = PASSWORD) -> tuple[str, ...]:
    return "--user", user, "--password", password


def http_credssp(bench: Bench, url: str, password: str = PASSWORD) -> tuple[int, str]:
    """Requests with requests-credssp, as pywinrm logs on to Windows."""
    return http_client(bench, "requests-credssp", url, "--mechanism", "ntlm", *by_password(password=password))


def requests_ntlm(bench: Bench, url: str, password: str = PASSWORD) -> tuple[int, str]:
    return http_client(bench, "requests-ntlm", url, *by_password(password=password))


def http_wsman(bench: Bench, library: str, url: str, *options: str, kerberos: bool = False) -> dict:
    """What a session of WS-Management brought."""
    status, output = bench.run([venv_python(bench), HERE / "http_wsman.py", library, url, *options], 40,
                               env=os.environ if kerberos else without_kerberos(bench))
    expect(status == 0, f"{library} ended with {status}: {output[-2000:]}")
    return json.loads(output.splitlines()[-1])
