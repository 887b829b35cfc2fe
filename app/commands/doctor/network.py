"""The service over HTTP: who answers, is it ready, does it know us, is it our age."""

import socket
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version

import httpx

from app.client import (
    AuthenticationError,
    ClientError,
    ForbiddenError,
    ImpastoClient,
    Readiness,
    RetryPolicy,
    SettingError,
    UnreachableError,
)
from app.client.connecting import is_local, service_url
from app.commands.doctor.findings import Finding, ok, problem, warning

_TIMEOUT_S = 5.0
#: Webhook receivers refuse messages that are older; signed links expire early or late.
_SKEW_S = 30.0

_ADVICE_ON_CHECK = {
    "redis": "see the queue server's log, valkey.log in the data directory",
    "storage": "see the disk of the data directory: is it full, or read-only?",
    "workers": "start one: impasto worker; or see why it ended in the service's log",
}


def look(url: str, api_key: str | None, *, is_expected: bool) -> Iterator[Finding]:
    """Yield what there is to say of the service.

    Args:
        url: Where it should be.
        api_key: What it should know us by.
        is_expected: Whether somebody said that there is one; else none is no fault.
    """
    try:
        url = service_url(url)
        with ImpastoClient(
            url,
            api_key=api_key,
            retries=RetryPolicy(attempts=1),
            timeout_s=_TIMEOUT_S,
        ) as client:
            yield from _service(client, url, has_key=api_key is not None)
    except SettingError as error:
        yield problem("service", str(error), "correct it: --url and --api-key")
    except UnreachableError as error:
        if is_local(url) and not is_expected:
            yield _port(httpx.URL(url))
            return
        yield problem(
            "service", str(error), "start it: impasto serve; or correct --url"
        )
    except ClientError as error:
        yield problem(
            "service",
            f"what answers at {url} is no Impasto service: {error}",
            "correct --url, or choose another --port for impasto serve",
        )


def _service(client: ImpastoClient, url: str, *, has_key: bool) -> Iterator[Finding]:
    yield from _readiness(client.base_url, client.ready())
    yield _key(client, has_key=has_key)
    yield _age(client)
    yield from _packs(client)
    yield skew(_date(url), datetime.now(UTC))


def _readiness(url: str, told: Readiness) -> Iterator[Finding]:
    if told.ready:
        yield ok("service", f"the service at {url} is ready")
        return
    for name, words in told.checks.items():
        if words != "ok":
            advice = _ADVICE_ON_CHECK.get(name, "see the service's log")
            yield problem("service", f"the service's {name}: {words}", advice)


def _key(client: ImpastoClient, *, has_key: bool) -> Finding:
    try:
        next(iter(client.jobs(limit=1)), None)
    except AuthenticationError as error:
        if has_key:
            return problem(
                "key", f"the API key is not valid: {error}", "ask for a new one"
            )
        return problem(
            "key",
            "the service wants an API key",
            "name yours with --api-key or IMPASTO_API_KEY; operators make one with "
            "`impasto keys create`",
        )
    except ForbiddenError as error:
        return warning("key", f"the API key may not read jobs: {error}", "ask for more")
    except ClientError as error:
        return warning("key", f"jobs cannot be listed: {error}", "try again later")
    return ok("key", "the API key is valid" if has_key else "no API key is needed")


def _age(client: ImpastoClient) -> Finding:
    """Compare our version with the one that the service tells."""
    ours = version("impasto")
    try:
        theirs = (client.capabilities().model_extra or {}).get("version")
    except ClientError:
        theirs = None
    if theirs is None:
        return ok("version", f"this client is version {ours}; the service tells none")
    if theirs != ours:
        return warning(
            "version",
            f"this client is version {ours}, the service {theirs}",
            "install the same version if something is not understood",
        )
    return ok("version", f"client and service are both version {ours}")


def _packs(client: ImpastoClient) -> Iterator[Finding]:
    """Say under which licences the styles' networks may be used."""
    try:
        packs = [each.pack for each in client.styles() if each.pack is not None]
    except ClientError as error:
        yield warning("packs", f"styles cannot be listed: {error}", "try again later")
        return
    counts = Counter(each.license or "none told" for each in packs)
    if counts:
        told = "; ".join(f"{count} of {name!r}" for name, count in counts.items())
        yield ok("packs", f"licences of the styles' networks: {told}")


def _date(url: str) -> str | None:
    """Return the `Date` of an answer of now."""
    try:
        with httpx.Client(timeout=_TIMEOUT_S, trust_env=not is_local(url)) as http:
            answer = http.get(f"{url.rstrip('/')}/healthz")
    except httpx.HTTPError:
        return None
    told: str | None = answer.headers.get("Date")
    return told


def skew(date_header: str | None, now: datetime) -> Finding:
    """Compare this machine's clock with a `Date` header, which has whole seconds."""
    try:
        there = parsedate_to_datetime(date_header or "")
    except ValueError:
        return ok("clock", "the service tells no time to compare clocks by")
    ahead_s = (now - there.astimezone(UTC)).total_seconds()
    if abs(ahead_s) <= _SKEW_S:
        return ok("clock", "this machine's clock and the service's agree")
    side = "ahead of" if ahead_s > 0 else "behind"
    return warning(
        "clock",
        f"this machine's clock is {abs(ahead_s):.0f} s {side} the service's",
        "set both by NTP: webhooks and signed links go by the time",
    )


def _port(url: httpx.URL) -> Finding:
    """Say whether `impasto serve` could listen where nobody answered HTTP."""
    port = url.port or 80
    family = socket.AF_INET6 if ":" in url.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.settimeout(1.0)
        is_taken = probe.connect_ex((url.host, port)) == 0
    if is_taken:
        return problem(
            "port",
            f"something that speaks no HTTP listens on port {port}",
            "choose another: impasto serve --port",
        )
    return ok("port", f"no service runs here; port {port} is free for impasto serve")
