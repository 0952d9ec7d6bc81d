"""A web server that counts: what was asked of it, in which order; it answers what a test says, and can misbehave."""

from __future__ import annotations

import datetime
import ipaddress
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    at: float = field(default_factory=time.monotonic)

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Answer:
    status: int = 200
    json: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


class CountingWeb:
    """Listens on 127.0.0.1. Set at any time:

    `answer`   what every request is answered, or what a call with the request returns
    `drips`    seconds between the bytes of an answer, which then never ends
    `endless`  the body goes on for ever
    """

    def __init__(self, certificate: tuple[Path, Path] | None = None) -> None:
        self.answer: Answer | Callable[[Asked], Answer] = Answer()
        self.drips = 0.0
        self.endless = False
        self.written = 0
        self.asked: list[Asked] = []
        self.ended = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.scheme = "http"
        if certificate:
            self.scheme = "https"
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            # Each conversation shakes hands in its own thread, so that one that stalls holds up nobody.
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def paths(self) -> list[str]:
        return [f"{asked.method} {asked.path}" for asked in self.asked]

    def stop(self) -> None:
        self.ended.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(web: CountingWeb) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            asked = Asked(self.command, self.path, dict(self.headers), self.rfile.read(length))
            web.asked.append(asked)
            answer = web.answer(asked) if callable(web.answer) else web.answer
            body = answer.body or (b"" if answer.json is None else json.dumps(answer.json).encode())
            head = f"HTTP/1.1 {answer.status} Said\r\nConnection: close\r\n"
            if not web.endless:
                head += f"Content-Length: {len(body)}\r\n"
            head += "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
            try:
                if web.drips:
                    self._drip(head)
                self.wfile.write(f"{head}\r\n".encode() + body)
                while web.endless and not web.ended.is_set():
                    web.written += self.connection.send(b"x" * 65536)
            except OSError:
                pass  # whoever asked has gone

        def _drip(self, head: str) -> None:
            for letter in head + "X-Slow: " + "x" * 100_000:
                self.wfile.write(letter.encode())
                if web.ended.wait(web.drips):
                    return

        do_GET = do_POST = do_PUT = _answer

        def log_message(self, *_: Any) -> None:
            pass

        def handle(self) -> None:
            with suppress(OSError):  # whoever asked has hung up
                super().handle()

    return Handler


@contextmanager
def serving(certificate: tuple[Path, Path] | None = None) -> Iterator[CountingWeb]:
    web = CountingWeb(certificate)
    try:
        yield web
    finally:
        web.stop()


def make_certificate(folder: Path, *names: str) -> tuple[Path, Path]:
    """A certificate for these names that vouches for itself, and its key; a client trusts it by the first file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "KZSIM tests")])
    now = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName([_said(one) for one in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = folder / "certificate.pem", folder / "key.pem"
    files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return files


def _said(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
