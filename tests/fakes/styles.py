"""The style catalogue in a dictionary."""

from dataclasses import dataclass, field

from app.contract.ports import StyleNotFoundError
from app.contract.styles import Style


@dataclass
class MemoryStyleCatalogue:
    """Implements the `StyleCatalogue` port."""

    styles: dict[str, tuple[Style, bytes]] = field(default_factory=dict)

    def put(self, style: Style, image: bytes) -> None:
        """Keep a painting and its normalized PNG."""
        self.styles[style.id] = (style, image)

    def get(self, style_id: str) -> Style:
        """Return what is known of a painting, or raise StyleNotFoundError."""
        return self._find(style_id)[0]

    def image(self, style_id: str) -> bytes:
        """Return the normalized PNG, or raise StyleNotFoundError."""
        return self._find(style_id)[1]

    def _find(self, style_id: str) -> tuple[Style, bytes]:
        try:
            return self.styles[style_id]
        except KeyError as error:
            raise StyleNotFoundError(style_id) from error
