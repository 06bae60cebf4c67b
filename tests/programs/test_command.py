"""The `opensspi` command without anybody else's client: test_command.py BUILD

Prints TAP. What a case says to the command is in its name; the command's own client is tests/programs/client.
"""

import json
import os
import pty
import re
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True

from tap import at_a_terminal, expect_status, opensspi, run_cases  # noqa: E402

from bench import DOMAIN, NT_HASH, PASSWORD, USER, Acceptor, Bench, expect, expect_fields  # noqa: E402

CASES: list[Callable[[Bench], None]] = []
WRONG = "not the password"
LET_IN, BROKEN, REFUSED = 0, 2, 3  # of tests/programs/client
MEMBERS = ["peer", "status", "reason", "package", "user", "domain", "user_sid", "group_sids", "credssp_version", "tls",
           "credentials", "delegated_user", "server_cpu_us"]


def case(function):
    CASES.append(function)
    return function


@contextmanager
def acceptor(bench: Bench, *options):
    server = Acceptor(bench, *options)
    try:
        yield server
    finally:
        server.stop()


def client(bench: Bench, port: int, framing: str = "rdp", package: str = "CREDSSP", domain: str = DOMAIN,
           user: str = USER, password: str = PASSWORD, requested: int = 2, version: int = 0) -> tuple[int, str]:
    return bench.run([bench.build / "tests" / "programs_client", port, framing, package, domain, user, password,
                      requested, version], 40)


def connect(server: Acceptor) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), 20)


def read_to_end(stream: socket.socket) -> bytes:
    data = b""
    while part := stream.recv(4096):
        data += part
    return data


# --- Words ------------------------------------------------------------------------------------------------------


@case
def without_a_verb_the_usage_is_an_error(bench: Bench) -> None:
    expect_status(opensspi(bench), 1, "usage: opensspi", "accept", "account", "packages")
    expect_status(opensspi(bench, "acept"), 1, "there is no verb `acept`", "usage: opensspi")


@case
def help_and_version_are_answered(bench: Bench) -> None:
    expect_status(opensspi(bench, "--help"), 0, "accept", "account", "packages")
    output = expect_status(opensspi(bench, "--version"), 0)
    expect(re.fullmatch(r"opensspi \d+\.\d+\.\d+\n", output) is not None, output)


@case
def each_verb_explains_its_options(bench: Bench) -> None:
    expect_status(opensspi(bench, "accept", "--help"), 0, "--listen", "--framing", "--package", "--accounts", "--cert",
                  "--key ", "--key-type", "--policy", "--ntlm-mic", "--relay", "--count", "--json", "test aid")
    expect_status(opensspi(bench, "account", "--help"), 0, "add", "remove", "check", "list", "--file", "--json")
    expect_status(opensspi(bench, "packages", "--help"), 0, "--json")


@case
def wrong_words_are_named(bench: Bench) -> None:
    for words, sentence in (
            (["accept", "--lisen", "127.0.0.1:0"], "there is no option `--lisen`"),
            (["accept", "--listen"], "--listen wants an argument"),
            (["accept", "--listen", "3389"], "--listen wants ADDRESS:PORT"),
            (["accept", "--listen", "127.0.0.1:65536"], "--listen wants ADDRESS:PORT"),
            (["accept", "--listen", "::1:0"], "--listen wants ADDRESS:PORT"),
            (["accept", "--framing", "http"], "--framing takes rdp|raw, not `http`"),
            (["accept", "--json=yes"], "--json takes no argument"),
            (["accept", "--count", "0"], "--count wants a number from 1"),
            (["accept", "--count", "3x"], "--count wants a number from 1"),
            (["accept", "--count", "99999999999999999999999"], "--count wants a number from 1"),
            (["accept", "--key", "key.pem"], "--key goes with --cert"),
            (["accept", "--cert", "cert.pem", "--key-type", "p256"], "--key-type is for the certificate that is made"),
            (["accept", "--package", "NTLM"], "RDP clients log on by CREDSSP"),
            (["accept", "--package", "Kerberus"], "there is no package `Kerberus`"),
            (["accept", "--relay", "weston"], "--relay wants ADDRESS:PORT"),
            (["accept", "--framing", "raw", "--relay", "127.0.0.1:1"], "--relay passes RDP sessions"),
            (["accept", "somebody"], "`somebody` is one word too many"),
            (["account"], "account wants add, remove, check or list"),
            (["account", "ad", "alice"], "account wants add, remove, check or list"),
            (["account", "add"], "account add wants one [DOMAIN\\]USER"),
            (["account", "add", "CORP\\"], "account add wants one [DOMAIN\\]USER"),
            (["account", "list", "alice"], "account list takes no user"),
            (["account", "remove", "alice", "bob"], "`bob` is one word too many"),
            (["packages", "NTLM"], "`NTLM` is one word too many")):
        expect_status(opensspi(bench, *words), 1, sentence)


