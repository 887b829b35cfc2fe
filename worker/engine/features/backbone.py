"""What must be known of a network to offer it: weights, construction, layers, memory.

Knows no network by name; `registry` lists them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import torch

from app.contract.painting.choices import Pooling, Precision
from worker.engine.features.backbones.convolution import ConvolutionBackend
from worker.engine.features.extractor import FeatureExtractor, InterruptionCheck
from worker.engine.features.weights.packaged_file import PackagedFile
from worker.engine.hyperparameters import LayerChoice
from worker.engine.machine.memory_plan import NetworkMemory


@dataclass(frozen=True, kw_only=True)
class Sources:
    """Where a network's weights may be taken from.

    Attributes:
        cache_dir: where decoded weights are kept; the user's cache by default.
        path: of a file that the operator names.
        sha256: that the file must have, 64 digits; None if nobody said.
        download: whether they may be fetched if needed.
    """

    cache_dir: Path | None = None
    path: Path | None = None
    sha256: str | None = None
    download: bool = False


@dataclass(frozen=True, kw_only=True)
class Setup:
    """How a network computes."""

    precision: Precision
    pooling: Pooling
    device: torch.device
    backend: ConvolutionBackend


class Weights(Protocol):
    """Checked numbers of one network; only its own `Backbone.build` looks inside."""

    @property
    def sha256(self) -> str:
        """Of all names, shapes and values: what a picture depends on."""
        ...


@dataclass(frozen=True, kw_only=True)
class Publication:
    """The file that one party publishes a network's weights in.

    Attributes:
        sha256: of that file, as many leading digits as are known.
        bytes: of that file; None if nobody said.
        origin: who made them.
        licence: under which they may be used.
        package: that carries them.
        kept: pattern of the names that decoded weights have in the cache.
    """

    sha256: str
    bytes: int | None
    origin: str
    licence: str
    kept: str
    package: PackagedFile | None = None


@dataclass(frozen=True, kw_only=True)
class Backbone:
    """One network that can look at pictures.

    Attributes:
        load: reads and checks the weights, or raises WeightsError.
        build: makes an extractor of what `load` gave.
        published: where its weights are from; None if they come by path alone.
        layer_choice: layers that it is best read at, where it wants others than usual.
        memory: that a step takes.
    """

    load: Callable[[Sources, InterruptionCheck], Weights]
    # Any: what its own `load` returns.
    build: Callable[[Any, Setup], FeatureExtractor]
    published: Publication | None = None
    layer_choice: LayerChoice = field(default_factory=LayerChoice)
    memory: NetworkMemory = field(default_factory=NetworkMemory)
