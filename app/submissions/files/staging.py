"""Clean copies of files that wait until all of them have passed.

They wait in temporary files: a job may have ten, and many are sent at once.
"""

from contextlib import ExitStack
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from app.contract.inputs import Input, size_of
from app.contract.uploads import Upload
from app.submissions.files.sources import Place

#: Larger ones go to disk.
_SPOOL_BYTES = 256 * 2**10


@dataclass(frozen=True)
class StagedFile:
    """What is kept of a file, as it will stand in the job's record.

    Attributes:
        place: where it was sent.
        input: of the record.
        file: the clean copy; None of an upload that is stored as it is.
        upload: that it was named by.
    """

    place: Place
    input: Input
    file: BinaryIO | None
    upload: Upload | None = None

    @property
    def width(self) -> int:
        """In pixels."""
        return size_of(self.input.facts)[0]

    @property
    def height(self) -> int:
        """In pixels."""
        return size_of(self.input.facts)[1]

    def read(self) -> bytes:
        """Return the whole copy."""
        if self.file is None:
            raise ValueError(f"there is no copy of {self.place}")
        self.file.seek(0)
        return self.file.read()


class Staging(ExitStack):
    """Keeps files until the block is left; equal ones share one."""

    def __init__(self) -> None:
        super().__init__()
        self._files: dict[str, BinaryIO] = {}

    def keep(self, name: str, content: bytes) -> BinaryIO:
        """Return a file that holds `content`; of one name there is one file."""
        if name not in self._files:
            # The type is typeshed's, which knows no spooled BinaryIO.
            file = cast("BinaryIO", SpooledTemporaryFile(_SPOOL_BYTES))  # noqa: SIM115
            self._files[name] = self.enter_context(file)
            file.write(content)
            file.seek(0)
        return self._files[name]
