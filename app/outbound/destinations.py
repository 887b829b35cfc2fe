"""Takes a URL apart, once and strictly: what is sent is built from these parts.

Two parsers that read one URL differently are how filters are led astray; so there is
one, it refuses what is unusual, and no other ever sees the text.
"""

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from app.outbound.addresses import Address
from app.outbound.errors import ForbiddenUrlError

LONGEST_URL = 2048
_DEFAULT_PORTS = {"http": 80, "https": 443}

#: The characters of RFC 3986; no blank, backslash, control or non-ASCII one.
_URL = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<authority>[^/?#]*)"
    r"(?P<path>/[^?#]*)?(?P<query>\?[^#]*)?(#.*)?",
    re.IGNORECASE,
)
_ALLOWED = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*")
_AUTHORITY = re.compile(r"(?P<host>\[[^\[\]]*\]|[^:\[\]]*)(:(?P<port>[0-9]{0,5}))?")
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
#: What resolvers take for a number, so that `0x7f.1` means 127.0.0.1 to some.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


@dataclass(frozen=True, kw_only=True)
class Destination:
    """Where a request goes.

    Attributes:
        host: A name in lower case without a dot at the end, or an IP address.
        address: The host, if it is an IP address and no name.
        resource: Path and query, as they stand in the request's first line.
    """

    scheme: str
    host: str
    port: int
    resource: str
    address: Address | None

    @property
    def authority(self) -> str:
        """What the Host header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        if self.port == _DEFAULT_PORTS[self.scheme]:
            return host
        return f"{host}:{self.port}"


def parse_url(url: str, *, schemes: frozenset[str]) -> Destination:
    """Return where `url` leads; a fragment is left out, since it is never sent.

    Raises:
        ForbiddenUrlError: It is no absolute URL of one of the schemes, or has what
            honest ones have not: a user's name, odd numbers, unusual characters.
    """
    if len(url) > LONGEST_URL:
        raise ForbiddenUrlError(f"A URL may have {LONGEST_URL} characters.")
    match = _URL.fullmatch(url)
    if match is None or not _ALLOWED.fullmatch(url):
        raise ForbiddenUrlError(
            "It is no absolute URL in ASCII; write other characters as %XX, a host "
            "in punycode."
        )
    scheme = match["scheme"].lower()
    if scheme not in schemes:
        raise ForbiddenUrlError(f"The scheme must be {' or '.join(sorted(schemes))}.")
    host, port = _host_and_port(match["authority"], _DEFAULT_PORTS[scheme])
    name, address = _name_or_address(host.lower())
    return Destination(
        scheme=scheme,
        host=name,
        port=port,
        resource=(match["path"] or "/") + (match["query"] or ""),
        address=address,
    )


def _host_and_port(authority: str, default_port: int) -> tuple[str, int]:
    if "@" in authority:
        raise ForbiddenUrlError("A user's name or password does not belong there.")
    match = _AUTHORITY.fullmatch(authority)
    if match is None or not match["host"]:
        raise ForbiddenUrlError("Its host cannot be read.")
    port = int(match["port"]) if match["port"] else default_port
    if not 0 < port < 2**16:
        raise ForbiddenUrlError("Its port is out of range.")
    return match["host"], port


def _name_or_address(host: str) -> tuple[str, Address | None]:
    try:
        if host.startswith("["):
            sixth = IPv6Address(host[1:-1])
            return str(sixth), sixth
        labels = host.removesuffix(".").split(".")
        if _NUMBER.fullmatch(labels[-1]):
            fourth = IPv4Address(host)
            return str(fourth), fourth
    except AddressValueError as error:
        raise ForbiddenUrlError("Its host is no address in the usual form.") from error
    name = ".".join(labels)
    if len(name) > 253 or not all(map(_LABEL.fullmatch, labels)):
        raise ForbiddenUrlError("Its host is no name of the internet.")
    return name, None
