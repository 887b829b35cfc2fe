"""For every option of the engine a value that is not the default."""

import dataclasses
from enum import StrEnum
from typing import Any

from worker.engine import StyleLoss, StylizeOptions
from worker.engine.option_checks import OptionField, option_fields

_DEFAULTS = StylizeOptions()
#: Where a value is no number, word or flag.
_OTHERS: dict[str, Any] = {
    "rungs": ((100, 5), (512, 3)),
    "style_layers": {"relu1_1": 4.0, "relu3_1": 1.0},
    "content_layers": {"relu3_2": 2.0},
}


def _unlike_default(field: OptionField) -> Any:
    if field.name == "style_loss":  # one that `guidance` goes with
        return StyleLoss.NEAREST
    if field.name in _OTHERS:
        return _OTHERS[field.name]
    default, option = getattr(_DEFAULTS, field.name), field.option
    if field.kind is bool:
        return not default
    if isinstance(field.kind, type) and issubclass(field.kind, StrEnum):
        # The first one: `start` is no image then, and `memory` no older name.
        return next(each for each in field.kind if each not in {default, "content"})
    step, found = option.multiple_of, option.least
    while found in {default, 0}:  # 0 may mean none
        found += step if field.kind is int else 0.25
    return field.kind(found)


#: What an option needs besides itself.
NEEDED = {"guidance": {"style_loss": "nearest"}}

UNLIKE_DEFAULTS = {
    field.name: _unlike_default(field) for field in option_fields(StylizeOptions)
}
assert UNLIKE_DEFAULTS.keys() == {f.name for f in dataclasses.fields(StylizeOptions)}
