"""Files that nobody looks into: unless empty or too large they are kept."""

import hashlib
from dataclasses import dataclass
from typing import BinaryIO

from app.contract.inputs import Facts
from app.intake.rules import IntakeRules
from app.problems import ProblemCode, refuse, too_large

#: What a client says of its type is not believed: a browser might show it.
ANY_BYTES = "application/octet-stream"


@dataclass(frozen=True)
class KeptBytes:
    """What is stored; `sha256` is of `content`."""

    content: bytes
    sha256: str
    media_type: str = ANY_BYTES

    @property
    def facts(self) -> Facts:
        """What is known of it."""
        return {"bytes": len(self.content)}


def inspect_bytes(file: BinaryIO, *, field: str, rules: IntakeRules) -> None:
    """Refuse a file without bytes or with too many.

    Raises:
        ProblemError: `invalid_value` or `upload_too_large`.
    """
    length = file.seek(0, 2)
    if length == 0:
        raise refuse(f"/{field}", f"{field} has no bytes.", ProblemCode.INVALID_VALUE)
    if length > rules.max_bytes:
        detail = f"{field} has {length} bytes; {rules.max_bytes} are allowed."
        raise too_large(detail, rules.max_bytes, length, pointer=f"/{field}")


def keep_bytes(file: BinaryIO, *, field: str, rules: IntakeRules) -> KeptBytes:
    """Return the file as it is; it is inspected once more."""
    inspect_bytes(file, field=field, rules=rules)
    file.seek(0)
    content = file.read()
    return KeptBytes(content, hashlib.sha256(content).hexdigest())
