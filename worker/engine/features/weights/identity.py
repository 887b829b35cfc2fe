"""Is this the file that the operator means? Told by its hash alone.

Does not read what is in it.
"""

import hashlib
import logging
import re
from pathlib import Path

from worker.engine.errors import WeightsError
from worker.engine.features.weights.networks import VggNetwork

logger = logging.getLogger(__name__)

#: The whole VGG19 with its classifier has 575 MB; ours has 80 MB without.
MAX_FILE_BYTES = 700_000_000
TORCH_SUFFIXES = (".pth", ".pt")
SAFETENSORS_SUFFIX = ".safetensors"
#: torchvision's copy of the Oxford VGG16 that reads RGB: the same graph and shapes,
#: false colours.
_OXFORD_IN_RGB = "88682ab5"
#: "vgg16-397923af.pth" begins with these digits (the custom of torch.hub).
_DIGITS_IN_NAME = re.compile(r"-([0-9a-f]{8,64})\.(?:pth|pt)$")


def identify(path: Path, network: VggNetwork, sha256: str | None = None) -> str:
    """Return the file's SHA-256 after every reason to refuse it was looked for.

    A file that carries no hash in its name, for which the operator gave none and that
    nobody we know published, passes with a warning in the log.

    Args:
        path: of the file that the operator named, or that was downloaded.
        network: whose weights it should hold.
        sha256: what it must be, 64 digits; None if nobody knows.

    Raises:
        WeightsError: it is missing, of another kind, damaged, or another network's.
    """
    _refuse_by_appearance(path)
    found = _sha256(path)
    if sha256 is not None and found != sha256:
        raise WeightsError(
            f"{path} has SHA-256 {found}, must be {sha256}: fetch it again, or correct "
            "the hash you gave"
        )
    named = _DIGITS_IN_NAME.search(path.name)
    if named and not found.startswith(named[1]):
        raise WeightsError(
            f"{path} has SHA-256 {found}, must begin with {named[1]} as its name says: "
            "it is damaged or not complete, fetch it again"
        )
    published = network.description.published_sha256
    _refuse_other_networks(path, found, network)
    if sha256 is None and not found.startswith(published):
        logger.warning(
            "weights_of_unknown_origin network=%s sha256=%s: they are not the "
            "published ones; give the SHA-256 that you expect",
            network,
            found,
        )
    return found


def _refuse_by_appearance(path: Path) -> None:
    allowed = (*TORCH_SUFFIXES, SAFETENSORS_SUFFIX)
    if path.suffix not in allowed:
        raise WeightsError(f"{path} must end in one of: {', '.join(allowed)}")
    if not path.is_file():
        raise WeightsError(f"{path} is not there, or is no file: correct the path")
    size_bytes = path.stat().st_size
    if size_bytes > MAX_FILE_BYTES:
        raise WeightsError(
            f"{path} has {size_bytes} bytes, may have {MAX_FILE_BYTES}: it holds no VGG"
        )


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise WeightsError(f"{path} can not be read: {error}") from error


def _refuse_other_networks(path: Path, found: str, network: VggNetwork) -> None:
    """Refuse files whose shapes fit but whose colours would be silently wrong."""
    if found.startswith(_OXFORD_IN_RGB):
        raise WeightsError(
            f"{path} is torchvision's VGG16 'features' file, which reads RGB: take "
            f"{network.description.origin}"
        )
    for other in VggNetwork:
        if other is network:
            continue
        if found.startswith(other.description.published_sha256):
            raise WeightsError(
                f"{path} holds {other}, not {network}: ask for the network {other}, or "
                f"take {network.description.origin}"
            )
