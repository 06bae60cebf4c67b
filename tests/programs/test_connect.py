"""`opensspi connect` and the example client, on servers of ours or made by hand: test_connect.py BUILD

Prints TAP. tests/interop has the servers of others.
"""

import json
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True

from tap import at_a_terminal, expect_status, opensspi, run_cases  # noqa: E402

from bench import DOMAIN, PASSWORD, USER, Acceptor, Bench, expect, expect_fields  # noqa: E402
from go_between import GoBetween  # noqa: E402

CASES: list[Callable[[Bench], None]] = []
WRONG = "not the password"
LOGGED_ON, USAGE, NETWORK, REFUSED, UNTRUSTED, PROTOCOL = range(6)
MEMBERS = ["server", "exit_status", "meaning", "status", "reason", "nt_status", "package", "inner", "user", "domain",
           "credssp_version", "tls", "cipher", "certificate_sha256", "delegated"]
RDP_CONFIRM = bytes.fromhex("030000130ed000001234000200080000000000")
TLS_CONFIRM = bytes.fromhex("030000130ed000001234000200080001000000")
OLD_CONFIRM = bytes.fromhex("0300000b06d00000123400")
WEB = b"HTTP/1.1 400 Bad Request\r\n\r\n"


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


def connect(bench: Bench, port: int, *options, user: str = f"{DOMAIN}\\{USER}", password: str = PASSWORD,
            host: str = "127.0.0.1") -> tuple[int, str]:
    return opensspi(bench, "connect", f"{host}:{port}", "--user", user, *options, text=password + "\n")


def connect_json(bench: Bench, port: int, *options, wanted: int, **settings) -> dict:
    """What --json says; its exit status is the command's own."""
    record = json.loads(expect_status(connect(bench, port, "--json", *options, **settings), wanted))
    expect(list(record) == MEMBERS, f"the members are {list(record)}")
    expect_fields(record, exit_status=wanted, meaning=("logged-on", "usage", "network", "refused", "untrusted",
                                                       "protocol")[wanted])
    return record


@contextmanager
def server_by_hand(*answers: bytes):
    """Takes one connection, and answers each of the client's messages by the next of `answers`; then it closes."""
    def serve() -> None:
        stream, _ = listener.accept()
        with stream:
            stream.settimeout(20)
            for answer in answers:
                stream.recv(4096)
                stream.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(20)


class Certificates:
    """An authority, and a server certificate of it for localhost and 127.0.0.1."""

    def __init__(self, bench: Bench):
        self.folder = bench.new_folder("certificates")
        self.authority, self.certificate, self.key = (self.folder / name for name in ("ca.pem", "cert.pem", "key.pem"))
        new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        authority_key, request, names = self.folder / "ca.key", self.folder / "request", self.folder / "names"
        names.write_text("subjectAltName = DNS:localhost, IP:127.0.0.1\n")
        self.openssl("req", "-x509", *new, "-days", 2, "-subj", "/CN=test authority", "-keyout", authority_key,
                     "-out", self.authority)
        self.openssl("req", *new, "-subj", "/CN=localhost", "-keyout", self.key, "-out", request)
        self.openssl("x509", "-req", "-in", request, "-CA", self.authority, "-CAkey", authority_key, "-CAcreateserial",
                     "-days", 2, "-extfile", names, "-out", self.certificate)

    @staticmethod
    def openssl(*words) -> str:
        done = subprocess.run(["openssl", *map(str, words)], capture_output=True, text=True)
        expect(done.returncode == 0, f"openssl {words[0]}: {done.stderr}")
        return done.stdout

    @property
    def sha256(self) -> str:
        """With colons and in capitals, as openssl prints it."""
        output = self.openssl("x509", "-in", self.certificate, "-noout", "-fingerprint", "-sha256")
        return output.partition("=")[2].strip()


def certificates(bench: Bench) -> Certificates:
    return bench.once("certificates", Certificates)


