"""The one way out: HTTP to addresses that strangers name.

A name is resolved once, every address it has is judged, and the connection goes to one
of these very addresses; TLS and the Host header speak of the name. No redirects, no
proxies, no cookies, no decompression, one connection a request. It knows neither
pictures nor webhooks.
"""

import os
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property

import certifi
import httpcore

from app.outbound.addresses import Address, is_one_host, is_public
from app.outbound.connections import Deadline, PinnedBackend, TooManyBytesError
from app.outbound.destinations import Destination, parse_url
from app.outbound.errors import (
    ForbiddenUrlError,
    RequestFailedError,
    UnknownHostError,
)
from app.outbound.resolver import Resolver, SystemResolver

_PORTS = frozenset({80, 443})
#: Status line, headers and framing come on top of a body.
_HEAD_BYTES = 2**17
_OK = 200
_OUR_HEADERS = {"User-Agent": "Impasto", "Connection": "close"}


@dataclass(frozen=True, kw_only=True)
class OutboundRules:
    """What a URL may be."""

    schemes: frozenset[str] = frozenset({"https"})
    #: Also lets in every port.
    allow_private: bool = False

    def __post_init__(self) -> None:
        if not self.schemes or not self.schemes <= {"http", "https"}:
            raise ValueError(f"schemes must be http or https, got {set(self.schemes)}")


@dataclass(frozen=True, kw_only=True)
class OutboundLimits:
    """What one request may cost; `dns_s` is part of `total_s`."""

    total_s: float = 15.0
    dns_s: float = 5.0
    #: Of the answer's body.
    max_bytes: int = 20 * 2**20

    def __post_init__(self) -> None:
        for name in ("total_s", "dns_s", "max_bytes"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be above 0, got {getattr(self, name)}")


@dataclass(frozen=True)
class Reply:
    """How a host answered; the names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]


@dataclass(frozen=True)
class OutboundClient:
    """Asks foreign hosts under rules; it keeps nothing from one request to the next."""

    rules: OutboundRules = OutboundRules()
    resolve: Resolver = field(default_factory=SystemResolver)
    sockets: httpcore.NetworkBackend = field(default_factory=httpcore.SyncBackend)
    #: Whom TLS trusts; None: those in SSL_CERT_FILE, or whom Mozilla trusts.
    trust: ssl.SSLContext | None = None

    def check(self, url: str, timeout_s: float = 2.0) -> None:
        """Raise ForbiddenUrlError if `url` may not be asked, as far as is known now.

        A name that does not resolve at this moment is let through: it is judged again
        when it is asked.
        """
        target = self._target(url)
        try:
            self._addresses(target, timeout_s)
        except UnknownHostError:
            return

    def fetch(self, url: str, limits: OutboundLimits) -> bytes:
        """Return the body that `url` has.

        Raises:
            ForbiddenUrlError: The URL may not be asked.
            UnknownHostError: Its host has no address.
            RequestFailedError: No answer, not 200, encoded, or too much.
        """
        headers = {"Accept": "image/*", "Accept-Encoding": "identity"}
        with self._asked("GET", url, headers, b"", limits) as answer:
            reply = _head(answer)
            if reply.status != _OK:
                raise RequestFailedError(f"The host answered {reply.status}, not 200.")
            if reply.headers.get("content-encoding", "identity") != "identity":
                raise RequestFailedError("The host answered with a Content-Encoding.")
            return _body(answer, limits.max_bytes)

    def post(
        self,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        limits: OutboundLimits = OutboundLimits(),
    ) -> Reply:
        """Send `body` and return the answer's head; its body is left unread.

        Raises:
            ForbiddenUrlError: The URL may not be asked.
            UnknownHostError: Its host has no address.
            RequestFailedError: No answer in time, or none in HTTP.
        """
        length = {"Content-Length": str(len(body))}
        with self._asked("POST", url, {**headers, **length}, body, limits) as answer:
            return _head(answer)

    @contextmanager
    def _asked(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        limits: OutboundLimits,
    ) -> Iterator[httpcore.Response]:
        """Yield the answer as soon as its head is there; close everything after."""
        deadline = Deadline(limits.total_s)
        target = self._target(url)
        addresses = self._addresses(target, min(limits.dns_s, limits.total_s))
        backend = PinnedBackend(
            self.sockets, addresses, deadline, limits.max_bytes + _HEAD_BYTES
        )
        with (
            _translated_errors(limits),
            httpcore.ConnectionPool(self._tls, network_backend=backend) as pool,
            pool.stream(
                method,
                httpcore.URL(
                    scheme=target.scheme,
                    host=target.host,
                    port=target.port,
                    target=target.resource,
                ),
                headers=[
                    ("Host", target.authority),
                    *_OUR_HEADERS.items(),
                    *headers.items(),
                ],
                content=body,
            ) as answer,
        ):
            yield answer

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        if self.trust is not None:
            return self.trust
        bundle = os.environ.get("SSL_CERT_FILE") or certifi.where()
        return ssl.create_default_context(cafile=bundle)

    def _target(self, url: str) -> Destination:
        target = parse_url(url, schemes=self.rules.schemes)
        if target.port not in _PORTS and not self.rules.allow_private:
            raise ForbiddenUrlError("Its port must be 80 or 443.")
        return target

    def _addresses(self, target: Destination, timeout_s: float) -> tuple[Address, ...]:
        """Resolve once; one bad address among good ones spoils them all."""
        if target.address is not None:
            addresses: tuple[Address, ...] = (target.address,)
        else:
            addresses = self.resolve(target.host, timeout_s)
        if not addresses:
            raise UnknownHostError("Its host's name is not known.")
        is_allowed = is_one_host if self.rules.allow_private else is_public
        if not all(map(is_allowed, addresses)):
            raise ForbiddenUrlError("Its host is not on the public internet.")
        return addresses


@contextmanager
def _translated_errors(limits: OutboundLimits) -> Iterator[None]:
    try:
        yield
    except httpcore.TimeoutException as error:
        detail = f"The host did not answer within {limits.total_s:g} seconds."
        raise RequestFailedError(detail) from error
    except TooManyBytesError as error:
        raise _too_much(limits.max_bytes) from error
    except httpcore.ConnectError as error:
        # httpcore hides the cause, but says it with the words of the error.
        cause = error.args[0] if error.args else None
        if isinstance(cause, ssl.SSLCertVerificationError):
            detail = f"The host's certificate was refused: {cause.verify_message}."
        elif isinstance(cause, ssl.SSLError):
            detail = "The host does not speak TLS as it should."
        else:
            detail = "The host did not accept the connection."
        raise RequestFailedError(detail) from error
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        detail = "The host broke the connection or did not answer in HTTP."
        raise RequestFailedError(detail) from error


def _head(answer: httpcore.Response) -> Reply:
    headers = {
        name.decode("latin-1").lower(): value.decode("latin-1")
        for name, value in answer.headers
    }
    return Reply(answer.status, headers)


def _body(answer: httpcore.Response, max_bytes: int) -> bytes:
    body = bytearray()
    for piece in answer.iter_stream():
        body += piece
        if len(body) > max_bytes:
            raise _too_much(max_bytes)
    return bytes(body)


def _too_much(max_bytes: int) -> RequestFailedError:
    return RequestFailedError(f"The host sent more than {max_bytes} bytes.")
