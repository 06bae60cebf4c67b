"""KDCs that DNS alone names: dnsmasq as the only name server of a network namespace, in which a KDC runs too."""

import os
import subprocess
import time
from contextlib import contextmanager

from bench import PASSWORD, USER, Bench, expect, is_listening, need, wait_until
from cases import case, expect_status
from kdc import REALM, SERVICES, Kdc, kdc
from kdc_proxy_cases import realm_settings
from kerberos_cases import Lines, exchange, expect_done, expect_reason, our_server, talk

# The file is changed in place, since a mount shows the file and not its name.
SCRIPT = """\
ip link set lo up
mount --bind {resolv} /etc/resolv.conf
exec sleep 600
"""
RECORD = "_kerberos._tcp." + REALM
# Says nothing on 127.0.0.2.
SILENT = "import socket, time; s = socket.socket(type=socket.SOCK_DGRAM); s.bind(('127.0.0.2', 53)); time.sleep(600)"


class Namespace:
    """A network with a KDC and nothing else. Needs root."""

    def __init__(self, bench: Bench):
        self.bench, self.realm = bench, kdc(bench)
        self.resolv, self.log = bench.path("resolv.conf"), bench.path("dnsmasq.log")
        self.resolve("127.0.0.1")
        for program, package in {"unshare": "util-linux", "nsenter": "util-linux", "ip": "iproute2"}.items():
            need(program, package)
        process = bench.start(["unshare", "--net", "--mount", "sh", "-ec", SCRIPT.format(resolv=self.resolv)])
        self.inside = ["nsenter", "-t", process.pid, "--net", "--mount", "--"]
        self.process = process
        wait_until(lambda: bench.run([*self.inside, "cat", "/etc/resolv.conf"], 5)[1] == self.resolv.read_text(), 10,
                   "the namespace has no resolv.conf of its own")
        environment = os.environ | self.realm.environment
        bench.start([*self.inside, need("/usr/sbin/krb5kdc", "krb5-kdc"), "-n", "-r", REALM], env=environment,
                    stdout=self.log.open("a"), stderr=subprocess.STDOUT)
        wait_until(lambda: is_listening(self.realm.port, process.pid), 10, f"krb5kdc did not start, see {self.log}")
        bench.start([*self.inside, "/usr/bin/python3", "-c", SILENT])

    def resolve(self, *servers: str) -> None:
        self.resolv.write_text("".join(f"nameserver {server}\n" for server in servers))

    def queries(self) -> int:
        return self.log.read_text().count(f"query[SRV] {RECORD}")

    @contextmanager
    def names(self, *records: str):
        """dnsmasq with these SRV records, TARGET,PORT,PRIORITY,WEIGHT, and an address for kdc.example.test."""
        server = self.bench.start(
            [*self.inside, need("dnsmasq", "dnsmasq-base"), "--no-daemon", "--no-resolv", "--no-hosts", "--user=root",
             "--conf-file=/dev/null", "--listen-address=127.0.0.1", "--bind-interfaces", "--log-queries",
             "--host-record=kdc.example.test,127.0.0.1", f"--local=/{REALM}/",
             *(f"--srv-host={RECORD},{record}" for record in records)], stderr=self.log.open("a"))
        try:
            wait_until(lambda: is_listening(53, self.process.pid), 10, f"dnsmasq did not start, see {self.log}")
            yield
        finally:
            self.bench.stop(server)

    def client(self, **options) -> Lines:
        program = self.bench.build / "tests" / "interop_sspi_lines"
        return Lines(self.bench, [*self.inside, program], "initiate", "Kerberos", target=SERVICES[0], user=USER,
                     domain=REALM, password=PASSWORD, **options)

    def log_on(self, **options) -> None:
        client, server = self.client(**options), our_server(self.bench, self.realm)
        exchange(client, server)
        expect_done(client, server)
        talk(client, server)

    def refused(self, reason: str = "kerberos-no-kdc", **options) -> float:
        """How long it takes."""
        started = time.monotonic()
        expect_reason(self.client(**options).ask("TOKEN", b"")[0], reason)
        return time.monotonic() - started


@contextmanager
def by_dns(bench: Bench, wanted: str = "true"):
    realm = kdc(bench)
    space = bench.once("kdc namespace", Namespace)
    with realm.in_use(), realm_settings(bench, realm, dns_lookup_kdc=wanted):
        yield space, realm


def nobody(port: int) -> str:
    return f"kdc.example.test,{port + 1}"


@case("KDCs that krb5.conf does not name are found by DNS, in the order of their priorities")
def found(bench: Bench) -> None:
    with by_dns(bench) as (space, realm):
        here = f"kdc.example.test,{realm.port}"
        many = [f"a-name-that-is-long-{i}.example.test,{realm.port},9,0" for i in range(60)]
        for records in ((f"{here},0,1",), (*many, f"{here},0,1", *many[:20]), (f"{nobody(realm.port)},0,65535", f"{here},1,0"),
                        (f"{here},7,0", f"{nobody(realm.port)},3,0")):
            with space.names(*records):
                before = space.queries()
                space.log_on()
                expect(space.queries() > before, "nobody was asked")
                status, output = bench.run([*space.inside, "kinit", "-c", bench.path("tickets"), USER], 20,
                                           PASSWORD + "\n", env=os.environ)
                expect_status("kinit", status, 0, output)


@case("DNS that names no KDC, or does not answer, is told in time")
def not_found(bench: Bench) -> None:
    with by_dns(bench) as (space, realm):
        for records in ((), (".,0,0,0",), (f"{nobody(realm.port)},0,0",)):
            with space.names(*records):
                waited = space.refused()
                expect(waited < 2, f"{records}: it took {waited:.1f} s")
        for servers in (("127.0.0.2",), ("127.0.0.2", "127.0.0.2", "127.0.0.2")):
            space.resolve(*servers)
            for given in (1000, 4000, 8000):
                waited = space.refused(kdc=str(given))
                longest = max(given / 2000, 1) + 0.7
                expect(waited < longest, f"{servers}, {given} ms: it took {waited:.1f} s")
        space.resolve("127.0.0.2", "127.0.0.1")
        with space.names(f"localhost,{realm.port},0,0"):  # a name of /etc/hosts: the other one would take 5 s
            space.log_on()
        space.resolve("127.0.0.1")


@case("a KDC whose own name no name server answers costs the time that was given")
def silent_address(bench: Bench) -> None:
    realm = kdc(bench)
    space = bench.once("kdc namespace", Namespace)
    with realm.in_use(), realm_settings(bench, realm, f"kdc = kdc.example.test:{realm.port}",
                                        f"kdc = other.example.test:{realm.port}"):
        for servers in (("127.0.0.2",), ("127.0.0.2", "127.0.0.2", "127.0.0.2")):
            space.resolve(*servers)
            for given in (2000, 6000):
                waited = space.refused(kdc=str(given))
                longest = max(given / 1000, 2) + 0.7  # a second for each name at least
                expect(waited < longest, f"{servers}, {given} ms: it took {waited:.1f} s")
        space.resolve("127.0.0.1")


@case("with dns_lookup_kdc = false no name server is asked")
def forbidden(bench: Bench) -> None:
    with by_dns(bench, "false") as (space, realm), space.names(f"kdc.example.test,{realm.port},0,0"):
        before = space.queries()
        space.refused()
        expect(space.queries() == before, "it was asked")
