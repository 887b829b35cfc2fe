"""Small clips that tests make: a photograph under known motion, with a tone."""

import io
import tempfile
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

CONTENTS = Path(__file__).parents[1] / "examples" / "contents"
SIZE = (96, 64)
RATE = 25

Pixels = NDArray[np.uint8]


def photograph(name: str = "harbour") -> Image.Image:
    return Image.open(CONTENTS / f"{name}.jpg").convert("RGB")


def pan(
    count: int,
    step_px: float = 1.0,
    size: tuple[int, int] = SIZE,
    name: str = "harbour",
) -> list[Pixels]:
    """Frames of a camera that moves right: what is seen moves left by `step_px`."""
    width, height = size
    wide = photograph(name).resize((width * 2, height * 2))
    frames = []
    for index in range(count):
        box = (index * step_px, 0, index * step_px + width, height)
        moved = wide.transform(
            size, Image.Transform.EXTENT, box, Image.Resampling.BICUBIC
        )
        frames.append(np.asarray(moved))
    return frames


def clip(
    frames: Sequence[Pixels],
    *,
    form: str = "mp4",
    codec: str = "libx264",
    rate: int = RATE,
    stamps: Iterable[int] | None = None,
    tone: str | None = "aac",
    rotation: int = 0,
    options: dict[str, str] | None = None,
) -> bytes:
    """The file of some frames, with a tone as long as they are."""
    height, width = frames[0].shape[:2]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip"
        with av.open(str(path), "w", format=form) as out:
            stream = out.add_stream(codec, rate=rate, options=options or {})
            stream.width, stream.height = width, height
            stream.pix_fmt = "yuv420p"
            stream.time_base = Fraction(1, 1000)
            stream.codec_context.time_base = Fraction(1, 1000)
            if rotation:
                stream.set_display_rotation(rotation)
            sound = None if tone is None else out.add_stream(tone, rate=48_000)
            times = stamps or range(0, len(frames) * 1000 // rate, 1000 // rate)
            for pixels, stamp in zip(frames, times, strict=True):
                frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels))
                frame.pts, frame.time_base = stamp, Fraction(1, 1000)
                out.mux(stream.encode(frame))
            out.mux(stream.encode(None))
            if sound is not None:
                for frame in _tone(len(frames) / rate):
                    out.mux(sound.encode(frame))
                out.mux(sound.encode(None))
        return path.read_bytes()


def _tone(seconds: float) -> Iterable[av.AudioFrame]:
    count = 1024
    for start in range(0, int(seconds * 48_000), count):
        times = np.arange(start, start + count) / 48_000
        wave = (0.3 * np.sin(2 * np.pi * 440 * times)).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(wave[None], format="fltp", layout="mono")
        frame.rate, frame.pts, frame.time_base = 48_000, start, Fraction(1, 48_000)
        yield frame


def frames_of(content: bytes) -> list[tuple[int, Pixels]]:
    """Time in thousandths of a second, and pixels, of each frame of a file."""
    with av.open(io.BytesIO(content)) as container:
        stream = container.streams.video[0]
        return [
            (
                round(1000 * frame.pts * stream.time_base),
                frame.to_ndarray(format="rgb24"),
            )
            for frame in container.decode(stream)
        ]


def sound_of(content: bytes) -> list[bytes]:
    """The packets of a file's sound."""
    with av.open(io.BytesIO(content)) as container:
        if not container.streams.audio:
            return []
        return [bytes(each) for each in container.demux(audio=0) if each.size]