def certified_acceptor(bench: Bench, *options):
    files = certificates(bench)
    return acceptor(bench, "--cert", files.certificate, "--key", files.key, *options)


# --- Words ------------------------------------------------------------------------------------------------------


@case
def connect_explains_its_options_and_exit_statuses(bench: Bench) -> None:
    expect_status(opensspi(bench, "connect", "--help"), 0, "--user", "--domain", "--password-file", "--cafile", "--pin",
                  "--insecure", "--no-delegation", "--framing", "--package", "--target", "--spnego", "--policy",
                  "--credssp-version", "--json", "0 logged on", "5 it broke the protocol", "OPENSSPI_NTLM_DELEGATION")


@case
def wrong_words_are_named(bench: Bench) -> None:
    server, user = "127.0.0.1:1", ["--user", USER]
    for words, sentence in (
            ([], "connect wants the server, HOST:PORT"),
            (["127.0.0.1", *user], "the server is HOST:PORT"),
            (["127.0.0.1:x", *user], "the server is HOST:PORT"),
            (["::1:3389", *user], "the server is HOST:PORT"),
            ([server], "--user says who logs on"),
            ([server, "--user", ""], "--user wants a name"),
            ([server, "--user", "CORP\\"], "--user wants a name"),
            ([server, "--user", "CORP\\alice", "--domain", "CORP"], "--user wants a name"),
            ([server, *user, "another"], "`another` is one word too many"),
            ([server, *user, "--pin", "00"], "--pin wants the SHA-256"),
            ([server, *user, "--pin", "0g" * 32], "--pin wants the SHA-256"),
            ([server, *user, "--pin", "00" * 33], "--pin wants the SHA-256"),
            ([server, *user, "--pin", "00" * 32, "--insecure"], "one of them"),
            ([server, *user, "--cafile", "ca.pem", "--pin", "00" * 32], "one of them"),
            ([server, *user, "--package", "NTLM", "--framing", "raw", "--insecure"], "which only CREDSSP has"),
            ([server, *user, "--package", "NTLM"], "RDP clients log on by CREDSSP"),
            ([server, *user, "--package", "Kerberus"], "there is no package `Kerberus`"),
            ([server, *user, "--target", ""], "the target is too long, or empty"),
            ([server, *user, "--target", "x" * 2000], "the target is too long, or empty"),
            ([server, *user, "--policy", "strict"], "force-updated|mitigated|vulnerable"),
            ([server, *user, "--credssp-version", "7"], "--credssp-version takes 2|3|4|5|6"),
            ([server, *user, "--framing", "http"], "--framing takes rdp|raw"),
            ([server, *user, "--cafile", "/nonexistent"], "takes no credential of these settings"),
            ([server, *user, "--password-file", "/nonexistent"], "the password file /nonexistent cannot be read"),
            ([server, "--user", "x" * 300], "takes no credential of these settings")):
        expect_status(opensspi(bench, "connect", *words, text="secret\n"), USAGE, sentence)
    expect_status(opensspi(bench, "connect", server, *user), USAGE, "no password on standard input")


# --- A logon ----------------------------------------------------------------------------------------------------


@case
def who_logs_on_is_told_everything_that_was_negotiated(bench: Bench) -> None:
    with certified_acceptor(bench) as server:
        record = connect_json(bench, server.port, "--insecure", wanted=LOGGED_ON)
        expect_fields(record, server=f"127.0.0.1:{server.port}", status="SEC_E_OK", reason="ok", nt_status=None,
                      package="CREDSSP", inner="NTLM", user=USER, domain=DOMAIN, credssp_version=6, tls="1.3",
                      cipher="TLS_AES_128_GCM_SHA256", delegated="password",
                      certificate_sha256=certificates(bench).sha256.replace(":", "").lower())
        expect_fields(server.verdict(), status="SEC_E_OK", user=USER, domain=DOMAIN, credentials="password",
                      delegated_user=USER)


