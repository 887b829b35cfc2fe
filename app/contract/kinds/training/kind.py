"""The kind `training`: from a painting to a network that paints in its style."""

from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import BaseModel, Field

from app.contract.changes import steps_in_all
from app.contract.inputs import Facts, Inputs
from app.contract.kind import JobKind, Lane, Needs, RefusedParams, Views
from app.contract.kinds.training.changes import CHANGEABLE
from app.contract.kinds.training.limits import (
    MAX_BATCH,
    MAX_CROP,
    MAX_STEPS,
    MIN_CROP,
)
from app.contract.kinds.training.parameters import (
    Publish,
    ResolvedTrainingParameters,
    StartFrom,
    TrainingParameters,
)
from app.contract.kinds.training.views import (
    TrainingInput,
    TrainingProgress,
    TrainingResult,
    TrainingRow,
)
from app.contract.packs.reading import PACK_TYPE
from app.contract.slots import Medium, Slot
from app.contract.styles import PublishedStyle
from app.contract.views.kinds import BodyExample

#: That of the engine's algorithm; a test holds it equal to the engine's own.
VERSION = 2
STYLE, START = "style/0", "start"
PACK, START_PACK = "pack/0", "start_pack"
#: So large that other styles of a picture can be optimized for it, too.
_PAINTING_PX = 2048
#: A step costs about what an optimizer's step costs on so many pixels, twice over: the
#: network that learns beside the one that compares.
_WORK_A_PIXEL = 1.5e-6
_TRAITS = {"network", "train", "crop_size", "batch_size", "temporal"}
_UNTITLED = "Untitled"

_SLOTS = (
    Slot(
        name="style",
        noun="painting",
        description="The painting: JPEG, PNG, WebP, HEIC or AVIF.",
        plural="styles",
        least=1,
        most=1,
        from_library=True,
        library_field="style_id",
        missing="missing_style",
        too_many="too_many_styles",
    ),
    Slot(
        name=START,
        noun="style",
        description="The style of the library whose network is begun with, for "
        "start_from=pack.",
        from_library=True,
        library_field="start_style_id",
    ),
    Slot(
        name="pack",
        noun="pack",
        description="The network of the style.",
        plural="packs",
        medium=Medium.ANY,
        most=1,
        comes_with="style",
    ),
    Slot(
        name=START_PACK,
        noun="pack",
        description="The network of the start.",
        medium=Medium.ANY,
        comes_with=START,
    ),
)
_VIEWS = Views(
    params=ResolvedTrainingParameters,
    input=TrainingInput,
    progress=TrainingProgress,
    result=TrainingResult,
    row=TrainingRow,
    params_of_engine={},  # the kinds are pickled, a default that is a proxy is not
)
_EXAMPLES = (
    BodyExample(
        operation="submit_job",
        name="training",
        summary="A style of your own",
        value={
            "kind": "training",
            "styles": [{"url": "https://example.org/waves.jpg"}],
            "params": {"name": "waves", "steps": 300},
        },
    ),
)


class TrainingLimits(BaseModel):
    """Every bound of a training's parameters that is no matter of one alone."""

    max_styles: int = Field(default=1, description="Paintings of one job.")
    max_steps: int = Field(default=MAX_STEPS, description="Of the training.")
    min_crop_size: int = Field(default=MIN_CROP, description="In pixels.")
    max_crop_size: int = Field(default=MAX_CROP, description="In pixels.")
    max_batch_size: int = Field(default=MAX_BATCH, description="Pieces a step.")


