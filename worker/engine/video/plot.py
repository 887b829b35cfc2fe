"""The errors of a clip as a drawing, in SVG: a line for the result, one for the source.

Knows no library: a few lines of text are enough.
"""

from collections.abc import Iterator, Sequence

from worker.engine.video.judging import FrameErrors, ShotErrors

_WIDTH, _HEIGHT, _MARGIN, _TEXT = 900, 300, 50, 13
_MADE, _SOURCE, _CUT = "#c0392b", "#2c3e50", "#999999"


def plot(shots: Sequence[ShotErrors]) -> str:
    """Return a drawing of the warping error by frame; shots are told by dashes.

    Frames that were not compared are left out of the lines.
    """
    rows = [row for shot in shots for row in shot.rows]
    frames = max(1, sum(shot.frames for shot in shots) - 1)
    most = max([0.01, *(max(row.error, row.source) for row in rows)])
    x_px = (_WIDTH - 2 * _MARGIN) / frames
    y_px = (_HEIGHT - 2 * _MARGIN) / most

    def place(number: int, value: float) -> str:
        return f"{_MARGIN + number * x_px:.1f},{_HEIGHT - _MARGIN - value * y_px:.1f}"

    def line(rows: Sequence[FrameErrors], color: str, *, of_source: bool) -> str:
        places = (
            place(row.number, row.source if of_source else row.error) for row in rows
        )
        return f'<polyline fill="none" stroke="{color}" points="{" ".join(places)}"/>'

    parts = [_frame(most, frames)]
    for shot in shots:
        for run in _runs(shot.rows):
            parts.append(line(run, _SOURCE, of_source=True))
            parts.append(line(run, _MADE, of_source=False))
        if shot.first:
            left = f"{_MARGIN + shot.first * x_px:.1f}"
            parts.append(
                f'<line x1="{left}" x2="{left}" y1="{_MARGIN}" '
                f'y2="{_HEIGHT - _MARGIN}" stroke="{_CUT}" stroke-dasharray="4"/>'
            )
    return "\n".join([*parts, "</svg>\n"])


def _runs(rows: Sequence[FrameErrors]) -> Iterator[Sequence[FrameErrors]]:
    """Yield the rows of each stretch of frames without a gap."""
    begin = 0
    for end in range(1, len(rows) + 1):
        if end == len(rows) or rows[end].number > rows[end - 1].number + 1:
            yield rows[begin:end]
            begin = end


def _frame(most: float, frames: int) -> str:
    bottom, right = _HEIGHT - _MARGIN, _WIDTH - _MARGIN
    words = [
        (_MARGIN, _MARGIN - 20, _MADE, "warping error of the result"),
        (_MARGIN + 230, _MARGIN - 20, _SOURCE, "of the source"),
        (5, _MARGIN + 5, _SOURCE, f"{most:.3f}"),
        (30, bottom, _SOURCE, "0"),
        (right - 60, bottom + 25, _SOURCE, f"frame {frames}"),
    ]
    texts = "\n".join(
        f'<text x="{x}" y="{y}" fill="{color}">{text}</text>'
        for x, y, color, text in words
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'font-family="sans-serif" font-size="{_TEXT}">\n'
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>\n'
        f'<path d="M{_MARGIN} {_MARGIN}V{bottom}H{right}" fill="none" '
        f'stroke="black"/>\n'
        f"{texts}"
    )
