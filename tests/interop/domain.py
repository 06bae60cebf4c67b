"""
The domain CORP.TEST: Samba's domain controller dc1 and a member mb1. Each is a small host of its own, in network, mount,
UTS and PID namespaces that end with this process; all files are in the run's folder. Needs root.
"""

import subprocess
from contextlib import contextmanager
from pathlib import Path

from bench import HERE, PASSWORD, USER, Bench, environment, expect, need, wait_until

REALM, DOMAIN, DNS = "CORP.TEST", "CORP", "corp.test"
CONTROLLER, MEMBER = f"dc1.{DNS}", f"mb1.{DNS}"
CONTROLLER_ADDRESS, MEMBER_ADDRESS = "10.99.0.1", "10.99.0.2"
TARGET = f"TERMSRV/{MEMBER}"
ADMINISTRATOR, ADMINISTRATORS_PASSWORD = "Administrator", "Adm1n-Pass"
# What the keytab has beside `host`, whose principals the join makes.
SERVICES = ("TERMSRV", "HTTP")

INIT = """\
#!/bin/sh
# The first process of a host: it ends, and everything in its namespaces with it, when standard input does.
set -e
hostname NAME
for part in etc:/etc/samba lib:/var/lib/samba cache:/var/cache/samba log:/var/log/samba \\
		hosts:/etc/hosts resolv.conf:/etc/resolv.conf; do
	mount --bind "FOLDER/${part%%:*}" "${part#*:}"
done
mount -t tmpfs tmpfs /run
ip link set lo up
exec 3<&0
trap 'exit 0' TERM
cat <&3 >/dev/null &
touch FOLDER/ready
wait
"""
KRB5_CONF = f"""\
[libdefaults]
 default_realm = {REALM}
 dns_lookup_realm = false
 dns_lookup_kdc = false
 dns_canonicalize_hostname = false
 rdns = false
 udp_preference_limit = 1
[realms]
 {REALM} = {{
  kdc = {CONTROLLER_ADDRESS}
  admin_server = {CONTROLLER_ADDRESS}
  kpasswd_server = {CONTROLLER_ADDRESS}
 }}
[domain_realm]
 .{DNS} = {REALM}
 {DNS} = {REALM}
"""
CONTROLLER_CONF = f"""\
[global]
 netbios name = DC1
 realm = {REALM}
 workgroup = {DOMAIN}
 server role = active directory domain controller
 interfaces = lo vdc1
 bind interfaces only = yes
 ntlm auth = ntlmv2-only
 disable spoolss = yes
 load printers = no
[sysvol]
 path = /var/lib/samba/sysvol
 read only = no
[netlogon]
 path = /var/lib/samba/sysvol/{DNS}/scripts
 read only = no
"""
MEMBER_CONF = f"""\
[global]
 netbios name = MB1
 realm = {REALM}
 workgroup = {DOMAIN}
 security = ADS
 server role = member server
 interfaces = lo vmb1
 bind interfaces only = yes
 kerberos method = dedicated keytab
 dedicated keytab file = KEYTAB
 idmap config * : backend = tdb
 idmap config * : range = 30000-39999
 idmap config {DOMAIN} : backend = rid
 idmap config {DOMAIN} : range = 40000-49999
"""


class Host:
    """`inside` stands in front of what shall run there."""

    def __init__(self, bench: Bench, name: str):
        self.bench, self.name = bench, name
        self.folder = bench.new_folder(name)
        for part in ("etc", "lib", "lib/private", "cache", "log"):
            (self.folder / part).mkdir()
        self.write("hosts", f"127.0.0.1 localhost\n{CONTROLLER_ADDRESS} {CONTROLLER} dc1\n{MEMBER_ADDRESS} {MEMBER} mb1\n")
        self.write("resolv.conf", f"search {DNS}\nnameserver {CONTROLLER_ADDRESS}\n")
        init = self.write("init", INIT.replace("FOLDER", str(self.folder)).replace("NAME", name))
        init.chmod(0o700)
        log = self.folder / "init.log"
        # The pipe is never written to: its other end goes with this process, however that ends.
        self.process = bench.start([need("unshare", "util-linux"), "--net", "--mount", "--uts", "--pid", "--fork",
                                    "--kill-child", "--mount-proc", init], stdin=subprocess.PIPE,
                                   stdout=log.open("w"), stderr=subprocess.STDOUT)
        wait_until(lambda: self.process.poll() is not None or (self.folder / "ready").exists(), 10,
                   f"the host {name} did not start, see {log}")
        expect(self.process.poll() is None, f"the host {name} ended: {log.read_text()}")
        pid = self.process.pid
        self.inside = [need("nsenter", "util-linux"), "-t", str(pid), "--net", "--mount", "--uts",
                       f"--pid=/proc/{pid}/ns/pid_for_children", f"--wd={self.folder}", "--"]

    def write(self, name: str, text: str):
        path = self.folder / name
        path.write_text(text)
        return path

    def start(self, program: str, package: str, *words: str) -> subprocess.Popen:
        log = self.folder / f"{Path(program).name}.out"
        with self.bench.running_inside(self.inside):
            return self.bench.start([need(program, package), *words], stdout=log.open("w"), stderr=subprocess.STDOUT)

    def attempt(self, *command: str, text: str = "", seconds: float = 30) -> tuple[int, str]:
        with self.bench.running_inside(self.inside):
            return self.bench.run(list(command), seconds, text)

    def run(self, *command: str, text: str = "", seconds: float = 30) -> str:
        status, output = self.attempt(*command, text=text, seconds=seconds)
        expect(status == 0, f"{' '.join(command)} ended with {status} on {self.name}: {output[-3000:]}")
        return output

    def set_address(self, device: str, address: str) -> None:
        self.run("ip", "addr", "add", f"{address}/24", "dev", device)
        self.run("ip", "link", "set", device, "up")