@case
def a_policy_has_one_of_three_names(bench: Bench) -> None:
    expect_status(opensspi(bench, "accept", "--policy", "strict"), 1, "force-updated|mitigated|vulnerable")


@case
def every_status_of_the_header_has_its_name(_bench: Bench) -> None:
    root = HERE.parent.parent
    names = re.findall(r"^#define (\w+)\s+OPENSSPI_STATUS", (root / "include/opensspi/issperr.h").read_text(), re.M)
    table = (root / "programs/opensspi/status_name.c").read_text()
    missing = [name for name in names if name != "OPENSSPI_STATUS" and f"X({name})" not in table]
    expect(len(names) > 80 and not missing, f"status_name.c does not know {missing}")


# --- packages ---------------------------------------------------------------------------------------------------


@case
def packages_are_listed_for_people_and_programs(bench: Bench) -> None:
    expect_status(opensspi(bench, "packages"), 0, "CREDSSP: ", "NTLM: ", "tokens up to ")
    packages = {package["name"]: package for package in json.loads(opensspi(bench, "packages", "--json")[1])}
    expect({"CREDSSP", "NTLM"} <= set(packages), f"found {list(packages)}")
    for package in packages.values():
        expect(list(package) == ["name", "comment", "max_token", "rpc_id", "capabilities"], json.dumps(package))
        expect(package["max_token"] > 0 and package["comment"] != "", json.dumps(package))
    expect("stream" in packages["CREDSSP"]["capabilities"], json.dumps(packages["CREDSSP"]))
    expect("stream" not in packages["NTLM"]["capabilities"], json.dumps(packages["NTLM"]))


# --- account ----------------------------------------------------------------------------------------------------


@case
def an_account_is_added_listed_checked_and_removed(bench: Bench) -> None:
    file = bench.path("accounts")
    name = f"{DOMAIN}\\{USER}"
    expect_status(opensspi(bench, "account", "add", "--file", file, name, text=PASSWORD + "\n"), 0)
    expect_status(opensspi(bench, "account", "add", f"--file={file}", "bob", text="other"), 0)
    text = file.read_text()
    expect(PASSWORD not in text and NT_HASH in text.lower(), "the file holds the password, or not its hash")
    expect(stat.S_IMODE(file.stat().st_mode) == 0o600, f"the file's mode is {file.stat().st_mode:o}")
    expect_status(opensspi(bench, "account", "list", "--file", file), 0, name, "bob")
    accounts = json.loads(opensspi(bench, "account", "list", "--file", file, "--json")[1])
    expect(accounts == [{"domain": DOMAIN, "user": USER, "unusable": None},
                        {"domain": "", "user": "bob", "unusable": None}], json.dumps(accounts))
    check = ["account", "check", "--file", file]
    expect_status(opensspi(bench, *check, name, text=PASSWORD + "\n"), 0)
    expect_status(opensspi(bench, *check, "bob", text="other"), 0)
    expect_status(opensspi(bench, *check, name, text=WRONG), 3, f"{file}: the password is")
    expect_status(opensspi(bench, *check, "carol", text=PASSWORD), 3, f"{file}: ")
    expect_status(opensspi(bench, "account", "add", "--file", file, name, text="a new one\n"), 0)
    expect_status(opensspi(bench, *check, name, text=PASSWORD), 3)
    expect_status(opensspi(bench, *check, name, text="a new one\n"), 0)
    expect_status(opensspi(bench, "account", "remove", "--file", file, name), 0)
    expect_status(opensspi(bench, "account", "remove", "--file", file, name), 3)
    accounts = json.loads(opensspi(bench, "account", "list", "--json", "--file", file)[1])
    expect([account["user"] for account in accounts] == ["bob"], json.dumps(accounts))


