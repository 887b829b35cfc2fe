"""One fast picture: `python -m worker.engine fast CONTENT STYLE [STYLE ...] -o OUT`."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from app.contract.packs.reading import MAX_PACK_BYTES
from app.contract.painting.choices import Keep
from worker.engine.cli.engine_flags import (
    add_device_flags,
    cache_dir,
    progress_bar,
    show,
)
from worker.engine.cli.option_flags import add_option_flags, given_options
from worker.engine.cli.paths import a_path, add_force_flag, require_new
from worker.engine.cli.pictures import encoder, open_picture
from worker.engine.feedforward import (
    FastEngine,
    FastOptions,
    FastStyle,
    Pack,
    PackError,
    quick_options,
    start_image,
)
from worker.engine.files import write_atomically
from worker.engine.options import StylizeOptions
from worker.engine.styles import Style
from worker.engine.stylize import StyleEngine

FAST = "fast"
BUILTIN = "builtin:"
STYLE_HELP = f"a painting, a pack (*.safetensors), or {BUILTIN}0 to {BUILTIN}25"


def fast_text(words: Sequence[str]) -> str:
    """Repaint, save, and return the path of the result."""
    arguments = _parser().parse_args(words)
    encode = encoder(arguments.output)
    kept = [] if arguments.keep_mask is None else [arguments.keep_mask]
    if kept and arguments.keep is None:
        arguments.keep = Keep.MASK.value
    read = [arguments.content, *arguments.mask, *map(Path, arguments.style), *kept]
    require_new([arguments.output], read, force=arguments.force)
    options = FastOptions(**given_options(arguments, FastOptions))
    content_image = open_picture(arguments.content)
    engine = load_fast_engine(arguments)
    styles = _styles(engine, arguments)
    if arguments.steps is None:
        keep_mask = _keep_mask(arguments)
        picture = engine.stylize(content_image, styles, options, keep_mask=keep_mask)
    else:
        picture = _sharpened(engine, content_image, styles, arguments)
    write_atomically(arguments.output, encode(picture))
    return str(arguments.output)


def load_fast_engine(arguments: argparse.Namespace) -> FastEngine:
    """Return the engine that `--device` and `--threads` ask for."""
    return FastEngine.load(
        device=arguments.device, cache_dir=cache_dir(), threads=arguments.threads
    )


def open_style(engine: FastEngine, text: str) -> Image.Image | Pack:
    """Return what one word for a style means.

    Raises:
        ValueError: there is no such style, or it can not be read.
        PackError: the file is no pack.
    """
    if text.startswith(BUILTIN):
        number = text.removeprefix(BUILTIN)
        if not (number.isascii() and number.isdigit()):
            raise ValueError(f"style is {text!r}, must be {STYLE_HELP}")
        return engine.builtin(int(number))
    path = Path(text)
    if path.suffix.lower() != ".safetensors":
        return open_picture(path)
    if path.stat().st_size > MAX_PACK_BYTES:
        raise PackError(f"{text!r} is larger than {MAX_PACK_BYTES} bytes")
    return Pack.from_bytes(path.read_bytes())


def a_style(text: str) -> str:
    """Return the word for a style; an empty path is refused."""
    if not text.startswith(BUILTIN):
        a_path(text)
    return text


def _styles(engine: FastEngine, arguments: argparse.Namespace) -> list[FastStyle]:
    """Return the styles with their weights and masks, in order.

    Raises:
        ValueError: there are more weights or masks than styles.
    """
    count = len(arguments.style)
    for flag in ("style_weight", "mask"):
        if len(getattr(arguments, flag)) > count:
            raise ValueError(f"--{flag.replace('_', '-')} came more than {count} times")
    weights = arguments.style_weight + [1.0] * (count - len(arguments.style_weight))
    masks = arguments.mask + [None] * (count - len(arguments.mask))
    styles = []
    for text, weight, mask in zip(arguments.style, weights, masks, strict=True):
        opened = open_style(engine, text)
        styles.append(
            FastStyle(
                pack=opened if isinstance(opened, Pack) else None,
                image=None if isinstance(opened, Pack) else opened,
                weight=weight,
                mask=None if mask is None else open_picture(mask),
            )
        )
    return styles


def _keep_mask(arguments: argparse.Namespace) -> Image.Image | None:
    path = arguments.keep_mask
    return None if path is None else open_picture(path)


def _sharpened(
    engine: FastEngine,
    content_image: Image.Image,
    styles: Sequence[FastStyle],
    arguments: argparse.Namespace,
) -> Image.Image:
    """Return the fast picture after some optimizer steps at full size.

    Raises:
        ValueError: a style has no painting to optimize for.
    """
    paintings = []
    for style in styles:
        if style.image is None:
            raise ValueError("--steps needs paintings, and a style has none")
        painting = Style(image=style.image, weight=style.weight, mask=style.mask)
        paintings.append(painting)
    given = given_options(arguments, FastOptions)
    given.pop("network", None)
    options = quick_options(StylizeOptions(**given), arguments.steps)
    mask = _keep_mask(arguments)
    first = start_image(engine, content_image, paintings, options, keep_mask=mask)
    optimizing = StyleEngine.load(
        device=arguments.device, cache_dir=cache_dir(), threads=arguments.threads
    )
    steps = optimizing.stylize(
        content_image, paintings, options, start_image=first, keep_mask=mask
    )
    with progress_bar() as bar:
        for step in steps:
            show(bar, step)
            if step.is_last:
                return step.picture()
    raise AssertionError


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m worker.engine {FAST}",
        description="Repaint a photograph in a fraction of a second.",
    )
    add = parser.add_argument
    add("content", type=a_path, help="the photograph")
    add("style", type=a_style, nargs="+", help=f"up to 4: {STYLE_HELP}")
    add("-o", "--output", type=a_path, required=True, help="*.png, *.jpg or *.webp")
    add("--style-weight", type=float, action="append", default=[], metavar="X",
        help="of each style, in order; 1 by default")  # fmt: skip
    add("--mask", type=a_path, action="append", default=[], metavar="FILE",
        help="where on the photograph each style goes (white), in order")  # fmt: skip
    add("--keep-mask", type=a_path, metavar="FILE",
        help="white where the photograph is kept, for --keep mask")  # fmt: skip
    add("--steps", type=int, metavar="N",
        help="then so many optimizer steps at full size, such as 20")  # fmt: skip
    add_option_flags(parser, FastOptions)
    add_force_flag(parser)
    add_device_flags(parser)
    return parser
