"""The runner of pictures, with a resident engine."""

from collections.abc import Callable, Collection, Generator

from app.contract.inputs import Inputs
from app.contract.jobs import Reproducibility
from app.contract.kinds.image.resolved import ResolvedParameters
from app.contract.painting.choices import MemoryMode, Network
from app.contract.workers import MemoryNeed, WorkerInfo
from worker.engine import (
    EngineError,
    ExceedsMemoryError,
    PaintingState,
    Precision,
    StateError,
    StyleEngine,
    StylizeOptions,
)
from worker.engine.features.registry import require_named
from worker.engine.machine.memory_budget import MemoryBudget
from worker.runners.control import Control
from worker.runners.failures import failed
from worker.runners.image.inputs import ImageInputs, read_inputs
from worker.runners.image.keeping import found_in
from worker.runners.image.options import options_of
from worker.runners.image.steering import Steering, schedule_of
from worker.runners.image.tick import ImageTick
from worker.runners.reproducibility import reproducibility_of
from worker.runners.runner import (
    Order,
    Runner,
    StateRefusedError,
    UnableError,
)
from worker.settings import WorkerSettings

#: Steps are told so often: each is a point of the loss curve.
_REPORT_INTERVAL_S = 0.1


class ImageRunner(Runner[ResolvedParameters]):
    """Implements the `Runner` port with a resident `StyleEngine`.

    Args:
        engine: what computes.
        networks: those that jobs may ask for.
    """

    def __init__(self, engine: StyleEngine, networks: Collection[str]) -> None:
        self.engine = engine
        self._networks = networks

    @classmethod
    def load(cls, settings: WorkerSettings) -> "ImageRunner":
        """Load the network once, onto the device that the settings name.

        Raises:
            WeightsError: a file is not what its network needs, or is not named.
        """
        require_named(settings.networks, settings.weights_paths)
        engine = StyleEngine.load(
            device=settings.device,
            precision=settings.precision,
            cache_dir=settings.cache_dir,
            threads=settings.threads,
            weights_paths=settings.weights_paths,
            download=settings.weights_download,
            convolutions=settings.convolutions,
            style_cache_bytes=settings.style_cache_bytes,
        )
        return cls(engine, settings.networks)

    def run(
        self, order: Order[ResolvedParameters], control: Control, resume: bytes | None
    ) -> Generator[ImageTick, None, None]:
        """Yield sparse steps; closing the generator frees the job's memory."""
        params = order.params
        return self.painted(
            lambda check: read_inputs(order, check),
            options_of(params),
            params.network,
            steering=Steering(control, order.read_file, schedule_of(order)),
            resume=resume,
        )

    def painted(
        self,
        read: Callable[[Callable[[], None]], ImageInputs],
        options: StylizeOptions,
        network: Network,
        *,
        steering: Steering,
        resume: bytes | None,
    ) -> Generator[ImageTick, None, None]:
        """Yield sparse steps.

        Args:
            read: returns the pictures; given what shows life meanwhile.
            options: the engine's.
            network: that looks at them.
            steering: brings what is asked of the job meanwhile.
            resume: a state of this job, to go on from there.
        """
        self._require_network(network)
        check = steering.check

        try:
            state = None if resume is None else PaintingState.from_bytes(resume)
            del resume  # as large as the state
            inputs = read(check)
            kept = found_in(inputs.content_image, options.keep, self.engine)
            for step in self.engine.stylize(
                inputs.content_image,
                inputs.styles,
                options,
                check=check,
                controls=steering.controls,
                report_interval_s=_REPORT_INTERVAL_S,
                start_image=inputs.start_image,
                keep_mask=inputs.keep_mask if kept is None else kept.mask,
                network=str(network),
                resume_from=state,
            ):
                yield ImageTick(step, kept)
                check()  # what was asked meanwhile holds from the next step on
        except StateError as error:
            raise StateRefusedError(str(error)) from error
        except ExceedsMemoryError as error:
            raise UnableError(str(error)) from error
        except EngineError as error:
            raise failed(error) from error

    def is_predictable(self, params: ResolvedParameters) -> bool:
        """Tell whether no scale is left early, which takes less than its steps."""
        return not params.early_stop

    def reproducibility(
        self,
        params: ResolvedParameters,
        inputs: Inputs,  # noqa: ARG002 - of the port
    ) -> Reproducibility:
        """Return what else must be equal for the same bytes of a job."""
        return self.described(params.network, Precision(params.precision))

    def described(
        self, network: Network = Network.VGG19, precision: Precision = Precision.AUTO
    ) -> Reproducibility:
        """Return what a picture by a network depends on besides its parameters."""
        return reproducibility_of(self.engine.describe(str(network), precision))

    def peak_memory_bytes(self) -> int | None:
        """Return the most memory that the last job took, if it is known."""
        return self.engine.peak_memory_bytes()

    def info(self, name: str) -> WorkerInfo:
        """Return what this runner is and has room for; ask between two jobs."""
        description = self.engine.describe()
        budget = self.engine.memory_budget()
        needs = _told(budget)
        of_networks = {
            str(network): _told(self.engine.memory_budget(str(network)))
            for network in self._networks
        }
        return WorkerInfo(
            name=name,
            device=description.device,
            precision=description.precision,
            convolutions=description.convolutions,
            algorithm=description.algorithm,
            torch=description.torch,
            threads=description.threads,
            networks=tuple(self._networks),
            memory_total_bytes=budget.total_bytes,
            memory_free_bytes=budget.usable_bytes,
            memory_needs=needs,
            network_needs={n: own for n, own in of_networks.items() if own != needs},
            process_bytes=budget.process_bytes,
        )

    def _require_network(self, network: Network) -> None:
        if network not in self._networks:
            raise UnableError(
                f"This worker offers {', '.join(self._networks)}, not {network}: "
                "IMPASTO_NETWORKS should be the same for the API and the workers."
            )


def _told(budget: MemoryBudget) -> dict[str, MemoryNeed]:
    """Return what a job takes by memory mode, as estimates look it up."""
    needs = {
        str(mode): MemoryNeed(
            base_bytes=need.base_bytes, bytes_per_pixel=need.bytes_per_pixel
        )
        for mode, need in budget.needs.items()
    }
    # A client may have asked by the older name, too.
    return {**needs, str(MemoryMode.CHECKPOINT): needs[str(MemoryMode.RECOMPUTE)]}