@case
def an_account_that_cannot_log_on_is_listed_with_the_reason(bench: Bench) -> None:
    file = bench.path("accounts")
    file.touch(mode=0o600)
    file.write_text(f"alice:CORP:{NT_HASH}\nempty::31d6cfe0d16ae931b73c59d7e0c089c0\n")
    accounts = json.loads(opensspi(bench, "account", "list", "--file", file, "--json")[1])
    expect([bool(account["unusable"]) for account in accounts] == [False, True], json.dumps(accounts))
    expect_status(opensspi(bench, "account", "list", "--file", file), 0, "CORP\\alice\n", "cannot log on: ")


@case
def trouble_with_the_account_file_has_its_own_exit_status(bench: Bench) -> None:
    missing, folder, readable = bench.path("missing"), bench.new_folder("folder"), bench.path("readable")
    readable.write_text(f"alice:CORP:{NT_HASH}\n")
    readable.chmod(0o644)
    for file, sentence in ((missing, "cannot be opened"), (folder, ""), (readable, "")):
        for action in (["list"], ["check", USER], ["remove", USER]):
            output = expect_status(opensspi(bench, "account", *action, "--file", file, text=PASSWORD), 2, sentence)
            expect(output.startswith(f"opensspi: {file}: the account file "), output)
    for file in (folder, readable, missing / "below"):
        expect_status(opensspi(bench, "account", "add", "--file", file, USER, text=PASSWORD), 2, str(file))


@case
def a_name_or_password_that_cannot_be_is_refused(bench: Bench) -> None:
    file = bench.path("accounts")
    add = ["account", "add", "--file", file]
    expect_status(opensspi(bench, *add, "a:b", text=PASSWORD), 1)
    expect_status(opensspi(bench, *add, "a\nb", text=PASSWORD), 1)
    expect_status(opensspi(bench, *add, USER, text=""), 1, "no password on standard input")
    expect_status(opensspi(bench, *add, USER, text="x" * 1024), 1, "longer than 1023 bytes")
    expect_status(opensspi(bench, *add, USER, text="a\0b\n"), 1, "NUL")
    expect(not file.exists() or file.read_text() == "", "something was written")


@case
def at_a_terminal_the_password_is_asked_for_twice_and_not_shown(bench: Bench) -> None:
    file = bench.path("accounts")
    add = ["account", "add", "--file", str(file), USER]
    output = expect_status(at_a_terminal(bench, add, ["secret-1\n", "secret-1\n"]), 0, "Password: ", "again: ")
    expect("secret" not in output, f"the password is on the screen: {output}")
    expect_status(opensspi(bench, "account", "check", "--file", file, USER, text="secret-1\n"), 0)
    expect_status(at_a_terminal(bench, add, ["secret-2\n", "secret-3\n"]), 1, "not the same")
    expect_status(opensspi(bench, "account", "check", "--file", file, USER, text="secret-1\n"), 0)
    check = ["account", "check", "--file", str(file), USER]
    expect_status(at_a_terminal(bench, check, ["secret-1\n"]), 0, "this name and password log on")


@case
def an_interrupted_question_gives_the_terminal_its_echo_back(bench: Bench) -> None:
    import termios
    master, slave = pty.openpty()
    program = bench.build / "programs" / "opensspi" / "opensspi"
    process = subprocess.Popen([program, "account", "check", "--file", "/nonexistent", USER], stdin=slave,
                               stdout=slave, stderr=slave, start_new_session=True)
    while not os.read(master, 1024).endswith(b": "):
        pass
    echo = termios.tcgetattr(slave)[3] & termios.ECHO
    expect(echo == 0, "the terminal shows what is typed")
    process.terminate()
    expect(process.wait(10) == -15, "the signal did not end it")
    expect(termios.tcgetattr(slave)[3] & termios.ECHO != 0, "the terminal does not show any more what is typed")
    os.close(master)
    os.close(slave)


# --- accept -----------------------------------------------------------------------------------------------------


