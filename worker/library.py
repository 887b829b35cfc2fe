"""Puts the styles that a worker's runners have of their own into the library.

Once: later starts look which are there. Knows no kind and nothing that computes.
"""

import hashlib
import logging
import time

from app.catalogue.stored_styles import StoredStyles
from app.contract.inputs import size_of
from app.contract.packs.reading import read_pack
from app.contract.ports import BlobStore, StoreError
from app.contract.styles import Style, StylePack
from worker.runners.runner import OwnStyle, Runners

logger = logging.getLogger(__name__)


def keep_own_styles(runners: Runners, blobs: BlobStore) -> None:
    """Keep those that the library lacks; a storage that is away or full is a warning.

    A worker without them paints as well; the next start tries again.
    """
    began_s, kept = time.monotonic(), 0
    stored = StoredStyles(blobs)
    try:
        known = stored.ids()
        for runner in runners.values():
            for own in runner.own_styles():
                if own.id not in known:
                    _keep(stored, own)
                    kept += 1
    except StoreError as error:
        logger.warning("the library lacks styles of this worker: %s", error)
    if kept:
        taken_s = time.monotonic() - began_s
        logger.info("%d styles put into the library in %.1f s", kept, taken_s)


def _keep(stored: StoredStyles, own: OwnStyle) -> None:
    pack, sample = own.pack(), own.sample()
    picture = sample.to_bytes()
    width, height = size_of(sample.facts)
    style = Style(
        id=own.id,
        title=own.title,
        sha256=hashlib.sha256(picture).hexdigest(),
        width=width,
        height=height,
        media_type=sample.media_type,
        builtin=True,
        license=own.license,
        source=own.source,
        pack=StylePack.of(read_pack(pack)),
        paintable=False,
    )
    stored.keep(style, picture, pack)
