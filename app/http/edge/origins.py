"""Which absolute URL a client reaches this service by."""

import re
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import Scope

from app.http.services import service

_SANE_HOST = re.compile(r"(?:[A-Za-z0-9._\-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")


@dataclass(frozen=True)
class PublicUrl:
    """How clients reach the service, if the operator has said it."""

    url: str | None


def origin_of(scope: Scope) -> str:
    """Return scheme, host and mount point, without a slash at the end.

    The setting `public_url` wins. Without it the Host header is taken, unless it could
    not be a host; then the address that the connection came in by.
    """
    if (public_url := service(scope, PublicUrl).url) is not None:
        return public_url
    host = Headers(scope=scope).get("host", "")
    if _SANE_HOST.fullmatch(host) is None:
        name, port = scope.get("server") or ("localhost", None)
        host = name if port is None else f"{name}:{port}"
    # A mounted application sees its own mount point as `root_path`.
    root = scope.get("app_root_path", scope.get("root_path", ""))
    scheme = scope.get("scheme", "http")  # ASGI lets a server leave it out
    return f"{scheme}://{host}{root}"
