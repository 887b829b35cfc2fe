"""The networks that can look at pictures: one row each, and no other list of them.

A new network is an extractor in `backbones`, its weights in `weights`, its name and
layers in `app/contract/kinds/image` (which both sides read without torch), and a row
here. Painting, losses, tiles, memory and the command line need no change.
"""

from collections.abc import Mapping
from pathlib import Path

from app.contract.kinds.image.choices import Network
from worker.engine.errors import WeightsError
from worker.engine.features.backbone import Backbone, Publication, Setup, Sources
from worker.engine.features.backbones.student import Student
from worker.engine.features.backbones.vgg import Vgg
from worker.engine.features.extractor import FeatureExtractor, InterruptionCheck
from worker.engine.features.weights import VggNetwork, VggWeights, load_weights
from worker.engine.features.weights.cache import WeightsCache
from worker.engine.features.weights.package import SOURCE as VGG19_PACKAGE
from worker.engine.features.weights.packaged_file import PackagedFile
from worker.engine.features.weights.students import StudentWeights, read_student
from worker.engine.machine.memory_plan import NetworkMemory

_OXFORD = "Visual Geometry Group, University of Oxford"
_TORCHVISION = "torchvision, download.pytorch.org"
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
}


def backbone(network: Network) -> Backbone:
    """Return what is known of a network."""
    return BACKBONES[network]
