"""The parameters of an old job with some of them replaced, for a new one."""

from collections.abc import Mapping

from pydantic import JsonValue

from app.contract.kinds.image.resolved import ResolvedParameters


def overridden(
    old: ResolvedParameters, changes: Mapping[str, JsonValue]
) -> dict[str, JsonValue]:
    """Return parameters as they may be sent; nothing of `changes` is judged yet.

    Another preset means its own number of steps unless one is given; `rungs` and
    `steps` with `working_size` take each other's place. The seed stays unless it is
    given: null draws a new one.
    """
    values: dict[str, JsonValue] = old.model_dump(mode="json", exclude_none=True)
    given = {name for name, value in changes.items() if value is not None}
    if "rungs" in given:
        _drop(values, "steps", "working_size")
    if given & {"steps", "working_size"}:
        _drop(values, "rungs")
    if "preset" in changes:
        _drop(values, "steps", "rungs")
    for name, value in changes.items():
        if value is None and name in ResolvedParameters.model_fields:
            _drop(values, name)
        else:
            values[name] = value
    return values


def _drop(values: dict[str, JsonValue], *names: str) -> None:
    for name in names:
        values.pop(name, None)
