"""What one cloud is made from; nothing here changes meanwhile."""

import dataclasses
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from PIL import Image

from app.contract.kinds.pointcloud.camera_files import GivenCamera
from worker.cloudfile.cloud import PointCloud
from worker.engine.features.extractor import FeatureExtractor, InterruptionCheck
from worker.engine.hyperparameters import Hyperparameters
from worker.engine.images import fingerprint
from worker.engine.painting.state import PaintingState
from worker.engine.pointcloud.options import CloudOptions

#: Raised when equal options give other colours.
ALGORITHM = "impasto-pointcloud@4"
#: What may be changed between two steps; it makes no state another job's.
CHANGEABLE = ("style_strength", "content_strength", "smoothness", "steps")


@dataclass(frozen=True, kw_only=True)
class CloudJob:
    """What is to be painted, and how.

    Attributes:
        cloud: the content.
        style_images: paintings, RGB.
        style_weights: of them.
        options: the choices.
        hyperparameters: weights and rates, as of pictures.
        check: called every tenth of a second; what it raises ends the job.
        changes: given the steps taken, returns what of the options has changed since.
        is_finishing: whether the next step shall be the last.
        resume_from: a state to go on from.
        cameras: to look from, in the cloud's coordinates; none for ours.
    """

    cloud: PointCloud
    style_images: Sequence[Image.Image]
    style_weights: Sequence[float]
    options: CloudOptions
    hyperparameters: Hyperparameters
    check: InterruptionCheck
    changes: Callable[[int], Mapping[str, float]]
    is_finishing: Callable[[], bool]
    resume_from: PaintingState | None = None
    cameras: Sequence[GivenCamera] = ()

    @property
    def weights(self) -> list[float]:
        """Of the paintings, adding up to 1."""
        whole = sum(self.style_weights)
        return [weight / whole for weight in self.style_weights]

    def fingerprint(self, network: FeatureExtractor) -> str:
        """Return what a state must have been made from to be gone on from."""
        options = dataclasses.asdict(self.options)
        for name in CHANGEABLE:
            options.pop(name)
        colors = hashlib.sha256(self.cloud.colors.tobytes()).hexdigest()
        places = hashlib.sha256(self.cloud.positions.tobytes()).hexdigest()
        paintings = [fingerprint(each) for each in self.style_images]
        parts = [ALGORITHM, str(network.key), options, colors, places, paintings]
        parts.append([repr(weight) for weight in self.style_weights])
        parts.append(repr([*self.cameras]))
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
