"""A kind of job: what it is made from, what may be asked, how it is shown.

All else asks the kind, not its name; the composition roots get `Kinds`, the lookup.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from typing import Any, Protocol, TypeAlias, TypeVar

from pydantic import BaseModel, JsonValue, create_model

from app.contract.changes import changed_at
from app.contract.engines import Engines, engine_of
from app.contract.inputs import Facts, Inputs
from app.contract.needs import AUTO_MEMORY as AUTO_MEMORY  # noqa: PLC0414 - for the kinds
from app.contract.needs import Lane as Lane  # noqa: PLC0414 - likewise
from app.contract.needs import Needs as Needs  # noqa: PLC0414 - likewise
from app.contract.refused_params import RefusedParams as RefusedParams  # noqa: PLC0414 - likewise
from app.contract.styles import PublishedStyle
from app.contract.views.kinds import BodyExample, ShownKind, UnknownKind
from app.contract.views.kinds import Views as Views  # noqa: PLC0414 - for the kinds

#: What is sent for a job, and what it then is with every value filled in.
Sent = TypeVar("Sent", bound=BaseModel)
Params = TypeVar("Params", bound=BaseModel)

_NOTHING = create_model("Nothing")()  # of bounds, or of facts


class JobKind(ShownKind, Protocol[Sent, Params]):
    """One kind; a folder of `app.contract.kinds` has all of it.

    A kind derives from it. What has a body here need not be said by one without a
    network, a seed, or bounds beside those of its models.
    """

    @property
    def name(self) -> str:
        """What `kind` says."""

    @property
    def modules(self) -> Sequence[str]:
        """Python modules without which no process can look at its files."""
        return ()

    @property
    def extra(self) -> str:
        """The extra of the package `impasto` that brings them."""
        return ""

    @property
    def batches(self) -> bool:
        """Whether a batch may be of it: each content with each style."""
        return False

    def version(self, params: Params) -> int:
        """Return a part of the fingerprint, raised when equal jobs change."""
        return 1

    def changeable(self, params: Params) -> frozenset[str]:
        """Return the parameters that a command may change while a job runs."""
        return frozenset()

    def replaceable(self, params: Params, inputs: Inputs) -> frozenset[str]:
        """Return the names of the inputs that may be, likewise."""
        return frozenset()

    @property
    def survey_module(self) -> str | None:
        """The module of a process that draws a job's first views; see submissions."""
        return None

    @property
    def unit(self) -> str:
        """What a step of it is."""
        return "steps"

    @property
    def result_types(self) -> Sequence[str]:
        """The media types that a result may be delivered in, the usual one first."""

    @property
    def files(self) -> Sequence[str]:
        """The names of what a job may make besides its result."""
        return ()

    @property
    def limits(self) -> BaseModel:
        """Its bounds, as clients are told them."""
        return _NOTHING

    def facts(self, networks: Sequence[str]) -> BaseModel:
        """Return what else clients are told, of a service that has these networks."""
        return _NOTHING

    @property
    def sent(self) -> type[Sent]:
        """The model of parameters as a client may send them."""

    @property
    def engines(self) -> Engines:
        """The models of what is sent, by engine; `sent` is that of the first."""
        return {}

    def engines_of(self, sent: Sent) -> Sequence[str]:
        """Return the engines that such a job needs, its own first."""
        engine = engine_of(self.engines, sent)
        return () if engine is None else (engine,)

    @property
    def estimate(self) -> type[BaseModel]:
        """The model of what is told to learn what a job would take."""
        return self.sent

    # Any: the kind's own model of an estimate.
    def planned(self, asked: Any) -> tuple[Sent, Inputs]:
        """Return the parameters of an estimate, and what is known of the inputs."""
        return asked, {}

    @property
    def examples(self) -> Sequence[BodyExample]:
        """Bodies for the OpenAPI document."""
        return ()

    @property
    def networks(self) -> Sequence[str]:
        """The networks that an operator may offer; the first one must be there."""
        return ()

    @property
    def packages(self) -> Sequence[tuple[str, str]]:
        """Engines that are withheld where a package is not installed, with its name."""
        return ()

    def check(self, sent: Sent, names: Iterable[str]) -> None:
        """Raise RefusedParams if parameters contradict the inputs of these names."""

    def check_inputs(self, sent: Sent, inputs: Inputs) -> None:
        """Raise RefusedParams if parameters contradict what is known of the inputs."""

    def resolve(self, sent: Sent, names: Iterable[str]) -> Params:
        """Return the parameters with every value filled in, drawn ones included."""

    def parse(self, params: Mapping[str, JsonValue], inputs: Inputs) -> Params:
        """Return parameters as they are sent or stored, with every value filled in.

        Raises:
            ValidationError: A value is not allowed.
            RefusedParams: They contradict the inputs.
        """
        sent = self.sent.model_validate(params)
        self.check(sent, inputs)
        self.check_inputs(sent, inputs)
        return self.resolve(sent, inputs)

    @property
    def takes_hours(self) -> bool:
        """Whether an attempt gets the time limit of what takes hours."""
        return False

    def dataset(self, sent: Sent) -> str | None:
        """Return the data set that is learnt from, by name."""
        return None

    def publishes(self, sent: Sent) -> bool:
        """Tell whether such a job may put something into the style library."""
        return False

    def published(self, params: Params, result: Facts) -> PublishedStyle | None:
        """Return the style that a result of these facts, its pack, is published as."""
        return None

    @property
    def refusal_codes(self) -> Mapping[tuple[str, str], str]:
        """Codes of problems of its own, by parameter and pydantic's type of error."""
        return {}

    def network(self, sent: Sent) -> str | None:
        """Return the network that is asked for, by name."""
        return None

    def side_px(self, sent: Sent) -> int:
        """Return the long side that pictures are kept with, so that none is wasted."""
        return 0

    def draws(self, sent: Sent) -> bool:
        """Tell whether something is drawn anew, so that nobody has made the same."""
        return False

    def overridden(
        self, old: Params, changes: Mapping[str, JsonValue]
    ) -> dict[str, JsonValue]:
        """Return parameters to send for a job like an old one, with some changes."""
        return {**old.model_dump(mode="json"), **changes}

    def branched(
        self,
        old: Params,
        at_step: int,
        changes: Mapping[str, JsonValue],
        further_steps: int | None,
    ) -> Params:
        """Return parameters for a job that goes on from a state of an old one.

        Args:
            old: what the old job was made with until then.
            at_step: of the state.
            changes: of `changeable`, judged as a submission's.
            further_steps: so many more than were taken; None: as many as are left.

        Raises:
            RefusedParams: The kind cannot go on so.
        """
        if further_steps is not None:
            detail = f"A job of kind {self.name} cannot take further steps."
            raise RefusedParams("/params/steps", detail, "not_changeable")
        return changed_at(old, at_step, changes)

    def used(self, sent: Sent, inputs: Inputs) -> Inputs:
        """Return those of the inputs that a job with these parameters reads."""
        return inputs

    def lane(self, params: Params) -> Lane:
        """Return in which line a job waits."""

    def work(self, params: Params, inputs: Inputs) -> float:
        """Return how much it is, in megapixel-steps of the default engine."""

    def needs(self, params: Params, inputs: Inputs) -> Needs:
        """Return what a worker must have to take it."""
        return Needs()

    def largest_size(self, inputs: Inputs, fits: Callable[[int], bool]) -> int | None:
        """Return the largest `size` whose `Needs.units` fit a worker; None if none."""
        return None

    def result_facts(self, params: Params, inputs: Inputs) -> Facts:
        """Return what is known of the result before it is made."""
        return {}

    def traits(self, params: Params, inputs: Inputs) -> Facts:
        """Return what jobs are compared by to tell what one will cost."""
        return {}

    def unlikeness(self, theirs: Facts, ours: Facts) -> int:
        """Return 0 for traits that cost alike, 1 for less alike ones, 2 for others."""
        return 0

    def closeness(self, theirs: Facts, ours: Facts) -> float:
        """Return how much a finished job tells besides, above 0 to 1."""
        return 1.0


