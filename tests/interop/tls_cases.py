"""Schannel against openssl and GnuTLS, in both roles and both versions of TLS."""

from functools import partial

from bench import Bench, expect
from cases import CASES, Case
from tls_peers import (HOST, Peer, gnutls_client, gnutls_server, keys, openssl_client, openssl_server, pattern)

BULK = 100 * 1000 * 1000
LESS = 5 * 1000 * 1000  # for gnutls-cli, which writes byte by byte
CLIENTS = {"openssl s_client": openssl_client, "gnutls-cli": gnutls_client}
SERVERS = {"openssl s_server": openssl_server, "gnutls-serv": gnutls_server}
PROTOCOLS = {"1.2": "0303", "1.3": "0304"}


def client_is_known(bench: Bench, make, tls: str) -> None:
    """Certificate, account, ALPN; the client says close_notify first and gets ours."""
    server = Peer(bench, "accept", cert=keys(bench).server, trust=keys(bench).authority, tls=tls, ask=1, echo=1,
                  alpn="h2,http/1.1")
    client = make(bench, int(server.until("port")), tls, "http/1.1,h2", keys(bench).client)
    client.feed(b"hello, you\n").join(10)
    expect(client.read_until(b"hello, you\n").endswith(b"hello, you\n"), "no echo")
    client.hang_up()
    server.ends_well(protocol=PROTOCOLS[tls], alpn="h2", certificate="1", name="corp.test\\alice", closed="1",
                     received="11")
    client.ends()


def client_without_certificate(bench: Bench, make, tls: str) -> None:
    """Asked, and let in without: nobody is known."""
    server = Peer(bench, "accept", cert=keys(bench).server, trust=keys(bench).authority, tls=tls, ask=1, echo=1)
    client = make(bench, int(server.until("port")), tls, "h2", None)
    client.feed(b"hello\n").join(10)
    client.read_until(b"hello\n")
    client.hang_up()
    server.ends_well(alpn="", closed="1")
    expect("name" not in server.said and "certificate" not in server.said, f"somebody is known: {server.said}")


def client_of_another_protocol(bench: Bench, make, tls: str) -> None:
    server = Peer(bench, "accept", cert=keys(bench).server, tls=tls, alpn="irc")
    client = make(bench, int(server.until("port")), tls, "h2", None)
    server.until("reason")
    expect(server.said["status"] == "80090367", f"not SEC_E_APPLICATION_PROTOCOL_MISMATCH: {server.said}")
    expect(client.ends() != 0, "the client is content")


def bulk_from_openssl(bench: Bench, tls: str) -> None:
    """Both directions at once; this side closes."""
    server = Peer(bench, "accept", cert=keys(bench).server, tls=tls, send=BULK, receive=BULK, close=1)
    client = openssl_client(bench, int(server.until("port")), tls, "h2", None)
    client.feed(pattern(BULK))
    expect(client.read(BULK) == pattern(BULK), "what arrived is not what was sent")
    server.ends_well(120, sent=str(BULK), received=str(BULK))
    client.ends()


def bulk_from_gnutls(bench: Bench, tls: str) -> None:
    """One direction after the other: it reads nothing from its input while something comes."""
    server = Peer(bench, "accept", cert=keys(bench).server, tls=tls, send=LESS, close=1)
    client = gnutls_client(bench, int(server.until("port")), tls, "h2", None)
    expect(client.read(LESS) == pattern(LESS), "what arrived is not what was sent")
    server.ends_well(120, sent=str(LESS))
    client.ends()
    server = Peer(bench, "accept", cert=keys(bench).server, tls=tls, receive=BULK, close=1)
    client = gnutls_client(bench, int(server.until("port")), tls, "h2", None)
    client.feed(pattern(BULK))
    server.ends_well(120, received=str(BULK))
    client.ends()


def server_knows_us(bench: Bench, make, tls: str) -> None:
    port, server = make(bench, tls, "http/1.1,h2", True)
    client = Peer(bench, "connect", port=port, host=HOST, cert=keys(bench).client, trust=keys(bench).authority,
                  tls=tls, alpn="irc,http/1.1", line="hello\n", close=1)
    if make is openssl_server:
        expect(server.read(6) == b"hello\n", "what arrived is not what was sent")
        server.feed(b"hello\n")
    client.ends_well(protocol=PROTOCOLS[tls], alpn="http/1.1", name="O=Example, CN=alice", received="6")


def server_asks_in_vain(bench: Bench, make, tls: str) -> None:
    """SEC_I_INCOMPLETE_CREDENTIALS, and on without; both of these servers insist."""
    port, _server = make(bench, tls, "h2", True)
    client = Peer(bench, "connect", port=port, host=HOST, trust=keys(bench).authority, tls=tls, receive=1)
    client.until("failed")
    expect(client.said.get("asked") == "1", f"nobody asked: {client.said}")


def server_of_another_name(bench: Bench, make, tls: str) -> None:
    port, _server = make(bench, tls, "h2", False)
    client = Peer(bench, "connect", port=port, host="another.test", trust=keys(bench).authority, tls=tls)
    client.until("reason")
    expect(client.said["status"] == "80090322", f"not SEC_E_WRONG_PRINCIPAL: {client.said}")


def bulk_from_server(bench: Bench, tls: str) -> None:
    port, server = openssl_server(bench, tls, "h2", False)
    client = Peer(bench, "connect", port=port, host=HOST, trust=keys(bench).authority, tls=tls, send=BULK,
                  receive=BULK, close=1)
    server.feed(pattern(BULK))
    expect(server.read(BULK) == pattern(BULK), "what arrived is not what was sent")
    client.ends_well(300, sent=str(BULK), received=str(BULK))


def server_closes(bench: Bench, tls: str) -> None:
    """s_server says close_notify behind its page, and we hear it as the end of the stream."""
    port, _server = openssl_server(bench, tls, "http/1.1", False, "-www")
    client = Peer(bench, "connect", port=port, host=HOST, trust=keys(bench).authority, tls=tls,
                  say="GET / HTTP/1.0\r\n\r\n")
    client.ends_well(closed="1")
    expect(int(client.said["received"]) > 100, f"no page came: {client.said}")


for _tls in PROTOCOLS:
    for _name, _make in CLIENTS.items():
        for _title, _run in (("is known by its certificate", client_is_known),
                             ("without a certificate is let in", client_without_certificate),
                             ("of another application protocol is refused", client_of_another_protocol)):
            CASES.append(Case(f"{_name} {_title}, TLS {_tls}", partial(_run, make=_make, tls=_tls)))
    for _name, _make in SERVERS.items():
        for _title, _run in (("knows Schannel by its certificate", server_knows_us),
                             ("asks Schannel for a certificate in vain", server_asks_in_vain),
                             ("of another name is refused", server_of_another_name)):
            CASES.append(Case(f"{_name} {_title}, TLS {_tls}", partial(_run, make=_make, tls=_tls)))
    CASES.append(Case(f"openssl s_client and Schannel exchange 100 MB, TLS {_tls}", partial(bulk_from_openssl, tls=_tls)))
    CASES.append(Case(f"gnutls-cli gets 5 MB and sends 100 MB, TLS {_tls}", partial(bulk_from_gnutls, tls=_tls)))
    CASES.append(Case(f"openssl s_server and Schannel exchange 100 MB, TLS {_tls}", partial(bulk_from_server, tls=_tls)))
    CASES.append(Case(f"openssl s_server closes and Schannel hears it, TLS {_tls}", partial(server_closes, tls=_tls)))
