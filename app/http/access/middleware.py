"""Lets in whom the access table admits, as often as the quotas allow.

It stands before the body is read: frameworks parse a whole upload before any dependency
runs, and a stranger must not make the service do that.
"""

import logging
from dataclasses import dataclass
from urllib.parse import parse_qs

from anyio.to_thread import run_sync
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.contract.keys import ApiKey, KeyRing, KeysUnreadableError
from app.contract.keys import Scope as KeyScope
from app.contract.ports import LedgerUnavailableError, StorageUnavailableError
from app.contract.rates import Allowance, RateLimiter, RatePolicy
from app.http.access.callers import ANYBODY, STRANGER, Caller
from app.http.access.credentials import bearer_token, forbidden, unauthenticated
from app.http.access.csrf import require_own_page
from app.http.access.links import PARAMETER, InvalidLinkError, LinkSigner
from app.http.access.quotas import rate_headers, rate_limited
from app.http.access.rules import Meter, Rule, rule_for
from app.http.answers.problem_responses import problem_response
from app.http.edge.body_limits import connection_headers
from app.http.edge.paths import route_path_of
from app.problems import RETRY_AFTER_S, ProblemCode, ProblemError

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class AuthDependencies:
    """What is asked: who has keys, who counts, and how often is too often."""

    keys: KeyRing
    signer: LinkSigner
    #: Counts for all processes of the service; may wait for a network.
    submissions: RateLimiter
    #: Counts within this process; answers at once.
    polls: RateLimiter
    submissions_per_minute: int = 30
    polls_per_second: int = 10
    #: Those whose pages may send without a key while keys are off.
    origins: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Identity:
    """One who was recognised."""

    caller: Caller
    key: ApiKey
    #: Whose polls and submissions these are.
    counted_as: str
    link_token: str | None = None


class AuthMiddleware:
    """Puts the caller into each request's state, or answers in the application's place.

    Once a submission was counted, every answer to it carries the rate's headers.
    """

    def __init__(self, app: ASGIApp, auth: AuthDependencies) -> None:
        self._app = app
        self._auth = auth

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on, or refuse it unread."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            headers = await self._admit(scope)
        except ProblemError as error:
            error.headers |= connection_headers(Headers(scope=scope))
            await problem_response(scope, error)(scope, receive, send)
            return
        await self._app(scope, receive, _adding(headers, send) if headers else send)

    async def _admit(self, scope: Scope) -> dict[str, str]:
        """Note who calls; return what the answer's headers must tell of quotas."""
        if self._keys_are_off():
            origins = self._auth.origins
            require_own_page(scope["method"], Headers(scope=scope), origins)
            scope["state"]["caller"] = ANYBODY
            return {}
        path = route_path_of(scope)
        rule = rule_for(scope["method"], path)
        if rule.is_open:
            scope["state"]["caller"] = STRANGER
            return {}
        try:
            identity = self._identify(scope, rule, path)
        except KeysUnreadableError as error:  # the ring has logged why
            raise _unavailable("The API keys cannot be read.") from error
        except StorageUnavailableError as error:
            _log.error("the secret of links cannot be read: %s", error)
            raise _unavailable("The secret of links cannot be read.") from error
        if rule.scope is not None and rule.scope not in identity.caller.scopes:
            raise forbidden(rule.scope)
        scope["state"]["caller"] = identity.caller
        scope["state"]["link_token"] = identity.link_token
        return await self._count(rule.meter, identity)

    def _keys_are_off(self) -> bool:
        """Tell whether it is known that everybody may come in."""
        try:
            return not self._auth.keys.is_on()
        except KeysUnreadableError:
            return False

    def _identify(self, scope: Scope, rule: Rule, path: str) -> _Identity:
        """Return who shows a key or, where the rule admits it, a link."""
        keys = self._auth.keys
        token = bearer_token(Headers(scope=scope))
        link = _link_token_of(scope) if rule.by_link and token is None else None
        if link is not None:
            job_id = path.split("/")[3]
            return _identity_by_link(self._auth, link, job_id)
        # Without a key, too: first of all it must be known which keys there are.
        key = keys.find(token or "")
        if token is None:
            raise unauthenticated("This needs a key: Authorization: Bearer imp_...")
        if key is None:
            raise unauthenticated("The key is not known.", error="invalid_token")
        caller = Caller(owner=key.id, scopes=key.granted_scopes, name=key.name)
        return _Identity(caller, key, counted_as=key.id)

    async def _count(self, meter: Meter | None, identity: _Identity) -> dict[str, str]:
        """Count the request; return the headers of every answer to it."""
        auth, key = self._auth, identity.key
        if meter is Meter.POLL:
            quota = key.polls_per_second or auth.polls_per_second
            policy = RatePolicy(meter.value, quota, 1)
            allowance = auth.polls.hit(policy, identity.counted_as)
        elif meter is Meter.SUBMISSION:
            quota = key.submissions_per_minute or auth.submissions_per_minute
            policy = RatePolicy(meter.value, quota, 60)
            allowance = await self._count_submission(policy, identity.counted_as)
        else:
            return {}
        if not allowance.is_granted:
            raise rate_limited(policy, allowance)
        return rate_headers(policy, allowance) if meter is Meter.SUBMISSION else {}

    async def _count_submission(self, policy: RatePolicy, identity: str) -> Allowance:
        """Ask the shared count; a submission could not be queued without it anyway."""
        try:
            return await run_sync(self._auth.submissions.hit, policy, identity)
        except LedgerUnavailableError as error:
            _log.warning("rates unavailable: %s", error)
            raise ProblemError(
                ProblemCode.BROKER_UNAVAILABLE,
                "The queue did not answer in time.",
                retry_after_s=RETRY_AFTER_S,
            ) from error


def _identity_by_link(auth: AuthDependencies, link: str, job_id: str) -> _Identity:
    """Return the visit of one who may read a job in its owner's name."""
    try:
        owner = auth.signer.owner_of(link, job_id)
    except InvalidLinkError as error:
        raise unauthenticated(str(error), error="invalid_token") from error
    key = auth.keys.get(owner)
    if key is None:
        detail = "The key that the link was made with is revoked."
        raise unauthenticated(detail, error="invalid_token")
    scopes = key.granted_scopes & {KeyScope.JOBS_READ}
    caller = Caller(owner=key.id, scopes=scopes, name=key.name)
    # A link that many follow does not use up its owner's polls.
    counted_as = f"{key.id}/{job_id}"
    return _Identity(caller, key, counted_as, link_token=link)


def _link_token_of(scope: Scope) -> str | None:
    """Return the query's token; one that was sent twice is none of ours."""
    query: bytes = scope["query_string"]
    values = parse_qs(query.decode("latin-1"), keep_blank_values=True).get(PARAMETER)
    return None if values is None else ",".join(values)


def _unavailable(detail: str) -> ProblemError:
    return ProblemError(
        ProblemCode.STORAGE_UNAVAILABLE, detail, retry_after_s=RETRY_AFTER_S
    )


def _adding(headers: dict[str, str], send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(headers)
        await send(message)

    return send_with_headers
