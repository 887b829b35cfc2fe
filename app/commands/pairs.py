"""Reads what a terminal has no numbers for: `relu1_1=16`, `128:100`, a mask or none."""

from collections.abc import Sequence
from pathlib import Path

import typer

#: In the place of a mask: this painting has none.
NO_MASK = Path("-")


def layer_weights(option: str, texts: Sequence[str] | None) -> dict[str, float] | None:
    """Return the weights by layer of `relu1_1=16`, ...; None if there are none.

    Raises:
        BadParameter: One of another form, or a layer twice.
    """
    weights: dict[str, float] = {}
    for text in texts or ():
        layer, equals, weight = text.partition("=")
        try:
            number = float(weight)
        except ValueError:
            equals = ""
        if not equals:
            raise _bad(option, f"{text!r} is not of the form relu1_1=16")
        if layer in weights:
            raise _bad(option, f"{layer} came twice")
        weights[layer] = number
    return weights or None


def rungs(option: str, texts: Sequence[str] | None) -> list[tuple[int, int]] | None:
    """Return the rungs of `128:100`, ... (long side, steps); None if there are none.

    Raises:
        BadParameter: One of another form.
    """
    pairs = []
    for text in texts or ():
        scale_px, _, steps = text.partition(":")
        try:
            pairs.append((int(scale_px), int(steps)))
        except ValueError:
            raise _bad(option, f"{text!r} is not of the form 128:100") from None
    return pairs or None


def masks(paths: Sequence[Path] | None) -> list[Path | None]:
    """Return the masks in order; `-` is none."""
    return [None if path == NO_MASK else path for path in paths or ()]


def _bad(option: str, message: str) -> typer.BadParameter:
    return typer.BadParameter(message, param_hint=f"'{option}'")
