"""CredSSP's messages (MS-CSSP 2.2.1) and proofs, for peers written in Python. It needs nothing but Python."""

import hashlib
from dataclasses import dataclass

TO_SERVER = b"CredSSP Client-To-Server Binding Hash\0"
TO_CLIENT = b"CredSSP Server-To-Client Binding Hash\0"

# --- DER, as much as MS-CSSP 2.2.1 needs -------------------------------------------------------------------------


def der(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    size = len(body)
    if size < 128:
        return bytes([tag, size]) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


def integer(value: int) -> bytes:
    return der(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def octets(value: bytes) -> bytes:
    return der(0x04, value)


def elements(data: bytes) -> list[tuple[int, bytes]]:
    found, at = [], 0
    while at < len(data):
        tag, size, at = data[at], data[at + 1], at + 2
        if size & 0x80:
            count = size & 0x7F
            size, at = int.from_bytes(data[at:at + count], "big"), at + count
        found.append((tag, data[at:at + size]))
        at += size
    return found


def content(data: bytes) -> bytes:
    return elements(data)[0][1]


@dataclass
class TsRequest:
    """MS-CSSP 2.2.1."""

    version: int
    nego_token: bytes | None = None
    auth_info: bytes | None = None
    pub_key_auth: bytes | None = None
    error_code: int | None = None
    client_nonce: bytes | None = None

    def encode(self) -> bytes:
        parts = [der(0xA0, integer(self.version))]
        if self.nego_token is not None:
            parts.append(der(0xA1, der(0x30, der(0x30, der(0xA0, octets(self.nego_token))))))
        for tag, value in ((0xA2, self.auth_info), (0xA3, self.pub_key_auth)):
            if value is not None:
                parts.append(der(tag, octets(value)))
        if self.error_code is not None:  # four octets, as every implementation writes it, though DER calls it negative
            parts.append(der(0xA4, der(0x02, self.error_code.to_bytes(4, "big"))))
        if self.client_nonce is not None:
            parts.append(der(0xA5, octets(self.client_nonce)))
        return der(0x30, *parts)

    @classmethod
    def decode(cls, data: bytes) -> "TsRequest":
        fields = dict(elements(content(data)))
        request = cls(int.from_bytes(content(fields[0xA0]), "big"))
        if 0xA1 in fields:
            request.nego_token = content(content(content(content(fields[0xA1]))))
        if 0xA2 in fields:
            request.auth_info = content(fields[0xA2])
        if 0xA3 in fields:
            request.pub_key_auth = content(fields[0xA3])
        if 0xA4 in fields:
            request.error_code = int.from_bytes(content(fields[0xA4]), "big")
        if 0xA5 in fields:
            request.client_nonce = content(fields[0xA5])
        return request


def ts_credentials(domain: str, user: str, password: str) -> bytes:
    """MS-CSSP 2.2.1.2 and 2.2.1.2.1."""
    texts = enumerate((domain, user, password))
    fields = [der(0xA0 + number, octets(text.encode("utf-16-le"))) for number, text in texts]
    return der(0x30, der(0xA0, integer(1)), der(0xA1, octets(der(0x30, *fields))))


def subject_public_key(certificate: bytes) -> bytes:
    """The bits of the certificate's subjectPublicKey, which both sides prove to have seen."""
    for tag, value in elements(content(content(certificate))):
        if tag == 0x30:
            parts = elements(value)
            if len(parts) == 2 and parts[1][0] == 0x03:
                return parts[1][1][1:]
    raise ValueError("the certificate has no public key")


def key_proof(version: int, label: bytes, nonce: bytes | None, key: bytes) -> bytes:
    """MS-CSSP 3.1.5: what pubKeyAuth seals; `label` says in which direction."""
    if version >= 5:
        return hashlib.sha256(label + (nonce or b"") + key).digest()
    return key if label == TO_SERVER else bytes([(key[0] + 1) & 0xFF]) + key[1:]


def take_ts_request(data: bytes) -> tuple[bytes, bytes] | None:
    """The first TSRequest of a stream and what follows it; None: more bytes are needed."""
    if len(data) < 2:
        return None
    head, size = 2, data[1]
    if size & 0x80:
        head += size & 0x7F
        if len(data) < head:
            return None
        size = int.from_bytes(data[2:head], "big")
    return (data[:head + size], data[head + size:]) if len(data) >= head + size else None
