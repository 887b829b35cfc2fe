"""The port between an attempt and what computes: no torch, and no kind's name.

A runner runs the jobs of one kind, one at a time, and keeps nothing of them. What it
needs of an attempt is an `Order` and a `Control`; what it gives are ticks.
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, Protocol, TypeAlias

from pydantic import JsonValue

from app.contract.failures import FailureCode
from app.contract.inputs import Facts, Inputs
from app.contract.jobs import Reproducibility
from app.contract.kind import Params
from app.contract.updates import Update
from app.contract.workers import WorkerInfo


class RunInterruptedError(Exception):
    """The job must not go on; nothing more is wanted of it."""


class RunFailedError(Exception):
    """There will be no result; the code says why, the message says it in words."""

    def __init__(self, code: FailureCode, detail: str) -> None:
        super().__init__(detail)
        self.code = code


class UnableError(Exception):
    """This worker cannot do the job; another one may."""


class StateRefusedError(Exception):
    """The state is damaged or another job's; nothing was computed yet."""


class Control(Protocol):
    """What a running job hears.

    To call `check` is a sign of life. A runner calls it at least every 0.1 s, between
    two ticks and within them, also while it waits or prepares: one that has fallen
    silent is taken for hung, and loses its job.
    """

    def check(self) -> None:
        """Show life.

        Raises:
            RunInterruptedError: The job must end at once, without a result.
        """

    @property
    def is_finishing(self) -> bool:
        """Whether the job shall end with its next tick, with the result as it is."""

    def changes(self) -> Mapping[str, JsonValue]:
        """Return the parameters that were changed since the last call, by name."""


@dataclass(frozen=True, kw_only=True)
class Order(Generic[Params]):
    """What a runner is to make.

    Attributes:
        job_id: of the job.
        params: the kind's, with every value filled in.
        inputs: what is known of each file, by its name.
        read: returns the bytes of the input of that name. Waits for a storage that is
            away, and checks meanwhile; raises StoreError after a long time.
    """

    job_id: str
    params: Params
    inputs: Inputs
    read: Callable[[str], bytes]


class State(Protocol):
    """Where a job stood after a tick: a copy that outlives it."""

    def to_bytes(self) -> bytes:
        """Return what a runner can go on from."""


class Jpeg(NamedTuple):
    """An encoded picture, and its size in pixels."""

    content: bytes
    width: int
    height: int


class Preview(Protocol):
    """What a job looked like at a tick: a copy that outlives it."""

    def to_jpeg(self) -> Jpeg:
        """Return a small picture."""


@dataclass(frozen=True, kw_only=True)
class FinishedFile:
    """One file that a job was for.

    Attributes:
        media_type: of the file.
        to_bytes: encodes it; may be called after the tick.
        facts: what is known of it, by the words of its medium.
    """

    media_type: str
    to_bytes: Callable[[], bytes]
    facts: Facts


class Tick(Protocol):
    """One reported step of a job; it can be read until the next one is taken."""

    @property
    def update(self) -> Update:
        """How far the job is, but for its pace, which the attempt measures."""

    @property
    def is_last(self) -> bool:
        """Whether the job is done; steps may have been left out."""

    @property
    def stopped_early(self) -> bool:
        """Whether it is done because somebody asked for an early end."""

    def preview(self) -> Preview | None:
        """Return what there is to be seen, if anything."""

    def state(self) -> State | None:
        """Return what the job can go on from, if it can."""

    def artifacts(self) -> Mapping[str, FinishedFile]:
        """Return what the job has made, by name; `result` among them at the last."""


class Runner(Protocol[Params]):
    """Runs the jobs of one kind."""

    def run(
        self, order: Order[Params], control: Control, resume: bytes | None
    ) -> Generator[Tick, None, None]:
        """Yield sparse ticks; closing the generator frees all that the job held.

        Args:
            order: what to make.
            control: what is asked of the job meanwhile.
            resume: a state of this job, to go on from there.

        Raises:
            StateRefusedError: Nothing can go on from `resume`.
            RunInterruptedError: `control.check` raised it.
            UnableError: This worker cannot do it.
            RunFailedError: There will be no result.
        """

    def is_predictable(self, params: Params) -> bool:
        """Tell whether such a job takes the time that its steps say."""

    def reproducibility(self, params: Params) -> Reproducibility:
        """Return what else must be equal for the same bytes of a job."""

    def peak_memory_bytes(self) -> int | None:
        """Return the most memory that the last job took, if it is known."""

    def info(self, name: str) -> WorkerInfo:
        """Return what a worker of that name is by this runner; ask between two jobs."""

    def process_bytes(self) -> int | None:
        """Return the memory that this process holds now, None if it is not known."""


# Any: whoever looks a runner up by its kind has no type for the parameters.
AnyRunner: TypeAlias = Runner[Any]
#: By the kinds' names.
Runners: TypeAlias = Mapping[str, AnyRunner]
