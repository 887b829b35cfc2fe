"""Fetch a file from torchvision's official address, if the operator allowed it.

The only module of the engine that speaks to the network. Does not judge what it got.
"""

import importlib
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from worker.engine.errors import WeightsError
from worker.engine.features.extractor import InterruptionCheck, uninterrupted
from worker.engine.features.weights.identity import MAX_FILE_BYTES
from worker.engine.features.weights.networks import VggNetwork
from worker.engine.features.weights.torchvision_import import import_torchvision

_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, kw_only=True)
class DownloadLimits:
    """When to give up.

    Attributes:
        silence_s: without a byte.
        total_s: for the whole file; 575 MB at 2.5 Mbit/s.
        max_bytes: of the file.

    Raises:
        ValueError: one of them is not above 0.
    """

    silence_s: float = 30.0
    total_s: float = 1800.0
    max_bytes: int = MAX_FILE_BYTES

    def __post_init__(self) -> None:
        """Refuse limits that nothing passes."""
        if min(self.silence_s, self.total_s, self.max_bytes) <= 0:
            raise ValueError(f"{self} must be above 0")


class _Body(Protocol):
    """What we use of an answer."""

    def read(self, amount: int, /) -> bytes: ...


def official_address(network: VggNetwork) -> str:
    """Return where torchvision publishes the weights.

    Raises:
        WeightsError: it does not publish these.
    """
    model = network.description.torchvision_model
    if model is None:
        raise WeightsError(
            f"{network} can not be downloaded: take {network.description.origin}"
        )
    import_torchvision()
    models = importlib.import_module("torchvision.models")
    return str(models.get_model_weights(model).IMAGENET1K_V1.url)


def download(
    url: str,
    folder: Path,
    limits: DownloadLimits | None = None,
    check: InterruptionCheck = uninterrupted,
) -> Path:
    """Return the path of the fetched file, under the name that the address gives it.

    Args:
        url: https, of a file whose name begins its hash ("vgg16-397923af.pth").
        folder: where to put it; the caller deletes what is left there after an error.
        limits: when to give up.
        check: called with each megabyte; may raise.

    Raises:
        WeightsError: no network, another answer than the file, or too much of it.
    """
    limits = limits or DownloadLimits()
    path = folder / Path(urlsplit(url).path).name
    try:
        with (
            urllib.request.urlopen(url, timeout=limits.silence_s) as answer,  # noqa: S310 - torchvision's
            path.open("wb") as file,
        ):
            expected = answer.headers.get("Content-Length")
            _refuse_size(url, int(expected or 0), limits)
            written = 0
            for chunk in _chunks(url, answer, limits):
                check()
                written += file.write(chunk)
                _refuse_size(url, written, limits)
    except (OSError, HTTPException, ValueError) as error:
        raise WeightsError(
            f"{url} could not be fetched ({error}): check the network, or fetch it "
            "elsewhere and name the file with --path"
        ) from error
    if expected is not None and written != int(expected):
        raise WeightsError(
            f"{url} broke off after {written} of {expected} bytes: try again"
        )
    return path


def _chunks(url: str, answer: _Body, limits: DownloadLimits) -> Iterator[bytes]:
    ends_s = time.monotonic() + limits.total_s
    while chunk := answer.read(_CHUNK_BYTES):
        yield chunk
        if time.monotonic() > ends_s:
            raise WeightsError(
                f"{url} took longer than {limits.total_s:g} s: fetch it elsewhere and "
                "name the file with --path"
            )


def _refuse_size(url: str, size_bytes: int, limits: DownloadLimits) -> None:
    if size_bytes > limits.max_bytes:
        raise WeightsError(
            f"{url} sends {size_bytes} bytes or more, may send {limits.max_bytes}: it "
            "is not the file we know"
        )
