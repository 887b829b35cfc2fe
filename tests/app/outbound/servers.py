"""A server of this machine with scripted answers, and the ways that lead to it."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpcore

from app.outbound.addresses import Address
from app.outbound.errors import UnknownHostError
from tests.app.outbound.certificate import PAIR

#: What a connection does once a whole request has come.
Script = Callable[[socket.socket], None]

PUBLIC = "93.184.215.14"


def answering(*pieces: bytes) -> Script:
    def script(connection: socket.socket) -> None:
        for piece in pieces:
            connection.sendall(piece)

    return script


def answer(status: int, body: bytes = b"", **headers: str) -> Script:
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return answering("\r\n".join([*lines, "", ""]).encode() + body)


@dataclass
class Server:
    """Takes the scripts one after the other; the last one stays."""

    scripts: list[Script]
    requests: list[bytes] = field(default_factory=list)
    context: ssl.SSLContext | None = None

    def __post_init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self._thread.join(5)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,)).start()

    def _answer(self, connection: socket.socket) -> None:
        connection.settimeout(5)
        with connection, contextlib.suppress(OSError):
            if self.context is not None:
                connection = self.context.wrap_socket(connection, server_side=True)
            with connection:
                self.requests.append(_request(connection))
                last = len(self.scripts) == 1
                script = self.scripts[0] if last else self.scripts.pop(0)
                script(connection)


def _request(connection: socket.socket) -> bytes:
    """Read one whole request whose body, if any, has a Content-Length."""
    came = b""
    while b"\r\n\r\n" not in came:
        came += _more(connection)
        if came[:1] == b"\x16":  # a TLS handshake
            return came
    head, _, body = came.partition(b"\r\n\r\n")
    lengths = [
        int(line.split(b":")[1])
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length:")
    ]
    while len(body) < sum(lengths):
        body += _more(connection)
    return head + b"\r\n\r\n" + body


def _more(connection: socket.socket) -> bytes:
    if not (piece := connection.recv(65536)):
        raise ConnectionResetError
    return piece


@contextlib.contextmanager
def serving(
    *scripts: Script, context: ssl.SSLContext | None = None
) -> Iterator[Server]:
    server = Server(list(scripts), context=context)
    try:
        yield server
    finally:
        server.close()


@dataclass
class Names:
    """A resolver that answers from a list, one list of addresses a question."""

    answers: list[list[str]]
    asked: list[str] = field(default_factory=list)

    def __call__(self, host: str, timeout_s: float) -> tuple[Address, ...]:
        self.asked.append(host)
        if not self.answers:
            raise UnknownHostError("Its host's name is not known.")
        return tuple(ip_address(text) for text in self.answers.pop(0))


class Detour(httpcore.NetworkBackend):
    """Notes where a connection was to go, and leads it to a server of this machine."""

    def __init__(self, port: int, broken: tuple[str, ...] = ()) -> None:
        self.port = port
        self.broken = broken
        self.dialed: list[tuple[str, int]] = []

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.NetworkStream:
        self.dialed.append((host, port))
        if host in self.broken:
            raise httpcore.ConnectError("refused")
        return httpcore.SyncBackend().connect_tcp("127.0.0.1", self.port, timeout)


def server_context(directory: Path) -> ssl.SSLContext:
    """Return the context of a server that is hooks.example.test."""
    path = directory / "pair.pem"
    path.write_text(PAIR)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def trusting_context() -> ssl.SSLContext:
    """Return the context of a client that trusts that server's certificate."""
    certificate = PAIR[PAIR.index("-----BEGIN CERTIFICATE") :]
    return ssl.create_default_context(cadata=certificate)
