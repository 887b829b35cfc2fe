"""The kind `image`: a picture from a photograph and one to four paintings."""

import math
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from app.contract.inputs import Facts, Inputs, size_of
from app.contract.kind import BodyExample, Lane, Needs, RefusedParams, Views
from app.contract.kinds.image.capabilities import (
    PICTURE_LIMITS,
    PictureFacts,
    PictureLimits,
    picture_facts,
)
from app.contract.kinds.image.changes import CHANGEABLE
from app.contract.kinds.image.choices import Start
from app.contract.kinds.image.estimates import EstimateRequest, planned
from app.contract.kinds.image.examples import EXAMPLES
from app.contract.kinds.image.limits import MAX_SIZE_PX, MIN_SIZE_PX
from app.contract.kinds.image.overrides import overridden
from app.contract.kinds.image.parameters import StyleTransferParameters
from app.contract.kinds.image.resolved import ResolvedParameters, resolve
from app.contract.kinds.image.slots import SLOTS
from app.contract.kinds.image.views import (
    JobInput,
    LossPointView,
    Progress,
    ResultView,
)
from app.contract.kinds.image.work import result_size, work_of
from app.contract.slots import Slot, count_of

_VERSION = 3
#: The engine's name for how it paints; a test holds it equal to the engine's own.
ALGORITHM = f"impasto-wasserstein@{_VERSION}"


_VIEWS = Views(
    params=ResolvedParameters,
    input=JobInput,
    progress=Progress,
    result=ResultView,
    row=LossPointView,
)

#: AVIF last: whoever likes all of them alike need not wait for it.
_RESULT_TYPES = ("image/png", "image/jpeg", "image/webp", "image/avif")
_REFUSAL_CODES = {
    ("preset", "enum"): "unknown_preset",
    ("styles", "less_than_equal"): "too_many_styles",
    ("style_weights", "too_long"): "style_weights_mismatch",
    ("style_layers", "unknown_layer"): "unknown_layer",
    ("content_layers", "unknown_layer"): "unknown_layer",
}
_TRAITS = {"network", "optimizer", "style_loss", "memory", "preset", "precision"}
#: Of another number of paintings: their statistics cost time, too.
_OTHER_STYLES = 0.5


