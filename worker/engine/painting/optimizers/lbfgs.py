"""Projected limited-memory BFGS that never searches along a line.

One evaluation a step, no waiting for the device: what is accepted is decided there,
picture by picture.

Source: Liu and Nocedal 1989, and Nocedal and Wright 2006, algorithm 7.4. Departures:
the step length is 1, bounded by its root mean square; only a step that raised the loss
is taken back and tried shorter; each step is projected, and the pairs are those of
the projected steps (clamping only at the end doubled the loss).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import NamedTuple

import torch
from torch import Tensor

from worker.engine.painting.optimizers.optimizer import Projection, into_box

#: Root mean square of the first step, which has no curvature to go by.
_FIRST_STEP = 0.02
#: No step is longer.
_LONGEST_STEP = 0.15
#: A step that raised the loss is tried at this part of its length, so often at most.
_SHORTER = 0.25
_TRIES = 3
#: Pairs of less curvature, relative to their lengths, are noise.
_LEAST_CURVATURE = 1e-8
_TINY = 1e-30
#: The kind of device that is never waited for.
_ASKABLE = "cpu"


@dataclass(frozen=True)
class _Point:
    """The accepted images and the step that is being tried from there.

    Attributes:
        place: (N, 3, H, W).
        slope: the gradient there.
        losses: (N,), there.
        direction: (N, 3, H, W), of the step.
        length: (N,), what part of the direction is tried.
    """

    place: Tensor
    slope: Tensor
    losses: Tensor
    direction: Tensor
    length: Tensor


class _Pair(NamedTuple):
    """A step, what it changed of the gradient, and 1 / their product (0: ignore)."""

    step: Tensor
    change: Tensor
    inverse: Tensor


class ProjectedLbfgs:
    """Remembers the last steps and what they did to the gradient.

    Args:
        history: pairs remembered; each takes two images. 20 to 50 differ little.
    """

    def __init__(self, history: int) -> None:
        self._history = history
        self._pairs: list[_Pair] = []
        self._point: _Point | None = None

    def begin_rung(self, height_px: int, width_px: int, steps: int) -> None:
        """Forget everything: curvature at another size is another curvature."""
        del height_px, width_px, steps
        self._pairs = []
        self._point = None

    def step(
        self,
        image: Tensor,
        losses: Tensor,
        gradient: Tensor,
        factor: float,
        project: Projection = into_box,
    ) -> None:
        """Accept where `image` is or take it back, then move it in place."""
        if self._point is None:
            point = _Point(
                place=image.clone(),
                slope=gradient.clone(),
                losses=losses.clone(),
                direction=_descent(gradient, self._pairs),
                length=torch.ones_like(losses),
            )
        else:
            point = self._accepted(self._point, image, losses, gradient)
        self._point = point
        move = point.direction * _each(point.length * factor)
        image.copy_(point.place + move)
        project(image)

    def _accepted(
        self, point: _Point, image: Tensor, losses: Tensor, gradient: Tensor
    ) -> _Point:
        """Return the point to go on from; each picture decides for itself."""
        fell = losses <= point.losses  # NaN is no fall
        exhausted = point.length <= _SHORTER ** (_TRIES - 0.5)
        taken = fell | (exhausted & losses.isfinite())
        mask = _each(taken)
        self._remember(
            torch.where(mask, image - point.place, 0),
            torch.where(mask, gradient - point.slope, 0),
        )
        slope = torch.where(mask, gradient, point.slope)
        return _Point(
            place=torch.where(mask, image, point.place),
            slope=slope,
            losses=torch.where(taken, losses, point.losses),
            direction=torch.where(mask, _descent(slope, self._pairs), point.direction),
            length=torch.where(taken, 1.0, point.length * _SHORTER),
        )

    def _remember(self, step: Tensor, change: Tensor) -> None:
        """Keep the pair for the pictures that learn from it, for the others what was.

        A step that was refused, or whose curvature is noise, must not push a good pair
        out. Where asking would wait for the device, it decides by itself.
        """
        curvature = _dot(step, change)
        least = _LEAST_CURVATURE * (_dot(step, step) * _dot(change, change)).sqrt()
        is_good = curvature > least
        inverse = torch.where(is_good, 1 / curvature.clamp_min(_TINY), 0.0)
        newest = _Pair(step, change, inverse)
        if is_good.device.type == _ASKABLE:
            good = is_good.numpy()
            if not good.any():
                return
            if good.all():
                self._pairs.append(newest)
                del self._pairs[: -self._history]
                return
        if len(self._pairs) < self._history:
            self._pairs.insert(0, _Pair(*(torch.zeros_like(each) for each in newest)))
        _move_up(self._pairs, newest, is_good)

    def change_objective(self) -> None:
        """Begin anew wherever the image is: another objective, another curvature."""
        self._pairs = []
        self._point = None

    def picture(self) -> Tensor:
        """Return the last accepted image, a new tensor."""
        if self._point is None:
            raise RuntimeError("no step was taken yet")
        return self._point.place.clone()

    def state(self) -> dict[str, Tensor]:
        """Return the accepted place, the step being tried and all pairs."""
        state: dict[str, Tensor] = {}
        if self._point is not None:
            state |= {
                each.name: getattr(self._point, each.name) for each in fields(_Point)
            }
        for index, pair in enumerate(self._pairs):
            state |= {f"{index}.{name}": each for name, each in pair._asdict().items()}
        return state

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go on from what `state` gave; the tensors are copied."""
        names = [each.name for each in fields(_Point)]
        self._point = None
        if names[0] in state:
            self._point = _Point(*(state[name].clone() for name in names))
        self._pairs = []
        while f"{len(self._pairs)}.step" in state:
            prefix = f"{len(self._pairs)}."
            self._pairs.append(
                _Pair(*(state[prefix + name].clone() for name in _Pair._fields))
            )


