"""The kind `image`: a picture from a photograph and one to four paintings."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from pydantic import JsonValue

from app.contract.engines import ENGINE, Engines
from app.contract.inputs import Facts, Inputs, size_of, slot_and_number
from app.contract.kind import (
    AUTO_MEMORY,
    JobKind,
    Lane,
    Needs,
    Views,
)
from app.contract.kinds.image.capabilities import (
    PICTURE_LIMITS,
    PictureFacts,
    PictureLimits,
    picture_facts,
)
from app.contract.kinds.image.changes import CHANGEABLE, masks_of
from app.contract.kinds.image.checks import check_sent
from app.contract.kinds.image.engines import ENGINES
from app.contract.kinds.image.estimates import EstimateRequest, planned
from app.contract.kinds.image.examples import ANSWERS, BODIES
from app.contract.kinds.image.fast import (
    FAST_PACKAGE,
    FAST_VERSION,
    FastParameters,
    ResolvedFastParameters,
    is_instant,
    resolve_fast,
)
from app.contract.kinds.image.overrides import branched, overridden
from app.contract.kinds.image.packs import begins_fast, check_styles, packs_count
from app.contract.kinds.image.parameters import StyleTransferParameters
from app.contract.kinds.image.resolved import (
    ResolvedParameters,
    resolve,
)
from app.contract.kinds.image.slots import SLOTS
from app.contract.kinds.image.views import (
    JobInput,
    LossPointView,
    Progress,
    ResultView,
)
from app.contract.kinds.image.work import (
    result_size,
    work_of,
    work_of_fast,
    working_size,
)
from app.contract.painting.choices import FAST_NETWORK, KEEP_FILE, Network, Start
from app.contract.painting.fields import REFUSAL_CODES
from app.contract.painting.limits import MAX_SIZE_PX, MIN_SIZE_PX
from app.contract.painting.sizes import largest_fitting, likeness
from app.contract.painting.slots import PACK
from app.contract.slots import Slot, count_of
from app.contract.views.kinds import BodyExample

_VERSION = 4
#: The engine's name for how it paints; a test holds it equal to the engine's own.
ALGORITHM = f"impasto-wasserstein@{_VERSION}"

Sent: TypeAlias = StyleTransferParameters | FastParameters
Resolved: TypeAlias = ResolvedParameters | ResolvedFastParameters

_VIEWS = Views(
    params=ResolvedParameters,
    input=JobInput,
    progress=Progress,
    result=ResultView,
    row=LossPointView,
    params_of_engine={"fast": ResolvedFastParameters},
    examples=ANSWERS,
)

#: AVIF last: whoever likes all of them alike need not wait for it.
_RESULT_TYPES = ("image/png", "image/jpeg", "image/webp", "image/avif")
_REFUSAL_CODES = {
    **REFUSAL_CODES,
    ("style_layers", "unknown_layer"): "unknown_layer",
    ("content_layers", "unknown_layer"): "unknown_layer",
}
_TRAITS = {"network", "optimizer", "style_loss", "memory", "preset", "precision"}
#: Of another number of paintings: their statistics cost time, too.
_OTHER_STYLES = 0.5


@dataclass(frozen=True)
class ImageKind(JobKind[Sent, Resolved]):
    """Still pictures."""

    name: str = "image"
    slots: tuple[Slot, ...] = SLOTS
    unit: str = "steps"
    batches: bool = True
    metrics: tuple[str, ...] = ("total", "content", "style", "tv")
    files: tuple[str, ...] = (KEEP_FILE,)
    result_types: tuple[str, ...] = _RESULT_TYPES
    sent: type[Sent] = StyleTransferParameters
    estimate: type[EstimateRequest] = EstimateRequest
    views: Views = _VIEWS
    examples: tuple[BodyExample, ...] = BODIES
    networks: tuple[str, ...] = tuple(Network)
    packages: tuple[tuple[str, str], ...] = (("fast", FAST_PACKAGE),)

    def version(self, params: Resolved) -> int:
        """Return that of the engine; whatever changes in one of two changes the sum."""
        if is_instant(params):
            return FAST_VERSION
        return _VERSION + FAST_VERSION * begins_fast(params)

    @property
    def engines(self) -> Engines:
        """Both."""
        return ENGINES

    def engines_of(self, sent: Sent) -> Sequence[str]:
        """Return the engine, and the one that makes the picture to start from."""
        starts_fast = not isinstance(sent, FastParameters) and begins_fast(sent)
        return (*super().engines_of(sent), *(["fast"] if starts_fast else ()))

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

    def planned(self, asked: EstimateRequest) -> tuple[Sent, Inputs]:
        """Return the parameters, the photograph's size, and so many paintings."""
        return planned(asked)

    def check(self, sent: Sent, names: Iterable[str]) -> None:
        """Raise RefusedParams if parameters contradict the inputs of these names."""
        check_sent(sent, names)

    def check_inputs(self, sent: Sent, inputs: Inputs) -> None:
        """Raise RefusedParams where a style lacks the painting or the pack it needs."""
        check_styles(sent, inputs)

    def resolve(self, sent: Sent, names: Iterable[str]) -> Resolved:
        """Return the parameters with every value filled in, a drawn seed included."""
        styles = count_of("style", names)
        if isinstance(sent, FastParameters):
            return resolve_fast(sent, styles)
        return resolve(sent, styles)

    def parse(self, params: Mapping[str, JsonValue], inputs: Inputs) -> Resolved:
        """Return parameters as sent or stored, with every value filled in."""
        model = FastParameters if params.get(ENGINE) == "fast" else self.sent
        sent = model.model_validate(params)
        self.check(sent, inputs)
        self.check_inputs(sent, inputs)
        return self.resolve(sent, inputs)

    def changeable(self, params: Resolved) -> frozenset[str]:
        """Return what may change from one step to the next; one pass has none."""
        return CHANGEABLE if isinstance(params, ResolvedParameters) else frozenset()

    def replaceable(self, params: Resolved, inputs: Inputs) -> frozenset[str]:
        """Return the masks of the paintings, likewise."""
        if not isinstance(params, ResolvedParameters):
            return frozenset()
        return masks_of(count_of("style", inputs))

    def network(self, sent: Sent) -> str | None:
        """Return the network that is asked for, None where there is no choice."""
        return None if isinstance(sent, FastParameters) else sent.network

    def side_px(self, sent: Sent) -> int:
        """Return the long side of the result: larger pictures show no more."""
        return sent.size

    def draws(self, sent: Sent) -> bool:
        """Tell whether the seed is drawn."""
        return not isinstance(sent, FastParameters) and sent.seed is None

    def overridden(
        self, old: Resolved, changes: Mapping[str, JsonValue]
    ) -> dict[str, JsonValue]:
        """Return the old parameters with some of them replaced; see `overrides`."""
        return overridden(old, changes)

    def branched(
        self,
        old: Resolved,
        at_step: int,
        changes: Mapping[str, JsonValue],
        further_steps: int | None,
    ) -> Resolved:
        """Return the old parameters, and what changes at this step."""
        return branched(old, at_step, changes, further_steps)

    def used(self, sent: Sent, inputs: Inputs) -> Inputs:
        """Return all inputs, but for a start or networks that nothing reads."""
        unread = {name for name in ("init",) if _starts_anew(sent)}
        if not packs_count(sent):
            unread.add(PACK)
        return {n: i for n, i in inputs.items() if slot_and_number(n)[0] not in unread}

    def lane(self, params: Resolved) -> Lane:
        """Return the short line for one pass: an optimization takes minutes."""
        return Lane.SHORT if is_instant(params) else Lane.LONG

    def work(self, params: Sent, inputs: Inputs) -> float:
        """Return megapixel-steps, over all rungs of the ladder."""
        size = size_of(inputs["content"].facts)
        if isinstance(params, FastParameters):
            return work_of_fast(params, *size)
        return work_of(params, *size)

    def needs(self, params: Sent, inputs: Inputs) -> Needs:
        """Return the network, and the memory for the result's pixels.

        One pass takes less a pixel than an optimizer step in tiles, and is let in
        where that would be.
        """
        size_px = params.size
        if isinstance(params, FastParameters):
            network, memory = FAST_NETWORK, AUTO_MEMORY
            size_px = max(size_px, working_size(params))
        else:
            network, memory = params.network, params.memory
        size = result_size(*size_of(inputs["content"].facts), size_px)
        return Needs(network=network, memory=memory, units=math.prod(size))

    def largest_size(self, inputs: Inputs, fits: Callable[[int], bool]) -> int | None:
        """Return the largest long side in pixels whose memory fits."""
        width, height = size_of(inputs["content"].facts)

        def pixels(size_px: int) -> int:
            return math.prod(result_size(width, height, size_px))

        return largest_fitting(MIN_SIZE_PX, MAX_SIZE_PX, pixels, fits)

    def result_facts(self, params: Sent, inputs: Inputs) -> Facts:
        """Return the picture's width and height."""
        size = result_size(*size_of(inputs["content"].facts), params.size)
        return dict(zip(("width", "height"), size, strict=True))

    def traits(self, params: Sent, inputs: Inputs) -> Facts:
        """Return the costly choices, the size and the number of paintings."""
        chosen = params.model_dump(mode="json", include=_TRAITS)
        if isinstance(params, FastParameters):
            chosen[ENGINE] = params.engine
            del chosen["network"]
            if count_of(PACK, inputs):
                chosen["network"] = PACK
        styles = count_of("style", inputs)
        return {**chosen, **self.result_facts(params, inputs), "styles": styles}

    def unlikeness(self, theirs: Facts, ours: Facts) -> int:
        """Compare the costly choices first, then the others."""

        def same(*names: str) -> bool:
            return all(theirs.get(name) == ours.get(name) for name in names)

        if not same(ENGINE, "network", "optimizer"):
            return 2
        if ENGINE in ours:
            return 0 if same("preset") else 2
        precision_fits = ours["precision"] == "auto" or same("precision")
        return 0 if precision_fits and same("style_loss", "memory") else 1

    def closeness(self, theirs: Facts, ours: Facts) -> float:
        """Count jobs of the same size, and with as many paintings, more."""
        closeness = likeness(math.prod(size_of(theirs)) / math.prod(size_of(ours)))
        is_same = theirs.get("styles") == ours.get("styles")
        return closeness if is_same else closeness * _OTHER_STYLES


def _starts_anew(sent: Sent) -> bool:
    """Tell whether no picture that was sent is what it starts from."""
    return not isinstance(sent, FastParameters) and sent.start is not Start.IMAGE


IMAGE = ImageKind()
