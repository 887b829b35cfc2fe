"""Frames of a clip, from a process that decodes them; see `decode`."""

import json
import os
import select
import subprocess
import sys
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from app.environment import bare_environment
from worker.videofile.frames import Frame, ReadOrder, Times, read_frame

#: Between two signs of life.
_LOOK_S = 0.05
_LONGEST_LINE = 2**16


class DecodingError(Exception):
    """The clip cannot be read on; the message says where."""


class FrameReader:
    """Gives frames until the `with` block is left.

    Attributes:
        times: known once the block is entered.
        notes: what was done to the frames besides, in words; known at the end.
    """

    def __init__(self, path: Path, order: ReadOrder, check: Callable[[], None]) -> None:
        """Read nothing yet.

        Args:
            path: of the clip.
            order: what is wanted of it.
            check: called many times a second while a frame is waited for; what it
                raises ends the reading.
        """
        self.notes: tuple[str, ...] = ()
        self._path = path
        self._order = order
        self._check = check
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        words = json.dumps(self._order.as_json())
        with self._path.open("rb") as file:
            self._process = subprocess.Popen(  # noqa: S603 - the words are ours
                [sys.executable, "-P", "-m", "worker.videofile.decode", words],
                stdin=file,
                stdout=subprocess.PIPE,
                env=bare_environment(MALLOC_ARENA_MAX="1"),
            )
        try:
            told = self._line()
        except BaseException:
            self._end()
            raise
        if "base" not in told:
            self._end()
            raise DecodingError(told["error"] or "no frame is within these times")
        self.times = Times(
            base=Fraction(told["base"]),
            origin_s=Fraction(told["origin_s"]),
            rate=Fraction(told["rate"]),
        )
        return self

    def __exit__(
        self,
        _: type[BaseException] | None,
        __: BaseException | None,
        ___: TracebackType | None,
    ) -> None:
        self._end()

    def frames(self) -> Iterator[Frame]:
        """Yield the frames in their order.

        Raises:
            DecodingError: The clip breaks off before its end.
        """
        order, index = self._order, self._order.first
        while True:
            frame = read_frame(self._read, index, order.width, order.height)
            if frame is None:
                break
            yield frame
            index += 1
        said = self._line()
        self.notes = tuple(said["notes"])
        if said["error"] is not None:
            raise DecodingError(f"frame {index} cannot be read ({said['error']})")

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            if self._process.stdout is not None:
                self._process.stdout.close()

    # Any: JSON of a process of ours.
    def _line(self) -> dict[str, Any]:
        line = b""
        while not line.endswith(b"\n"):
            line += self._read(1)
            if len(line) > _LONGEST_LINE:
                raise DecodingError("the decoder does not say what it reads")
        told: dict[str, Any] = json.loads(line)
        return told

    def _read(self, count: int) -> bytes:
        """Return so many bytes of what the process writes."""
        if self._process is None or self._process.stdout is None:
            raise RuntimeError("the reader is not open")
        pipe = self._process.stdout.fileno()
        parts, left = [], count
        while left:
            self._check()
            if not select.select([pipe], [], [], _LOOK_S)[0]:
                continue
            part = os.read(pipe, min(left, 2**20))
            if not part:
                status = self._process.wait()
                raise DecodingError(f"the decoder ended ({status})")
            parts.append(part)
            left -= len(part)
        return b"".join(parts)
