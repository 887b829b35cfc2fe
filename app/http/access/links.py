"""Absolute URLs of this service, and signatures that make one readable without a key.

A browser's `EventSource` and `<img>` send no headers; so, once keys are on, a job's
URLs carry a token. It opens that one job for reading, for an hour or two.
"""

import base64
import hashlib
import hmac
import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

from starlette.types import Scope

from app.contract.ports import StorageUnavailableError
from app.http.access.callers import STRANGER, caller_of
from app.http.edge.origins import origin_of
from app.http.services import service

_log = logging.getLogger(__name__)

PARAMETER = "token"
LINK_TTL_S = 3600
_TOKEN = re.compile(r"([0-9a-f]{1,12})\.(key_[0-9a-f]{8})\.([A-Za-z0-9_\-]{43})")
#: What is sent to these; a token would be of no use there.
_COMMANDS = ("/cancel", "/finish", "/retry", "/branch", "/redeliver")


class InvalidLinkError(Exception):
    """The token is not one of ours, not for this job, or too old; says so in words."""


class LinkSigner:
    """Signs and verifies tokens: `<expiry, hex>.<owner>.<HMAC-SHA256, base64url>`."""

    def __init__(
        self,
        secret: Callable[[], bytes],
        ttl_s: int = LINK_TTL_S,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Ask for the secret when it is first needed; it may be on a disk."""
        self._secret = secret
        self._ttl_s = ttl_s
        self._clock = clock

    def sign(self, job_id: str, owner: str) -> str:
        """Return a token that lasts for one to two times the signer's `ttl_s`.

        It is the same one within each `ttl_s`, so that caches know the URL again.
        """
        expires_s = (int(self._clock()) // self._ttl_s + 2) * self._ttl_s
        stem = f"{expires_s:x}.{owner}"
        return f"{stem}.{self._mac(job_id, stem)}"

    def owner_of(self, token: str, job_id: str) -> str:
        """Return the owner in whose name the token opens this job.

        Raises:
            InvalidLinkError: It does not.
        """
        match = _TOKEN.fullmatch(token)
        if match is None:
            raise InvalidLinkError("The link's token is not one of ours.")
        expires, owner, mac = match.groups()
        if not hmac.compare_digest(mac, self._mac(job_id, f"{expires}.{owner}")):
            raise InvalidLinkError("The link's token does not open this job.")
        if int(expires, 16) <= self._clock():
            raise InvalidLinkError("The link has expired; ask for the job once more.")
        return owner

    def _mac(self, job_id: str, stem: str) -> str:
        # A path's segment may hold half a surrogate pair; an id has no line break.
        message = f"{stem}\n{job_id}".encode("utf-8", "surrogatepass")
        digest = hmac.digest(self._secret(), message, hashlib.sha256)
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


@dataclass(frozen=True)
class Links:
    """Makes URLs for one who reaches the service at `origin`.

    Attributes:
        origin: scheme, host and mount point, without a slash at the end.
        token_for: returns a job's token, or raises StorageUnavailableError; None while
            keys are off.
    """

    origin: str
    token_for: Callable[[str], str] | None = None

    def job(self, job_id: str, suffix: str = "") -> str:
        """Return the URL of a job, or of what `suffix` names below it (`/result`)."""
        if suffix and suffix[0] not in "/?":
            suffix = f"/{suffix}"
        url = f"{self.origin}/v1/jobs/{job_id}{suffix}"
        if self.token_for is None or suffix.endswith(_COMMANDS):
            return url
        try:
            token = self.token_for(job_id)
        except StorageUnavailableError as error:
            # With a header the URL is good still, and the job may be queued by now.
            _log.warning("links are not signed, their secret is not there: %s", error)
            return url
        separator = "&" if "?" in suffix else "?"
        return f"{url}{separator}{PARAMETER}={token}"

    def path(self, path: str) -> str:
        """Return the URL of another path of this service, `/v1/batches/…` say."""
        return f"{self.origin}{path}"


def links_for_owner(origin: str, owner: str | None, signer: LinkSigner) -> Links:
    """Return what signs in an owner's name, or in nobody's while keys are off."""
    if owner is None:
        return Links(origin)
    # One job has many URLs.
    return Links(origin, cache(partial(signer.sign, owner=owner)))


def links_of(scope: Scope) -> Links:
    """Return what makes the URLs for the client of this request.

    One who came by a link gets links with the same token: they must not outlast it.
    """
    origin = origin_of(scope)
    token: str | None = scope["state"].get("link_token")
    if token is not None:
        return Links(origin, lambda _job_id: token)
    caller = caller_of(scope)
    owner = None if caller is STRANGER else caller.owner
    return links_for_owner(origin, owner, service(scope, LinkSigner))
