"""Messages under the keys of a logon: each side signs, seals, verifies and opens for the other."""

from functools import partial

from bench import DOMAIN, HERE, NT_HASH, PASSWORD, USER, Bench, expect
from cases import CASES, Case
from python_peers import venv_python
from server_peers import users


def messages(bench: Bench, part: str, protocol: str, package: str) -> None:
    """`part` is pyspnego's."""
    program = [bench.build / "tests" / "programs_messages", "server" if part == "client" else "client", package]
    if part == "client":
        accounts = bench.path("accounts")
        accounts.touch(mode=0o600)
        accounts.write_text(f"{USER}:{DOMAIN}:{NT_HASH}\n")
        program += [accounts]
    else:
        program += [USER, DOMAIN, PASSWORD]
    status, output = bench.run([venv_python(bench), HERE / "pyspnego_messages.py", part, protocol, USER, DOMAIN,
                                PASSWORD, *program], 40, env=users(bench))
    expect(status == 0, output)


for _part in ("client", "server"):
    for _protocol, _package in (("ntlm", "NTLM"), ("negotiate", "Negotiate")):
        CASES.append(Case(f"pyspnego as the {_part} and we sign and seal for each other, package {_package}",
                          partial(messages, part=_part, protocol=_protocol, package=_package)))
