"""Clips out of files and into files, through the processes that read and write them."""

import hashlib
import io
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image, ImageSequence

from tests.clips import RATE, clip, frames_of, pan, sound_of
from worker.runners.control import RunInterruptedError, StopReason
from worker.videofile import decode
from worker.videofile.codecs import CODECS, VideoCodec, offered
from worker.videofile.encoding import SEGMENT_FRAMES, Coding, encoded
from worker.videofile.frames import Frame, ReadOrder
from worker.videofile.packets import Packet
from worker.videofile.reading import DecodingError, FrameReader
from worker.videofile.sound import Sound
from worker.videofile.writing import Writing, Written, written

SIZE = (96, 64)
FRAMES = pan(8)


def no_check() -> None:
    pass


def read(
    folder: Path, content: bytes, check: Callable[[], None] = no_check, **wanted: object
) -> tuple[list[Frame], FrameReader]:
    path = folder / "clip"
    path.write_bytes(content)
    order = ReadOrder(**{"width": 96, "height": 64, "frames": 8, **wanted})
    with FrameReader(path, order, check) as reader:
        return list(reader.frames()), reader


def rewritten(
    folder: Path,
    content: bytes,
    codec: VideoCodec = CODECS[0],
    end_s: float | None = None,
    **other: object,
) -> tuple[Written, list[Packet]]:
    """A clip in, the same clip out."""
    frames, reader = read(folder, content, end_s=end_s)
    coding = Coding(
        codec=codec,
        quality=90,
        width=96,
        height=64,
        base=reader.times.base,
        rate=reader.times.rate,
    )
    packets = encoded(
        [each.pixels for each in frames], [each.stamp for each in frames], coding
    )
    plan = {"keeps_sound": True, "is_cut": False, "is_short": False, **other}
    writing = Writing(
        coding=coding,
        times=reader.times,
        source=folder / "clip",
        lasting=frames[-1].lasting or 1,
        **plan,
    )
    return written(packets, writing, no_check), packets


def test_frames_come_as_they_are_with_their_times(tmp_path: Path) -> None:
    frames, reader = read(tmp_path, clip(FRAMES, options={"crf": "5"}))
    assert [each.number for each in frames] == [*range(8)]
    times = [each.stamp * reader.times.base for each in frames]
    assert times == [Fraction(n, RATE) for n in range(8)]
    assert reader.times.rate == RATE
    for frame, made in zip(frames, FRAMES, strict=True):
        assert np.abs(frame.pixels.astype(int) - made).mean() < 6


def test_a_clip_that_lies_on_its_side_is_set_upright(tmp_path: Path) -> None:
    content = clip(FRAMES, rotation=90)
    frames, _ = read(tmp_path, content, width=64, height=96)
    upright = np.rot90(FRAMES[0], 1)
    gaps = [np.abs(np.rot90(upright, n * 2).astype(int) - frames[0].pixels).mean()
            for n in (0, 1)]  # fmt: skip
    assert min(gaps) == gaps[0] < 8


def test_a_part_of_a_clip_begins_at_zero(tmp_path: Path) -> None:
    frames, reader = read(tmp_path, clip(FRAMES), start_s=0.1, end_s=0.25)
    assert [float(each.stamp * reader.times.base) for each in frames] == [
        0.0,
        0.04,
        0.08,
        0.12,
    ]
    assert float(reader.times.origin_s) == pytest.approx(0.12)


def test_frames_before_the_first_wanted_one_are_left_out(tmp_path: Path) -> None:
    frames, _ = read(tmp_path, clip(FRAMES), first=5)
    assert [each.number for each in frames] == [5, 6, 7]
    assert frames[0].stamp > 0


def test_a_variable_rate_is_kept(tmp_path: Path) -> None:
    stamps = [0, 30, 70, 140, 150, 230, 300, 333]
    content = clip(FRAMES, stamps=stamps, tone=None)
    made, _ = rewritten(tmp_path, content)
    assert [time for time, _ in frames_of(made.content)] == stamps
    assert made.sound is Sound.NONE


@pytest.mark.parametrize("codec", offered(("h264", "vp9")), ids=lambda each: each.name)
def test_a_clip_becomes_the_same_clip(codec: VideoCodec, tmp_path: Path) -> None:
    content = clip(
        FRAMES, tone="aac" if codec.name == "h264" else "libopus", form="matroska"
    )
    made, packets = rewritten(tmp_path, content, codec)
    found = frames_of(made.content)
    assert [time for time, _ in found] == [time for time, _ in frames_of(content)]
    assert len(packets) == 8
    for (_, pixels), frame in zip(found, FRAMES, strict=True):
        assert np.abs(pixels.astype(int) - frame).mean() < 8
    assert made.sound is Sound.COPIED
    digests = [hashlib.md5(b"".join(sound_of(each))).hexdigest()  # noqa: S324
               for each in (made.content, content)]  # fmt: skip
    assert digests[0] == digests[1]


