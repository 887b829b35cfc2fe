"""What a prepared set of pictures is: its manifest, and the set that is always there.

Standard library only: the engine reads it, too. Knows files by name and opens none.
"""

from app.contract.datasets.builtin import BUILTIN, builtin_manifest
from app.contract.datasets.manifest import (
    MANIFEST_FILE,
    Manifest,
    ManifestError,
    PictureRow,
    Split,
    is_dataset_name,
    manifest_of,
    parse_manifest,
    split_of,
)

__all__ = [
    "BUILTIN",
    "MANIFEST_FILE",
    "Manifest",
    "ManifestError",
    "PictureRow",
    "Split",
    "builtin_manifest",
    "is_dataset_name",
    "manifest_of",
    "parse_manifest",
    "split_of",
]
