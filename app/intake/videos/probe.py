"""Reads a clip's header, its packets and its first frame, in a process of its own.

`python -m app.intake.videos.probe ORDER` reads the file that is its standard input, and
writes a line of JSON: the facts, or why the clip is refused. What crashes, hangs or
takes too much memory is this process, not the API.
"""

import json
import resource
import statistics
import sys
from collections.abc import Sequence
from contextlib import closing
from fractions import Fraction
from typing import Any, NamedTuple

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from app.contract.kinds.video.geometry import seen_size
from app.contract.kinds.video.probing import (
    FORMATS,
    MOST_BYTES,
    MOST_S,
    Refused,
    Why,
)

#: Source: ITU-T H.273, table 3: the curve of HDR10, which needs a mapping of tones.
_PERCEPTUAL_QUANTIZER = 16
#: Frames that last unlike by more than this part of a usual one have a variable rate.
_UNLIKE = 0.1
_NO_PICTURE = Disposition.attached_pic | Disposition.timed_thumbnails


class _Times(NamedTuple):
    """When frames are shown, in units of the stream's time base.

    Attributes:
        stamps: rising, from 0 on.
        last: for how long the last one is shown.
    """

    stamps: Sequence[int]
    last: int

    @property
    def duration(self) -> int:
        return self.stamps[-1] + self.last


