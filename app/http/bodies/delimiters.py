"""The lines between a form's parts, as RFC 2046 (5.1.1) lets them be written.

There may be a preamble before the first, and blanks behind each; the parser knows
neither. Knows bytes, no parts.
"""

import re
from collections.abc import AsyncGenerator

#: More blanks behind a boundary are no padding of any library's.
_MOST_BLANKS = 256
_PIECE_BYTES = 64 * 2**10


class Delimiters:
    """Rewrites a body, piece by piece, so that it begins with a bare boundary."""

    def __init__(self, boundary: bytes) -> None:
        """Look for lines of that boundary."""
        self._line = b"\r\n--" + boundary
        line, blanks = re.escape(self._line), rb"[ \t]{0,%d}" % _MOST_BLANKS
        self._first = re.compile(line + rb"(?=--|" + blanks + rb"\r\n)")
        self._padded = re.compile(b"(" + line + b")" + blanks + rb"(?=\r\n)")
        self._unfinished = re.compile(line + blanks + rb"\r?\Z")
        # A boundary at the very beginning has no line before it.
        self._held = b"\r\n"
        self._is_in_preamble = True

    async def rewrite(
        self, stream: AsyncGenerator[bytes, None]
    ) -> AsyncGenerator[bytes, None]:
        """Yield the body without its preamble and without blanks behind boundaries."""
        async for chunk in stream:
            # Whole bodies would be copied several times over.
            for start in range(0, len(chunk), _PIECE_BYTES):
                if piece := self._take(chunk[start : start + _PIECE_BYTES]):
                    yield piece
        if not self._is_in_preamble and self._held:
            yield self._held

    def _take(self, chunk: bytes) -> bytes:
        """Return what can be judged by now; the rest is held."""
        content = self._held + chunk
        if self._is_in_preamble:
            found = self._first.search(content)
            if found is None:
                # As long as a whole line can be, with what follows it.
                self._held = content[-len(self._line) - _MOST_BLANKS - 2 :]
                return b""
            self._is_in_preamble = False
            content = self._padded.sub(rb"\1", content[found.start() :])
            # The parser wants the first boundary without a line before it.
            return self._split(content)[2:]
        return self._split(self._padded.sub(rb"\1", content))

    def _split(self, content: bytes) -> bytes:
        """Hold what may be the beginning of a boundary's line; return the rest."""
        unfinished = self._unfinished.search(content)
        start = len(content) if unfinished is None else unfinished.start()
        if unfinished is None:
            begun = content.rfind(b"\r", max(0, len(content) - len(self._line)))
            if begun >= 0 and self._line.startswith(content[begun:]):
                start = begun
        self._held = content[start:]
        return content[:start]
