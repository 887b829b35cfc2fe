"""What a submission says besides its pictures, however it was written."""

import json
import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, JsonValue

from app.contract.changes import CHANGES, files_named
from app.contract.engines import ENGINE
from app.contract.inputs import Inputs
from app.contract.jobs import DEFAULT_TTL_S, MAX_TTL_S, MIN_TTL_S
from app.contract.kind import AnyKind, RefusedParams
from app.contract.priorities import Priority
from app.problems import ProblemCode, refuse, too_large
from app.submissions.dependencies import SubmissionDependencies
from app.submissions.fields import (
    METADATA,
    PRIORITY,
    TTL_SECONDS,
    WEBHOOK,
)
from app.submissions.json_texts import MAX_DEPTH, depth_of, pointer_to
from app.submissions.offers import Offer

#: A client's own notes are given back with every answer.
MAX_METADATA_BYTES = 16 * 2**10


@dataclass(frozen=True, kw_only=True)
class Terms:
    """How the pictures shall be painted, kept and told of, and how soon.

    Attributes:
        params: as sent: what was left out is not filled in.
        webhook: as sent; whether its URL may be called is judged later.
    """

    params: BaseModel
    metadata: dict[str, JsonValue]
    webhook: JsonValue
    ttl_seconds: int
    priority: Priority

    # Any: JSON in the making.
    def as_sent(self) -> dict[str, Any]:
        """Return what two equal requests have in common."""
        return {
            "params": self.params.model_dump(mode="json", exclude_unset=True),
            METADATA: self.metadata,
            WEBHOOK: self.webhook,
            TTL_SECONDS: self.ttl_seconds,
            PRIORITY: self.priority,
        }


def read_terms(params: BaseModel, members: Mapping[str, JsonValue]) -> Terms:
    """Return the terms that `members` (metadata, webhook, ttl_seconds, priority) say.

    Raises:
        ProblemError: One of them is of the wrong kind or out of range.
    """
    return Terms(
        params=params,
        metadata=_metadata_of(members.get(METADATA)),
        webhook=members.get(WEBHOOK),
        ttl_seconds=_ttl_of(members.get(TTL_SECONDS)),
        priority=_priority_of(members.get(PRIORITY)),
    )


def _metadata_of(value: JsonValue) -> dict[str, JsonValue]:
    """Return a client's own notes on a job; none for null."""
    pointer = f"/{METADATA}"
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise refuse(pointer, "metadata must be a JSON object.")
    for place in _not_finite(value, pointer):
        detail = "metadata holds a number that is not finite."
        raise refuse(place, detail, ProblemCode.NOT_FINITE)
    text = json.dumps(value, ensure_ascii=False)
    if depth_of(text) > MAX_DEPTH:
        raise refuse(pointer, f"metadata may be nested {MAX_DEPTH} deep.")
    if (size := len(text.encode())) > MAX_METADATA_BYTES:
        detail = f"metadata has {size} bytes; {MAX_METADATA_BYTES} are allowed."
        raise too_large(detail, MAX_METADATA_BYTES, size, pointer=pointer)
    return value


def _ttl_of(value: JsonValue) -> int:
    """Return for how many seconds pictures shall be kept; the usual ones for null."""
    if value is None:
        return DEFAULT_TTL_S
    pointer = f"/{TTL_SECONDS}"
    if isinstance(value, float) and not math.isfinite(value):
        detail = f"{TTL_SECONDS} is not finite."
        raise refuse(pointer, detail, ProblemCode.NOT_FINITE)
    if not isinstance(value, int) or isinstance(value, bool):
        raise refuse(pointer, f"{TTL_SECONDS} must be a whole number of seconds.")
    if not MIN_TTL_S <= value <= MAX_TTL_S:
        detail = f"{TTL_SECONDS} must be from {MIN_TTL_S} to {MAX_TTL_S}."
        limit = MIN_TTL_S if value < MIN_TTL_S else MAX_TTL_S
        actual = value if abs(value) < 2**53 else str(value)
        raise refuse(pointer, detail, ProblemCode.OUT_OF_RANGE, limit, actual)
    return value


def _priority_of(value: JsonValue) -> Priority:
    """Return the priority that was sent; the usual one for null."""
    if value is None:
        return Priority.NORMAL
    words = [str(each) for each in Priority]
    if value not in words:
        detail = f"{PRIORITY} must be one of {', '.join(words)}."
        said = value if isinstance(value, str) else None
        raise refuse(f"/{PRIORITY}", detail, limit=[*words], actual=said)
    return Priority(value)


def _not_finite(value: JsonValue, pointer: str) -> Iterator[str]:
    """Yield a JSON pointer to each number in `value` that is not finite."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _not_finite(inner, pointer_to(pointer, name))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _not_finite(inner, f"{pointer}/{place}")
    elif isinstance(value, float) and not math.isfinite(value):
        yield pointer


def require_harmony(offer: Offer, params: BaseModel, names: Iterable[str]) -> None:
    """Refuse parameters that contradict the inputs or what the service offers.

    Raises:
        ProblemError: The kind refuses them, or engine or network are not offered.
    """
    with _as_problem():
        offer.kind.check(params, names)
    _require_engine(offer, params)
    network = offer.kind.network(params)
    if network is not None and network not in offer.networks:
        offered = ", ".join(offer.networks)
        detail = f"This service offers {offered}; {network} was asked for."
        raise refuse("/params/network", detail, limit=[*offer.networks], actual=network)


def require_known_files(params: BaseModel, known: Collection[str] = ()) -> None:
    """Refuse changes that bring files which nobody has sent with this job.

    Args:
        params: of a new job.
        known: hashes of files that an old job, which it follows, has.

    Raises:
        ProblemError: One names another file.
    """
    for place, change in enumerate(getattr(params, CHANGES, ())):
        for name, value in change.items():
            if files_named([{name: value}]) - set(known):
                detail = "A mask that comes later is known to retry and branch alone."
                pointer = pointer_to(f"/params/{CHANGES}/{place}", name)
                raise refuse(pointer, detail, ProblemCode.NOT_APPLICABLE, actual=value)


def require_dataset(deps: SubmissionDependencies, name: str | None) -> None:
    """Refuse a data set that this service does not have.

    Raises:
        ProblemError: There is none of that name.
    """
    known = [] if name is None else [*deps.datasets()]
    if name is not None and name not in known:
        detail = f"dataset must be one of {', '.join(known)}."
        raise refuse(
            "/params/dataset", detail, ProblemCode.UNKNOWN_DATASET, [*known], name
        )


def require_fitting_inputs(kind: AnyKind, params: BaseModel, inputs: Inputs) -> None:
    """Refuse parameters that contradict what is known of the inputs.

    Raises:
        ProblemError: The kind refuses them.
    """
    with _as_problem():
        kind.check_inputs(params, inputs)


@contextmanager
def _as_problem() -> Iterator[None]:
    try:
        yield
    except RefusedParams as error:
        code = ProblemCode(error.code)
        raise refuse(
            error.pointer, str(error), code, error.limit, error.actual
        ) from error


def _require_engine(offer: Offer, params: BaseModel) -> None:
    offered = offer.engines
    for engine in offer.kind.engines_of(params):
        if engine not in offer.withheld:
            continue
        detail = (
            f"This service offers the engine {', '.join(offered)}; {engine} was asked "
            f"for. Whoever runs it installs impasto[{engine}] and says "
            f"IMPASTO_{engine.upper()}=true to the API and its workers."
        )
        raise refuse(f"/params/{ENGINE}", detail, limit=[*offered], actual=engine)