@dataclass(frozen=True)
class ImageKind:
    """Implements `JobKind` for still pictures."""

    name: str = "image"
    version: int = _VERSION
    slots: tuple[Slot, ...] = SLOTS
    changeable: frozenset[str] = CHANGEABLE
    unit: str = "steps"
    metrics: tuple[str, ...] = ("total", "content", "style", "tv")
    result_types: tuple[str, ...] = _RESULT_TYPES
    files: tuple[str, ...] = ()
    sent: type[StyleTransferParameters] = StyleTransferParameters
    estimate: type[EstimateRequest] = EstimateRequest
    views: Views = _VIEWS
    examples: tuple[BodyExample, ...] = EXAMPLES

    @property
    def limits(self) -> PictureLimits:
        """The bounds of a picture."""
        return PICTURE_LIMITS

    def facts(self, networks: Sequence[str]) -> PictureFacts:
        """Return the algorithm, the networks with their layers, and the presets."""
        return picture_facts(ALGORITHM, networks)

    @property
    def refusal_codes(self) -> Mapping[tuple[str, str], str]:
        """Codes of problems of its own, by parameter and pydantic's type of error."""
        return _REFUSAL_CODES

    def planned(self, asked: EstimateRequest) -> tuple[StyleTransferParameters, Inputs]:
        """Return the parameters, the photograph's size, and so many paintings."""
        return planned(asked)

    def check(self, sent: StyleTransferParameters, names: Iterable[str]) -> None:
        """Raise RefusedParams if parameters contradict the inputs of these names."""
        names = list(names)
        styles = count_of("style", names)
        weights = sent.style_weights
        if weights is not None and len(weights) != styles:
            raise RefusedParams(
                "/params/style_weights",
                f"The number of weights is {len(weights)}, that of paintings is "
                f"{styles}.",
                "style_weights_mismatch",
                styles,
                len(weights),
            )
        if sent.start is Start.IMAGE and "init" not in names:
            detail = "start=image needs the picture to start from: init."
            raise RefusedParams("/init", detail)
        if sent.start is not Start.IMAGE and "init" in names:
            detail = f"The picture init is for start=image; start is {sent.start}."
            raise RefusedParams("/params/start", detail)

    def resolve(
        self, sent: StyleTransferParameters, names: Iterable[str]
    ) -> ResolvedParameters:
        """Return the parameters with every value filled in, a drawn seed included."""
        return resolve(sent, count_of("style", names))

    def parse(
        self, params: Mapping[str, JsonValue], inputs: Inputs
    ) -> ResolvedParameters:
        """Return parameters as sent or stored, with every value filled in."""
        sent = StyleTransferParameters.model_validate(params)
        self.check(sent, inputs)
        return self.resolve(sent, inputs)

    def network(self, sent: StyleTransferParameters) -> str | None:
        """Return the network that is asked for."""
        return sent.network

    def side_px(self, sent: StyleTransferParameters) -> int:
        """Return the long side of the result: larger pictures show no more."""
        return sent.size

    def draws(self, sent: StyleTransferParameters) -> bool:
        """Tell whether the seed is drawn."""
        return sent.seed is None

    def overridden(
        self, old: ResolvedParameters, changes: Mapping[str, JsonValue]
    ) -> dict[str, JsonValue]:
        """Return the old parameters with some of them replaced; see `overrides`."""
        return overridden(old, changes)

    def used(self, sent: StyleTransferParameters, inputs: Inputs) -> Inputs:
        """Return all inputs, but for a start that nothing starts from."""
        if sent.start is Start.IMAGE:
            return inputs
        return {name: each for name, each in inputs.items() if name != "init"}

    def lane(self, params: ResolvedParameters) -> Lane:  # noqa: ARG002 - all are long
        """Return the long line: an optimization takes minutes."""
        return Lane.LONG

    def work(self, params: StyleTransferParameters, inputs: Inputs) -> float:
        """Return megapixel-steps, over all rungs of the ladder."""
        return work_of(params, *size_of(inputs["content"].facts))

    def needs(self, params: StyleTransferParameters, inputs: Inputs) -> Needs:
        """Return the network, and the memory for the result's pixels."""
        width, height = result_size(*size_of(inputs["content"].facts), params.size)
        return Needs(network=params.network, memory=params.memory, units=width * height)

    def largest_size(self, inputs: Inputs, fits: Callable[[int], bool]) -> int | None:
        """Return the largest long side in pixels whose memory fits."""
        width, height = size_of(inputs["content"].facts)
        sizes = range(MIN_SIZE_PX, MAX_SIZE_PX + 1)

        def is_too_large(size: int) -> bool:
            return not fits(math.prod(result_size(width, height, size)))

        # Pixels grow with the size: those that fit come first, and False before True.
        count = bisect_left(sizes, 1, key=is_too_large)
        return sizes[count - 1] if count else None

    def result_facts(self, params: StyleTransferParameters, inputs: Inputs) -> Facts:
        """Return the picture's width and height."""
        size = result_size(*size_of(inputs["content"].facts), params.size)
        return dict(zip(("width", "height"), size, strict=True))

    def traits(self, params: StyleTransferParameters, inputs: Inputs) -> Facts:
        """Return the costly choices, the size and the number of paintings."""
        chosen = params.model_dump(mode="json", include=_TRAITS)
        styles = count_of("style", inputs)
        return {**chosen, **self.result_facts(params, inputs), "styles": styles}

    def unlikeness(self, theirs: Facts, ours: Facts) -> int:
        """Compare the costly choices first, then the others."""

        def same(*names: str) -> bool:
            return all(theirs.get(name) == ours.get(name) for name in names)

        if not same("network", "optimizer"):
            return 2
        precision_fits = ours["precision"] == "auto" or same("precision")
        return 0 if precision_fits and same("style_loss", "memory") else 1

    def closeness(self, theirs: Facts, ours: Facts) -> float:
        """Count jobs of the same size, and with as many paintings, more."""
        ratio = math.prod(size_of(theirs)) / math.prod(size_of(ours))
        closeness = math.sqrt(min(ratio, 1 / ratio))
        is_same = theirs.get("styles") == ours.get("styles")
        return closeness if is_same else closeness * _OTHER_STYLES


IMAGE = ImageKind()