def _move_up(pairs: Sequence[_Pair], newest: _Pair, is_good: Tensor) -> None:
    """Let the newest pair in at the end and the first out, in place, where it is good.

    Args:
        pairs: from old to new; overwritten.
        newest: to let in.
        is_good: (N,), of each picture.
    """
    mask = _each(is_good)
    for sooner, later in zip(pairs, [*pairs[1:], newest], strict=True):
        torch.where(mask, later.step, sooner.step, out=sooner.step)
        torch.where(mask, later.change, sooner.change, out=sooner.change)
        torch.where(is_good, later.inverse, sooner.inverse, out=sooner.inverse)


def _descent(slope: Tensor, pairs: Sequence[_Pair]) -> Tensor:
    """Return minus the inverse Hessian times the slope: the two-loop recursion."""
    direction = slope.clone()
    parts = []
    for pair in reversed(pairs):
        part = pair.inverse * _dot(pair.step, direction)
        direction = direction - _each(part) * pair.change
        parts.append(part)
    direction = direction * _each(_first_hessian(slope, pairs))
    for pair, part in zip(pairs, reversed(parts), strict=True):
        back = pair.inverse * _dot(pair.change, direction)
        direction = direction + pair.step * _each(part - back)
    # Where the memory points uphill the plain gradient is followed.
    uphill = _dot(direction, slope) <= 0
    plain = slope * _each(_FIRST_STEP / _rms(slope))
    direction = torch.where(_each(uphill), plain, direction)
    return -direction * _each((_LONGEST_STEP / _rms(direction)).clamp_max(1))


def _first_hessian(slope: Tensor, pairs: Sequence[_Pair]) -> Tensor:
    """Return (N,), s.y / y.y of the last good pair; the first step has none."""
    scale = _FIRST_STEP / _rms(slope)
    for pair in pairs:
        known = 1 / (pair.inverse * _dot(pair.change, pair.change)).clamp_min(_TINY)
        scale = torch.where(pair.inverse > 0, known, scale)
    return scale


def _each(values: Tensor) -> Tensor:
    """(N,) as (N, 1, 1, 1)."""
    return values[:, None, None, None]


def _dot(one: Tensor, two: Tensor) -> Tensor:
    """Return the scalar product of each picture, (N,)."""
    return (one * two).sum(dim=(1, 2, 3))


def _rms(tensor: Tensor) -> Tensor:
    """Return the root mean square of each picture, (N,), never zero."""
    return tensor.square().mean(dim=(1, 2, 3)).sqrt().clamp_min(_TINY)
