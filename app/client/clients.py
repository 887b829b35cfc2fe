"""The two clients: the same operations, one for `with` and one for `async with`."""

from collections.abc import Callable
from typing import Any, ClassVar, Generic, Self, TypeVar

import httpx

from app.client.connecting import client_headers, is_local, service_url
from app.client.methods import answering, iterating
from app.client.operations import (
    batches,
    library,
    records,
    results,
    service,
    submitting,
    uploads,
    watching,
)
from app.client.retries import RetryPolicy
from app.client.runners import AsyncRunner, Clock, Runner, SystemClock
from app.logs import without_credentials

Http = TypeVar("Http", httpx.Client, httpx.AsyncClient)
Transport = TypeVar("Transport")

TIMEOUT_S = 60.0
#: Who does not take a connection by then is not there.
_CONNECT_S = 5.0


class _Client(Generic[Http, Transport]):
    """What both clients have in common: how they connect, and all operations."""

    #: What they have not: httpx's client, and what runs operations with it.
    _parts: ClassVar[tuple[Callable[..., Any], Callable[..., Any]]]

    def __init__(
        self,
        base_url: str | None = None,
        *,
        api_key: str | None = None,
        retries: RetryPolicy | None = None,
        timeout_s: float = TIMEOUT_S,
        transport: Transport | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Open nothing yet.

        Args:
            base_url: Where the service is; IMPASTO_URL, or this machine, if left out.
            api_key: What it knows you by; IMPASTO_API_KEY if left out. Blanks and
                line ends around it are no part of it.
            retries: How often and when to try again.
            timeout_s: The longest silence of the service within one request.
            transport: Takes the network's place in tests.
            clock: Takes the machine's place in tests.

        Raises:
            SettingError: The URL or the key cannot be meant.
        """
        connect, run_with = self._parts
        url = service_url(base_url)
        self._http: Http = connect(
            base_url=url,
            headers=client_headers(api_key),
            timeout=httpx.Timeout(timeout_s, connect=min(timeout_s, _CONNECT_S)),
            transport=transport,
            trust_env=not is_local(url),
        )
        self.runner = run_with(
            self._http, retries or RetryPolicy(), clock or SystemClock()
        )

    @property
    def base_url(self) -> str:
        """Where the service is; a password in it is not shown."""
        return without_credentials(str(self._http.base_url))

    submit = answering(submitting.submit)
    validate = answering(submitting.validate)
    job = answering(records.job)
    jobs = iterating(records.jobs)
    cancel = answering(records.cancel)
    finish = answering(records.finish)
    controls = answering(records.controls)
    control = answering(records.control)
    replace_mask = answering(records.replace_mask)
    pause = answering(records.pause)
    resume = answering(records.resume)
    retry = answering(submitting.retry)
    branch = answering(submitting.branch)
    delete = answering(records.delete)
    watch = iterating(watching.watch)
    events = iterating(watching.events)

    result = answering(results.result)
    save = answering(results.save)
    preview = answering(results.preview)
    files = answering(results.files)
    file = answering(results.file)
    losses = answering(results.losses)
    losses_as = answering(results.losses_as)
    input_picture = answering(results.input_picture)
    deliveries = answering(results.deliveries)
    redeliver = answering(results.redeliver)

    submit_batch = answering(batches.submit_batch)
    batch = answering(batches.batch)
    cancel_batch = answering(batches.cancel_batch)
    batch_sheet = answering(batches.batch_sheet)

    styles = answering(library.styles)
    style = answering(library.style)
    style_image = answering(library.style_image)
    style_pack = answering(library.style_pack)
    add_style = answering(library.add_style)
    delete_style = answering(library.delete_style)

    datasets = answering(library.datasets)

    upload = answering(uploads.upload)

    capabilities = answering(service.capabilities)
    presets = answering(service.presets)
    estimate = answering(service.estimate)
    queue = answering(service.queue)
    workers = answering(service.workers)
    ready = answering(service.ready)


class ImpastoClient(_Client[httpx.Client, httpx.BaseTransport]):
    """Talks to one service; use it in a `with` block.

    Each method is an operation of `app.client.operations` and raises a ClientError.
    What can be said twice is said again when an answer is lost or the service is busy.
    """

    _parts = (httpx.Client, Runner)
    runner: Runner

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


class AsyncImpastoClient(_Client[httpx.AsyncClient, httpx.AsyncBaseTransport]):
    """Talks to one service; use it in an `async with` block.

    The same methods as ImpastoClient's, to be awaited or iterated by `async for`.
    """

    _parts = (httpx.AsyncClient, AsyncRunner)
    runner: AsyncRunner

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()
