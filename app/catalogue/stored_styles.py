"""Keeps styles as blobs: picture and pack first, then the record that makes it count.

No ledger: what was put into the library outlives a lost Redis.
"""

from app.contract.ports import BlobNotFoundError, BlobStore, StyleNotFoundError
from app.contract.styles import UPLOADED, Style, is_style_id

_FOLDER = "styles"
_RECORD, _PICTURE, _PACK = "json", "png", "safetensors"


class StoredStyles:
    """Implements the `StyleCatalogue` port, and changes what is in the catalogue."""

    def __init__(self, blobs: BlobStore) -> None:
        """Keep them in `blobs`."""
        self._blobs = blobs

    def get(self, style_id: str) -> Style:
        """Return what is known of a style, or raise StyleNotFoundError."""
        return Style.model_validate_json(self._read(style_id, _RECORD))

    def image(self, style_id: str) -> bytes:
        """Return the normalized PNG, or raise StyleNotFoundError."""
        return self._read(style_id, _PICTURE)

    def pack(self, style_id: str) -> bytes:
        """Return the pack's file, or raise StyleNotFoundError: there is none."""
        return self._read(style_id, _PACK)

    def all(self) -> list[Style]:
        """Return every style, in no order."""
        found = []
        for key in self._record_keys():
            try:
                found.append(Style.model_validate_json(self._blobs.get(key)))
            except BlobNotFoundError:
                continue  # deleted meanwhile
        return found

    def ids(self) -> set[str]:
        """Return the ids of all."""
        return {_style_id(key) for key in self._record_keys()}

    def count(self) -> int:
        """Return how many somebody has put in: those that came along do not count."""
        return sum(style_id.startswith(UPLOADED) for style_id in self.ids())

    def keep(self, style: Style, picture: bytes, pack: bytes | None = None) -> None:
        """Keep a style; a second time changes nothing.

        A crash in between leaves files that no record names, nothing half.

        Args:
            style: its record; `style_id_of` names that of a job.
            picture: the normalized PNG that the record tells of.
            pack: the file that the record tells of, if it does.
        """
        for ending, content in ((_PICTURE, picture), (_PACK, pack)):
            if content is not None:
                self._blobs.put(_key(style.id, ending), content)
        self._blobs.put(_key(style.id, _RECORD), style.model_dump_json().encode())

    def delete(self, style_id: str) -> None:
        """Forget a style; jobs that were sent with it have copies of their own.

        Raises:
            StyleNotFoundError: There is none of this id.
        """
        self.get(style_id)
        for ending in (_RECORD, _PACK, _PICTURE):
            self._blobs.delete(_key(style_id, ending))

    def _read(self, style_id: str, ending: str) -> bytes:
        try:
            return self._blobs.get(_key(style_id, ending))
        except BlobNotFoundError as error:
            raise StyleNotFoundError(style_id) from error

    def _record_keys(self) -> list[str]:
        return [key for key in self._blobs.keys(_FOLDER) if key.endswith(f".{_RECORD}")]


def _style_id(record_key: str) -> str:
    return record_key.removeprefix(f"{_FOLDER}/").removesuffix(f".{_RECORD}")


def _key(style_id: str, ending: str) -> str:
    """Return where a style's file is, or raise StyleNotFoundError: it is no id."""
    if not is_style_id(style_id):
        raise StyleNotFoundError(style_id)
    return f"{_FOLDER}/{style_id}.{ending}"