@pytest.mark.parametrize("codec", CODECS[2:], ids=lambda each: each.media_type)
def test_what_is_made_on_request_has_all_frames_at_their_times(
    codec: VideoCodec, tmp_path: Path
) -> None:
    stamps = [0, 40, 140, 180, 220, 300, 340, 400]
    made, packets = rewritten(tmp_path, clip(FRAMES, stamps=stamps), codec)
    assert len(packets) == len(stamps)
    if codec.name == "webp":
        with Image.open(io.BytesIO(made.content)) as animation:
            pictures, lasting = [], []
            for each in ImageSequence.Iterator(animation):
                pictures.append(np.asarray(each.convert("RGB")))
                lasting.append(each.info["duration"])
            assert animation.info["loop"] == 0
        times = [0, *np.cumsum(lasting)[:-1].tolist()]
    else:
        found = frames_of(made.content)
        times, pictures = [time for time, _ in found], [each for _, each in found]
    assert times == stamps
    for pixels, frame in zip(pictures, FRAMES, strict=True):
        assert np.abs(pixels.astype(int) - frame).mean() < 8
    expected = Sound.ENCODED if "webm" in codec.media_type else Sound.COPIED
    assert made.sound is (Sound.NONE if "image" in codec.media_type else expected)
    for one, other in zip(decode.frames_of(made.content), pictures, strict=True):
        assert np.abs(one.astype(int) - other).mean() < 3


def test_sound_that_the_container_does_not_take_is_encoded(tmp_path: Path) -> None:
    made, _ = rewritten(tmp_path, clip(FRAMES), CODECS[1])
    assert made.sound is Sound.ENCODED
    assert sound_of(made.content)


def test_sound_may_be_dropped(tmp_path: Path) -> None:
    dropped, _ = rewritten(tmp_path, clip(FRAMES), keeps_sound=False)
    assert dropped.sound is Sound.NONE
    assert sound_of(dropped.content) == []


def test_sound_ends_with_the_frames_where_they_end_early(tmp_path: Path) -> None:
    content = clip(pan(25))
    made, _ = rewritten(tmp_path, content, end_s=0.2, is_short=True)
    whole = sound_of(content)
    assert 0 < len(sound_of(made.content)) < len(whole)


def test_segments_are_the_same_whatever_came_before() -> None:
    coding = Coding(
        codec=CODECS[0],
        quality=75,
        width=96,
        height=64,
        base=Fraction(1, RATE),
        rate=Fraction(RATE),
    )
    frames = pan(4)
    alone = encoded(frames, [10, 11, 12, 13], coding)
    encoded(pan(3, name="still-life"), [0, 1, 2], coding)
    assert encoded(frames, [10, 11, 12, 13], coding) == alone
    assert alone[0].is_key
    assert SEGMENT_FRAMES > 1


def test_a_result_begins_with_its_index_and_names_nothing(tmp_path: Path) -> None:
    made, _ = rewritten(tmp_path, clip(FRAMES))
    assert made.content.index(b"moov") < made.content.index(b"mdat")
    with av.open(io.BytesIO(made.content)) as container:
        told = {"major_brand", "minor_version", "compatible_brands"}
        assert {*container.metadata} <= told


def test_what_is_no_clip_is_told(tmp_path: Path) -> None:
    with pytest.raises(DecodingError, match="Invalid data"):
        read(tmp_path, b"\0\0\0\x18ftypmp42" + bytes(500))
    with pytest.raises(DecodingError, match="within these times"):
        read(tmp_path, clip(FRAMES), start_s=5.0)


def test_a_playlist_opens_no_other_file(tmp_path: Path) -> None:
    (tmp_path / "secret.mp4").write_bytes(clip(FRAMES))
    listed = f"ffconcat version 1.0\nfile {tmp_path}/secret.mp4\n".encode()
    with pytest.raises(DecodingError):
        read(tmp_path, listed)
    with pytest.raises(DecodingError):
        read(tmp_path, f"#EXTM3U\n#EXTINF:1,\n{tmp_path}/secret.mp4\n".encode())


def test_who_is_interrupted_leaves_no_process(tmp_path: Path) -> None:
    def cancel() -> None:
        raise RunInterruptedError(StopReason.CANCELED)

    with pytest.raises(RunInterruptedError):
        read(tmp_path, clip(FRAMES), cancel)
