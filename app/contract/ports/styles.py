"""The style catalogue: paintings that are kept, so that nobody needs to send them."""

from typing import Protocol

from app.contract.styles import Style


class StyleCatalogue(Protocol):
    """Looks paintings up by their ids."""

    def get(self, style_id: str) -> Style:
        """Return what is known of a painting, or raise StyleNotFoundError."""

    def image(self, style_id: str) -> bytes:
        """Return the normalized PNG, or raise StyleNotFoundError."""
