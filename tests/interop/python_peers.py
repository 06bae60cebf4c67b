"""Python peers that Debian does not have: a virtual environment in the build folder, from requirements.txt."""

import os
from pathlib import Path

from bench import DOMAIN, HERE, PASSWORD, USER, Bench, expect, need


def venv_python(bench: Bench) -> Path:
    """Its Python, kept in the build folder from run to run; it sees Debian's gssapi and cryptography too."""
    return bench.once("venv", make_venv)


REQUIREMENTS = ("requirements-build.txt", "requirements.txt")


def make_venv(bench: Bench) -> Path:
    folder = bench.build / "interop-python"
    wanted, complete = "".join((HERE / name).read_text() for name in REQUIREMENTS), folder / "complete"
    python = folder / "bin" / "python"
    if complete.exists() and complete.read_text() == wanted:
        return python
    status, output = bench.run([need("/usr/bin/python3", "python3"), "-m", "venv", "--clear", "--system-site-packages",
                                folder], 120)
    expect(status == 0, f"`python3 -m venv` failed; is the package python3-venv installed?\n{output}")
    for name in REQUIREMENTS:
        status, output = bench.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                                    "--require-hashes", "--no-deps", "--no-build-isolation", "-r", HERE / name], 300,
                                   env=os.environ | {"CFLAGS": "-O0 -g0"})
        expect(status == 0, f"pip failed in {folder}; is a package registry reachable?\n{output}")
    complete.write_text(wanted)
    return python


def without_kerberos(bench: Bench) -> dict[str, str]:
    """An environment with nothing of this machine's Kerberos, and without a search for a realm's servers."""
    configuration = bench.path("krb5.conf")
    configuration.write_text("[libdefaults]\ndns_lookup_kdc = false\ndns_lookup_realm = false\n")
    return os.environ | {"KRB5_CONFIG": str(configuration), "KRB5CCNAME": f"FILE:{bench.path('no-tickets')}"}


def pyspnego_client(bench: Bench, port: int, *options: str, password: str = PASSWORD,
                    kerberos: bool = False) -> tuple[int, str]:
    """A logon by CredSSP, TLS and NTLM of pyspnego's own, or MIT's Kerberos. The exit status is that of credssp_client.py."""
    command = [venv_python(bench), HERE / "pyspnego_client.py", str(port), "--user", USER, "--domain", DOMAIN,
               "--password", password, *options]
    return bench.run(command, 40, env=os.environ if kerberos else without_kerberos(bench))
