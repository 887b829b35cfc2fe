"""How an operation says what it needs done, without doing it.

An operation is a generator: it yields commands, is sent their replies, and returns its
answer. It never sleeps, opens or sends; a runner does that, one for `with` and one for
`async with`, so that everything else is written once. (httpx writes its
authentication flows so, and h11 a whole protocol.)
"""

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeAlias, TypeVar

import httpx

from app.client.calls import Call

T = TypeVar("T")


@dataclass(frozen=True)
class Exchange:
    """Send, again if that is right; reply: a successful httpx.Response.

    The runner throws a ClientError into the operation if there is none.
    """

    call: Call


@dataclass(frozen=True)
class SendOnce:
    """Send; reply: whatever httpx.Response came. Throws httpx.TransportError."""

    call: Call


@dataclass(frozen=True)
class OpenStream:
    """Send; reply: an httpx.Response, its body read with `ReadStream` if it succeeded.

    Whatever stream was open is closed. Throws httpx.TransportError.
    """

    call: Call


@dataclass(frozen=True)
class ReadStream:
    """Reply: the open stream's next bytes, None at its end, which closes it.

    Throws httpx.TransportError.
    """


@dataclass(frozen=True)
class Sleep:
    """Reply, after so long: None."""

    seconds: float


@dataclass(frozen=True)
class Now:
    """Reply: seconds since some moment that never changes."""


@dataclass(frozen=True)
class ReadFile:
    """Reply: the file's bytes. Throws OSError."""

    path: Path


@dataclass(frozen=True)
class ReadPiece:
    """Reply: the file's bytes from `offset` on, `size` at most. Throws OSError."""

    path: Path
    offset: int
    size: int


@dataclass(frozen=True)
class WriteFile:
    """Write a file whole or not at all; reply: None. Throws OSError."""

    path: Path
    content: bytes


@dataclass(frozen=True)
class Emit(Generic[T]):
    """Hand a value to whoever iterates; reply: None, once the next one is wanted."""

    value: T


Command: TypeAlias = (
    Exchange
    | SendOnce
    | OpenStream
    | ReadStream
    | Sleep
    | Now
    | ReadFile
    | ReadPiece
    | WriteFile
)

# Any: each command's reply has a type of its own, told in its docstring.
#: An operation with one answer.
Flow: TypeAlias = Generator[Command, Any, T]
#: An operation with any number of answers, one after the other.
Stream: TypeAlias = Generator[Command | Emit[T], Any, None]


def exchange(call: Call) -> Flow[httpx.Response]:
    """Return the successful answer to `call`.

    Raises:
        ClientError: There is none.
    """
    response: httpx.Response = yield Exchange(call)
    return response
