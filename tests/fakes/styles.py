"""The style catalogue in a dictionary."""

from dataclasses import dataclass, field

from app.contract.ports import StyleNotFoundError
from app.contract.styles import Style


@dataclass
class MemoryStyleCatalogue:
    """Implements the `StyleCatalogue` port."""

    styles: dict[str, tuple[Style, bytes]] = field(default_factory=dict)
    packs: dict[str, bytes] = field(default_factory=dict)

    def put(self, style: Style, image: bytes, pack: bytes | None = None) -> None:
        """Keep a style: its normalized PNG and its pack."""
        self.styles[style.id] = (style, image)
        if pack is not None:
            self.packs[style.id] = pack

    def get(self, style_id: str) -> Style:
        """Return what is known of a painting, or raise StyleNotFoundError."""
        return self._find(style_id)[0]

    def image(self, style_id: str) -> bytes:
        """Return the normalized PNG, or raise StyleNotFoundError."""
        return self._find(style_id)[1]

    def pack(self, style_id: str) -> bytes:
        """Return the pack's file, or raise StyleNotFoundError: there is none."""
        try:
            return self.packs[style_id]
        except KeyError as error:
            raise StyleNotFoundError(style_id) from error

    def _find(self, style_id: str) -> tuple[Style, bytes]:
        try:
            return self.styles[style_id]
        except KeyError as error:
            raise StyleNotFoundError(style_id) from error