def main() -> int:
    """Write the facts, or the refusal; return 0."""
    for kind, most in (
        (resource.RLIMIT_DATA, MOST_BYTES),
        (resource.RLIMIT_CPU, MOST_S),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        resource.setrlimit(kind, (most, most))
    rules = json.loads(sys.argv[1])
    av.logging.set_level(av.logging.PANIC)
    try:
        said = {"facts": _facts(rules)}
    except Refused as error:
        said = {"refused": error.as_json()}
    # Hostile bytes make the demuxers raise almost anything.
    except Exception as error:  # noqa: BLE001
        said = {"refused": Refused(Why.UNREADABLE, _words(error)).as_json()}
    # Nothing may be written to files, and a pipe is none.
    sys.stdout.write(json.dumps(said))
    sys.stdout.flush()
    return 0


def _facts(rules: dict[str, float]) -> dict[str, Any]:  # Any: of mixed types
    with closing(_opened()) as container:
        stream = _pictures_of(container)
        _require_short(stream, rules)
        _require_size(stream.width, stream.height, rules)
        frame = next(container.decode(stream), None)
        if frame is None:
            raise Refused(Why.UNREADABLE, "it has no frame that can be decoded")
        if frame.color_trc == _PERCEPTUAL_QUANTIZER:
            words = "its brightness is coded for HDR displays (PQ)"
            raise Refused(Why.UNSUPPORTED_CODEC, words)
        rotation = -frame.rotation % 360
        aspect = stream.sample_aspect_ratio
        size = seen_size(frame.width, frame.height, aspect, rotation)
        _require_size(*size, rules)
        sounds = container.streams.audio
        sound = sounds[0].codec_context if sounds else None
        facts = {
            "width": size[0],
            "height": size[1],
            "codec": stream.codec_context.name,
            "rotation": rotation,
            "audio": None if sound is None else sound.name,
        }
    return {**facts, **_timing(rules)}


def _opened() -> InputContainer:
    sys.stdin.buffer.seek(0)
    options = {"format_whitelist": FORMATS, "protocol_whitelist": "file"}
    return av.open(sys.stdin.buffer, "r", options=options)


def _pictures_of(container: InputContainer) -> VideoStream:
    """Return the stream of moving pictures, ready to be decoded by one thread."""
    streams = [s for s in container.streams.video if not s.disposition & _NO_PICTURE]
    if not streams:
        raise Refused(Why.UNREADABLE, "there are no moving pictures in it")
    usual = [s for s in streams if s.disposition & Disposition.default]
    stream = (usual or streams)[0]
    if stream.codec_context is None:
        raise Refused(Why.UNSUPPORTED_CODEC, "no decoder for its codec is built in")
    stream.codec_context.thread_count = 1
    return stream


def _timing(rules: dict[str, float]) -> dict[str, Any]:  # Any: as above
    """Return number, times and rate of the frames, from all packets, undecoded."""
    with closing(_opened()) as container:
        stream = _pictures_of(container)
        base = stream.time_base or Fraction(1, 1000)
        times = _times(container, stream, rules)
        rate = stream.average_rate or stream.guessed_rate or Fraction(25)
        frames = len(times.stamps)
        if stream.frames and frames < stream.frames - rate:
            words = f"it is cut off: {frames} of its {stream.frames} frames are there"
            raise Refused(Why.UNREADABLE, words, stream.frames, frames)
    seconds = float(times.duration * base)
    _require_at_most(frames, seconds, rules)
    gaps = [b - a for a, b in zip(times.stamps, times.stamps[1:], strict=False)]
    is_variable = False
    if gaps:
        usual = statistics.median(gaps)
        # A coarse time base rounds each of them.
        is_variable = max(gaps) - min(gaps) > max(2, _UNLIKE * usual)
    return {
        "frames": frames,
        "frame_rate": f"{rate.numerator}/{rate.denominator}",
        "variable_rate": is_variable,
        "duration_seconds": round(seconds, 3),
    }


def _times(
    container: InputContainer, stream: VideoStream, rules: dict[str, float]
) -> _Times:
    stamps: list[int] = []
    lasting = 0
    for packet in container.demux(stream):
        stamp = packet.dts if packet.pts is None else packet.pts
        if packet.size == 0 or packet.is_discard:
            continue
        lasting = packet.duration or lasting
        # Without any time stamp one comes after the other.
        stamps.append(stamps[-1] + lasting if stamp is None and stamps else stamp or 0)
        if len(stamps) > rules["max_frames"]:
            _require_at_most(len(stamps), 0, rules)
    if not stamps:
        raise Refused(Why.UNREADABLE, "there is no frame in it")
    stamps = sorted(each - min(stamps) for each in stamps)
    if not lasting and len(stamps) > 1:
        lasting = round(stamps[-1] / (len(stamps) - 1))
    return _Times(stamps, lasting)


def _require_short(stream: VideoStream, rules: dict[str, float]) -> None:
    """Refuse what the header says to be too long, before anything is decoded."""
    seconds = 0.0
    if stream.duration and stream.time_base:
        seconds = float(stream.duration * stream.time_base)
    _require_at_most(stream.frames, seconds, rules)


def _require_at_most(frames: int, seconds: float, rules: dict[str, float]) -> None:
    if frames > rules["max_frames"]:
        words = f"it has {frames} frames or more; {rules['max_frames']} are allowed"
        raise Refused(Why.TOO_LONG, words, rules["max_frames"], frames)
    if seconds > rules["max_seconds"]:
        words = f"it lasts {seconds:.0f} s; {rules['max_seconds']:g} are allowed"
        raise Refused(Why.TOO_LONG, words, rules["max_seconds"], round(seconds))


def _require_size(width: int, height: int, rules: dict[str, float]) -> None:
    short, long = sorted((width, height))
    size = f"it has {width} x {height} pixels"
    if width * height > rules["max_pixels"]:
        words = f"{size} a frame; {rules['max_pixels']} are allowed"
        pixels = width * height
        raise Refused(Why.TOO_MANY_PIXELS, words, rules["max_pixels"], pixels)
    if short < rules["min_side_px"]:
        words = f"{size}; each side must have at least {rules['min_side_px']}"
        raise Refused(Why.TOO_SMALL, words, rules["min_side_px"], short)
    if long > rules["max_aspect"] * short:
        words = f"{size}; the long side may be {rules['max_aspect']:g} times the short"
        raise Refused(Why.TOO_SMALL, words, rules["max_aspect"], round(long / short, 2))


def _words(error: Exception) -> str:
    """Return why it cannot be read; never a name of a file."""
    known = getattr(error, "strerror", None) or type(error).__name__
    return f"it cannot be read ({known})"


if __name__ == "__main__":
    sys.exit(main())
