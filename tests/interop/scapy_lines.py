"""scapy's IAKERB client, which Windows takes, on standard input and output: scapy_lines.py initiate raw|spnego NAME VALUE...

Speaks the lines of sspi_lines.c. Names: user, realm, password, target, and finished: `right`, `wrong`, or `none`. scapy knows
the form of KRB-FINISHED but sends none, so this file computes it, over the mechanism's tokens and with scapy's keys.
"""

import sys
import threading

from scapy.layers import kerberos
from scapy.layers.gssapi import GSS_C_FLAGS, GSS_QOP_REQ_FLAGS, GSS_S_COMPLETE, GSS_S_CONTINUE_NEEDED, GSSAPI_BLOB
from scapy.layers.spnego import SPNEGOSSP

KEY_USAGE_FINISHED, GSS_EXTS_FINISHED = 41, 2
FLAGS = (GSS_C_FLAGS.GSS_C_MUTUAL_FLAG | GSS_C_FLAGS.GSS_C_CONF_FLAG | GSS_C_FLAGS.GSS_C_INTEG_FLAG |
         GSS_C_FLAGS.GSS_C_REPLAY_FLAG | GSS_C_FLAGS.GSS_C_SEQUENCE_FLAG)
WINDOWS_PADDING = GSS_QOP_REQ_FLAGS.GSS_S_NO_SECBUFFER_PADDING


class Client(kerberos.KerberosSSP):
    """Keeps the tokens that went to and fro. scapy runs the exchange with the KDC in a thread, by the same function."""

    def __init__(self, finished: str, **settings):
        super().__init__(IAKERB=True, **settings)
        self.finished, self.transcript, self.exchange = finished, b"", None
        kerberos.KRB_AuthenticatorChecksum = self.make_checksum

    def GSS_Init_sec_context(self, Context, input_token=None, **rest):
        outside = threading.current_thread() is threading.main_thread()
        self.exchange = Context or self.exchange
        if outside and input_token is not None:
            self.transcript += bytes(input_token)
        Context, token, status = super().GSS_Init_sec_context(Context, input_token=input_token, **rest)
        if outside and token is not None:
            self.transcript += bytes(token)
        return Context, token, status

    def make_checksum(self, Checksum=kerberos.KRB_AuthenticatorChecksum, **fields):
        extensions = []
        if self.finished != "none":
            text = self.transcript + (b"" if self.finished == "right" else b"x")
            key = self.exchange.KrbSessionKey
            mic = kerberos.Checksum(cksumtype=int(key.cksumtype), checksum=key.make_checksum(KEY_USAGE_FINISHED, text))
            extensions = [kerberos.KRB_GSS_EXT(type=GSS_EXTS_FINISHED, data=kerberos.KRB_FINISHED(gssMic=mic))]
        return Checksum(Exts=extensions, **fields)


class Exchange:
    def __init__(self, mechanism: str, options: dict[str, str]):
        inner = Client(options["finished"], UPN=f"{options['user']}@{options['realm']}", SPN=options["target"],
                       PASSWORD=options["password"])
        self.ssp = SPNEGOSSP([inner]) if mechanism == "spnego" else inner
        self.context = None

    def step(self, token: bytes) -> tuple[str, bytes]:
        parsed = GSSAPI_BLOB(token) if token else None
        self.context, answer, status = self.ssp.GSS_Init_sec_context(self.context, input_token=parsed, req_flags=FLAGS)
        kind = {GSS_S_COMPLETE: "DONE", GSS_S_CONTINUE_NEEDED: "CONTINUE"}.get(status, f"FAILED {status}")
        return kind, bytes(answer) if answer is not None else b""

    def obey(self, word: str, arguments: list[bytes]) -> tuple[str, bytes]:
        if word == "TOKEN":
            return self.step(arguments[0])
        if word == "SEAL":
            return "BYTES", bytes(self.ssp.GSS_Wrap(self.context, arguments[0], True, WINDOWS_PADDING))
        if word == "OPEN":
            return "BYTES", self.ssp.GSS_Unwrap(self.context, kerberos.KRB_InnerToken(arguments[0]))
        if word == "SIGN":
            return "BYTES", bytes(self.ssp.GSS_GetMIC(self.context, arguments[0]))
        if word == "VERIFY":
            self.ssp.GSS_VerifyMIC(self.context, arguments[0], kerberos.KRB_InnerToken(arguments[1]))
            return "BYTES", b""
        inner = getattr(self.context, "ssp_context", self.context)
        return "BYTES", bytes(inner.KrbSessionKey.key)


def main() -> None:
    _, mechanism, *rest = sys.argv[1:]
    exchange = Exchange(mechanism, dict(zip(rest[::2], rest[1::2])))
    print("READY -", flush=True)
    for line in sys.stdin:
        word, *arguments = line.split()
        try:
            kind, answer = exchange.obey(word, [bytes.fromhex(text.strip("-")) for text in arguments])
        except Exception as error:
            kind, answer = "FAILED " + "-".join(repr(error).split())[:200], b""
        print(kind, answer.hex() or "-", flush=True)


if __name__ == "__main__":
    main()