@dataclass(frozen=True)
class TrainingKind(JobKind[TrainingParameters, ResolvedTrainingParameters]):
    """Fast styles."""

    name: str = "training"
    slots: tuple[Slot, ...] = _SLOTS
    unit: str = "steps"
    metrics: tuple[str, ...] = (
        *("total", "content", "style", "tv", "held_out"),
        "temporal",
    )
    result_types: tuple[str, ...] = (PACK_TYPE,)
    files: tuple[str, ...] = ("samples.png", "network.onnx", "curve.csv")
    sent: type[TrainingParameters] = TrainingParameters
    examples: tuple[BodyExample, ...] = _EXAMPLES
    takes_hours: bool = True
    views: Views = _VIEWS

    def version(self, params: TrainingParameters) -> int:
        """Return that of the trainer."""
        return VERSION

    def changeable(self, params: TrainingParameters) -> frozenset[str]:
        """Return what may change from one step to the next."""
        return CHANGEABLE

    @property
    def limits(self) -> TrainingLimits:
        """The bounds of a training."""
        return TrainingLimits()

    def dataset(self, sent: TrainingParameters) -> str | None:
        """Return the photographs to learn from."""
        return sent.dataset

    def publishes(self, sent: TrainingParameters) -> bool:
        """Tell whether a good style goes into the library."""
        return sent.publish is not Publish.NEVER

    def network(self, sent: TrainingParameters) -> str | None:
        """Return the network whose features compare."""
        return sent.network

    def side_px(self, sent: TrainingParameters) -> int:
        """Return the painting's long side as the library keeps it."""
        return _PAINTING_PX

    def check(self, sent: TrainingParameters, names: Iterable[str]) -> None:
        """Refuse a start that nothing would begin with."""
        if START in names and sent.start_from is not StartFrom.PACK:
            detail = f"start is for start_from=pack; it is {sent.start_from}."
            raise RefusedParams("/start", detail)

    def check_inputs(self, sent: TrainingParameters, inputs: Inputs) -> None:
        """Refuse a style without a painting, or to begin with a pack that is not."""
        style = inputs[STYLE]
        if style.facts.get("paintable") is False:
            detail = f"{style.style_id} is a network alone: there is no painting of it."
            raise RefusedParams("/styles/0", detail, "style_has_no_painting")
        if sent.start_from is StartFrom.PACK and start_pack(inputs) is None:
            named = START if START in inputs else "style"
            raise RefusedParams(
                "/params/start_from",
                f"start_from is pack, and the {named} has none: name a style of the "
                "library that was trained, as start_style_id.",
                "style_has_no_pack",
                limit=[StartFrom.NEAREST, StartFrom.SCRATCH],
                actual=StartFrom.PACK,
            )

    def resolve(
        self, sent: TrainingParameters, names: Iterable[str]
    ) -> ResolvedTrainingParameters:
        """Return the parameters: each has its value."""
        return ResolvedTrainingParameters(**sent.model_dump())

    def used(self, sent: TrainingParameters, inputs: Inputs) -> Inputs:
        """Return the painting, and the pack that is begun with."""
        if sent.start_from is StartFrom.PACK:
            return inputs
        return {name: each for name, each in inputs.items() if name != PACK}

    def lane(self, params: TrainingParameters) -> Lane:
        """Return the line of what takes minutes and hours."""
        return Lane.LONG

    def work(self, params: TrainingParameters, inputs: Inputs) -> float:
        """Return megapixel-steps of the default engine that take about as long."""
        pixels = params.batch_size * params.crop_size**2
        steps = steps_in_all(params.steps, params.changes)
        return steps * pixels * _WORK_A_PIXEL

    def needs(self, params: TrainingParameters, inputs: Inputs) -> Needs:
        """Return the network that compares."""
        return Needs(network=params.network)

    def traits(self, params: TrainingParameters, inputs: Inputs) -> Facts:
        """Return what a step's cost hangs on."""
        return params.model_dump(mode="json", include=_TRAITS)

    def unlikeness(self, theirs: Facts, ours: Facts) -> int:
        """Compare the network first, then the size of a step."""
        if theirs.get("network") != ours.get("network"):
            return 2
        return 0 if theirs == ours else 1

    def published(
        self, params: TrainingParameters, result: Facts
    ) -> PublishedStyle | None:
        """Return the style that a finished training puts into the library, if any."""
        told = result.get("training")
        if not isinstance(told, dict) or not told.get("published"):
            return None
        return PublishedStyle(
            title=params.name or _UNTITLED, license=params.license, picture=STYLE
        )


def start_pack(inputs: Inputs) -> str | None:
    """Return the name of the pack to begin with, None if there is none."""
    wanted = START_PACK if START in inputs else PACK
    return wanted if wanted in inputs else None


TRAINING = TrainingKind()
