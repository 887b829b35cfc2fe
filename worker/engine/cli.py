"""The press as a command: `python -m worker.engine CONTENT STYLE -o OUT`.

Speaks with a person at a terminal; the only module here that prints.
"""

import argparse
import dataclasses
import io
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PIL import Image
from tqdm import tqdm

from .errors import EngineError
from .files import write_atomically
from .judge_cli import JUDGE, judgement_text
from .options import (
    MAX_SEED,
    MAX_SIZE_PX,
    MAX_STYLE_SCALE,
    MIN_SIZE_PX,
    MIN_STYLE_SCALE,
    Color,
    Preset,
    Start,
    StyleLoss,
)
from .options import StylizeOptions as Options
from .step import Step
from .stylize import StyleEngine
from .weights import load_weights

#: What Pillow calls the formats we write, by suffix, and how it shall write them.
_FORMATS: dict[str, tuple[str, dict[str, Any]]] = {
    ".png": ("PNG", {}),
    ".jpg": ("JPEG", {"quality": 95, "subsampling": 0}),
    ".jpeg": ("JPEG", {"quality": 95, "subsampling": 0}),
    ".webp": ("WEBP", {"quality": 95}),
}
_BAD_INPUT = 2
_INTERRUPTED = 130
_FETCH_WEIGHTS = "fetch-weights"
_CACHE_VARIABLE = "IMPASTO_CACHE_DIR"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 0, 2 for bad input, 130 for Ctrl-C."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if words[:1] == [_FETCH_WEIGHTS]:
            return _fetch_weights(words[1:])
        if words[:1] == [JUDGE]:
            print(judgement_text(words[1:], _open, _cache_dir()))
            return 0
        return _stylize(_parser().parse_args(words))
    except KeyboardInterrupt:
        print("interrupted; nothing was written", file=sys.stderr)
        return _INTERRUPTED
    except (EngineError, ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return _BAD_INPUT


def _parser() -> argparse.ArgumentParser:
    defaults = Options()
    parser = argparse.ArgumentParser(
        prog="python -m worker.engine",
        description="Repaint a photograph in the manner of a painting.",
        epilog=f"'python -m worker.engine {_FETCH_WEIGHTS}' prepares the network's "
        f"weights; {_CACHE_VARIABLE} says where they are kept. "
        f"'python -m worker.engine {JUDGE}' measures a result.",
    )
    add = parser.add_argument
    add("content", type=Path, help="the photograph")
    add("style", type=Path, help="the painting")
    add("-o", "--output", type=Path, required=True, help="*.png, *.jpg or *.webp")
    add("--size", type=int, default=defaults.size_px, metavar="PX",
        help=f"long side, {MIN_SIZE_PX} to {MAX_SIZE_PX}")  # fmt: skip
    add("--preset", choices=[*Preset], default=defaults.preset.value)
    add("--steps", type=int, help="over all scales; the preset's by default")
    add("--style-strength", type=float, default=defaults.style_strength, metavar="0..1")
    add("--content-strength", type=float, default=defaults.content_strength,
        metavar="0..1")  # fmt: skip
    add("--style-loss", choices=[*StyleLoss], default=defaults.style_loss.value)
    add("--color", choices=[*Color], default=defaults.color.value,
        help="whose colours")  # fmt: skip
    add("--style-scale", type=float, default=defaults.style_scale, metavar="X",
        help=f"size of the strokes, {MIN_STYLE_SCALE:g} to "
        f"{MAX_STYLE_SCALE:g}")  # fmt: skip
    add("--start", choices=[*Start], default=defaults.start.value)
    add("--seed", type=int, default=defaults.seed, help=f"0 to {MAX_SEED}")
    add("--device", default="auto", help="auto, cpu, cuda or cuda:<index>")
    add("--precision", default="auto", help="auto, float32 or bfloat16")
    add("--threads", type=int, help="of the CPU")
    add("--json", action="store_true", help="print one JSON document about the result")
    return parser


def _stylize(arguments: argparse.Namespace) -> int:
    """Refuse what can be refused before the network is loaded; then paint and save."""
    encode = _encoder(arguments.output)
    options = Options(
        size_px=arguments.size,
        preset=arguments.preset,
        steps=arguments.steps,
        style_strength=arguments.style_strength,
        content_strength=arguments.content_strength,
        style_loss=arguments.style_loss,
        color=arguments.color,
        style_scale=arguments.style_scale,
        start=arguments.start,
        seed=arguments.seed,
    )
    content_image, style_image = _open(arguments.content), _open(arguments.style)
    started_s = time.monotonic()
    engine = StyleEngine.load(
        device=arguments.device,
        precision=arguments.precision,
        cache_dir=_cache_dir(),
        threads=arguments.threads,
    )
    steps = engine.stylize(content_image, style_image, options)
    with tqdm(total=1.0, bar_format="{percentage:3.0f}%|{bar}| {elapsed}{postfix}",
              file=sys.stderr) as bar:  # fmt: skip
        for step in steps:
            _show(bar, step)
            if step.is_last:
                last, picture = step, step.picture()
    write_atomically(arguments.output, encode(picture))
    if arguments.json:
        seconds = time.monotonic() - started_s
        print(json.dumps(_report(arguments.output, last, engine, seconds), indent=2))
    else:
        print(arguments.output)
    return 0


def _show(bar: "tqdm[Any]", step: Step) -> None:
    bar.update(step.fraction - bar.n)
    bar.set_postfix_str(
        f"scale {step.scale}/{step.total_scales} {step.width_px}x{step.height_px}, "
        f"step {step.step}/{step.total_steps}, loss {step.losses.total:.4f}"
    )


def _report(
    output: Path, last: Step, engine: StyleEngine, seconds: float
) -> dict[str, object]:
    return {
        "result": str(output),
        "width_px": last.width_px,
        "height_px": last.height_px,
        "steps": last.total_steps,
        "losses": dataclasses.asdict(last.losses),
        "seconds": round(seconds, 3),
        "peak_memory_bytes": engine.peak_memory_bytes(),
        "engine": dataclasses.asdict(engine.describe()),
    }


def _encoder(output: Path) -> Callable[[Image.Image], bytes]:
    """Return what turns a picture into the file's bytes; refuse unknown suffixes."""
    suffix = output.suffix.lower()
    if suffix not in _FORMATS:
        allowed = ", ".join(_FORMATS)
        raise ValueError(f"output is {str(output)!r}, must end in one of: {allowed}")
    if not output.parent.is_dir():
        raise ValueError(f"the folder {str(output.parent)!r} is not there")
    name, settings = _FORMATS[suffix]

    def encode(picture: Image.Image) -> bytes:
        buffer = io.BytesIO()
        picture.save(buffer, format=name, **settings)
        return buffer.getvalue()

    return encode


def _open(path: Path) -> Image.Image:
    """Return the decoded image.

    Raises:
        ValueError: it is no image, is damaged, or is not there.
    """
    try:
        with Image.open(path) as image:
            image.load()
            return image
    except (OSError, Image.DecompressionBombError, SyntaxError) as error:
        raise ValueError(
            f"{str(path)!r} can not be read as an image: {error}"
        ) from error


def _fetch_weights(words: list[str]) -> int:
    """Decode the weights into the cache, as a container does while it is built."""
    if words:
        raise ValueError(f"{_FETCH_WEIGHTS} takes no arguments, got {words}")
    print(f"weights ready, SHA-256 {load_weights(_cache_dir()).sha256}")
    return 0


def _cache_dir() -> Path | None:
    value = os.environ.get(_CACHE_VARIABLE)
    return Path(value) if value else None
