"""The quality report for a person: one line a number, and what a good one is."""

import dataclasses

from worker.engine.judgement.report import QualityReport

#: By field of the report: what it is called, and what a good value is. The bounds lie
#: between good and broken pictures at 160 to 512 px, see the tests.
_LINES = {
    "style_error_shallow": (
        "style, strokes",
        "relative error of shallow layers: 0 is best, good below 0.03",
    ),
    "style_error_deep": (
        "style, forms",
        "relative error of deep layers: 0 is best, good below 0.35",
    ),
    "palette_distance": (
        "palette",
        "distance of the colours from the painting's: 0 is best, good below 1",
    ),
    "content_error": (
        "content",
        "0 is the photograph, 1 nothing of it: good below 0.4",
    ),
    "edge_correlation": (
        "edges",
        "those of the photograph are kept: 1 all, 0 none, good above 0.45",
    ),
    "sharpness": (
        "sharpness",
        "fine detail against the painting's: good from 0.6 to 1.3, less is blurred",
    ),
    "noise": (
        "noise",
        "grain in percent of lightness: good below 1.5, speckle has more",
    ),
    "stroke_error": (
        "finest strokes",
        "error of their pattern: 0 is best, good below 0.15, 1 has none",
    ),
    "foreign_hue": (
        "foreign hue",
        "chroma at hues that neither picture has: 0 is best, good below 0.1",
    ),
    "layout": (
        "layout",
        "0 if places are alike as the photograph's are: good below 0.2",
    ),
    "like_on_like": (
        "like on like",
        "places painted from their own kind: good above the default's",
    ),
}


def table(report: QualityReport) -> str:
    """Return the report as lines of text: name, value, explanation."""
    lines = []
    for field, value in dataclasses.asdict(report).items():
        name, explanation = _LINES[field]
        lines.append(f"{name:<15} {value:8.3f}   {explanation}")
    return "\n".join(lines)
