"""The networks that can look at pictures: one row each, and no other list of them.

A new network is an extractor in `backbones`, its weights in `weights`, its name and
layers in `app/contract/painting` (which both sides read without torch), and a row
here. Painting, losses, tiles, memory and the command line need no change.
"""

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from app.contract.painting.choices import Network
from worker.engine.errors import WeightsError
from worker.engine.features.backbone import Backbone, Publication, Setup, Sources
from worker.engine.features.backbones.joined import VggAndVit, VggAndVitWeights
from worker.engine.features.backbones.student import Student
from worker.engine.features.backbones.vgg import Vgg
from worker.engine.features.backbones.vit import Vit
from worker.engine.features.extractor import FeatureExtractor, InterruptionCheck
from worker.engine.features.weights import VggNetwork, VggWeights, load_weights
from worker.engine.features.weights.cache import WeightsCache
from worker.engine.features.weights.package import SOURCE as VGG19_PACKAGE
from worker.engine.features.weights.packaged_file import PackagedFile
from worker.engine.features.weights.students import StudentWeights, read_student
from worker.engine.features.weights.vit_checkpoint import VitShape, read_vit
from worker.engine.hyperparameters import LayerChoice
from worker.engine.machine.memory_plan import NetworkMemory

_OXFORD = "Visual Geometry Group, University of Oxford"
_TORCHVISION = "torchvision, download.pytorch.org"
#: Channels of a token. Source: Touvron et al. 2021 (DeiT), table 1.
_SMALL, _BASE = 384, 768
_DEPTH = 12
_LEAST_PATCH_PX = 8
#: Tokens that a block keeps for its gradient, by width: the hidden layer counts four
#: times, before and after the nonlinearity.
_KEPT_OF_A_BLOCK = 18
#: At work on a block's way back, by width: by measure, gradients and copies included.
_AT_WORK_IN_A_BLOCK = 70
_FLOAT_BYTES = 4
#: Of a student's maps and gradients, in float32, a pixel.
_STUDENT_BYTES, _STUDENT_RECOMPUTED_BYTES = 1800, 1400


def _vgg(
    network: VggNetwork,
    bytes_: int | None,
    origin: str,
    licence: str,
    package: PackagedFile | None = None,
) -> Backbone:
    def load(sources: Sources, check: InterruptionCheck) -> VggWeights:
        return load_weights(
            network,
            cache_dir=sources.cache_dir,
            path=sources.path,
            sha256=sources.sha256,
            download=sources.download,
            check=check,
        )

    published = network.description.published_sha256
    return Backbone(
        load=load,
        build=build_vgg,
        published=Publication(
            sha256=published if package is None else package.sha256,
            bytes=bytes_,
            origin=origin,
            licence=licence,
            kept=WeightsCache(Path()).path(network, "?" * 64).name,
            package=package,
        ),
    )


def build_vgg(weights: VggWeights, setup: Setup) -> FeatureExtractor:
    """Return a VGG with these weights."""
    return Vgg(
        weights,
        precision=setup.precision,
        pooling=setup.pooling,
        device=setup.device,
        backend=setup.backend,
    )


def _vgg19_and_vit(shape: VitShape | None) -> Backbone:
    """Return VGG19 beside a transformer of this shape; of any, if it is None."""

    def load(sources: Sources, check: InterruptionCheck) -> VggAndVitWeights:
        if sources.path is None:
            raise WeightsError(
                f"{shape or 'a ViT'} comes in a file of your own alone: name it in "
                "IMPASTO_WEIGHTS_PATHS, or with --weights"
            )
        vit = read_vit(sources.path, sources.sha256)
        if shape not in {None, vit.shape}:
            raise WeightsError(
                f"{sources.path} holds {vit.shape}, not {shape}: the network vit takes "
                "any"
            )
        vgg = load_weights(cache_dir=sources.cache_dir, check=check)
        return VggAndVitWeights(vgg, vit)

    patch_px, width, depth = (
        (_LEAST_PATCH_PX, _BASE, _DEPTH)
        if shape is None
        else (shape.patch_px, shape.width, shape.depth)
    )
    layer = "last.keys" if shape is None else f"block{depth - 1}.keys"
    usual, tokens = NetworkMemory(), 1 / patch_px**2
    return Backbone(
        load=load,
        build=build_vgg_and_vit,
        layer_choice=LayerChoice(content_layers={layer: 1.0}),
        memory=NetworkMemory(
            whole_bytes=usual.whole_bytes
            + tokens * depth * _KEPT_OF_A_BLOCK * width * _FLOAT_BYTES,
            recompute_bytes=usual.recompute_bytes
            + tokens * (depth + _AT_WORK_IN_A_BLOCK) * width * _FLOAT_BYTES,
            sees_all=True,
        ),
    )


