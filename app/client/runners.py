"""Does what operations ask for: the only module of the client that touches anything.

Two runners, alike line by line but for `await`.
"""

import time
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator
from contextlib import aclosing, closing
from functools import partial
from typing import Any, Generic, Protocol

import anyio
import httpx
from anyio.to_thread import run_sync

from app.client import flows
from app.client.errors import ClientError
from app.client.files import read_piece, read_whole, write_whole
from app.client.flows import Command, Emit, Flow, Stream, T
from app.client.retries import RetryPolicy, attempts_at

#: What a command may throw into the operation that asked for it.
_THROWN = (ClientError, httpx.TransportError, OSError)


class Clock(Protocol):
    """What a runner waits by."""

    def now(self) -> float:
        """Return seconds since some moment that never changes."""

    def sleep(self, seconds: float) -> None:
        """Return after so long."""

    async def sleep_async(self, seconds: float) -> None:
        """Return after so long; others may go on meanwhile."""


class SystemClock:
    """The machine's own."""

    def now(self) -> float:
        """Return seconds since some moment that never changes."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Return after so long."""
        time.sleep(seconds)

    async def sleep_async(self, seconds: float) -> None:
        """Return after so long; others may go on meanwhile."""
        await anyio.sleep(seconds)


class Runner:
    """Runs operations, in the caller's thread."""

    def __init__(self, http: httpx.Client, policy: RetryPolicy, clock: Clock) -> None:
        self._http = http
        self._policy = policy
        self._clock = clock

    def run(self, flow: Flow[T]) -> T:
        """Return the operation's answer."""
        with _Operation[T](flow) as operation, closing(_Body()) as body:
            while (command := operation.command()) is not None:
                self._serve(operation, command, body)
            return operation.answer

    def iterate(self, stream: Stream[T]) -> Generator[T, None, None]:
        """Yield the operation's values; leaving early closes what it had opened."""
        with _Operation[None](stream) as operation, closing(_Body()) as body:
            while (command := operation.command()) is not None:
                if isinstance(command, Emit):
                    yield command.value
                    operation.reply(None)
                else:
                    self._serve(operation, command, body)

    def _serve(self, operation: "_Operation[Any]", command: Any, body: "_Body") -> None:
        try:
            operation.reply(self._do(command, body))
        except _THROWN as error:
            operation.fail(error)

    # Any: each command's reply has a type of its own, see `flows`.
    def _do(self, command: Command, body: "_Body") -> Any:
        match command:
            case flows.Exchange(call):
                return self.run(attempts_at(call, self._http.base_url, self._policy))
            case flows.SendOnce(call):
                request = call.request(self._http)
                # httpx takes `Authorization` to no other origin.
                return self._http.send(request, follow_redirects=call.follows)
            case flows.OpenStream(call):
                request = call.request(self._http)
                return body.take(self._http.send(request, stream=True))
            case flows.ReadStream():
                return body.read()
            case flows.Sleep(seconds):
                return self._clock.sleep(seconds)
            case flows.Now():
                return self._clock.now()
            case flows.ReadFile(path):
                return read_whole(path)
            case flows.ReadPiece(path, offset, size):
                return read_piece(path, offset, size)
            case flows.WriteFile(path, content):
                return write_whole(path, content)


