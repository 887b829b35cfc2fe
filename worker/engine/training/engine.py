"""The training engine: a painting and photographs in, the pack of a style out."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from app.contract.datasets import Split
from app.contract.packs.architectures import ArchitectureName
from app.contract.painting.choices import Network, Pooling
from app.contract.painting.ladder import fit
from worker.engine.datasets import Crops, Dataset
from worker.engine.description import EngineDescription
from worker.engine.errors import DatasetError, StateError
from worker.engine.features.extractor import InterruptionCheck, uninterrupted
from worker.engine.features.networks import NetworkCache, NetworkChoice, open_networks
from worker.engine.feedforward.engine import FastEngine
from worker.engine.feedforward.packs import Pack
from worker.engine.images import to_tensor
from worker.engine.machine import device as devices
from worker.engine.machine.error_boundary import error_boundary
from worker.engine.painting.content_and_styles import require_large_enough
from worker.engine.training.controls import TrainingControls
from worker.engine.training.options import CROP_GRID_PX, MIN_CROP_PX, TrainingOptions
from worker.engine.training.start import nearest
from worker.engine.training.state import TrainingState
from worker.engine.training.step import TrainingStep
from worker.engine.training.trainer import ALGORITHM, Training, train
from worker.engine.training.weights import drawn_weights, weights_of_pack

#: Photographs that a training is judged by, and the fewest that it can do with.
HELD_OUT, LEAST_HELD_OUT = 6, 1
LEAST_PICTURES = 4
#: A piece shows about half of a photograph, so the judge sees twice a piece.
_HELD_OUT_PER_CROP = 2
_BUILTIN_STYLES = 26
#: Pieces that tell which of them is nearest.
_COMPARED = range(6)
NEAREST, SCRATCH = "nearest", "scratch"
_NAMED = "pack"


class TrainingEngine:
    """Networks, resident, that compare; and those that a training may start from.

    Args:
        networks: the feature extractors.
        compute: the device, and the precision of the feature extractors.
        fast: has the styles that are known.
    """

    def __init__(
        self, networks: NetworkCache, compute: devices.Compute, fast: FastEngine
    ) -> None:
        self._networks, self._compute, self._fast = networks, compute, fast

    @classmethod
    def load(
        cls,
        *,
        device: str = "auto",
        precision: str = "auto",
        cache_dir: Path | None = None,
        threads: int | None = None,
        weights_paths: Mapping[str, Path] | None = None,
        download: bool = False,
        convolutions: str = "auto",
    ) -> "TrainingEngine":
        """Open the networks; see `StyleEngine.load` for the arguments and errors."""
        compute = devices.choose(device, precision)
        networks = open_networks(
            compute.device,
            cache_dir=cache_dir,
            weights_paths=weights_paths or {},
            download=download,
            convolutions=convolutions,
        )
        fast = FastEngine.load(device=device, cache_dir=cache_dir, threads=threads)
        return cls(networks, compute, fast)

    def describe(self, network: Network | str = Network.VGG19) -> EngineDescription:
        """Return what a pack depends on besides its painting and its options."""
        return EngineDescription(
            algorithm=ALGORITHM,
            network=Network(network).value,
            weights_sha256=self._networks.sha256(Network(network)),
            device=str(self._compute.device),
            precision=self._compute.precision.value,
            convolutions=self._networks.backend(self._compute.precision).name,
            threads=torch.get_num_threads(),
            torch=torch.__version__,
            deterministic=self._compute.device.type == "cpu",
        )

    def peak_memory_bytes(self) -> int | None:
        """Return the most memory held during the last training, None if unknown."""
        return devices.peak_memory_bytes(self._compute.device)

    def train(
        self,
        painting: Image.Image,
        dataset: Dataset,
        options: TrainingOptions,
        *,
        start: str | Pack = NEAREST,
        network: Network | str = Network.VGG19,
        check: InterruptionCheck = uninterrupted,
        controls: TrainingControls | None = None,
        resume_from: TrainingState | None = None,
    ) -> Iterator[TrainingStep]:
        """Train a style, step by step.

        Args:
            painting: at least 32 px on each side.
            dataset: photographs; some are held out to judge by.
            options: the choices.
            start: "nearest" of the known styles, "scratch", or a pack.
            network: whose features compare.
            check: called many times a second; what it raises ends the training.
            controls: changes options or finishes early, from another thread.
            resume_from: a `TrainingStep.state()` of the same training.

        Yields:
            Steps, the first before anything is learnt; the last one's `pack` is the
            result.

        Raises:
            ValueError: the painting is too small.
            DatasetError: there are too few pictures, or one is damaged.
            StateError: `resume_from` is another training's.
            TrainingDivergedError: the losses grew, twice.
        """
        require_large_enough("style", painting)
        steps = self._steps(
            painting,
            _photographs(dataset, options),
            options,
            start=start,
            network=Network(network),
            check=check,
            controls=controls or TrainingControls(),
            resume_from=resume_from,
        )
        return error_boundary(steps, self._compute.device)

    def _steps(
        self,
        painting: Image.Image,
        photographs: "_Photographs",
        options: TrainingOptions,
        *,
        start: str | Pack,
        network: Network,
        check: InterruptionCheck,
        controls: TrainingControls,
        resume_from: TrainingState | None,
    ) -> Iterator[TrainingStep]:
        choice = NetworkChoice(network, self._compute.precision, Pooling.MAX)
        extractor = self._networks.network(choice, check)
        label, weights, architecture = self._start(
            start,
            lambda: nearest(
                self._builtin_packs(),
                [photographs.crops.batch(k).to(extractor.device) for k in _COMPARED],
                painting,
                extractor,
                options,
                check,
            ),
            options.seed,
            resume_from,
        )
        yield from train(
            Training(
                painting=painting,
                piece=photographs.crops.batch,
                photographs_sha256=photographs.sha256,
                held_out=photographs.held_out,
                start_label=label,
                start=weights,
                architecture=architecture,
                network=extractor,
                options=options,
                controls=controls,
                check=check,
                resume_from=resume_from,
            )
        )

    def _start(
        self,
        start: str | Pack,
        find_nearest: Callable[[], str],
        seed: int,
        resume_from: TrainingState | None,
    ) -> tuple[str, dict[str, Tensor], ArchitectureName]:
        """Return a name of the start, its numbers and its network's shape."""
        if isinstance(start, Pack):
            return _NAMED, weights_of_pack(start), start.architecture
        if start == SCRATCH:
            architecture = ArchitectureName.MULTISTYLE
            return SCRATCH, drawn_weights(architecture, seed), architecture
        if start != NEAREST:
            raise ValueError(f"start is {start!r}, must be nearest, scratch or a pack")
        packs = self._builtin_packs()
        label = find_nearest() if resume_from is None else resume_from.start
        if label not in packs:
            raise StateError(f"the state's training started from {label!r}: unknown")
        return label, weights_of_pack(packs[label]), packs[label].architecture

    def _builtin_packs(self) -> dict[str, Pack]:
        found = (self._fast.builtin(number) for number in range(_BUILTIN_STYLES))
        return {pack.info.name: pack for pack in found}