class Domain:
    """`controller` and `member` are the hosts, `keytab` is the member's, `cache` has alice's ticket-granting ticket."""

    PROGRAMS = {"ip": "iproute2", "/usr/sbin/samba": "samba", "samba-tool": "samba", "smbclient": "smbclient",
                "net": "samba-common-bin",
                "/usr/sbin/winbindd": "winbind", "wbinfo": "winbind", "/usr/bin/kinit": "krb5-user"}

    def __init__(self, bench: Bench):
        for program, package in self.PROGRAMS.items():
            need(program, package)
        self.bench = bench
        folder = bench.new_folder("domain")
        self.keytab, self.cache = folder / "member.keytab", folder / "tickets"
        self.configuration = folder / "krb5.conf"
        self.configuration.write_text(KRB5_CONF)
        self.environment = {"KRB5_CONFIG": str(self.configuration), "KRB5CCNAME": f"FILE:{self.cache}",
                            "KRB5_KTNAME": f"FILE:{self.keytab}", "KRB5RCACHENAME": "none:"}
        with environment(self.environment):
            self.controller, self.member = Host(bench, "dc1"), Host(bench, "mb1")
            self.connect()
            self.provision()
            self.join()
            self.log_on(USER, PASSWORD)

    def connect(self) -> None:
        status, output = self.bench.run(["ip", "link", "add", "vdc1", "netns", self.controller.process.pid, "type", "veth",
                                         "peer", "name", "vmb1", "netns", self.member.process.pid], 10)
        expect(status == 0, output)
        self.controller.set_address("vdc1", CONTROLLER_ADDRESS)
        self.member.set_address("vmb1", MEMBER_ADDRESS)

    def provision(self) -> None:
        host = self.controller
        host.run("samba-tool", "domain", "provision", f"--realm={REALM}", f"--domain={DOMAIN}", "--server-role=dc",
                 "--dns-backend=SAMBA_INTERNAL", f"--adminpass={ADMINISTRATORS_PASSWORD}", "--host-name=dc1",
                 f"--host-ip={CONTROLLER_ADDRESS}", seconds=120)
        host.write("etc/smb.conf", CONTROLLER_CONF)
        host.run("/usr/bin/python3", str(HERE / "domain_accounts.py"))
        process = host.start("/usr/sbin/samba", "samba", "--foreground", "--no-process-group", "--model=single")
        ask = ["smbclient", "-L", CONTROLLER, "-U", f"{DOMAIN}\\{USER}%{PASSWORD}"]
        wait_until(lambda: process.poll() is not None or host.attempt(*ask)[0] == 0, 30,
                   f"the domain controller did not start, see {host.folder}")
        expect(process.poll() is None, f"the domain controller ended, see {host.folder}")

    def join(self) -> None:
        host = self.member
        host.write("etc/smb.conf", MEMBER_CONF.replace("KEYTAB", str(self.keytab)))
        self.net("ads", "join", "--no-dns-updates")
        self.net("ads", "keytab", "create")
        for service in SERVICES:
            self.net("ads", "keytab", "add_update_ads", service)
        host.start("/usr/sbin/winbindd", "winbind", "--foreground", "--no-process-group")
        wait_until(lambda: host.attempt("wbinfo", "--ping-dc")[0] == 0, 30,
                   f"the member did not start, see {host.folder}")

    def net(self, *words: str) -> str:
        """Samba's `net` on the member, as the administrator."""
        return self.member.run("net", *words, "-U", f"{ADMINISTRATOR}%{ADMINISTRATORS_PASSWORD}", seconds=60)

    def tool(self, *words: str) -> str:
        """`samba-tool` on the controller, with its database itself."""
        return self.controller.run("samba-tool", *words)

    def log_on(self, user: str, password: str, cache: str | None = None) -> None:
        """The user's ticket-granting ticket in a fresh cache."""
        self.member.run("/usr/bin/kinit", "-c", cache or str(self.cache), user, text=password + "\n")

    @contextmanager
    def in_use(self, host: Host | None = None):
        """What is started meanwhile runs on this host, the member if none is named, and sees the realm."""
        with environment(self.environment), self.bench.running_inside((host or self.member).inside):
            yield


def domain(bench: Bench) -> Domain:
    return bench.once("domain", Domain)
