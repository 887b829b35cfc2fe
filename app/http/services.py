"""What the handlers of one application work with: one object of each type."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from fastapi import Request
from starlette.types import Scope

T = TypeVar("T")


@dataclass(frozen=True)
class Services:
    """Set once by `app.main`, as `app.state.services`; each room reads its own part."""

    parts: tuple[object, ...]

    def of(self, wanted: type[T]) -> T:
        """Return the part of a type; raise LookupError if nobody has set one."""
        for part in self.parts:
            if isinstance(part, wanted):
                return part
        raise LookupError(f"the application was set up without {wanted.__name__}")


def service(source: Scope | Request, wanted: type[T]) -> T:
    """Return a part of the application that a request came to."""
    services: Services = source["app"].state.services
    return services.of(wanted)


def dependency(wanted: type[T]) -> Callable[[Request], Coroutine[Any, Any, T]]:
    """Return what FastAPI's `Depends` asks for a part."""

    # Not a plain function: FastAPI would call that one in a thread.
    async def find(request: Request) -> T:
        return service(request, wanted)

    return find