class AsyncRunner:
    """Runs operations in the event loop."""

    def __init__(
        self, http: httpx.AsyncClient, policy: RetryPolicy, clock: Clock
    ) -> None:
        self._http = http
        self._policy = policy
        self._clock = clock

    async def run(self, flow: Flow[T]) -> T:
        """Return the operation's answer."""
        with _Operation[T](flow) as operation:
            async with aclosing(_AsyncBody()) as body:
                while (command := operation.command()) is not None:
                    await self._serve(operation, command, body)
                return operation.answer

    async def iterate(self, stream: Stream[T]) -> AsyncGenerator[T, None]:
        """Yield the operation's values; leaving early closes what it had opened."""
        with _Operation[None](stream) as operation:
            async with aclosing(_AsyncBody()) as body:
                while (command := operation.command()) is not None:
                    if isinstance(command, Emit):
                        yield command.value
                        operation.reply(None)
                    else:
                        await self._serve(operation, command, body)

    async def _serve(
        self, operation: "_Operation[Any]", command: Any, body: "_AsyncBody"
    ) -> None:
        try:
            operation.reply(await self._do(command, body))
        except _THROWN as error:
            operation.fail(error)

    # Any: each command's reply has a type of its own, see `flows`.
    async def _do(self, command: Command, body: "_AsyncBody") -> Any:
        match command:
            case flows.Exchange(call):
                url = self._http.base_url
                return await self.run(attempts_at(call, url, self._policy))
            case flows.SendOnce(call):
                request = call.request(self._http)
                # httpx takes `Authorization` to no other origin.
                return await self._http.send(request, follow_redirects=call.follows)
            case flows.OpenStream(call):
                request = call.request(self._http)
                return await body.take(await self._http.send(request, stream=True))
            case flows.ReadStream():
                return await body.read()
            case flows.Sleep(seconds):
                return await self._clock.sleep_async(seconds)
            case flows.Now():
                return self._clock.now()
            case flows.ReadFile(path):
                return await run_sync(read_whole, path)
            case flows.ReadPiece(path, offset, size):
                return await run_sync(read_piece, path, offset, size)
            case flows.WriteFile(path, content):
                return await run_sync(write_whole, path, content)


class _Operation(Generic[T]):
    """An operation under way: which command is next, and what came of the last."""

    answer: T

    def __init__(self, flow: Flow[T] | Stream[Any]) -> None:
        self._flow: Any = flow
        self._step = partial(next, flow)

    def __enter__(self) -> "_Operation[T]":
        return self

    def __exit__(self, *_: object) -> None:
        self._flow.close()

    def command(self) -> "Command | Emit[Any] | None":
        """Return what to do next; None once `answer` is there."""
        try:
            command: Command | Emit[Any] = self._step()
        except StopIteration as end:
            self.answer = end.value
            return None
        return command

    def reply(self, value: object) -> None:
        """Let the operation go on with what came of its command."""
        self._step = partial(self._flow.send, value)

    def fail(self, error: Exception) -> None:
        """Throw into the operation why its command came to nothing."""
        self._step = partial(self._flow.throw, error)


class _Body:
    """The stream that an operation has open, if any: one at a time."""

    def __init__(self) -> None:
        self._response: httpx.Response | None = None
        self._chunks: Iterator[bytes] = iter(())

    def take(self, response: httpx.Response) -> httpx.Response:
        """Hold a stream in place of the former one; an error's body is read."""
        self.close()
        self._response = response
        if not response.is_success:
            response.read()
        else:
            self._chunks = response.iter_bytes()
        return response

    def read(self) -> bytes | None:
        """Return the next bytes; None at the end."""
        chunk = next(self._chunks, None)
        if chunk is None:
            self.close()
        return chunk

    def close(self) -> None:
        """Let go of the stream."""
        if self._response is not None:
            self._response.close()
        self._response, self._chunks = None, iter(())


async def _nothing() -> AsyncIterator[bytes]:
    nothing: tuple[bytes, ...] = ()
    for chunk in nothing:
        yield chunk


class _AsyncBody:
    """The stream that an operation has open, if any: one at a time."""

    def __init__(self) -> None:
        self._response: httpx.Response | None = None
        self._chunks: AsyncIterator[bytes] = _nothing()

    async def take(self, response: httpx.Response) -> httpx.Response:
        """Hold a stream in place of the former one; an error's body is read."""
        await self.aclose()
        self._response = response
        if not response.is_success:
            await response.aread()
        else:
            self._chunks = response.aiter_bytes()
        return response

    async def read(self) -> bytes | None:
        """Return the next bytes; None at the end."""
        chunk = await anext(self._chunks, None)
        if chunk is None:
            await self.aclose()
        return chunk

    async def aclose(self) -> None:
        """Let go of the stream."""
        if self._response is not None:
            await self._response.aclose()
        self._response, self._chunks = None, _nothing()
