"""The style catalogue: what is kept, so that nobody needs to send it."""

from typing import Protocol

from app.contract.styles import Style


class StyleCatalogue(Protocol):
    """Looks styles up by their ids."""

    def get(self, style_id: str) -> Style:
        """Return what is known of a style, or raise StyleNotFoundError."""

    def image(self, style_id: str) -> bytes:
        """Return the normalized PNG, or raise StyleNotFoundError."""

    def pack(self, style_id: str) -> bytes:
        """Return the pack's file, or raise StyleNotFoundError: there is none."""
