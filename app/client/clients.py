"""The two clients: the same operations, one for `with` and one for `async with`."""

from types import TracebackType
from typing import Self

import httpx

from app.client.connecting import client_headers, is_local, service_url
from app.client.methods import (
    answering,
    answering_async,
    iterating,
    iterating_async,
)
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

TIMEOUT_S = 60.0
#: Who does not take a connection by then is not there.
_CONNECT_S = 5.0


class ImpastoClient:
    """Talks to one service; use it in a `with` block.

    Each method is an operation of `app.client.operations` and raises a ClientError.
    What can be said twice is said again when an answer is lost or the service is busy.
    """

    def __init__(
        self,
        base_url: str | None = None,
        *,
        api_key: str | None = None,
        retries: RetryPolicy | None = None,
        timeout_s: float = TIMEOUT_S,
        transport: httpx.BaseTransport | None = None,
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
        url = service_url(base_url)
        self._http = httpx.Client(
            base_url=url,
            headers=client_headers(api_key),
            timeout=_timeout(timeout_s),
            transport=transport,
            trust_env=not is_local(url),
        )
        self.runner = Runner(
            self._http, retries or RetryPolicy(), clock or SystemClock()
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

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
    retry = answering(submitting.retry)
    delete = answering(records.delete)
    watch = iterating(watching.watch)
    events = iterating(watching.events)

    result = answering(results.result)
    save = answering(results.save)
    preview = answering(results.preview)
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
    add_style = answering(library.add_style)
    delete_style = answering(library.delete_style)

    upload = answering(uploads.upload)

    capabilities = answering(service.capabilities)
    presets = answering(service.presets)
    estimate = answering(service.estimate)
    queue = answering(service.queue)
    workers = answering(service.workers)
    ready = answering(service.ready)


class AsyncImpastoClient:
    """Talks to one service; use it in an `async with` block.

    The same methods as ImpastoClient's, to be awaited or iterated by `async for`.
    """

    def __init__(
        self,
        base_url: str | None = None,
        *,
        api_key: str | None = None,
        retries: RetryPolicy | None = None,
        timeout_s: float = TIMEOUT_S,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Open nothing yet; the arguments are ImpastoClient's."""
        url = service_url(base_url)
        self._http = httpx.AsyncClient(
            base_url=url,
            headers=client_headers(api_key),
            timeout=_timeout(timeout_s),
            transport=transport,
            trust_env=not is_local(url),
        )
        self.runner = AsyncRunner(
            self._http, retries or RetryPolicy(), clock or SystemClock()
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    @property
    def base_url(self) -> str:
        """Where the service is; a password in it is not shown."""
        return without_credentials(str(self._http.base_url))

    submit = answering_async(submitting.submit)
    validate = answering_async(submitting.validate)
    job = answering_async(records.job)
    jobs = iterating_async(records.jobs)
    cancel = answering_async(records.cancel)
    finish = answering_async(records.finish)
    retry = answering_async(submitting.retry)
    delete = answering_async(records.delete)
    watch = iterating_async(watching.watch)
    events = iterating_async(watching.events)

    result = answering_async(results.result)
    save = answering_async(results.save)
    preview = answering_async(results.preview)
    losses = answering_async(results.losses)
    losses_as = answering_async(results.losses_as)
    input_picture = answering_async(results.input_picture)
    deliveries = answering_async(results.deliveries)
    redeliver = answering_async(results.redeliver)

    submit_batch = answering_async(batches.submit_batch)
    batch = answering_async(batches.batch)
    cancel_batch = answering_async(batches.cancel_batch)
    batch_sheet = answering_async(batches.batch_sheet)

    styles = answering_async(library.styles)
    style = answering_async(library.style)
    style_image = answering_async(library.style_image)
    add_style = answering_async(library.add_style)
    delete_style = answering_async(library.delete_style)

    upload = answering_async(uploads.upload)

    capabilities = answering_async(service.capabilities)
    presets = answering_async(service.presets)
    estimate = answering_async(service.estimate)
    queue = answering_async(service.queue)
    workers = answering_async(service.workers)
    ready = answering_async(service.ready)


def _timeout(seconds: float) -> httpx.Timeout:
    return httpx.Timeout(seconds, connect=min(seconds, _CONNECT_S))
