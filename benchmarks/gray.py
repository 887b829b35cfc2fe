"""The hard pair: a grey photograph and a vivid painting.

Gram matrices of deep layers are content with false colours here; the palette and the
shallow layers tell. Both are measured beside the judge, by torchvision's graph and by
plain gradients, so that the engine does not judge itself alone.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from benchmarks.clock import Painted, paint
from benchmarks.naive import Extractor, gram
from benchmarks.pictures import as_tensor, at_size, content_picture, vivid_picture
from benchmarks.scores import HEAD, LEGEND, cells, judged
from benchmarks.table import show
from worker.engine import Preset, QualityReport, StyleEngine, StylizeOptions

SIZE_PX = 256
#: By index in torchvision's `features`.
SHALLOW = {3: "relu1_2", 8: "relu2_2"}
MOST_PALETTE = 1.0
MOST_ERROR = 0.03
LEAST_EDGES = 0.4
MOST_SECONDS = 60.0


def main(words: Sequence[str]) -> None:
    """Print the numbers beside the floor."""
    arguments = _parser().parse_args(words)
    content = _opened(arguments.content) or content_picture()
    style = _opened(arguments.style) or vivid_picture()
    gray = content.convert("L").convert("RGB")
    options = StylizeOptions(size_px=arguments.size, preset=arguments.preset)
    painted = paint(StyleEngine.load(), options, (gray, style))
    if arguments.out:
        painted.picture.save(arguments.out)
    report = judged(painted.picture, (gray, style))
    scores = zip(HEAD, cells(report), strict=True)
    show(
        f"A grey photograph, a vivid painting: {arguments.preset}, {arguments.size} px",
        ["number", "found", "floor", "holds"],
        _rows(painted, report, gray, style),
        [
            "Errors: |G - G_s|^2 / |G_s|^2, torchvision's graph, zeros as its border.",
            "The judge: " + ", ".join(f"{name} {cell}" for name, cell in scores) + ".",
            LEGEND,
        ],
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks gray")
    parser.add_argument("--content", type=Path, help="a photograph, made grey")
    parser.add_argument("--style", type=Path, help="a vivid painting")
    parser.add_argument("--size", type=int, default=SIZE_PX, help="long side in pixels")
    parser.add_argument("--preset", type=Preset, default=Preset.STANDARD)
    parser.add_argument("--out", type=Path, help="where to keep the picture")
    return parser


def _rows(
    painted: Painted, report: QualityReport, content: Image.Image, style: Image.Image
) -> list[list[str]]:
    """Return a row a demand of the floor."""
    errors = shallow_errors(painted.picture, style)
    plain = plain_edge_correlation(painted.picture, content)
    return [
        _at_most("seconds", painted.seconds, MOST_SECONDS),
        _at_most("palette distance", report.palette_distance, MOST_PALETTE),
        *(_at_most(f"error at {name}", errors[name], MOST_ERROR) for name in errors),
        _at_least("edges, as the judge", report.edge_correlation, LEAST_EDGES),
        _at_least("edges, no blur", plain, LEAST_EDGES),
    ]


def _opened(path: Path | None) -> Image.Image | None:
    return None if path is None else Image.open(path).convert("RGB")


def _at_most(name: str, found: float, floor: float) -> list[str]:
    return [name, f"{found:.3f}", f"<= {floor:g}", "yes" if found <= floor else "NO"]


def _at_least(name: str, found: float, floor: float) -> list[str]:
    return [name, f"{found:.3f}", f">= {floor:g}", "yes" if found >= floor else "NO"]


@torch.no_grad()
def shallow_errors(pastiche: Image.Image, style: Image.Image) -> dict[str, float]:
    """Return the relative squared error of the Gram matrices by layer."""
    extractor, size_px = Extractor(SHALLOW), max(pastiche.size)
    # As the judge does: the painting is never enlarged.
    wanted = extractor(as_tensor(style, min(size_px, max(style.size))))
    found = extractor(as_tensor(pastiche, size_px))
    errors = {}
    for layer, maps in found.items():
        expected = gram(wanted[layer])
        errors[layer] = float(
            (gram(maps) - expected).square().sum() / expected.square().sum()
        )
    return errors


def plain_edge_correlation(pastiche: Image.Image, content: Image.Image) -> float:
    """Return Pearson's correlation of the gradients' lengths, strokes and all."""
    steepness = []
    for picture in (pastiche, at_size(content, max(pastiche.size))):
        levels = np.asarray(picture.convert("L"), dtype=np.float64)
        steepness.append(np.hypot(*np.gradient(levels)).ravel())
    return float(np.corrcoef(*steepness)[0, 1])