class _Photographs:
    """What a training looks at.

    Attributes:
        crops: pieces to learn from.
        held_out: (1, 3, H, W) each, that no piece is from.
        sha256: of the data set.
    """

    def __init__(self, crops: Crops, held_out: list[Tensor], sha256: str) -> None:
        self.crops, self.held_out, self.sha256 = crops, held_out, sha256


def _photographs(dataset: Dataset, options: TrainingOptions) -> _Photographs:
    """Return pieces and held-out photographs, or raise DatasetError."""
    crop_px = options.crop_px
    crops = Crops(dataset, Split.TRAIN, crop_px=crop_px, seed=options.seed)
    rows = [
        row
        for row in dataset.of(Split.HELD_OUT)
        if min(row.width, row.height) >= MIN_CROP_PX
    ]
    if len(crops.pictures) < LEAST_PICTURES or len(rows) < LEAST_HELD_OUT:
        raise DatasetError(
            f"{dataset.name} has {len(crops.pictures)} pictures of {crop_px} px or "
            f"more to learn from and {len(rows)} held out; {LEAST_PICTURES} and "
            f"{LEAST_HELD_OUT} are needed"
        )
    held_out = [dataset.read(row) for row in rows[:HELD_OUT]]
    return _Photographs(
        crops,
        [_on_grid(each, _HELD_OUT_PER_CROP * crop_px) for each in held_out],
        dataset.sha256,
    )


def _on_grid(photograph: Image.Image, long_px: int) -> Tensor:
    """Return (1, 3, H, W), its sides multiples of what the network needs."""
    width, height = (
        max(MIN_CROP_PX, side // CROP_GRID_PX * CROP_GRID_PX)
        for side in fit(*photograph.size, long_px)
    )
    return to_tensor(photograph, width, height)
