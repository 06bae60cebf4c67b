"""SPNEGO's tokens (RFC 4178 4.2), to take apart and to change."""

from dataclasses import dataclass

from ts_request import content, der, elements

SPNEGO = bytes.fromhex("2b0601050502")
KERBEROS = bytes.fromhex("2a864886f712010202")
NTLM = bytes.fromhex("2b06010401823702020a")
COMPLETED, INCOMPLETE, REJECT, REQUEST_MIC = range(4)


@dataclass
class NegTokenInit:
    mech_types: list[bytes]
    mech_token: bytes | None = None

    def encode(self) -> bytes:
        fields = der(0xA0, der(0x30, *(der(0x06, oid) for oid in self.mech_types)))
        if self.mech_token is not None:
            fields += der(0xA2, der(0x04, self.mech_token))
        return der(0x60, der(0x06, SPNEGO), der(0xA0, der(0x30, fields)))

    @classmethod
    def decode(cls, token: bytes) -> "NegTokenInit":
        fields = dict(elements(content(elements(content(token))[1][1])))
        return cls([oid for _, oid in elements(content(fields[0xA0]))],
                   content(fields[0xA2]) if 0xA2 in fields else None)


@dataclass
class NegTokenResp:
    state: int | None = None
    supported_mech: bytes | None = None
    response_token: bytes | None = None
    mech_list_mic: bytes | None = None

    def encode(self) -> bytes:
        fields = b"" if self.state is None else der(0xA0, der(0x0A, bytes([self.state])))
        for tag, kind, value in ((0xA1, 0x06, self.supported_mech), (0xA2, 0x04, self.response_token),
                                 (0xA3, 0x04, self.mech_list_mic)):
            if value is not None:
                fields += der(tag, der(kind, value))
        return der(0xA1, der(0x30, fields))

    @classmethod
    def decode(cls, token: bytes) -> "NegTokenResp":
        fields = {tag: content(value) for tag, value in elements(content(content(token)))}
        return cls(fields[0xA0][0] if 0xA0 in fields else None, *(fields.get(tag) for tag in (0xA1, 0xA2, 0xA3)))
