"""The judge's eleven numbers as cells of a table."""

from collections.abc import Sequence
from functools import cache

from PIL import Image

from benchmarks.pictures import content_picture, style_picture
from worker.engine import QualityReport, judge
from worker.engine.features.weights import VggWeights, load_weights

#: What they mean and which values are good, the engine's judge says itself:
#: `python -m worker.engine judge CONTENT STYLE PASTICHE`.
HEAD = (
    "strokes",
    "forms",
    "palette",
    "content",
    "edges",
    "sharpness",
    "noise",
    "finest",
    "foreign",
    "layout",
    "like",
)
LEGEND = (
    "Scores: relative errors of strokes (good below 0.03) and forms (0.35), palette "
    "distance (1), content error (0.4), edge correlation (above 0.45), sharpness "
    "(0.6 to 1.3), noise (below 1.5), error of the finest strokes' pattern (0.15), "
    "chroma of foreign hues (0.1), layout (0.2), share of places painted "
    "like with like."
)


def cells(report: QualityReport) -> list[str]:
    """Return the numbers in the order of `HEAD`."""
    return [
        f"{report.style_error_shallow:.3f}",
        f"{report.style_error_deep:.2f}",
        f"{report.palette_distance:.2f}",
        f"{report.content_error:.2f}",
        f"{report.edge_correlation:.2f}",
        f"{report.sharpness:.2f}",
        f"{report.noise:.2f}",
        f"{report.stroke_error:.3f}",
        f"{report.foreign_hue:.2f}",
        f"{report.layout:.2f}",
        f"{report.like_on_like:.2f}",
    ]


def judged(
    pastiche: Image.Image, pair: Sequence[Image.Image] | None = None
) -> QualityReport:
    """Judge a picture that was made from a pair (content, style), by default ours."""
    content, style = pair or (content_picture(), style_picture())
    return judge(content, style, pastiche, _weights())


@cache
def _weights() -> VggWeights:
    return load_weights()
