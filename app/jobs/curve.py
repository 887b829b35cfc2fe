"""Draws how the losses of a job fell: a small SVG, for light and dark pages alike.

Losses fall by orders of magnitude, so the axis is logarithmic. Those of two scales do
not compare (each has a picture of its own size), so no line crosses a boundary. No
script, no font, nothing from elsewhere: it may stand in any page.
"""

import math
from collections.abc import Iterator, Sequence
from itertools import groupby

from app.contract.updates import Row
from app.jobs.axes import Axis, linear_axis, log_axis

_SVG = "http://www.w3.org/2000/svg"
_WIDTH, _HEIGHT = 760, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 20, 56, 48
#: A line needs no more than two points a pixel.
_CLOSEST_PX = 0.5
#: "scale 2" is so wide.
_NAME_PX = 44

_STYLE = """\
svg{--paper:#fff;--ink:#1f2328;--faint:#59636e;--rule:#d8dee4;--total:#1f2328;
--content:#0969da;--style:#bc4c00;--tv:#1a7f37}
@media (prefers-color-scheme:dark){svg{--paper:#0d1117;--ink:#f0f6fc;--faint:#9198a1;
--rule:#30363d;--total:#f0f6fc;--content:#58a6ff;--style:#f0883e;--tv:#56d364}}
text{font:13px system-ui,sans-serif;fill:var(--faint)}
.title{font-size:15px;font-weight:600;fill:var(--ink)}
.paper{fill:var(--paper)}
.rule{stroke:var(--rule)}
.scale{stroke:var(--faint);stroke-dasharray:2 4}
.small{font-size:11px}
.end{text-anchor:end}.middle{text-anchor:middle}
path{fill:none;stroke-width:1.4;stroke-linejoin:round;stroke-linecap:round}
.total{stroke:var(--total);stroke-width:2.6}.content{stroke:var(--content)}
.style{stroke:var(--style)}.tv{stroke:var(--tv)}"""


def draw_curve(rows: Sequence[Row], metrics: Sequence[str]) -> str:
    """Return an SVG of the metrics over the steps, or of the words that there are none.

    Args:
        rows: In the order of their steps.
        metrics: The names of their columns; the first lies on top, drawn thickest.
    """
    title, *drawing = _drawing(rows, metrics) if rows and metrics else _nothing()
    size = f'viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}"'
    return "\n".join(
        (
            f'<svg xmlns="{_SVG}" {size} role="img" aria-labelledby="t">',
            f'<title id="t">{title}</title>',
            f"<style>{_STYLE}</style>",
            f'<rect class="paper" width="{_WIDTH}" height="{_HEIGHT}"/>',
            *drawing,
            "</svg>\n",
        )
    )


def _nothing() -> Iterator[str]:
    yield "There are no losses yet"
    middle = f'x="{_WIDTH / 2:g}" y="{_HEIGHT / 2:g}"'
    yield f'<text class="middle" {middle}>There are no losses yet</text>'


def _drawing(rows: Sequence[Row], metrics: Sequence[str]) -> Iterator[str]:
    first, last = rows[0], rows[-1]
    yield (
        f"Losses from step {first.step} to {last.step}: "
        f"the {metrics[0]} is {last.values[0]:.4g} at the end"
    )
    x = linear_axis(first.step, last.step, _LEFT, _WIDTH - _RIGHT)
    y = log_axis(_positive(rows), _HEIGHT - _BOTTOM, _TOP)
    yield f'<text class="title" x="{_LEFT}" y="24">Loss by step</text>'
    yield from _legend(metrics)
    yield from _grid(x, y)
    yield from _boundaries(rows, x)
    for column, name in reversed([*enumerate(metrics)]):
        for _, stage in groupby(rows, key=lambda row: row.stage):
            line = _line([(row.step, row.values[column]) for row in stage], x, y)
            if line:
                yield f'<path class="{name}" d="{line}"/>'


def _positive(rows: Sequence[Row]) -> list[float]:
    """Return the losses that a logarithm knows."""
    losses = [value for row in rows for value in row.values]
    return [loss for loss in losses if loss > 0] or [1.0]


def _legend(metrics: Sequence[str]) -> Iterator[str]:
    left = _WIDTH - _RIGHT
    for name in reversed(metrics):
        left -= 90
        yield f'<path class="{name}" d="M{left} 20h22"/>'
        yield f'<text x="{left + 28}" y="24">{name}</text>'


def _grid(x: Axis, y: Axis) -> Iterator[str]:
    foot, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    for value, label in y.ticks:
        at = f"{y.place(value):.1f}"
        yield f'<path class="rule" d="M{_LEFT} {at}H{right}"/>'
        if label:
            baseline = f"{y.place(value) + 4:.1f}"
            yield f'<text class="end" x="{_LEFT - 8}" y="{baseline}">{label}</text>'
    for value, label in x.ticks:
        at = f"{x.place(value):.1f}"
        yield f'<path class="rule" d="M{at} {foot}v5"/>'
        yield f'<text class="middle" x="{at}" y="{foot + 20}">{label}</text>'
    middle = (_LEFT + right) / 2
    yield f'<text class="middle" x="{middle:g}" y="{_HEIGHT - 10}">step</text>'
    turned = f'transform="translate(16 {(_TOP + foot) / 2:g}) rotate(-90)"'
    yield f'<text class="middle" {turned}>weighted loss (log)</text>'


def _boundaries(rows: Sequence[Row], x: Axis) -> Iterator[str]:
    """Mark where each scale begins, and name it where there is room for the name."""
    for number, group in groupby(rows, key=lambda row: row.stage):
        scale = list(group)
        at, end = x.place(scale[0].step), x.place(scale[-1].step)
        if scale[0] is not rows[0]:
            yield f'<path class="scale" d="M{at:.1f} {_TOP}V{_HEIGHT - _BOTTOM}"/>'
        if end - at >= _NAME_PX or len(scale) == len(rows):
            where = f'x="{at + 4:.1f}" y="{_TOP - 6}"'
            yield f'<text class="small" {where}>scale {number}</text>'


def _line(values: Sequence[tuple[int, float]], x: Axis, y: Axis) -> str:
    """Return a path; it is broken where a loss is zero, which has no logarithm."""
    parts: list[str] = []
    pen, drawn_px = "M", -math.inf
    for index, (step, loss) in enumerate(values):
        at = x.place(step)
        if loss <= 0:
            pen, drawn_px = "M", -math.inf
        elif at - drawn_px >= _CLOSEST_PX or index == len(values) - 1:
            parts.append(f"{pen}{at:.1f} {y.place(loss):.1f}")
            pen, drawn_px = "L", at
    # A point alone is a line to itself: its round ends show.
    return f"{parts[0]}h0" if len(parts) == 1 else "".join(parts)
