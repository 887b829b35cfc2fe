"""Takes a stream of server-sent events apart, as the HTML standard says (9.2.6).

Lines end with LF, CR or CRLF and with nothing else: a text splitter would also cut at
U+2028, which JSON may hold.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_LINE_END = re.compile(rb"\r\n|\n|\r")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class RawEvent:
    """One event as it came.

    Attributes:
        kind: what stood in `event:`, or `message`.
        data: the lines of `data:`.
        id: the last id that came, of this event or of one before.
    """

    kind: str
    data: str
    id: str | None


class EventParser:
    """Fed bytes in any portions, yields the events that are complete.

    Attributes:
        last_id: what to send as `Last-Event-ID` when the stream has to be opened again.
        retry_s: how long to wait before that, if the stream said so.
    """

    def __init__(self, last_id: str | None = None) -> None:
        self.last_id = last_id
        self.retry_s: float | None = None
        self._rest = b""
        self._is_first = True
        self._kind = ""
        self._data: list[str] = []

    def feed(self, chunk: bytes) -> Iterator[RawEvent]:
        """Yield the events that end within `chunk`."""
        for line in self._lines(chunk):
            if line:
                self._read_field(line)
            elif (event := self._dispatch()) is not None:
                yield event

    def _lines(self, chunk: bytes) -> Iterator[str]:
        text = self._rest + chunk
        # A CR at the end may be the first half of a CRLF: it waits for the next bytes.
        usable = text[:-1] if text.endswith(b"\r") else text
        *lines, rest = _LINE_END.split(usable)
        self._rest = rest + text[len(usable) :]
        for line in lines:
            if self._is_first:
                line = line.removeprefix(_BYTE_ORDER_MARK)  # noqa: PLW2901
                self._is_first = False
            yield line.decode("utf-8", "replace")

    def _read_field(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            self._kind = value
        elif name == "data":
            self._data.append(value)
        elif name == "id" and "\0" not in value:
            self.last_id = value
        elif name == "retry" and value.isascii() and value.isdecimal():
            self.retry_s = int(value) / 1000

    def _dispatch(self) -> RawEvent | None:
        """Return the event that a blank line ends; None for one without data."""
        kind, data = self._kind or "message", self._data
        self._kind, self._data = "", []
        if not data:
            return None
        return RawEvent(kind, "\n".join(data), self.last_id)
