"""The port between an attempt and what computes: no torch, and no kind's name.

A runner runs the jobs of one kind, one at a time, and keeps nothing of them. What it
needs of an attempt is an `Order` and a `Control`; what it gives are ticks.
"""

from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, Protocol, TypeAlias

from app.contract.changes import AppliedChange
from app.contract.failures import FailureCode
from app.contract.inputs import Facts, Inputs
from app.contract.jobs import Reproducibility
from app.contract.kind import Params
from app.contract.updates import Update
from app.contract.workers import WorkerInfo
from worker.runners.control import Control


class RunFailedError(Exception):
    """There will be no result; the code says why, the message says it in words."""

    def __init__(self, code: FailureCode, detail: str) -> None:
        super().__init__(detail)
        self.code = code


class UnableError(Exception):
    """This worker cannot do the job; another one may."""


class StateRefusedError(Exception):
    """The state is damaged or another job's; nothing was computed yet."""


def _without_files(sha256: str) -> bytes:
    raise LookupError(f"there is no file {sha256}")


@dataclass(frozen=True, kw_only=True)
class Order(Generic[Params]):
    """What a runner is to make.

    Attributes:
        job_id: of the job.
        params: the kind's, with every value filled in.
        inputs: what is known of each file, by its name.
        read: returns the bytes of the input of that name. Waits for a storage that is
            away, and checks meanwhile; raises StoreError after a long time.
        read_file: returns the bytes of a file by its hash, likewise: of what was
            replaced.
        changes: that earlier attempts have applied, to be applied at the same steps.
    """

    job_id: str
    params: Params
    inputs: Inputs
    read: Callable[[str], bytes]
    read_file: Callable[[str], bytes] = _without_files
    changes: tuple[AppliedChange, ...] = ()


class Jpeg(NamedTuple):
    """A small picture, and its size in pixels."""

    content: bytes
    width: int
    height: int


@dataclass(frozen=True, kw_only=True)
class FinishedFile:
    """One file that a job was for.

    Attributes:
        media_type: of the file.
        to_bytes: encodes it.
        facts: what is known of it, by the words of its medium.
    """

    media_type: str
    to_bytes: Callable[[], bytes]
    facts: Facts


@dataclass(frozen=True, kw_only=True)
class OwnStyle:
    """A style that a runner has of its own, for the library.

    Attributes:
        id: the same at every start.
        title: what it is called.
        license: of the network.
        source: where the network comes from.
        pack: returns the pack's file.
        sample: returns a picture that it has made.
    """

    id: str
    title: str
    license: str
    source: str
    pack: Callable[[], bytes]
    sample: Callable[[], FinishedFile]


class Tick(Protocol):
    """One reported step of a job; it can be read until the next one is taken.

    What it is asked for is a copy, which outlives it; encoding it is left to whoever
    has the time.
    """

    @property
    def update(self) -> Update:
        """How far the job is, but for its pace, which the attempt measures."""

    @property
    def is_last(self) -> bool:
        """Whether the job is done; steps may have been left out."""

    @property
    def stopped_early(self) -> bool:
        """Whether it is done because somebody asked for an early end."""

    def preview(self) -> Callable[[], Jpeg] | None:
        """Return what encodes what there is to be seen, if anything is."""

    def state(self) -> Callable[[], bytes] | None:
        """Return what encodes where the job stands, if it can go on from there."""

    def artifacts(self) -> Mapping[str, FinishedFile]:
        """Return what the job has made, by name; `result` among them at the last."""


class Runner(Protocol[Params]):
    """Runs the jobs of one kind; a runner derives from it.

    What has a body here need not be said by one that knows no more.
    """

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
        return True

    def reproducibility(self, params: Params, inputs: Inputs) -> Reproducibility:
        """Return what else must be equal for the same bytes of a job."""

    def peak_memory_bytes(self) -> int | None:
        """Return the most memory that the last job took, if it is known."""
        return None

    def info(self, name: str) -> WorkerInfo:
        """Return what a worker of that name is by this runner; ask between two jobs."""
        return WorkerInfo(name=name)

    def process_bytes(self) -> int | None:
        """Return the memory that this process holds now, None if it is not known."""
        return None

    def own_styles(self) -> Iterable[OwnStyle]:
        """Return the styles that it brings into the library; asked before any job."""
        return ()


# Any: whoever looks a runner up by its kind has no type for the parameters.
AnyRunner: TypeAlias = Runner[Any]
#: By the kinds' names.
Runners: TypeAlias = Mapping[str, AnyRunner]
