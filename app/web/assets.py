"""Reads the page's files out of the package, once, with a digest over all of them.

The digest stands in the address of every asset, so that browsers may keep assets for
good: a changed file has another address. It knows neither HTTP nor the application.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

#: By the file's ending; the system's own table differs from machine to machine.
_MEDIA_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
#: In the page's HTML this leads to the assets; the digest is written behind it.
_PREFIX = "static/"


@dataclass(frozen=True)
class Asset:
    """One file as it is sent."""

    content: bytes
    media_type: str


@dataclass(frozen=True)
class Page:
    """Everything that a browser loads.

    `assets` are named as below the folder: `js/main.js`.
    """

    html: bytes
    assets: Mapping[str, Asset]
    digest: str


@cache
def load_page() -> Page:
    """Return the page; the package's files are read at the first call only."""
    folder = resources.files("app.web").joinpath("page")
    assets = dict(_walk(folder.joinpath("static")))
    html = folder.joinpath("index.html").read_text("utf-8")
    digest = _digest(html, assets)
    linked = html.replace(f'"{_PREFIX}', f'"{_PREFIX}{digest}/')
    return Page(html=linked.encode(), assets=assets, digest=digest)


def _walk(folder: Traversable, path: str = "") -> Iterator[tuple[str, Asset]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _walk(entry, f"{path}{entry.name}/")
        elif (ending := entry.name.rpartition(".")[2]) in _MEDIA_TYPES:
            yield f"{path}{entry.name}", Asset(entry.read_bytes(), _MEDIA_TYPES[ending])


def _digest(html: str, assets: Mapping[str, Asset]) -> str:
    """Return sixteen hexadecimal digits that any changed byte changes."""
    total = hashlib.sha256(html.encode())
    for name, asset in sorted(assets.items()):
        total.update(name.encode() + b"\0" + hashlib.sha256(asset.content).digest())
    return total.hexdigest()[:16]