def _student() -> Backbone:
    """Return what is known of students: they come in a file of `impasto distill`."""

    def load(sources: Sources, check: InterruptionCheck) -> StudentWeights:  # noqa: ARG001 - nothing is fetched
        if sources.path is None:
            raise WeightsError(
                "student_lite0 comes in a file of `impasto distill` alone: name it in "
                "IMPASTO_WEIGHTS_PATHS, or with --weights"
            )
        return read_student(sources.path, sources.sha256)

    return Backbone(
        load=load,
        build=build_student,
        memory=NetworkMemory(
            whole_bytes=_STUDENT_BYTES, recompute_bytes=_STUDENT_RECOMPUTED_BYTES
        ),
    )


def build_vgg_and_vit(weights: VggAndVitWeights, setup: Setup) -> FeatureExtractor:
    """Return both as one extractor."""
    vgg = Vgg(
        weights.vgg,
        precision=setup.precision,
        pooling=setup.pooling,
        device=setup.device,
        backend=setup.backend,
    )
    return VggAndVit(
        vgg, Vit(weights.vit, precision=setup.precision, device=setup.device)
    )


def _vit(width: int, patch_px: int) -> Backbone:
    return _vgg19_and_vit(VitShape(width=width, depth=_DEPTH, patch_px=patch_px))


def build_student(weights: StudentWeights, setup: Setup) -> FeatureExtractor:
    """Return a student with these weights; it pools nowhere."""
    return Student(weights, precision=setup.precision, device=setup.device)


BACKBONES: Mapping[Network, Backbone] = {
    Network.VGG19: _vgg(
        VggNetwork.VGG19,
        20_063_401,
        f"{_OXFORD}; 8-bit codes in the package {VGG19_PACKAGE.pin}",
        "CC BY 4.0",
        VGG19_PACKAGE,
    ),
    Network.VGG16: _vgg(
        VggNetwork.VGG16,
        None,
        f"{_OXFORD}; converted by Justin Johnson",
        "CC BY 4.0",
    ),
    Network.VGG19_TORCHVISION: _vgg(
        VggNetwork.VGG19_TORCHVISION, 574_673_361, _TORCHVISION, "BSD-3-Clause"
    ),
    Network.VGG16_TORCHVISION: _vgg(
        VggNetwork.VGG16_TORCHVISION, 553_433_881, _TORCHVISION, "BSD-3-Clause"
    ),
    Network.STUDENT_LITE0: _student(),
    Network.VIT: _vgg19_and_vit(None),
    Network.VIT_SMALL_8: _vit(_SMALL, 8),
    Network.VIT_SMALL_16: _vit(_SMALL, 16),
    Network.VIT_BASE_8: _vit(_BASE, 8),
    Network.VIT_BASE_16: _vit(_BASE, 16),
}


def backbone(network: Network) -> Backbone:
    """Return what is known of a network."""
    return BACKBONES[network]


def require_named(networks: Iterable[Network | str], named: Collection[str]) -> None:
    """Raise WeightsError for a network that comes by path alone and has none."""
    for network in map(Network, networks):
        if backbone(network).published is None and network not in named:
            raise WeightsError(
                f"IMPASTO_NETWORKS has {network}, which comes in a file of your own "
                "alone: name it in IMPASTO_WEIGHTS_PATHS"
            )