@case
def people_read_sentences(bench: Bench) -> None:
    with certified_acceptor(bench) as server:
        output = expect_status(connect(bench, server.port, "--insecure"), LOGGED_ON)
        expect(re.fullmatch(r"127\.0\.0\.1:\d+: logged on as CORP\\alice by NTLM over CredSSP 6 and TLS 1\.3 "
                            r"\(TLS_AES_128_GCM_SHA256\); the server has the password now\n"
                            r"the server's certificate, which nobody checked: SHA-256 [0-9a-f]{64}\n", output)
               is not None, output)
        output = expect_status(connect(bench, server.port, "--insecure", password=WRONG), REFUSED,
                               "not logged on: ", "(peer-error-code, SEC_E_LOGON_DENIED)",
                               "the server says C000006D STATUS_LOGON_FAILURE: the name or the password is wrong")
        expect(WRONG not in output, output)
        output = expect_status(connect(bench, server.port), UNTRUSTED, "server-untrusted", "--pin it: SHA-256 ")


@case
def a_wrong_password_and_an_unknown_user_are_refused(bench: Bench) -> None:
    with acceptor(bench) as server:
        for user, password in ((f"{DOMAIN}\\{USER}", WRONG), ("nobody", PASSWORD), (f"{DOMAIN}\\{USER}", "")):
            record = connect_json(bench, server.port, "--insecure", user=user, password=password, wanted=REFUSED)
            expect_fields(record, status="SEC_E_LOGON_DENIED", reason="peer-error-code", nt_status="C000006D",
                          delegated="none", credssp_version=6)


@case
def the_password_comes_from_a_file_a_pipe_or_a_terminal(bench: Bench) -> None:
    file = bench.path("password")
    file.write_text(PASSWORD + "\nnot this\n")
    with acceptor(bench) as server:
        words = ["connect", f"127.0.0.1:{server.port}", "--user", USER, "--domain", DOMAIN, "--insecure"]
        expect_status(opensspi(bench, *words, "--password-file", file), LOGGED_ON)
        expect_status(opensspi(bench, *words, "--password-file", "-", text=PASSWORD), LOGGED_ON)
        output = expect_status(at_a_terminal(bench, words, [PASSWORD + "\n"]), LOGGED_ON, "Password: ")
        expect(PASSWORD not in output, f"the password is on the screen: {output}")


@case
def a_name_with_its_domain_behind_it_goes_as_it_is(bench: Bench) -> None:
    with acceptor(bench) as server:
        record = connect_json(bench, server.port, "--insecure", user="bob@corp.test", wanted=LOGGED_ON)
        expect_fields(record, user="bob@corp.test", domain=None)
        expect_fields(server.verdict(), user="bob", delegated_user="bob@corp.test")


@case
def without_delegation_the_password_stays_here(bench: Bench) -> None:
    with acceptor(bench) as server:
        record = connect_json(bench, server.port, "--insecure", "--no-delegation", wanted=LOGGED_ON)
        expect_fields(record, delegated="none")
        expect_fields(server.verdict(), status="SEC_E_OK", user=USER, credentials="none", delegated_user=None)
        expect_status(connect(bench, server.port, "--insecure", "--no-delegation"), LOGGED_ON,
                      "the password stayed here")


@case
def spnego_is_spoken_where_it_is_asked_for(bench: Bench) -> None:
    with acceptor(bench) as server:
        expect_fields(connect_json(bench, server.port, "--insecure", "--spnego", wanted=LOGGED_ON), inner="NTLM")
        for options, start in ((["--spnego"], b"\x60"), ([], b"NTLMSSP\0")):
            middle = GoBetween(server.port, certificates(bench).certificate, certificates(bench).key)
            connect_json(bench, middle.port, "--insecure", *options, wanted=REFUSED)
            middle.finish()
            expect(middle.sent[0].nego_token.startswith(start), f"the first token is {middle.sent[0].nego_token}")
        record = connect_json(bench, server.port, "--insecure", "--spnego", password=WRONG, wanted=REFUSED)
        expect_fields(record, reason="peer-error-code", nt_status="C000006D", delegated="none")


