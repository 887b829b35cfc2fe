"""The resident networks: each is made once for a precision and a pooling, then kept."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from app.contract.painting.choices import Network, Pooling, Precision
from worker.engine.features.backbone import Setup, Sources, Weights
from worker.engine.features.backbones.backends import choose_backend
from worker.engine.features.backbones.convolution import (
    ConvolutionBackend,
    TorchBackend,
)
from worker.engine.features.backbones.vgg import DTYPES
from worker.engine.features.extractor import (
    FeatureExtractor,
    InterruptionCheck,
    uninterrupted,
)
from worker.engine.features.registry import backbone

#: One takes 80 to 160 MB: its kernels and the turned ones.
_KEPT = 4


@dataclass(frozen=True)
class NetworkChoice:
    """Which network a job uses."""

    name: Network
    precision: Precision
    pooling: Pooling


class NetworkCache:
    """Networks by choice; the least recently used makes room.

    Args:
        load_weights: reads the weights of a network by its name, and checks for an
            interruption while it fetches them.
        device: where networks live.
        backend_for: gives what computes convolutions in a number type; plain torch by
            default.
    """

    def __init__(
        self,
        load_weights: Callable[[Network, InterruptionCheck], Weights],
        device: torch.device,
        backend_for: Callable[[torch.dtype], ConvolutionBackend] | None = None,
    ) -> None:
        self._load_weights = load_weights
        self._backend_for = backend_for or (lambda _: TorchBackend())
        self._device = device
        self._backends: dict[torch.dtype, ConvolutionBackend] = {}
        self._sha256: dict[Network, str] = {}
        self._networks: OrderedDict[NetworkChoice, FeatureExtractor] = OrderedDict()

    def sha256(self, name: Network) -> str:
        """Return the hash of a network's weights.

        Raises:
            WeightsError: they are not here.
        """
        if name not in self._sha256:
            self._read(name, uninterrupted)
        return self._sha256[name]

    def _read(self, name: Network, check: InterruptionCheck) -> Weights:
        """Read weights; nobody keeps them but the networks that need them."""
        weights = self._load_weights(name, check)
        self._sha256[name] = weights.sha256
        return weights

    def backend(self, precision: Precision) -> ConvolutionBackend:
        """Return what computes convolutions in a precision, made once."""
        dtype = DTYPES[precision]
        if dtype not in self._backends:
            self._backends[dtype] = self._backend_for(dtype)
        return self._backends[dtype]

    def network(
        self, choice: NetworkChoice, check: InterruptionCheck = uninterrupted
    ) -> FeatureExtractor:
        """Return a network, made once; `check` is called while weights are fetched."""
        if choice not in self._networks:
            setup = Setup(
                precision=choice.precision,
                pooling=choice.pooling,
                device=self._device,
                backend=self.backend(choice.precision),
            )
            weights = self._read(choice.name, check)
            self._networks[choice] = backbone(choice.name).build(weights, setup)
        self._networks.move_to_end(choice)
        while len(self._networks) > _KEPT:
            self._networks.popitem(last=False)
        return self._networks[choice]


def open_networks(
    device: torch.device,
    *,
    cache_dir: Path | None,
    weights_paths: Mapping[str, Path],
    download: bool,
    convolutions: str,
) -> NetworkCache:
    """Return networks that read weights from the package, files or the internet.

    Args:
        device: where networks live.
        cache_dir: where decoded weights and compiled kernels are kept; the user's cache
            by default.
        weights_paths: files to read a network's weights from, by its name.
        download: whether torchvision's weights may be fetched when needed.
        convolutions: see `backbones.backends.BackendName`.

    Raises:
        ValueError: a name is none of a network.
        WeightsError: a file is not what its network needs: all are read once.
    """
    paths = {Network(name): path for name, path in weights_paths.items()}

    def read(network: Network, check: InterruptionCheck) -> Weights:
        sources = Sources(
            cache_dir=cache_dir, path=paths.get(network), download=download
        )
        return backbone(network).load(sources, check)

    def backend_for(dtype: torch.dtype) -> ConvolutionBackend:
        return choose_backend(convolutions, dtype, cache_dir, device=device)

    networks = NetworkCache(read, device, backend_for)
    for network in paths:
        networks.sha256(network)
    return networks
