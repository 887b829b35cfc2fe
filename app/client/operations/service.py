"""The service itself: what it can do, how busy it is, whether it would paint now."""

from pydantic import JsonValue

from app.client.calls import Call, path_of
from app.client.errors import error_of
from app.client.flows import Flow, exchange
from app.client.operations.pictures import Settings
from app.client.shapes import Document, Estimate, Listing, Queue, Readiness, read

_NOT_READY = 503


def capabilities() -> Flow[Document]:
    """Return what the service can do: limits, formats, the schema of each `params`."""
    call = Call(method="GET", path=path_of("capabilities"))
    return read(Document, (yield from exchange(call)))


def presets() -> Flow[list[dict[str, JsonValue]]]:
    """Return the presets, each with what it stands for."""
    call = Call(method="GET", path=path_of("presets"))
    return read(Listing, (yield from exchange(call))).data


def estimate(
    width: int,
    height: int,
    params: Settings | None = None,
    *,
    styles: int | None = None,
    kind: str | None = None,
) -> Flow[Estimate]:
    """Return what a job would cost, learnt from the service's finished jobs.

    Args:
        width: Of the photograph, in pixels.
        height: Likewise.
        params: By the names of a job's `params`.
        styles: How many paintings; as many as there are weights, or one, if left out.
        kind: Of job; a picture if left out.
    """
    settings = {name: v for name, v in (params or {}).items() if v is not None}
    told = {"kind": kind, "styles": styles}
    given = {name: value for name, value in told.items() if value is not None}
    call = Call(
        method="POST",
        path=path_of("estimates"),
        body={"width": width, "height": height, "params": settings, **given},
        repeatable=True,
    )
    return read(Estimate, (yield from exchange(call)))


def queue() -> Flow[Queue]:
    """Return how much waits, and how long jobs of late have waited and run."""
    call = Call(method="GET", path=path_of("queue"))
    return read(Queue, (yield from exchange(call)))


def workers() -> Flow[list[dict[str, JsonValue]]]:
    """Return the workers that are alive; the key needs the scope `admin`."""
    call = Call(method="GET", path=path_of("workers"))
    return read(Listing, (yield from exchange(call))).data


def ready() -> Flow[Readiness]:
    """Return whether a job sent now would be painted, and if not, what is missing.

    Raises:
        ClientError: Nobody answers, or it is no Impasto service.
    """
    call = Call(
        method="GET", path="/readyz", accepts=frozenset({_NOT_READY}), tries=False
    )
    response = yield from exchange(call)
    if response.status_code == _NOT_READY and "checks" not in response.text:
        raise error_of(response)
    return read(Readiness, response)