@case
def a_client_logs_on_and_its_line_has_every_member(bench: Bench) -> None:
    with acceptor(bench) as server:
        expect_status(client(bench, server.port), LET_IN, "selectedProtocol 2")
        verdict = server.verdict()
        expect(list(verdict) == MEMBERS, f"the members are {list(verdict)}")
        expect_fields(verdict, status="SEC_E_OK", reason="ok", package="NTLM", user=USER, domain=DOMAIN,
                      credssp_version=6, tls="1.3", credentials="password", delegated_user=USER)
        expect(re.fullmatch(r"127\.0\.0\.1:\d+", verdict["peer"]) is not None, verdict["peer"])
        expect(verdict["server_cpu_us"] > 0, json.dumps(verdict))


@case
def a_wrong_password_and_an_unknown_user_are_refused_alike(bench: Bench) -> None:
    with acceptor(bench, "--key-type", "p256") as server:
        for user, password in ((USER, WRONG), ("nobody", PASSWORD), (USER, "")):
            expect_status(client(bench, server.port, user=user, password=password), REFUSED, "NTSTATUS C000006D")
            expect_fields(server.verdict(), status="SEC_E_LOGON_DENIED", user=None, domain=None, credentials=None,
                          delegated_user=None, credssp_version=6)


@case
def hybrid_ex_gets_the_early_authorization_result(bench: Bench) -> None:
    with acceptor(bench) as server:
        expect_status(client(bench, server.port, requested=0xB), LET_IN, "selectedProtocol 8")
        expect_fields(server.verdict(), status="SEC_E_OK")


@case
def credssp_without_x224_is_served_raw(bench: Bench) -> None:
    with acceptor(bench, "--framing", "raw") as server:
        expect_status(client(bench, server.port, framing="raw"), LET_IN)
        expect_fields(server.verdict(), status="SEC_E_OK", user=USER, credentials="password")
        expect_status(client(bench, server.port, framing="raw", password=WRONG), REFUSED, "NTSTATUS C000006D")
        expect_fields(server.verdict(), status="SEC_E_LOGON_DENIED")


@case
def tokens_of_ntlm_come_behind_their_length(bench: Bench) -> None:
    with acceptor(bench, "--framing", "raw", "--package", "NTLM") as server:
        expect_status(client(bench, server.port, framing="raw", package="NTLM"), LET_IN)
        expect_fields(server.verdict(), status="SEC_E_OK", package="NTLM", user=USER, domain=DOMAIN,
                      credssp_version=None, tls=None, credentials="none", delegated_user=None)
        status, _ = client(bench, server.port, framing="raw", package="NTLM", password=WRONG)
        expect(status == REFUSED, f"the client ended with {status}")
        expect_fields(server.verdict(), status="SEC_E_LOGON_DENIED", user=None, credentials=None)
        for header in ("00000000", "ffffffff"):
            with connect(server) as stream:
                stream.sendall(bytes.fromhex(header))
                expect(read_to_end(stream) == b"", "there is an answer")
            expect_fields(server.verdict(), status="SEC_E_INVALID_TOKEN", reason="frame-too-big", package=None)


@case
def tokens_of_negotiate_come_behind_their_length(bench: Bench) -> None:
    with acceptor(bench, "--framing", "raw", "--package", "Negotiate") as server:
        expect_status(client(bench, server.port, framing="raw", package="Negotiate"), LET_IN)
        expect_fields(server.verdict(), status="SEC_E_OK", package="NTLM", user=USER, domain=DOMAIN,
                      credssp_version=None, tls=None, credentials="none", delegated_user=None)
        expect_status(client(bench, server.port, framing="raw", package="NTLM"), LET_IN)
        expect_fields(server.verdict(), status="SEC_E_OK", package="NTLM", user=USER, domain=DOMAIN)
        status, _ = client(bench, server.port, framing="raw", package="Negotiate", password=WRONG)
        expect(status == REFUSED, f"the client ended with {status}")
        expect_fields(server.verdict(), status="SEC_E_LOGON_DENIED", reason="wrong-password", user=None)