@case
def every_version_of_credssp_is_spoken_where_the_policies_admit_it(bench: Bench) -> None:
    with acceptor(bench, "--policy", "mitigated") as server:
        for version in range(2, 7):
            record = connect_json(bench, server.port, "--insecure", "--policy", "vulnerable", "--credssp-version",
                                  version, wanted=LOGGED_ON)
            expect_fields(record, credssp_version=version, delegated="password")
        record = connect_json(bench, server.port, "--insecure", "--credssp-version", 4, wanted=UNTRUSTED)
        expect_fields(record, reason="credssp-version-refused", delegated="none")
    with acceptor(bench) as server:
        record = connect_json(bench, server.port, "--insecure", "--policy", "vulnerable", "--credssp-version", 4,
                              wanted=REFUSED)
        expect_fields(record, reason="peer-error-code", nt_status="C00000BB", delegated="none")


@case
def version_5_has_no_error_code_so_a_refusal_is_a_closed_connection(bench: Bench) -> None:
    with acceptor(bench) as server:
        record = connect_json(bench, server.port, "--insecure", "--credssp-version", 5, password=WRONG, wanted=REFUSED)
        expect_fields(record, status="SEC_E_LOGON_DENIED", reason="closed-after-answer", nt_status=None,
                      delegated="none")


@case
def without_x224_credssp_is_spoken_raw(bench: Bench) -> None:
    with acceptor(bench, "--framing", "raw") as server:
        connect_json(bench, server.port, "--insecure", "--framing", "raw", wanted=LOGGED_ON)
        expect_fields(server.verdict(), status="SEC_E_OK", credentials="password")


@case
def tokens_of_other_packages_come_behind_their_length(bench: Bench) -> None:
    for package, inner, options in (("NTLM", None, []), ("Negotiate", "NTLM", []), ("Negotiate", "NTLM", ["--spnego"])):
        words = ["--framing", "raw", "--package", package]
        with acceptor(bench, *words) as server:
            record = connect_json(bench, server.port, *words, *options, wanted=LOGGED_ON)
            expect_fields(record, package=package, inner=inner, credssp_version=None, tls=None, certificate_sha256=None,
                          delegated="none")
            expect_fields(server.verdict(), status="SEC_E_OK", user=USER)
            record = connect_json(bench, server.port, *words, *options, password=WRONG, wanted=REFUSED)
            expect_fields(record, status="SEC_E_LOGON_DENIED")
            expect(record["reason"] in ("closed-after-answer", "negotiation-rejected"), json.dumps(record))


# --- Whom we trust ----------------------------------------------------------------------------------------------


@case
def a_pinned_server_is_trusted_and_another_is_not(bench: Bench) -> None:
    with certified_acceptor(bench) as server:
        pin = certificates(bench).sha256
        for text in (pin, pin.replace(":", ""), pin.lower()):
            connect_json(bench, server.port, "--pin", text, wanted=LOGGED_ON)
            expect_fields(server.verdict(), status="SEC_E_OK", credentials="password")
        record = connect_json(bench, server.port, "--pin", "00" * 32, wanted=UNTRUSTED)
        expect_fields(record, status="SEC_E_UNTRUSTED_ROOT", reason="server-untrusted", delegated="none",
                      credssp_version=None, tls=None, certificate_sha256=pin.replace(":", "").lower())
        expect_fields(server.verdict(), user=None, credentials=None)


@case
def the_authorities_of_a_file_vouch_for_the_server_and_its_name(bench: Bench) -> None:
    trusted = ["--cafile", certificates(bench).authority]
    with certified_acceptor(bench) as server:
        for host in ("127.0.0.1", "localhost"):
            connect_json(bench, server.port, *trusted, host=host, wanted=LOGGED_ON)
        expect_status(connect(bench, server.port, *trusted), LOGGED_ON, "which those of --cafile vouch for")
        for target in ("TERMSRV/other.test", "TERMSRV/127.0.0.2", "HTTP/localhost.test"):
            record = connect_json(bench, server.port, *trusted, "--target", target, wanted=UNTRUSTED)
            expect_fields(record, status="SEC_E_WRONG_PRINCIPAL", reason="server-name", delegated="none")
    with acceptor(bench) as server:  # its certificate signs itself
        record = connect_json(bench, server.port, *trusted, wanted=UNTRUSTED)
        expect_fields(record, reason="server-untrusted", delegated="none")


