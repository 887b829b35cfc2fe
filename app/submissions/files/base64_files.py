"""Base64 of a stranger becomes a file, piece by piece (RFC 4648, 4; RFC 2045, 6.8).

White space is left out wherever it is: programs break lines at 76 characters and end
with a line break. What two decoders could read in two ways is refused: the alphabet for
URLs, missing padding, anything after it.
"""

import binascii
import re
import tempfile
from typing import BinaryIO, cast

#: Larger files go to disk, so that many slow uploads fit into memory.
_SPOOL_BYTES = 256 * 2**10
_WHITE_SPACE = b" \t\n\v\f\r"
_SCHEME = b"data:"
#: `data:image/jpeg;charset=utf-8;base64,` and the like are far shorter.
_LONGEST_HEAD = 256
_HEAD = re.compile(rb"data:[!-+\--~]*;base64", re.IGNORECASE)


class Base64File:
    """Takes base64 or a data URL and keeps the bytes; a `TextSink`.

    Attributes:
        file: the bytes so far.
        fault: what is wrong with the text, in words that go on after its name.
        is_too_large: whether there were more bytes than are allowed.
    """

    def __init__(self, max_bytes: int) -> None:
        """Keep at most `max_bytes` of them."""
        # Closed by `close`; the type is typeshed's, which knows no spooled BinaryIO.
        self.file = cast("BinaryIO", tempfile.SpooledTemporaryFile(_SPOOL_BYTES))  # noqa: SIM115
        self.fault: str | None = None
        self.is_too_large = False
        self._max_bytes = max_bytes
        self._bytes = 0
        self._is_head_read = False
        self._has_padding = False
        self._pending = b""

    @classmethod
    def of(cls, text: str, max_bytes: int) -> "Base64File":
        """Return the file of a whole text."""
        sink = cls(max_bytes)
        sink.write(text.encode("utf-8", "surrogatepass"))
        sink.finish()
        return sink

    def write(self, piece: bytes) -> None:
        """Take a piece of the text."""
        if self.fault is not None or self.is_too_large:
            return
        self._pending += piece.translate(None, _WHITE_SPACE)
        if not self._is_head_read:
            self._read_head()
        if self._is_head_read:
            self._decode()

    def finish(self) -> None:
        """Note that nothing follows."""
        if not self._is_head_read:
            if self._pending[: len(_SCHEME)].lower() == _SCHEME:
                self.fault = "is a data URL without data in base64"
            self._is_head_read = True
        self._decode()
        if self._pending and self.fault is None:
            self.fault = "is base64 that is cut off or lacks its padding"
        self.file.seek(0)

    def close(self) -> None:
        """Delete the file."""
        self.file.close()

    def _read_head(self) -> None:
        """Take off what stands before a data URL's data (RFC 2397)."""
        start = self._pending[: len(_SCHEME)].lower()
        if not _SCHEME.startswith(start):
            self._is_head_read = True
            return
        head, comma, data = self._pending[:_LONGEST_HEAD].partition(b",")
        if comma:
            self._is_head_read = True
            if _HEAD.fullmatch(head) is None:
                self.fault = "is a data URL without data in base64"
            self._pending = data + self._pending[_LONGEST_HEAD:]
        elif len(self._pending) >= _LONGEST_HEAD:
            self.fault = "is a data URL with a head that is too long"

    def _decode(self) -> None:
        """Decode whole quantums; the rest waits."""
        whole = len(self._pending) // 4 * 4
        quantums, self._pending = self._pending[:whole], self._pending[whole:]
        if self.fault is not None or not quantums:
            return
        if self._has_padding:
            self.fault = "has data after the padding of its base64"
            return
        try:
            content = binascii.a2b_base64(quantums, strict_mode=True)
        except binascii.Error:
            self.fault = "is not base64 (RFC 4648, 4)"
            return
        self._has_padding = quantums.endswith(b"=")
        self._bytes += len(content)
        self.is_too_large = self._bytes > self._max_bytes
        if not self.is_too_large:
            self.file.write(content)