@case
def clients_of_old_credssp_versions_are_let_in_by_policy_alone(bench: Bench) -> None:
    with acceptor(bench) as server:
        for version in (2, 3, 4):
            status, output = client(bench, server.port, version=version)
            expect(status != LET_IN, f"let in: {output}")
            expect("C00000BB" in output or version == 2, f"no STATUS_NOT_SUPPORTED: {output}")
            expect_fields(server.verdict(), status="SEC_E_UNSUPPORTED_FUNCTION", reason="credssp-version-refused",
                          user=None, credentials=None)
        for version in (5, 6):
            expect_status(client(bench, server.port, version=version), LET_IN)
            expect_fields(server.verdict(), status="SEC_E_OK", credssp_version=version)
    for policy in ("mitigated", "vulnerable"):
        with acceptor(bench, "--policy", policy) as server:
            for version in (2, 3, 4, 5, 6):
                expect_status(client(bench, server.port, version=version), LET_IN)
                expect_fields(server.verdict(), status="SEC_E_OK", credssp_version=version, credentials="password")


@case
def clients_without_credssp_hear_that_it_is_required(bench: Bench) -> None:
    with acceptor(bench) as server:
        for requested in (0, 1, 4, 0x10):
            expect_status(client(bench, server.port, requested=requested), REFUSED, "failureCode 5")
            expect_fields(server.verdict(), status="SEC_E_UNSUPPORTED_FUNCTION", reason="x224-refused", user=None,
                          server_cpu_us=0)
        with connect(server) as stream:  # a client of the time before RDP_NEG_REQ
            stream.sendall(bytes.fromhex("0300000b06e00000000000"))
            expect(read_to_end(stream).hex() == "0300000b06d00000123400", "another confirm")
        expect_fields(server.verdict(), status="SEC_E_UNSUPPORTED_FUNCTION", reason="x224-refused")


@case
def what_is_no_rdp_client_is_a_line_too(bench: Bench) -> None:
    with acceptor(bench) as server:
        for data in (b"GET / HTTP/1.1\r\n\r\n", bytes.fromhex("16030100c8"), bytes.fromhex("0300ffff"),
                     bytes.fromhex("0300000b06d00000123400")):
            with connect(server) as stream:
                stream.sendall(data)
                expect(read_to_end(stream) == b"", "there is an answer")
            expect_fields(server.verdict(), status="SEC_E_INVALID_TOKEN", reason="x224-malformed", package=None)


@case
def a_client_that_leaves_is_a_line_with_the_last_status(bench: Bench) -> None:
    with acceptor(bench) as server:
        connect(server).close()
        expect_fields(server.verdict(), status=None, reason="closed", user=None, server_cpu_us=0)
        with connect(server) as stream:
            stream.sendall(bytes.fromhex("030000130ee000000000000100080003000000"))
            expect(stream.recv(19).hex() == "030000130ed000001234000200080002000000", "another confirm")
        expect_fields(server.verdict(), status=None, reason="closed")
    with acceptor(bench, "--framing", "raw", "--package", "NTLM") as server:
        with connect(server) as stream:
            negotiate = b"NTLMSSP\0" + bytes.fromhex("01000000 978208e2") + bytes(16)
            stream.sendall(len(negotiate).to_bytes(4, "big") + negotiate)
            expect(b"NTLMSSP\0\2" in stream.recv(4096), "no CHALLENGE")
        expect_fields(server.verdict(), status="SEC_I_CONTINUE_NEEDED", reason="closed", package="NTLM", user=None)


@case
def a_client_that_waits_stops_nobody(bench: Bench) -> None:
    with acceptor(bench, "--count", "3") as server:
        with connect(server) as silent, connect(server) as half:
            half.sendall(bytes.fromhex("0300"))
            expect_status(client(bench, server.port), LET_IN)
            expect_fields(server.verdict(), status="SEC_E_OK")
            expect(server.process.poll() is None, "it ended while two clients were there")
            silent.close()
            half.close()
        for _ in range(2):
            expect_fields(server.verdict(), reason="closed")
        expect(server.process.wait(10) == 0, "it did not end with 0 after three connections")


