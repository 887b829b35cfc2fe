"""Has a picture decoded by a process of its own, and waits for it; see `isolated`."""

import json
import logging
import subprocess
import sys
from dataclasses import asdict, dataclass

from app.environment import bare_environment
from app.pixels.cleaning import CleanCopy

#: Memory of the process, and how much of it is for a picture's pixels at full size.
MOST_BYTES = 400 * 2**20
MOST_PIXEL_BYTES = MOST_BYTES - 24 * 2**20
#: Of processor time; 64 megapixels take 1 to 3 seconds.
MOST_S = 60
_PATIENCE_S = 120.0
#: The exit status for a picture that cannot be decoded.
DAMAGED = 65
_LONGEST_WORDS = 300

logger = logging.getLogger(__name__)


class UndecodableError(ValueError):
    """The process did not return a picture."""


@dataclass(frozen=True)
class Order:
    """What is wanted of a file.

    Attributes:
        is_av1: whether it is coded as AVIF is; HEVC otherwise.
        side_px: the longest side of the copy.
        is_mask: as in `clean_copy`.
        nclx: color primaries and transfer characteristics, for want of a profile.
    """

    is_av1: bool
    side_px: int
    is_mask: bool
    nclx: tuple[int, int]


@dataclass(frozen=True)
class Decoded:
    """What came back: the copy, and the size that the picture has in truth."""

    clean: CleanCopy
    size: tuple[int, int]


def decode_apart(file: bytes, order: Order) -> Decoded:
    """Return the clean copy of a HEIC or AVIF.

    Raises:
        UndecodableError: The picture is damaged, or takes too much memory or time.
    """
    words = json.dumps(asdict(order))
    try:
        ended = subprocess.run(  # noqa: S603 - the words are ours
            # -P: nothing of the current directory is imported.
            [sys.executable, "-P", "-m", "app.pixels.isolated", words],
            input=file,
            capture_output=True,
            env=bare_environment(MALLOC_ARENA_MAX="1"),
            timeout=_PATIENCE_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise UndecodableError("it took too long") from error
    if ended.returncode != 0:
        if ended.returncode != DAMAGED:
            said = ended.stderr.decode("utf-8", "replace")[-_LONGEST_WORDS:]
            logger.warning("a decoder ended with %d: %s", ended.returncode, said)
        raise UndecodableError(f"the decoder ended with {ended.returncode}")
    head, _, content = ended.stdout.partition(b"\n")
    facts = json.loads(head)
    width, height = facts.pop("decoded")
    return Decoded(CleanCopy(content=content, **facts), (width, height))
