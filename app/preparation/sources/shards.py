"""The pictures in a tar file, where they lie: nothing is unpacked."""

import tarfile
from collections.abc import Iterator
from pathlib import Path

from app.preparation.sources.item import PICTURE_SUFFIXES, Item, Unusable

#: What is a tar in a wrapping, usually.
COMPRESSED_SUFFIXES = frozenset({".gz", ".tgz", ".bz2", ".xz", ".zst", ".zip", ".7z"})


def shard_items(path: Path, name: str, stamp: str) -> Iterator[Item | Unusable]:
    """Yield what a shard holds; what is neither a file nor a picture is left out.

    Args:
        path: of the tar.
        name: what it is called in the set.
        stamp: what changes with it.
    """
    length = path.stat().st_size
    try:
        with tarfile.open(path, "r:") as shard:
            for member in shard:
                # A reader of many members would keep them all.
                shard.members = []  # type: ignore[attr-defined]  # not in typeshed
                if not member.isreg() or _suffix(member) not in PICTURE_SUFFIXES:
                    continue
                inner = f"{name}/{member.name.lstrip('/')}"
                if member.offset_data + member.size > length:
                    yield Unusable(inner, "the shard is cut off")
                    return
                yield Item(
                    name=inner,
                    path=path,
                    stamp=f"{stamp} {member.offset_data}",
                    offset=member.offset_data,
                    length=member.size,
                )
    except (tarfile.TarError, OSError, EOFError, ValueError) as error:
        yield Unusable(name, f"no tar file, or one that is damaged: {error}")


def _suffix(member: tarfile.TarInfo) -> str:
    return Path(member.name).suffix.lower()
