"""Makes methods of operations: its arguments, types and documentation are kept.

An operation is written once, as a flow; a client has a runner, and each operation as a
method that hands the flow to it.
"""

import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, get_args, get_origin

from app.client.flows import Emit, Flow, Stream
from app.client.runners import AsyncRunner, Runner

P = ParamSpec("P")
T = TypeVar("T")


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


def answering(
    operation: Callable[P, Flow[T]],
) -> Callable[Concatenate[HasRunner, P], T]:
    """Return a method with the operation's one answer."""

    def method(client: HasRunner, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return client.runner.run(operation(*args, **kwargs))

    _documented(method, operation, _answer_of(operation))
    return method


def iterating(
    operation: Callable[P, Stream[T]],
) -> Callable[Concatenate[HasRunner, P], Generator[T, None, None]]:
    """Return a method that yields what the operation emits."""

    def method(
        client: HasRunner, /, *args: P.args, **kwargs: P.kwargs
    ) -> Generator[T, None, None]:
        return client.runner.iterate(operation(*args, **kwargs))

    _documented(method, operation, Generator[_value_of(operation), None, None])  # type: ignore[misc]
    return method


def answering_async(
    operation: Callable[P, Flow[T]],
) -> Callable[Concatenate[HasAsyncRunner, P], Coroutine[Any, Any, T]]:
    """Return a method to await, with the operation's one answer."""

    async def method(client: HasAsyncRunner, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await client.runner.run(operation(*args, **kwargs))

    _documented(method, operation, _answer_of(operation))
    return method


def iterating_async(
    operation: Callable[P, Stream[T]],
) -> Callable[Concatenate[HasAsyncRunner, P], AsyncGenerator[T, None]]:
    """Return a method to iterate by `async for`."""

    def method(
        client: HasAsyncRunner, /, *args: P.args, **kwargs: P.kwargs
    ) -> AsyncGenerator[T, None]:
        return client.runner.iterate(operation(*args, **kwargs))

    _documented(method, operation, AsyncGenerator[_value_of(operation), None])  # type: ignore[misc]
    return method
