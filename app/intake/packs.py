"""A pack of a stranger: what is accepted is kept as it came, named by its hash."""

from dataclasses import dataclass
from typing import BinaryIO

from app.contract.packs.reading import (
    MAX_PACK_BYTES,
    PackFacts,
    PackUnreadableError,
    read_pack,
)
from app.problems import ProblemCode, refuse


@dataclass(frozen=True)
class KeptPack:
    """A pack that passed every check.

    Attributes:
        content: the file as it came.
        facts: what is known of it.
    """

    content: bytes
    facts: PackFacts


def keep_pack(file: BinaryIO, *, field: str) -> KeptPack:
    """Return the pack in a file.

    Args:
        file: at its beginning.
        field: where it was sent.

    Raises:
        ProblemError: It is none; the detail says why.
    """
    content = file.read(MAX_PACK_BYTES + 1)
    try:
        return KeptPack(content, read_pack(content))
    except PackUnreadableError as error:
        detail = f"{field} can not be used: {error}."
        raise refuse(f"/{field}", detail, ProblemCode.PACK_UNREADABLE) from error