@case
def without_a_word_about_trust_the_machines_own_store_judges(bench: Bench) -> None:
    with certified_acceptor(bench) as server:
        record = connect_json(bench, server.port, wanted=UNTRUSTED)
        expect_fields(record, reason="server-untrusted", delegated="none")
        expect(record["certificate_sha256"] is not None, "the certificate is not told")
        expect_fields(server.verdict(), user=None, credentials=None)


@case
def somebody_in_the_middle_is_refused_and_gets_no_password(bench: Bench) -> None:
    files = certificates(bench)
    for options in ((), ("--spnego",), ("--policy", "vulnerable", "--credssp-version", "4")):
        with acceptor(bench, "--policy", "mitigated") as server:
            middle = GoBetween(server.port, files.certificate, files.key)
            record = connect_json(bench, middle.port, "--insecure", *options, wanted=REFUSED)
            middle.finish()
            expect_fields(record, reason="peer-error-code", delegated="none")
            expect_fields(server.verdict(), reason="key-binding-wrong", user=None, credentials=None)
            expect(any(request.pub_key_auth for request in middle.sent), f"no proof was passed on: {middle.sent}")
            expect(not any(request.auth_info for request in middle.sent), f"the password was sent: {middle.sent}")


# --- Servers out of order ---------------------------------------------------------------------------------------


@case
def a_server_that_is_not_there_or_closes_is_network_trouble(bench: Bench) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    record = connect_json(bench, port, "--insecure", wanted=NETWORK)
    expect_fields(record, status=None, reason="unreachable", delegated="none", certificate_sha256=None)
    expect_status(connect(bench, port, "--insecure"), NETWORK, "Connection refused")
    expect_status(connect(bench, port, "--insecure", host="name.invalid"), NETWORK, "cannot be reached")
    for framing in ("rdp", "raw"):
        with server_by_hand() as port:
            record = connect_json(bench, port, "--insecure", "--framing", framing, wanted=NETWORK)
            expect_fields(record, reason="closed")
    confirm = bytes.fromhex("030000130ed000001234000200080002000000")
    with server_by_hand(confirm, b"") as port:
        record = connect_json(bench, port, "--insecure", wanted=NETWORK)
        expect_fields(record, status="SEC_I_CONTINUE_NEEDED", reason="closed")
    with server_by_hand(b"") as port:
        record = connect_json(bench, port, "--framing", "raw", "--package", "NTLM", wanted=NETWORK)
        expect_fields(record, status="SEC_I_CONTINUE_NEEDED", reason="closed", package="NTLM")


@case
def a_server_that_speaks_something_else_breaks_the_protocol(bench: Bench) -> None:
    for answer in (WEB, bytes.fromhex("0300ffff"), bytes.fromhex("0300000b06e00000000000")):
        with server_by_hand(answer) as port:
            record = connect_json(bench, port, "--insecure", wanted=PROTOCOL)
            expect_fields(record, status="SEC_E_INVALID_TOKEN", reason="x224-malformed")
    with server_by_hand(WEB) as port:
        record = connect_json(bench, port, "--insecure", "--framing", "raw", wanted=PROTOCOL)
        expect_fields(record, status="SEC_E_INVALID_TOKEN", reason="bad-token")
    for answer, reason in ((b"\xff\xff\xff\xff", "frame-too-big"), (b"\0\0\0\4NTLM", "bad-token")):
        with server_by_hand(answer) as port:
            record = connect_json(bench, port, "--framing", "raw", "--package", "NTLM", wanted=PROTOCOL)
            expect_fields(record, status="SEC_E_INVALID_TOKEN", reason=reason)


