"""Has a clip looked at by a process of its own, and says what it said; see `probe`."""

import io
import json
import logging
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, BinaryIO, NamedTuple

from app.contract.inputs import Facts
from app.contract.kinds.video.probing import Refused, Why
from app.environment import bare_environment
from app.intake.foreign import FOREIGN_HEAD_BYTES, foreign_kind_of
from app.intake.kinds import kind_of
from app.intake.videos.containers import (
    CONTAINERS,
    CONTAINERS_IN_WORDS,
    Container,
    container_of,
)
from app.intake.videos.rules import VideoRules
from app.problems import FieldError, ProblemCode, ProblemError, too_large

logger = logging.getLogger(__name__)

_PATIENCE_S = 10.0
_LONGEST_WORDS = 300


class KnownVideo(NamedTuple):
    """An accepted clip: what it is, and what is known of it."""

    media_type: str
    facts: Facts


def inspect_video(file: BinaryIO, *, field: str, rules: VideoRules) -> KnownVideo:
    """Return what a clip is; refuse what cannot be painted.

    Args:
        file: Seekable; its position is lost.
        field: Where it was sent, for the message.
        rules: The limits.

    Raises:
        ProblemError: With the first rule that the clip breaks.
    """
    length_bytes = file.seek(0, 2)
    if length_bytes > rules.max_bytes:
        detail = f"{field} has {length_bytes} bytes; {rules.max_bytes} are allowed."
        raise too_large(detail, rules.max_bytes, length_bytes, pointer=f"/{field}")
    container = _accepted(file, field)
    said = _probed(file, rules)
    if "refused" in said:
        raise _refusal(field, Refused.from_json(said["refused"]))
    facts = {**said["facts"], "bytes": length_bytes}
    return KnownVideo(container.media_type, facts)


def _accepted(file: BinaryIO, field: str) -> Container:
    """Return the container by its first bytes."""
    file.seek(0)
    head = file.read(FOREIGN_HEAD_BYTES)
    container = container_of(head)
    if container is not None:
        return container
    picture = kind_of(head)
    found = "empty" if not head else foreign_kind_of(head)
    if picture is not None:
        found = f"a picture ({picture.label})"
    detail = f"{field} is {found}; {CONTAINERS_IN_WORDS} are allowed."
    if picture is not None:
        detail += " A picture is a job of the kind image."
    code = ProblemCode.UNSUPPORTED_VIDEO_TYPE
    error = FieldError(
        field=f"/{field}",
        code=code,
        message=detail,
        limit=[each.label for each in CONTAINERS],
        actual=found,
    )
    raise ProblemError(code, detail, [error])


# Any: JSON of a process of ours.
def _probed(file: BinaryIO, rules: VideoRules) -> dict[str, Any]:
    """Return what the process says; a refusal if it says nothing."""
    words = "-m", "app.intake.videos.probe", json.dumps(asdict(rules))
    with _on_disk(file) as source:
        source.seek(0)
        try:
            ended = subprocess.run(  # noqa: S603 - the words are ours
                # -P: nothing of the current directory is imported.
                [sys.executable, "-P", *words],
                stdin=source,
                capture_output=True,
                env=bare_environment(MALLOC_ARENA_MAX="1"),
                timeout=_PATIENCE_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return _unreadable("it takes too long to read")
    if ended.returncode != 0:
        said = ended.stderr.decode("utf-8", "replace")[-_LONGEST_WORDS:]
        logger.warning("a probe ended with %d: %s", ended.returncode, said)
        return _unreadable("it takes too much time or memory to read")
    answer: dict[str, Any] = json.loads(ended.stdout)
    return answer


def _unreadable(words: str) -> dict[str, Any]:  # Any: as above
    return {"refused": Refused(Why.UNREADABLE, words).as_json()}


@contextmanager
def _on_disk(file: BinaryIO) -> Iterator[BinaryIO]:
    """Yield a file that another process can be given, the same one where it can."""
    try:
        file.fileno()  # a spooled one goes to disk now
    except io.UnsupportedOperation:
        with tempfile.TemporaryFile() as copy:
            file.seek(0)
            shutil.copyfileobj(file, copy)
            copy.flush()
            yield copy
        return
    file.flush()
    yield file


def _refusal(field: str, refused: Refused) -> ProblemError:
    code = ProblemCode(refused.why)
    detail = f"{field}: {refused}."
    error = FieldError(
        field=f"/{field}",
        code=code,
        message=detail,
        limit=refused.limit,
        actual=refused.actual,
    )
    return ProblemError(code, detail, [error])
