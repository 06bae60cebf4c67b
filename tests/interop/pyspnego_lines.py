"""Pyspnego over python-gssapi on standard input and output, in the venv: pyspnego_lines.py accept|initiate kerberos|negotiate NAME VALUE...

Speaks the lines of sspi_lines.c. `form` says how messages are sealed and opened: plain (gss_wrap), winrm (as WS-Management
parts them) or iov (with data beside them that is signed alone). Keys and tickets are those of the environment.
"""

import sys

import spnego
from spnego import ContextReq, NegotiateOptions
from spnego.channel_bindings import GssChannelBindings
from spnego.exceptions import SpnegoError
from spnego.iov import BufferType


def make_context(role: str, protocol: str, options: dict[str, str]) -> spnego.ContextProxy:
    bindings = None
    if "bindings" in options:
        bindings = GssChannelBindings(application_data=bytes.fromhex(options["bindings"]))
    settings = {"protocol": protocol, "channel_bindings": bindings, "context_req": ContextReq.default,
                "options": NegotiateOptions.wrapping_iov | NegotiateOptions.wrapping_winrm}
    if role == "accept":
        return spnego.server(**settings)
    service, _, host = options["target"].partition("@")[0].partition("/")
    return spnego.client(options.get("user"), options.get("password"), hostname=host, service=service, **settings)


def seal(context: spnego.ContextProxy, form: str, text: bytes, beside: bytes) -> bytes:
    if form == "winrm":
        sealed = context.wrap_winrm(text)
        return sealed.header + sealed.data
    if form == "iov":
        buffers = context.wrap_iov([BufferType.header, (BufferType.sign_only, beside), text]).buffers
        return buffers[0].data + buffers[2].data
    return context.wrap(text).data


def open_sealed(context: spnego.ContextProxy, form: str, sealed: bytes, beside: bytes) -> bytes:
    if form == "plain":
        return context.unwrap(sealed).data
    header = context.query_message_sizes().header
    if form == "winrm":
        return context.unwrap_winrm(sealed[:header], sealed[header:])
    return context.unwrap_iov([(BufferType.header, sealed[:header]), (BufferType.sign_only, beside),
                               sealed[header:]]).buffers[2].data


def obey(context: spnego.ContextProxy, form: str, word: str, first: bytes, second: bytes) -> tuple[str, bytes]:
    if word == "TOKEN":
        token = context.step(first or None)
        return "DONE" if context.complete else "CONTINUE", token or b""
    if word == "SEAL":
        return "BYTES", seal(context, form, first, second)
    if word == "OPEN":
        return "BYTES", open_sealed(context, form, first, second)
    if word == "SIGN":
        return "BYTES", context.sign(first)
    if word == "VERIFY":
        context.verify(first, second)
        return "BYTES", b""
    if word == "KEY":
        return "BYTES", context.session_key
    return "BYTES", context.client_principal.encode()


def main() -> None:
    role, protocol, *rest = sys.argv[1:]
    options = dict(zip(rest[::2], rest[1::2]))
    context = make_context(role, protocol, options)
    print("READY -", flush=True)
    for line in sys.stdin:
        word, *arguments = line.split()
        texts = [bytes.fromhex(text.strip("-")) for text in arguments] + [b"", b""]
        try:
            kind, answer = obey(context, options.get("form", "plain"), word, *texts[:2])
        except SpnegoError as error:
            kind, answer = "FAILED " + "-".join(str(error).split())[:200], b""
        print(kind, answer.hex() or "-", flush=True)


if __name__ == "__main__":
    main()