@case
def an_alert_in_place_of_the_handshake_breaks_the_protocol_unless_it_denies_access(bench: Bench) -> None:
    for alert, wanted, status in ((40, PROTOCOL, "SEC_E_ILLEGAL_MESSAGE"), (49, REFUSED, "SEC_E_LOGON_DENIED")):
        with server_by_hand(bytes([0x15, 3, 3, 0, 2, 2, alert])) as port:
            record = connect_json(bench, port, "--insecure", "--framing", "raw", wanted=wanted)
            expect_fields(record, status=status, reason="tls-alert", delegated="none")


@case
def a_target_without_a_host_is_a_wrong_word(bench: Bench) -> None:
    with certified_acceptor(bench) as server:
        record = connect_json(bench, server.port, "--cafile", certificates(bench).authority, "--target", "TERMSRV/",
                              wanted=USAGE)
        expect_fields(record, status="SEC_E_TARGET_UNKNOWN", reason="bad-target")


@case
def a_server_without_nla_is_named_as_such(bench: Bench) -> None:
    for answer in (TLS_CONFIRM, RDP_CONFIRM, OLD_CONFIRM):
        with server_by_hand(answer) as port:
            record = connect_json(bench, port, "--insecure", wanted=PROTOCOL)
            expect_fields(record, status="SEC_E_UNSUPPORTED_FUNCTION", reason="x224-refused")
    with server_by_hand(bytes.fromhex("030000130ed000001234000300080002000000")) as port:
        expect_status(connect(bench, port, "--insecure"), PROTOCOL, "switch on Network Level Authentication",
                      "SSL_NOT_ALLOWED_BY_SERVER")


@case
def one_byte_at_a_time_ends_in_the_same_result(bench: Bench) -> None:
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
        with near, socket.create_connection(("127.0.0.1", server.port), 20) as far:
            forth = threading.Thread(target=pump, args=(near, far, 4096))
            forth.start()
            pump(far, near, 1)
            forth.join()

    with acceptor(bench) as server, socket.create_server(("127.0.0.1", 0)) as slow:
        thread = threading.Thread(target=relay)
        thread.start()
        connect_json(bench, slow.getsockname()[1], "--insecure", "--spnego", wanted=LOGGED_ON)
        thread.join()
        expect_fields(server.verdict(), status="SEC_E_OK", credentials="password")


# --- The example ------------------------------------------------------------------------------------------------


def example_client(bench: Bench, port: int, trusted: Path, password: str) -> tuple[int, str]:
    return bench.run([bench.build / "examples" / "client", "127.0.0.1", port, trusted, DOMAIN, USER], 20,
                     password + "\n")


@case
def the_example_client_logs_on_and_hands_the_password_over(bench: Bench) -> None:
    with certified_acceptor(bench) as server:
        expect_status(example_client(bench, server.port, certificates(bench).authority, PASSWORD), 0, "logged on: ")
        expect_fields(server.verdict(), status="SEC_E_OK", user=USER, credentials="password")


@case
def the_example_client_says_why_it_was_refused(bench: Bench) -> None:
    trusted = certificates(bench).authority
    with certified_acceptor(bench) as server:
        expect_status(example_client(bench, server.port, trusted, WRONG), 1, "refused: the server refused the logon")
    with acceptor(bench) as server:
        expect_status(example_client(bench, server.port, trusted, PASSWORD), 1, "refused: the server's certificate")
        expect_fields(server.verdict(), user=None, credentials=None)
    expect_status(bench.run([bench.build / "examples" / "client"], 20), 1, "usage: client HOST PORT")


@case
def the_example_client_can_be_copied(_bench: Bench) -> None:
    lines = (HERE.parent.parent / "examples" / "client.c").read_text().splitlines()
    expect(len(lines) < 120, f"it has {len(lines)} lines")


if __name__ == "__main__":
    sys.exit(run_cases(CASES))
