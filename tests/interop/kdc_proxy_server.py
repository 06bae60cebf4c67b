"""kdcproxy (PyPI) over TLS, on a port that it prints: kdc_proxy_server.py PEM [ANSWER]

PEM holds a certificate and its key. Its configuration is KDCPROXY_CONFIG. With ANSWER, a file, it says instead what
stands in there, to whatever is asked; to an empty file it listens and says nothing.
"""

import socketserver
import ssl
import sys
import time
from pathlib import Path
from wsgiref import simple_server


class Server(socketserver.ThreadingMixIn, simple_server.WSGIServer):
    daemon_threads = True


class Handler(simple_server.WSGIRequestHandler):
    def log_message(self, form: str, *values) -> None:
        print(form % values, file=sys.stderr, flush=True)


def sayer(answer: Path):
    class Sayer(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(64 * 1024)
            self.request.sendall(answer.read_bytes())
            time.sleep(60 if answer.stat().st_size == 0 else 0)

    class Listener(socketserver.ThreadingMixIn, socketserver.TCPServer):
        daemon_threads = True

    return Listener(("127.0.0.1", 0), Sayer)


def proxy():
    from kdcproxy import Application

    server = simple_server.make_server("127.0.0.1", 0, Application(), Server, Handler)
    return server


def main() -> None:
    pem, answer = sys.argv[1], sys.argv[2:]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server = sayer(Path(answer[0])) if answer else proxy()
    server.socket = context.wrap_socket(server.socket, server_side=True)
    print(server.server_address[1], flush=True)
    server.serve_forever()


main()
