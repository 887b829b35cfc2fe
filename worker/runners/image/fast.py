"""The runner of fast pictures, with a resident network for any painting."""

import time
from collections.abc import Callable, Generator, Iterable

from app.contract.inputs import Inputs
from app.contract.jobs import Reproducibility
from app.contract.kinds.image.fast import ResolvedFastParameters
from app.contract.painting.choices import FAST_NETWORK, Keep
from app.contract.painting.ladder import fit
from app.contract.workers import MemoryNeed, WorkerInfo
from worker.engine import EngineError, Style, StylizeOptions
from worker.engine.feedforward import FastEngine, FastStyle, Pack, start_image
from worker.engine.keep import Kept
from worker.engine.machine.device import process_memory_bytes
from worker.runners.control import Control
from worker.runners.failures import failed
from worker.runners.image.inputs import AnyParams, ImageInputs, read_inputs
from worker.runners.image.keeping import found_in
from worker.runners.image.options import fast_options_of
from worker.runners.image.own_styles import own_styles
from worker.runners.image.tick import FastTick
from worker.runners.packs import Packs, hashes_of_packs
from worker.runners.reproducibility import reproducibility_of
from worker.runners.runner import Order, OwnStyle, Runner, StateRefusedError
from worker.settings import WorkerSettings

#: Of one pass, by the mode of the optimizing engine that takes the least.
_NEED = {"tiles": MemoryNeed(base_bytes=512 * 2**20, bytes_per_pixel=100)}


class FastRunner(Runner[ResolvedFastParameters]):
    """Implements the `Runner` port with a resident `FastEngine`.

    Args:
        engine: makes the picture in one pass.
    """

    def __init__(self, engine: FastEngine) -> None:
        self.engine = engine
        self._packs = Packs()

    @classmethod
    def load(cls, settings: WorkerSettings) -> "FastRunner":
        """Load the networks, onto the device that the settings name."""
        engine = FastEngine.load(
            device=settings.device,
            cache_dir=settings.cache_dir,
            threads=settings.threads,
        )
        return cls(engine)

    def run(
        self,
        order: Order[ResolvedFastParameters],
        control: Control,
        resume: bytes | None,
    ) -> Generator[FastTick, None, None]:
        """Yield a tick before the pass, and one after it."""
        if resume is not None:
            raise StateRefusedError("one pass has no state to go on from")
        inputs = read_inputs(order, control.check)
        params = order.params
        size = fit(*inputs.content_image.size, params.size)
        yield FastTick(*size)
        began_s = time.monotonic()
        kept = self._found(inputs, params.keep)
        try:
            packs = self._packs.read(order, len(params.style_weights), control.check)
            pairs = zip(inputs.styles, packs, strict=True)
            picture = self.engine.stylize(
                inputs.content_image,
                [_fast_style(*pair) for pair in pairs],
                fast_options_of(params),
                keep_mask=inputs.keep_mask if kept is None else kept.mask,
                check=control.check,
            )
        except EngineError as error:
            raise failed(error) from error
        control.check()
        yield FastTick(*size, time.monotonic() - began_s, picture, kept)

    def reproducibility(
        self, params: ResolvedFastParameters, inputs: Inputs
    ) -> Reproducibility:
        """Return what else must be equal for the same bytes of a job."""
        return self.described(inputs, len(params.style_weights))

    def described(self, inputs: Inputs, styles: int) -> Reproducibility:
        """Return what a picture in so many styles depends on besides its parameters."""
        told = self.engine.describe()
        hashes, is_some_without = hashes_of_packs(inputs, styles)
        networks = [f"pack:{sha256}" for sha256 in hashes]
        if is_some_without:
            networks.append(f"{FAST_NETWORK}:{told.weights_sha256}")
        return reproducibility_of(told, weights_sha256=",".join(networks))

    def peak_memory_bytes(self) -> int | None:
        """Return the most memory that the last job took, if it is known."""
        return self.engine.peak_memory_bytes()

    def info(self, name: str) -> WorkerInfo:
        """Return what a worker is that has this runner alone."""
        told, (total_bytes, free_bytes) = self.engine.describe(), self.engine.memory()
        return WorkerInfo(
            name=name,
            device=told.device,
            precision=told.precision,
            convolutions=told.convolutions,
            algorithm=told.algorithm,
            torch=told.torch,
            threads=told.threads,
            networks=(FAST_NETWORK,),
            memory_total_bytes=total_bytes,
            memory_free_bytes=free_bytes,
            memory_needs=_NEED,
            process_bytes=process_memory_bytes(),
        )

    def own_styles(self) -> Iterable[OwnStyle]:
        """Return those of the network that has 26."""
        return own_styles(self.engine)

    def started(
        self,
        order: Order[AnyParams],
        options: StylizeOptions,
        check: Callable[[], None],
    ) -> ImageInputs:
        """Return a job's pictures, the fast one as what an optimization starts from.

        Raises:
            RunFailedError: It can not be made.
            UnableError: This worker lacks the network that finds what is kept.
        """
        inputs = read_inputs(order, check)
        kept = self._found(inputs, options.keep)
        try:
            first = start_image(
                self.engine,
                inputs.content_image,
                inputs.styles,
                options,
                packs=self._packs.read(order, len(inputs.styles), check),
                keep_mask=inputs.keep_mask if kept is None else kept.mask,
                check=check,
            )
        except EngineError as error:
            raise failed(error) from error
        check()
        return inputs._replace(start_image=first)

    def _found(self, inputs: ImageInputs, keep: Keep) -> Kept | None:
        return found_in(inputs.content_image, keep, self.engine)


def _fast_style(style: Style, pack: Pack | None) -> FastStyle:
    return FastStyle(image=style.image, pack=pack, weight=style.weight, mask=style.mask)
