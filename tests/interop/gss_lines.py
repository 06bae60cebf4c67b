"""MIT's Kerberos, alone or inside MIT's SPNEGO, on standard input and output: gss_lines.py accept|initiate MECHANISM NAME VALUE...

MECHANISM is krb5, spnego or iakerb. Speaks the lines of sspi_lines.c but FLAGS and ACT, and DELEGATED: whose tickets
were forwarded. Keys and tickets are those of the environment (KRB5_CONFIG, KRB5_KTNAME, KRB5CCNAME), or of `user` and
`password`.
"""

import sys

import gssapi
import gssapi.raw

MECHANISMS = {name: gssapi.OID.from_int_seq(text) for name, text in {
    "krb5": "1.2.840.113554.1.2.2", "spnego": "1.3.6.1.5.5.2", "iakerb": "1.3.6.1.5.2.5"}.items()}
SESSION_KEY = gssapi.OID.from_int_seq("1.2.840.113554.1.2.2.5.5")
FLAG = gssapi.RequirementFlag
WANTED = (FLAG.mutual_authentication, FLAG.confidentiality, FLAG.integrity, FLAG.replay_detection,
          FLAG.out_of_sequence_detection)


class Context(gssapi.SecurityContext):
    pass


Context.__DEFER_STEP_ERRORS__ = False


def make_context(role: str, mechanism: gssapi.OID, options: dict[str, str]) -> Context:
    bindings = None
    if "bindings" in options:
        bindings = gssapi.raw.ChannelBindings(application_data=bytes.fromhex(options["bindings"]))
    if role == "accept":
        return Context(usage="accept", creds=gssapi.Credentials(usage="accept", mechs=[mechanism]),
                       channel_bindings=bindings)
    if "service" in options:  # service@host, which gss-ntlmssp takes too
        name = gssapi.Name(options["service"], gssapi.NameType.hostbased_service)
    else:
        name = gssapi.Name(options["target"], gssapi.NameType.kerberos_principal)
    flags = (*WANTED, FLAG.delegate_to_peer) if "delegate" in options else WANTED
    tickets = None
    if "ccache" in options:
        tickets = gssapi.Credentials(usage="initiate", mechs=[mechanism], store={"ccache": options["ccache"]})
    if "password" in options:
        user = gssapi.Name(options["user"], gssapi.NameType.kerberos_principal)
        tickets = gssapi.Credentials(gssapi.raw.acquire_cred_with_password(
            user, options["password"].encode(), mechs=[mechanism], usage="initiate").creds)
    return Context(name=name, creds=tickets, mech=mechanism, usage="initiate", flags=flags, channel_bindings=bindings)


def obey(context: Context, word: str, arguments: list[bytes]) -> tuple[str, bytes]:
    if word == "TOKEN":
        token = context.step(arguments[0] or None)
        return "DONE" if context.complete else "CONTINUE", token or b""
    if word == "SEAL":
        return "BYTES", context.wrap(arguments[0], True).message
    if word == "OPEN":
        opened = context.unwrap(arguments[0])
        return ("BYTES", opened.message) if opened.encrypted else ("FAILED not-sealed", b"")
    if word == "SIGN":
        return "BYTES", context.get_signature(arguments[0])
    if word == "VERIFY":
        context.verify_signature(*arguments)
        return "BYTES", b""
    if word == "KEY":
        return "BYTES", gssapi.raw.inquire_sec_context_by_oid(context, SESSION_KEY)[0]
    if word == "DELEGATED":
        tickets = context.delegated_creds
        return "BYTES", str(tickets.name).encode() if tickets else b""
    return "BYTES", str(context.initiator_name).encode()


def main() -> None:
    role, mechanism, *rest = sys.argv[1:]
    context = make_context(role, MECHANISMS[mechanism], dict(zip(rest[::2], rest[1::2])))
    print("READY -", flush=True)
    for line in sys.stdin:
        word, *arguments = line.split()
        try:
            kind, answer = obey(context, word, [bytes.fromhex(text.strip("-")) for text in arguments])
        except gssapi.exceptions.GSSError as error:
            kind, answer = "FAILED " + "-".join(str(error).split())[:200], getattr(error, "token", None) or b""
        print(kind, answer.hex() or "-", flush=True)


if __name__ == "__main__":
    main()
