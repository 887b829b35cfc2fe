"""A playable file from coded frames and a source's sound; see `mux`."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from app.environment import bare_environment
from worker.videofile.encoding import Coding
from worker.videofile.frames import Times
from worker.videofile.mux import MuxOrder
from worker.videofile.packets import Packet, packed
from worker.videofile.sound import Sound

_LOOK_S = 0.05


class EncodingError(Exception):
    """The file cannot be put together."""


class Written(NamedTuple):
    """A finished file.

    Attributes:
        content: its bytes.
        sound: what became of the source's.
        is_sound_broken: whether there was some that could not be read.
    """

    content: bytes
    sound: Sound
    is_sound_broken: bool


@dataclass(frozen=True, kw_only=True)
class Writing:
    """What is to be written.

    Attributes:
        coding: how the frames were coded.
        times: of the source.
        source: with the sound.
        keeps_sound: whether that is wanted.
        is_cut: whether sound before the first frame is left out.
        is_short: whether sound after the last frame is left out.
        lasting: of the last frame, in ticks.
    """

    coding: Coding
    times: Times
    source: Path
    keeps_sound: bool
    is_cut: bool
    is_short: bool
    lasting: int


def written(
    packets: Sequence[Packet], writing: Writing, check: Callable[[], None]
) -> Written:
    """Return the file that the packets make.

    Args:
        packets: at least one, in order.
        writing: all else.
        check: called many times a second meanwhile; what it raises ends the work.

    Raises:
        EncodingError: It cannot be made.
    """
    with tempfile.TemporaryDirectory(prefix="impasto-") as name:
        folder = Path(name)
        arrays = packed(packets)
        (folder / "code").write_bytes(arrays.pop("code").tobytes())
        told = {label: array.tolist() for label, array in arrays.items()}
        (folder / "packets.json").write_text(json.dumps(told))
        sound = json.loads(_muxed(folder, writing, check))["sound"]
        content = (folder / "result").read_bytes()
    return Written(content, Sound(sound or Sound.NONE), sound is None)


def _muxed(folder: Path, writing: Writing, check: Callable[[], None]) -> bytes:
    """Return what the process says."""
    coding = writing.coding
    order = MuxOrder(
        codec=coding.codec.name,
        container=coding.codec.container,
        quality=coding.quality,
        width=coding.width,
        height=coding.height,
        base=str(coding.base),
        rate=str(coding.rate),
        lasting=writing.lasting,
        folder=str(folder),
        keeps_sound=writing.keeps_sound,
        begin_s=str(writing.times.origin_s),
        is_cut=writing.is_cut,
        is_short=writing.is_short,
    )
    words = json.dumps(order.as_json())
    with writing.source.open("rb") as file:
        process = subprocess.Popen(  # noqa: S603 - the words are ours
            [sys.executable, "-P", "-m", "worker.videofile.mux", words],
            stdin=file,
            stdout=subprocess.PIPE,
            env=bare_environment(MALLOC_ARENA_MAX="1"),
        )
    with process:
        try:
            while True:
                check()
                try:
                    said, _ = process.communicate(timeout=_LOOK_S)
                    break
                except subprocess.TimeoutExpired:
                    continue
        except BaseException:
            process.kill()
            raise
    if process.returncode != 0:
        raise EncodingError(f"what puts the file together ended ({process.returncode})")
    return said
