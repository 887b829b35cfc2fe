"""An answer whose bytes are there already: sending it again costs next to nothing."""

from collections.abc import Mapping

from starlette.responses import Response


class RenderedAnswer:
    """A body with its headers, encoded once and sent many times."""

    def __init__(
        self, body: bytes, headers: Mapping[str, str], media_type: str
    ) -> None:
        first = Response(body, headers=headers, media_type=media_type)
        self.body = body
        self.headers = dict(headers)
        self._raw = tuple(first.raw_headers)

    def response(self) -> Response:
        """Return a new response; further headers may be added to it."""
        response = _Ready()
        response.body = self.body
        response.raw_headers = list(self._raw)
        return response


class _Ready(Response):
    """Nothing is left to encode."""

    def __init__(self) -> None:
        self.status_code = 200
        self.background = None
