"""The parameters of an old job with some of them replaced, for a new one."""

from collections.abc import Mapping

from pydantic import JsonValue

from app.contract.changes import changed_at
from app.contract.kind import RefusedParams
from app.contract.kinds.image.fast import ResolvedFastParameters
from app.contract.kinds.image.resolved import ResolvedParameters
from app.contract.painting import limits

_SHARED = {
    "size",
    "style_strength",
    "style_weights",
    "color",
    "style_scale",
    "keep",
    "keep_strength",
}


def overridden(
    old: ResolvedParameters | ResolvedFastParameters, changes: Mapping[str, JsonValue]
) -> dict[str, JsonValue]:
    """Return parameters as they may be sent; nothing of `changes` is judged yet.

    Another preset means its own number of steps unless one is given; `rungs` and
    `steps` with `working_size` take each other's place. The seed stays unless it is
    given: null draws a new one. Another engine takes over what means the same in both.
    """
    values: dict[str, JsonValue] = old.model_dump(mode="json", exclude_none=True)
    engine = values.get("engine", "optimize")
    if changes.get("engine", engine) != engine:
        values = {name: each for name, each in values.items() if name in _SHARED}
    given = {name for name, value in changes.items() if value is not None}
    if "rungs" in given:
        _drop(values, "steps", "working_size")
    if given & {"steps", "working_size"}:
        _drop(values, "rungs")
    if "preset" in changes:
        _drop(values, "steps", "rungs")
    for name, value in changes.items():
        if value is None and name in type(old).model_fields:
            _drop(values, name)
        else:
            values[name] = value
    return values


def branched(
    old: ResolvedParameters | ResolvedFastParameters,
    at_step: int,
    changes: Mapping[str, JsonValue],
    further_steps: int | None,
) -> ResolvedParameters | ResolvedFastParameters:
    """Return the old parameters with one more change, at the step of a state.

    So they tell the whole way, and paint the same without a state.

    Raises:
        RefusedParams: More steps or changes than a job may have.
    """
    values = dict(changes)
    if further_steps is not None:
        if further_steps > limits.MAX_STEPS:
            detail = f"A branch may take {limits.MAX_STEPS} further steps."
            code, most = "out_of_range", limits.MAX_STEPS
            raise RefusedParams("/params/steps", detail, code, most, further_steps)
        values["steps"] = at_step + further_steps
    if isinstance(old, ResolvedFastParameters):
        return old
    return changed_at(old, at_step, values)


def _drop(values: dict[str, JsonValue], *names: str) -> None:
    for name in names:
        values.pop(name, None)
