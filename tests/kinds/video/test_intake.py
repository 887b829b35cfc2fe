"""Clips of strangers: what is told of good ones, and how each bad one is refused."""

import io
import tempfile
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from app.intake.videos import VideoRules, inspect_video
from app.problems import ProblemError
from tests.clips import clip, pan, photograph
from worker.videofile.frames import ReadOrder
from worker.videofile.reading import FrameReader

RULES = VideoRules()
GOOD = clip(pan(6))


def facts(content: bytes, rules: VideoRules = RULES) -> dict[str, object]:
    return inspect_video(io.BytesIO(content), field="content", rules=rules).facts


def code_of(content: bytes, rules: VideoRules = RULES) -> tuple[str, str]:
    with pytest.raises(ProblemError) as caught:
        facts(content, rules)
    return caught.value.code, caught.value.detail


def test_a_clip_is_told_by_header_and_packets() -> None:
    assert facts(GOOD) == {
        "width": 96,
        "height": 64,
        "codec": "h264",
        "rotation": 0,
        "audio": "aac",
        "frames": 6,
        "frame_rate": "25/1",
        "variable_rate": False,
        "duration_seconds": 0.24,
        "bytes": len(GOOD),
    }


@pytest.mark.parametrize("form", ["GIF", "PNG"])
def test_animations_are_clips_of_a_variable_rate(form: str, tmp_path: Path) -> None:
    pictures = [Image.fromarray(each) for each in pan(5)]
    lasting, file = [40, 100, 40, 80, 200], io.BytesIO()
    pictures[0].save(
        file, form, save_all=True, append_images=pictures[1:], duration=lasting
    )
    content = file.getvalue()
    known = inspect_video(io.BytesIO(content), field="content", rules=RULES)
    assert known.media_type == {"GIF": "image/gif", "PNG": "image/apng"}[form]
    assert known.facts["frames"] == 5
    assert known.facts["variable_rate"]
    assert known.facts["duration_seconds"] == pytest.approx(0.46)
    (tmp_path / "clip").write_bytes(content)
    order = ReadOrder(width=96, height=64, frames=5)
    with FrameReader(tmp_path / "clip", order, lambda: None) as reader:
        read = list(reader.frames())
    times = [float(each.stamp * reader.times.base) for each in read]
    assert times == pytest.approx([0, 0.04, 0.14, 0.18, 0.26])
    for frame, picture in zip(read, pan(5), strict=True):
        assert np.abs(frame.pixels.astype(int) - picture).mean() < 6


def test_a_phone_held_upright_makes_a_tall_clip() -> None:
    told = facts(clip(pan(3), rotation=90))
    assert (told["width"], told["height"]) == (64, 96)
    assert told["rotation"] in {90, 270}


def test_a_variable_rate_is_told() -> None:
    stamps = [0, 30, 70, 170, 190, 260]
    told = facts(clip(pan(6), stamps=stamps, tone=None))
    assert (told["variable_rate"], told["audio"]) == (True, None)


@pytest.mark.parametrize(
    ("form", "codec", "media_type"),
    [
        ("webm", "libvpx-vp9", "video/webm"),
        ("matroska", "libx264", "video/x-matroska"),
        ("mov", "libx264", "video/quicktime"),
        ("avi", "mpeg4", "video/x-msvideo"),
        ("mpegts", "libx264", "video/mp2t"),
    ],
)
def test_containers_are_told_by_their_bytes(
    form: str, codec: str, media_type: str
) -> None:
    content = clip(pan(4), form=form, codec=codec, tone=None)
    known = inspect_video(io.BytesIO(content), field="content", rules=RULES)
    assert known.media_type == media_type
    assert known.facts["frames"] == 4


def picture(form: str) -> bytes:
    file = io.BytesIO()
    photograph().resize((64, 64)).save(file, form)
    return file.getvalue()


REFUSED = {
    "text": (b"hello, I am an mp4", "unsupported_video_type"),
    "nothing": (b"", "unsupported_video_type"),
    "a photograph": (picture("JPEG"), "unsupported_video_type"),
    "a PNG": (picture("PNG"), "unsupported_video_type"),
    "a playlist": (b"#EXTM3U\n#EXTINF:1,\n/etc/passwd\n", "unsupported_video_type"),
    "a list of files": (b"ffconcat version 1.0\n", "unsupported_video_type"),
    "noise that says mp4": (b"\0\0\0\x18ftypmp42" + bytes(900), "video_unreadable"),
    "no index": (GOOD[: len(GOOD) // 2], "video_unreadable"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_clip_is_refused_by_code(name: str) -> None:
    content, code = REFUSED[name]
    assert code_of(content)[0] == code


def test_a_picture_is_told_which_kind_to_ask_for() -> None:
    assert "kind image" in code_of(picture("PNG"))[1]


def test_a_clip_whose_index_promises_more_is_refused_with_both_numbers() -> None:
    content = clip(pan(60, 0.2), tone=None, options={"x264-params": "keyint=5"})
    moved = fronted(content)
    code, words = code_of(moved[: len(moved) // 3])
    assert code == "video_unreadable"
    assert "of its 60 frames" in words


def fronted(content: bytes) -> bytes:
    """An MP4 with its index in front, as a camera's that was downloaded halfway."""
    source = io.BytesIO(content)
    with tempfile.NamedTemporaryFile(suffix=".mp4") as file:
        options = {"movflags": "faststart"}
        with (
            av.open(source) as one,
            av.open(file.name, "w", container_options=options) as other,
        ):
            copy = other.add_stream_from_template(one.streams.video[0])
            for packet in one.demux(video=0):
                if packet.size:
                    packet.stream = copy
                    other.mux(packet)
        return Path(file.name).read_bytes()


LIMITS = {
    "video_too_long": VideoRules(max_frames=5),
    "video_too_many_pixels": VideoRules(max_pixels=6000),
    "video_too_small": VideoRules(min_side_px=65),
    "upload_too_large": VideoRules(max_bytes=100),
}


@pytest.mark.parametrize("code", LIMITS)
def test_limits_are_told_with_what_came(code: str) -> None:
    assert code_of(GOOD, LIMITS[code])[0] == code


def test_a_long_clip_is_refused_by_its_length_too() -> None:
    code, words = code_of(GOOD, VideoRules(max_seconds=0.1))
    assert (code, "0.1 are allowed" in words) == ("video_too_long", True)


def test_the_file_of_a_form_is_not_copied(tmp_path: Path) -> None:
    path = tmp_path / "clip"
    path.write_bytes(GOOD)
    with path.open("rb") as file:
        assert inspect_video(file, field="content", rules=RULES).facts["frames"] == 6


def test_frames_of_noise_are_no_reason_to_refuse() -> None:
    random = np.random.default_rng(0)
    noise = [random.integers(0, 255, (64, 96, 3), np.uint8) for _ in range(3)]
    assert facts(clip(noise, tone=None))["frames"] == 3