# Any: whoever asks a kind by its name has no type for what it takes.
AnyKind: TypeAlias = JobKind[Any, Any]


class UnknownKindError(LookupError):
    """There is no kind of this name here."""


class Kinds:
    """The kinds that this process knows, by name; the first is the default."""

    def __init__(self, kinds: Iterable[AnyKind]) -> None:
        self._kinds = {kind.name: kind for kind in kinds}

    def __iter__(self) -> Iterator[AnyKind]:
        return iter(self._kinds.values())

    def installed(self) -> "Kinds":
        """Return those whose modules are there."""
        return Kinds(kind for kind in self if all(map(find_spec, kind.modules)))

    @property
    def default(self) -> AnyKind:
        """The kind of a job that does not say."""
        return next(iter(self))

    @property
    def result_types(self) -> list[str]:
        """The media types that results may be delivered in, each once."""
        return list(dict.fromkeys(each for kind in self for each in kind.result_types))

    def shown(self, name: str) -> ShownKind:
        """Return what shows the jobs of a kind, whether it is known here or not."""
        return self._kinds.get(name, UnknownKind())

    def of_file(self, file_name: str) -> AnyKind | None:
        """Return the kind that alone takes files of such names, if there is one."""
        name = file_name.lower()
        found = (k for k in self if any(name.endswith(s.endings) for s in k.slots))
        return next(found, None)

    def of(self, name: str) -> AnyKind:
        """Return a kind; raise UnknownKindError if there is none of this name."""
        if name in self._kinds:
            return self._kinds[name]
        known = ", ".join(self._kinds)
        raise UnknownKindError(f"kind {name!r} is unknown here; there is {known}")