@case
def one_byte_at_a_time_ends_in_the_same_result(bench: Bench) -> None:
    with acceptor(bench) as server, socket.create_server(("127.0.0.1", 0)) as slow:
        import threading

        def pump(source: socket.socket, target: socket.socket, size: int) -> None:
            target.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                while part := source.recv(size):
                    target.sendall(part)
                target.shutdown(socket.SHUT_WR)
            except OSError:
                pass

        def relay() -> None:
            near, _ = slow.accept()
            with near, connect(server) as far:
                back = threading.Thread(target=pump, args=(far, near, 4096))
                back.start()
                pump(near, far, 1)
                back.join()

        thread = threading.Thread(target=relay)
        thread.start()
        expect_status(client(bench, slow.getsockname()[1]), LET_IN)
        thread.join()
        expect_fields(server.verdict(), status="SEC_E_OK", user=USER, credentials="password")


@case
def people_read_sentences(bench: Bench) -> None:
    accounts = bench.path("accounts")
    accounts.touch(mode=0o600)
    accounts.write_text(f"{USER}:{DOMAIN}:{NT_HASH}\n")
    program = bench.build / "programs" / "opensspi" / "opensspi"
    process = bench.start([program, "accept", "--listen", "127.0.0.1:0", "--accounts", accounts, "--count", "3"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    port = int(re.fullmatch(r"listening on 127\.0\.0\.1:(\d+)\n", process.stdout.readline())[1])
    client(bench, port)
    line = process.stdout.readline()
    expect(re.fullmatch(r"127\.0\.0\.1:\d+ logged on as CORP\\alice by NTLM over CredSSP 6 and TLS 1\.3, and delegated "
                        r"the password of CORP\\alice; \d+ us of processor time\n", line) is not None, line)
    client(bench, port, password=WRONG)
    line = process.stdout.readline()
    expect(re.fullmatch(r"127\.0\.0\.1:\d+ is not logged on: .+ \([a-z-]+, SEC_E_LOGON_DENIED\); \d+ us of processor "
                        r"time\n", line) is not None, line)
    client(bench, port, requested=1)
    line = process.stdout.readline()
    expect("switch on Network Level Authentication" in line and PASSWORD not in line, line)
    expect(process.wait(10) == 0, "it did not end with 0")


@case
def an_account_made_while_it_listens_logs_on(bench: Bench) -> None:
    file = bench.path("accounts")
    server = Acceptor(bench, accounts=file)
    try:
        status, _ = client(bench, server.port)
        expect(status == REFUSED, f"the client ended with {status}")
        expect(server.verdict()["status"] != "SEC_E_OK", "somebody got in without an account file")
        expect("nobody can log on yet" in server.errors.read_text(), server.errors.read_text())
        opensspi(bench, "account", "add", "--file", file, f"{DOMAIN}\\{USER}", text=PASSWORD)
        expect_status(client(bench, server.port), LET_IN)
        expect_fields(server.verdict(), status="SEC_E_OK", user=USER)
    finally:
        server.stop()


@case
def names_are_told_in_the_spelling_of_who_said_them(bench: Bench) -> None:
    with acceptor(bench) as server:
        expect_status(client(bench, server.port, domain="corp", user="ALICE"), LET_IN)
        expect_fields(server.verdict(), user=USER, domain=DOMAIN, delegated_user="ALICE")


@case
def a_certificate_from_files_is_the_one_that_is_shown(bench: Bench) -> None:
    openssl = "openssl"
    for kind in (["rsa:2048"], ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]):
        key, certificate = bench.path("key.pem"), bench.path("cert.pem")
        made = bench.run([openssl, "req", "-x509", "-newkey", *kind, "-nodes", "-days", "2", "-subj", "/CN=shown.test",
                          "-keyout", key, "-out", certificate], 20)
        expect(made[0] == 0, made[1])
        both = bench.path("both.pem")
        both.write_text(certificate.read_text() + key.read_text())
        for options in (["--cert", certificate, "--key", key], ["--cert", both]):
            with acceptor(bench, "--framing", "raw", *options) as server:
                import ssl
                shown = ssl.get_server_certificate(("127.0.0.1", server.port))
                expect(shown.strip() in certificate.read_text(), "another certificate is shown")
                server.verdict()
                expect_status(client(bench, server.port, framing="raw"), LET_IN)
                expect_fields(server.verdict(), status="SEC_E_OK")
        other = bench.path("other.pem")
        bench.run([openssl, "genrsa", "-out", other, "2048"], 20)
        for options in (["--cert", certificate], ["--cert", bench.path("none"), "--key", key],
                        ["--cert", certificate, "--key", other]):
            expect_status(opensspi(bench, "accept", "--listen", "127.0.0.1:0", *options), 1, "cannot be used")


@case
def a_port_that_is_taken_is_network_trouble(bench: Bench) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        where = f"127.0.0.1:{taken.getsockname()[1]}"
        expect_status(opensspi(bench, "accept", "--listen", where), 2, f"cannot listen on {where}")
    expect_status(opensspi(bench, "accept", "--listen", "192.0.2.1:0"), 2, "cannot listen on 192.0.2.1:0")


@case
def it_listens_on_ipv6_too(bench: Bench) -> None:
    with acceptor(bench, "--listen", "[::1]:0") as server:
        expect(server.address.startswith("[::1]:"), server.address)
        socket.create_connection(("::1", server.port), 10).close()
        verdict = server.verdict()
        expect(re.fullmatch(r"\[::1\]:\d+", verdict["peer"]) is not None, verdict["peer"])


@case
def it_ends_when_nobody_reads_its_lines(bench: Bench) -> None:
    program = bench.build / "programs" / "opensspi" / "opensspi"
    process = bench.start([program, "accept", "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True)
    port = int(process.stdout.readline().rpartition(":")[2])
    process.stdout.close()
    socket.create_connection(("127.0.0.1", port), 10).close()
    expect(process.wait(10) == 2, f"it ended with {process.returncode}")


# --- the examples -----------------------------------------------------------------------------------------------


def example_server(bench: Bench, password: str) -> tuple[tuple[int, str], int, str]:
    """What the client said, how the example ended, and what it said."""
    accounts = bench.path("accounts")
    opensspi(bench, "account", "add", "--file", accounts, f"{DOMAIN}\\{USER}", text=PASSWORD)
    process = bench.start([bench.build / "examples" / "server", "0", accounts], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    port = int(process.stdout.readline().rpartition(":")[2])
    said = client(bench, port, password=password)
    output, _ = process.communicate(timeout=10)
    return said, process.returncode, output


@case
def the_example_server_logs_a_client_on(bench: Bench) -> None:
    said, status, output = example_server(bench, PASSWORD)
    expect_status(said, LET_IN)
    expect(status == 0 and USER in output, f"it ended with {status}: {output}")


@case
def the_example_server_refuses_a_wrong_password_and_says_why(bench: Bench) -> None:
    said, status, output = example_server(bench, WRONG)
    expect_status(said, REFUSED, "NTSTATUS C000006D")
    expect(status == 1 and output.startswith("refused: "), f"it ended with {status}: {output}")


@case
def the_man_page_has_every_option(bench: Bench) -> None:
    page = (HERE.parent.parent / "packaging" / "man" / "opensspi.1").read_text().replace("\\-", "-")
    for command in (["accept"], ["connect"], ["packages"], ["account", "add"]):
        status, said = opensspi(bench, *command, "--help")
        options = set(re.findall(r"^  (--[a-z0-9-]+)", said, re.MULTILINE)) - {"--help"}
        expect(status == 0 and options, f"{command}: {said}")
        missing = sorted(option for option in options if not re.search(rf"{option}(?![a-z0-9-])", page))
        expect(not missing, f"{command}: the man page lacks {missing}")


@case
def the_example_server_can_be_copied(_bench: Bench) -> None:
    lines = (HERE.parent.parent / "examples" / "server.c").read_text().splitlines()
    expect(len(lines) < 120, f"it has {len(lines)} lines")


@case
def the_demo_shows_both_logons(bench: Bench) -> None:
    folder = bench.new_folder("demo")
    output = expect_status(bench.run([bench.build / "examples" / "demo"], 20, cwd=folder), 0, "CORP\\alice", "TLS 1.3",
                           "CREDSSP of version 6", "NTLM", "the password of CORP\\alice", "refused", "C000006D")
    expect(PASSWORD not in output, "the password is shown")
    expect("something else" not in output, output)
    expect(not list(folder.iterdir()), "the demo left a file")


if __name__ == "__main__":
    sys.exit(run_cases(CASES))
