"""`python -m worker.runners.video.judge_command RESULT --source CLIP`: judges a clip.

Both are files of whoever asks. The exit code is 0, 1 if a bound is broken, 2 for bad
input.
"""

import argparse
import json
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, NamedTuple

import av

from worker.engine import EngineError
from worker.engine.cli.paths import a_path
from worker.engine.cli.pictures import open_picture
from worker.engine.features.backbones.vgg import Vgg
from worker.engine.features.weights import load_weights
from worker.engine.images import upright_rgb
from worker.engine.video.flow import FLOWS
from worker.engine.video.frames import Pixels
from worker.engine.video.judging import Judgement, judged
from worker.engine.video.plot import plot
from worker.runners.video.judging import finished_frames, look_of, spread
from worker.videofile.decode import opened, pictures_of
from worker.videofile.frames import ReadOrder
from worker.videofile.reading import DecodingError, FrameReader

_BROKEN, _BAD_INPUT = 1, 2
#: So many frames are looked at by themselves, at this long side.
_LOOKED_AT, _LOOKED_PX = 5, 512
#: Which numbers have a bound, and whether they shall be at most it or at least.
_BOUNDS = {
    "max_error_ratio": ("warping_error_ratio", "at most"),
    "max_long_error_ratio": ("warping_error_10_ratio", "at most"),
    "min_sharpness_ratio": ("sharpness_ratio", "at least"),
    "max_palette_drift": ("palette_drift", "at most"),
    "min_mask_share": ("mask_share", "at least"),
}


class _Header(NamedTuple):
    """What a clip's file says: sides in pixels, and how many frames there are."""

    width: int
    height: int
    frames: int


def main(words: Sequence[str] | None = None) -> int:
    """Print the report; return the exit code."""
    asked = _parser().parse_args(words)
    try:
        judgement = _judged(asked)
        if asked.plot is not None:
            asked.plot.write_text(plot(judgement.shots))
    except (EngineError, ValueError, OSError, DecodingError, av.FFmpegError) as error:
        sys.stderr.write(f"error: {error}\n")
        return _BAD_INPUT
    report = judgement.report()
    text = json.dumps(report, indent=2) if asked.json else table(report)
    sys.stdout.write(f"{text}\n")
    broken = _broken(report, vars(asked))
    for words_of_it in broken:
        sys.stderr.write(f"{words_of_it}\n")
    return _BROKEN if broken else 0


def table(report: Mapping[str, Any]) -> str:  # Any: JSON of mixed types
    """Return the report for a person: a line a number, a line a shot."""
    quality = report["quality"] or {}
    named = {f"quality: {name}": each for name, each in quality.items()}
    numbers = {**report, **named}
    lines = [
        f"{name:<28} {'-' if value is None else value}"
        for name, value in numbers.items()
        if not isinstance(value, (dict, list)) and name != "quality"
    ]
    shots = (
        f"shot from frame {shot['first_frame']}: {shot['frames']} frames, warping "
        f"error {shot['warping_error']}, worst in frame {shot['worst_frame']}"
        for shot in report["shots"]
    )
    return "\n".join([*lines, *shots])


def _judged(asked: argparse.Namespace) -> Judgement:
    made, source = _header(asked.result), _header(asked.source)
    if asked.start == 0 and source.frames < made.frames:
        raise ValueError(
            f"the source has {source.frames} frames, the result {made.frames}"
        )
    look = None
    if asked.style is not None:
        network = Vgg(load_weights())
        look = look_of(network, upright_rgb(open_picture(asked.style)), _LOOKED_PX)
    with ExitStack() as stack:
        sources, pictures = (
            stack.enter_context(closing(_pixels(path, made, frames, start)))
            for path, frames, start in (
                (asked.source, source.frames, asked.start),
                (asked.result, made.frames, 0.0),
            )
        )
        return judged(
            finished_frames(sources, pictures, asked.cut_threshold),
            flow=asked.flow,
            look=look,
            looked_at=spread(made.frames, _LOOKED_AT),
        )


def _header(path: Path) -> _Header:
    with path.open("rb") as file, closing(opened(file)) as container:
        if not container.streams.video:
            raise ValueError(f"there are no moving pictures in {str(path)!r}")
        stream = pictures_of(container)
        packets = (each for each in container.demux(stream) if each.size)
        frames = sum(not each.is_discard for each in packets)
        return _Header(stream.width, stream.height, frames)


def _pixels(
    path: Path, size: _Header, frames: int, start_s: float
) -> Generator[Pixels, None, None]:
    order = ReadOrder(
        width=size.width, height=size.height, frames=frames, start_s=start_s
    )
    with FrameReader(path, order, lambda: None) as reader:
        for frame in reader.frames():
            yield frame.pixels


# Any: as above.
def _broken(report: Mapping[str, Any], asked: Mapping[str, Any]) -> list[str]:
    """Return what each broken bound says."""
    told = []
    for option, (name, side) in _BOUNDS.items():
        bound, value = asked[option], report[name]
        if bound is None:
            continue
        is_kept = value is not None and (
            value <= bound if side == "at most" else value >= bound
        )
        if not is_kept:
            told.append(f"{name} is {value}, must be {side} {bound:g}")
    return told


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="impasto judge",
        description="Measure how steady, sharp and like its painting a clip is.",
    )
    parser.add_argument("result", type=a_path, help="the painted clip")
    parser.add_argument("--source", type=a_path, required=True, help="what it is of")
    parser.add_argument("--style", type=a_path, help="the painting")
    parser.add_argument("--start", type=float, default=0.0, help="start_seconds")
    parser.add_argument("--cut-threshold", type=float, default=0.5)
    parser.add_argument("--flow", choices=[*FLOWS], default="dis")
    parser.add_argument("--plot", type=a_path, help="where to draw the errors, *.svg")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    for option, (name, side) in _BOUNDS.items():
        words = f"{name} shall be {side} this, else the exit code is {_BROKEN}"
        parser.add_argument(f"--{option.replace('_', '-')}", type=float, help=words)
    return parser


if __name__ == "__main__":
    sys.exit(main())
