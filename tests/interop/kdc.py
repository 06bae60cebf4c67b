"""An MIT KDC for the realm EXAMPLE.TEST: an ordinary process with all its files in the run's folder."""

import os
import signal
import subprocess

from bench import PASSWORD, USER, Bench, environment, expect, free_port, is_listening, need, wait_until

REALM = "EXAMPLE.TEST"
SERVICES = ("TERMSRV/localhost", "HTTP/localhost", "host/localhost", "ldap/localhost",
            "TERMSRV/server.example.test")
TARGET = f"{SERVICES[0]}@{REALM}"
DISABLED, EXPIRED = "carol", "dave"

KRB5_CONF = """\
[libdefaults]
 default_realm = REALM
 dns_lookup_realm = false
 dns_lookup_kdc = false
 dns_canonicalize_hostname = false
 rdns = false
 udp_preference_limit = 1
[realms]
 REALM = {
  kdc = 127.0.0.1:PORT
 }
[domain_realm]
 localhost = REALM
 .example.test = REALM
"""
KDC_CONF = """\
[kdcdefaults]
 kdc_listen = 127.0.0.1:PORT
 kdc_tcp_listen = 127.0.0.1:PORT
[realms]
 REALM = {
  database_name = FOLDER/principal
  key_stash_file = FOLDER/stash
  acl_file = FOLDER/acl
  supported_enctypes = aes256-cts-hmac-sha1-96:normal aes128-cts-hmac-sha1-96:normal
 }
[logging]
 kdc = FILE:FOLDER/kdc.log
"""


class Kdc:
    def __init__(self, bench: Bench):
        self.bench = bench
        self.folder = bench.new_folder("kdc")
        self.port = free_port()
        self.keytab, self.cache = self.folder / "service.keytab", self.folder / "tickets"
        self.user_keytab = self.folder / "user.keytab"
        self.write("krb5.conf", KRB5_CONF)
        self.write("kdc.conf", KDC_CONF)
        self.write("acl", "")
        self.environment = {"KRB5_CONFIG": str(self.folder / "krb5.conf"),
                            "KRB5_KDC_PROFILE": str(self.folder / "kdc.conf"), "KRB5CCNAME": f"FILE:{self.cache}",
                            "KRB5_KTNAME": f"FILE:{self.keytab}", "KRB5RCACHENAME": "none:"}
        self.tool("kdb5_util", "krb5-kdc", "create", "-r", REALM, "-s", "-P", "the database's key")
        self.admin(f"addprinc -pw {PASSWORD} {USER}", f"addprinc -pw {PASSWORD} bob",
                   f"addprinc -pw {PASSWORD} -allow_tix {DISABLED}",
                   f"addprinc -pw {PASSWORD} -pwexpire yesterday {EXPIRED}",
                   *(f"addprinc -randkey {service}" for service in SERVICES),
                   f"ktadd -k {self.keytab} {' '.join(SERVICES)}",
                   f"ktadd -k {self.user_keytab} -norandkey {USER}")
        self.start()
        self.log_on()

    def write(self, name: str, text: str) -> None:
        for word, value in {"REALM": REALM, "PORT": self.port, "FOLDER": self.folder}.items():
            text = text.replace(word, str(value))
        (self.folder / name).write_text(text)

    def tool(self, name: str, package: str, *words: str, text: str = "") -> str:
        program = need(name, package) if os.sep in name else need(f"/usr/sbin/{name}", package)
        status, output = self.bench.run([program, *words], 20, text, env=os.environ | self.environment)
        expect(status == 0, f"{name} ended with {status}: {output}")
        return output

    def admin(self, *commands: str) -> None:
        self.tool("kadmin.local", "krb5-admin-server", "-r", REALM, text="\n".join(commands) + "\n")

    def start(self) -> None:
        log = (self.folder / "krb5kdc.out").open("a")
        self.process = self.bench.start([need("/usr/sbin/krb5kdc", "krb5-kdc"), "-n", "-r", REALM], stdout=log,
                                        stderr=subprocess.STDOUT, env=os.environ | self.environment)
        wait_until(lambda: is_listening(self.port), 10, f"krb5kdc did not start, see {self.folder}")

    def stop(self) -> None:
        self.bench.stop(self.process)
        wait_until(lambda: not is_listening(self.port), 10, "krb5kdc did not stop")

    def freeze(self) -> None:
        """It takes connections and does not answer."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def log_on(self) -> None:
        """Alice's ticket-granting ticket in a fresh cache."""
        self.tool("/usr/bin/kinit", "krb5-user", USER, text=PASSWORD + "\n")

    def in_use(self):
        """What is started meanwhile, and python3-gssapi, sees this realm."""
        return environment(self.environment)


def kdc(bench: Bench) -> Kdc:
    return bench.once("kdc", Kdc)
