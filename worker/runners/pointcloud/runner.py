"""The runner of clouds, with the network that the runner of pictures has loaded."""

import io
from collections.abc import Generator

from PIL import Image

from app.contract.failures import FailureCode
from app.contract.inputs import input_name
from app.contract.jobs import Reproducibility
from app.contract.kinds.image.choices import Color
from app.contract.kinds.pointcloud.choices import Harmonics, Up
from app.contract.kinds.pointcloud.parameters import ResolvedCloudParameters
from app.contract.kinds.pointcloud.ply import UnreadableCloudError
from app.contract.workers import WorkerInfo
from worker.engine import EngineError, PaintingState, StateError, StyleEngine
from worker.engine.hyperparameters import HYPERPARAMETERS
from worker.engine.images import upright_rgb
from worker.engine.machine.device import process_memory_bytes
from worker.engine.machine.error_boundary import error_boundary
from worker.engine.pointcloud.formats import format_of, read_cloud
from worker.engine.pointcloud.job import ALGORITHM, CloudJob
from worker.engine.pointcloud.options import CloudOptions
from worker.engine.pointcloud.painter import paint_cloud
from worker.runners.control import Control
from worker.runners.failures import failed
from worker.runners.image.runner import ImageRunner
from worker.runners.pointcloud.steering import CloudSteering
from worker.runners.pointcloud.tick import CloudTick
from worker.runners.runner import (
    Order,
    RunFailedError,
    Runner,
    StateRefusedError,
)


class CloudRunner(Runner[ResolvedCloudParameters]):
    """Paints clouds.

    Args:
        engine: of pictures: its network looks at the views.
        images: tells what the network is, and its worker.
    """

    def __init__(self, engine: StyleEngine, images: ImageRunner) -> None:
        self._engine, self._images = engine, images

    def run(
        self,
        order: Order[ResolvedCloudParameters],
        control: Control,
        resume: bytes | None,
    ) -> Generator[CloudTick, None, None]:
        """Yield every step; closing the generator frees the job's memory and files."""
        try:
            state = None if resume is None else PaintingState.from_bytes(resume)
            del resume
            content = order.read("content")
            control.check()
            form = format_of(content)
            job = self._job(order, control, content, state)
            del content
            network = self._engine.extractor(control.check)
            steps = error_boundary(paint_cloud(job, network), network.device)
            del job
            for step in steps:
                yield CloudTick(step, form)
        except StateError as error:
            raise StateRefusedError(str(error)) from error
        except UnreadableCloudError as error:
            raise RunFailedError(FailureCode.DECODER_FAILED, str(error)) from error
        except EngineError as error:
            raise failed(error) from error

    def reproducibility(self, params: ResolvedCloudParameters) -> Reproducibility:  # noqa: ARG002
        """Return what else must be equal for the same bytes of a job."""
        described = self._images.described()
        return described.model_copy(update={"algorithm": ALGORITHM})

    def peak_memory_bytes(self) -> int | None:
        """Return the most memory that the last job took, if it is known."""
        return self._images.peak_memory_bytes()

    def info(self, name: str) -> WorkerInfo:
        """Return what a worker is that has the network."""
        return self._images.info(name)

    def process_bytes(self) -> int | None:
        """Return the memory that this process holds now, None if it is not known."""
        return process_memory_bytes()

    def _job(
        self,
        order: Order[ResolvedCloudParameters],
        control: Control,
        content: bytes,
        state: PaintingState | None,
    ) -> CloudJob:
        cloud = read_cloud(content)
        control.check()
        paintings = []
        for number in range(len(order.params.style_weights)):
            picture = Image.open(io.BytesIO(order.read(input_name("style", number))))
            paintings.append(upright_rgb(picture))
            control.check()
        return CloudJob(
            cloud=cloud,
            style_images=paintings,
            style_weights=order.params.style_weights,
            options=options_of(order.params),
            hyperparameters=HYPERPARAMETERS,
            check=control.check,
            changes=CloudSteering(order, control).changes,
            is_finishing=lambda: control.is_finishing,
            resume_from=state,
        )


def options_of(params: ResolvedCloudParameters) -> CloudOptions:
    """Translate the user's words into the engine's; no other place does."""
    red, green, blue = bytes.fromhex(params.background.removeprefix("#"))
    return CloudOptions(
        views=params.views,
        view_px=params.view_size,
        up=Up(params.up),
        steps=params.steps,
        style_strength=params.style_strength,
        content_strength=params.content_strength,
        style_scale=params.style_scale,
        color=Color(params.color),
        smoothness=params.smoothness,
        harmonics=Harmonics(params.harmonics),
        background=(red / 255, green / 255, blue / 255),
        seed=params.seed,
    )
