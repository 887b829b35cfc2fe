"""Files that nobody looks into: unless empty or too large they are kept."""

from typing import BinaryIO

from app.intake.rules import IntakeRules
from app.problems import ProblemCode, refuse, too_large

#: What a client says of its type is not believed: a browser might show it.
ANY_BYTES = "application/octet-stream"


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
