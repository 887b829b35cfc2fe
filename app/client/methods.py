"""Makes methods of operations: its arguments, types and documentation are kept.

An operation is written once, as a flow; a client has a runner, and each operation as a
method that hands the flow to it.
"""

import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from typing import (
    Any,
    ParamSpec,
    Protocol,
    TypeVar,
    cast,
    get_args,
    get_origin,
    overload,
)

from app.client.flows import Emit, Flow, Stream
from app.client.runners import AsyncRunner, Runner

P = ParamSpec("P")
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class HasRunner(Protocol):
    """A client for `with`."""

    runner: Runner


class HasAsyncRunner(Protocol):
    """A client for `async with`."""

    runner: AsyncRunner


# Any: an operation returns a Generator of commands, whichever they are.
def _documented(
    method: Callable[..., Any], operation: Callable[..., Any], returned: Any
) -> None:
    """Give a method the operation's name, text and arguments, after `self`."""
    functools.update_wrapper(method, operation)
    signature = inspect.signature(operation)
    client = inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)
    vars(method)["__signature__"] = signature.replace(
        parameters=[client, *signature.parameters.values()],
        return_annotation=returned,
    )


def _answer_of(operation: Callable[..., Any]) -> Any:
    """Return what a flow answers with: `Flow[T]` is a Generator that returns T."""
    return get_args(inspect.signature(operation).return_annotation)[2]


def _value_of(operation: Callable[..., Any]) -> Any:
    """Return what a stream emits: `Stream[T]` yields commands or an Emit of T."""
    commands = get_args(inspect.signature(operation).return_annotation)[0]
    emit = next(each for each in get_args(commands) if get_origin(each) is Emit)
    return get_args(emit)[0]


class Answering(Protocol[P, T_co]):
    """A method with the operation's one answer; awaited where the client is async."""

    @overload
    def __get__(self, client: None, owner: type) -> Callable[..., T_co]: ...
    @overload
    def __get__(self, client: HasRunner, owner: type) -> Callable[P, T_co]: ...
    @overload
    def __get__(
        self, client: HasAsyncRunner, owner: type
    ) -> Callable[P, Coroutine[Any, Any, T_co]]: ...


class Iterating(Protocol[P, T_co]):
    """A method that yields what the operation emits; by `async for` where so is all."""

    @overload
    def __get__(self, client: None, owner: type) -> Callable[..., Any]: ...
    @overload
    def __get__(
        self, client: HasRunner, owner: type
    ) -> Callable[P, Generator[T_co, None, None]]: ...
    @overload
    def __get__(
        self, client: HasAsyncRunner, owner: type
    ) -> Callable[P, AsyncGenerator[T_co, None]]: ...


def answering(operation: Callable[P, Flow[T]]) -> Answering[P, T]:
    """Return a method of both clients, with the operation's one answer."""

    # Any: a runner returns the answer, or a coroutine of it.
    def method(client: Any, /, *args: P.args, **kwargs: P.kwargs) -> Any:
        return client.runner.run(operation(*args, **kwargs))

    _documented(method, operation, _answer_of(operation))
    return cast("Answering[P, T]", method)


def iterating(operation: Callable[P, Stream[T]]) -> Iterating[P, T]:
    """Return a method of both clients that yields what the operation emits."""

    # Any: as above.
    def method(client: Any, /, *args: P.args, **kwargs: P.kwargs) -> Any:
        return client.runner.iterate(operation(*args, **kwargs))

    _documented(method, operation, Generator[_value_of(operation), None, None])  # type: ignore[misc]
    return cast("Iterating[P, T]", method)
