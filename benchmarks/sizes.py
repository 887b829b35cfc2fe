"""One setting at three sizes: numbers, and the pictures side by side to look at."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from benchmarks.clock import paint
from benchmarks.pictures import at_size
from benchmarks.scores import HEAD, LEGEND, cells, judged
from benchmarks.table import show
from worker.engine import Preset, StyleEngine, StylizeOptions

EXAMPLES = Path(__file__).parents[1] / "examples"
PAIRS = (("harbour", "night"), ("still-life", "glass"), ("harbour", "woodcut"))
SIZES_PX = (256, 512, 1024)
_SHOWN_PX = 400
_GAP_PX = 8


def main(words: Sequence[str]) -> None:
    """Print a row a picture; save all of them as one sheet, each at one width."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks sizes")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES_PX))
    parser.add_argument("--preset", choices=[*Preset], default=Preset.DRAFT.value)
    parser.add_argument("--out", type=Path, default=Path("out/sizes.jpg"))
    arguments = parser.parse_args(words)
    engine = StyleEngine.load()
    rows, sheet = [], []
    for names in PAIRS:
        pair = _opened(*names)
        for size_px in arguments.sizes:
            options = StylizeOptions(size_px=size_px, preset=arguments.preset)
            picture = paint(engine, options, pair).picture
            scores = cells(judged(picture, pair))
            rows.append([" + ".join(names), f"{size_px} px", *scores])
            sheet.append(at_size(picture, _SHOWN_PX))
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    _joined(sheet, len(arguments.sizes)).save(arguments.out, quality=85)
    show(
        f"One setting at every size, {arguments.preset}; {arguments.out}",
        ["pair", "long side", *HEAD],
        rows,
        [LEGEND],
    )


def _opened(content: str, style: str) -> tuple[Image.Image, Image.Image]:
    paths = (
        EXAMPLES / "contents" / f"{content}.jpg",
        EXAMPLES / "styles" / f"{style}.jpg",
    )
    first, second = (Image.open(path).convert("RGB") for path in paths)
    return first, second


def _joined(pictures: Sequence[Image.Image], columns: int) -> Image.Image:
    """Return the pictures in rows; all have one width."""
    rows = [pictures[i : i + columns] for i in range(0, len(pictures), columns)]
    heights = [max(each.height for each in row) for row in rows]
    width = columns * (_SHOWN_PX + _GAP_PX) - _GAP_PX
    sheet = Image.new("RGB", (width, sum(heights) + _GAP_PX * (len(rows) - 1)), "white")
    top = 0
    for row, height in zip(rows, heights, strict=True):
        for column, picture in enumerate(row):
            sheet.paste(picture, (column * (_SHOWN_PX + _GAP_PX), top))
        top += height + _GAP_PX
    return sheet
