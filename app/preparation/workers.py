"""Decodes in several processes, a bounded number of pictures at a time.

A file on which a decoder dies takes its process along; it is found out by trying those
that were in work one by one, and named.
"""

import multiprocessing
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from itertools import islice

from app.preparation.picture import Rejected, Stored, prepare_picture
from app.preparation.sources import Item

Work = Callable[[Item], Stored | Rejected]
_CRASHED = Rejected("decoder_crashed", "the decoder crashed on it")
#: In work at a time, for each process: nobody waits, and memory is bounded.
_AHEAD = 4


def outcomes(
    items: Iterable[Item], work: Work, processes: int
) -> Iterator[tuple[Item, Stored | Rejected]]:
    """Yield what became of each picture, as it is done; in no order.

    Args:
        items: the pictures.
        work: what is done with each; can be pickled.
        processes: so many at a time.

    Raises:
        OSError: the work cannot write.
    """
    rest = iter(items)
    while True:
        broken: list[Item] = []
        yield from _in_one_pool(rest, work, processes, broken)
        if not broken:
            return
        yield from _one_by_one(broken, work)


def _in_one_pool(
    rest: Iterator[Item], work: Work, processes: int, broken: list[Item]
) -> Iterator[tuple[Item, Stored | Rejected]]:
    """Yield until nothing is left or a process dies; `broken` gets what was in work."""
    running: dict[Future[Stored | Rejected], Item] = {}
    with _pool(processes) as pool:
        try:
            while True:
                for item in islice(rest, _AHEAD * processes - len(running)):
                    broken.append(item)  # unless it can be handed over
                    running[pool.submit(work, item)] = broken.pop()
                if not running:
                    return
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    yield running[future], future.result()
                    del running[future]
        except BrokenProcessPool:
            broken.extend(running.values())
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _one_by_one(
    suspects: list[Item], work: Work
) -> Iterator[tuple[Item, Stored | Rejected]]:
    """Yield what becomes of each, in a process that has nothing else in work."""
    done = 0
    while done < len(suspects):
        with _pool(1) as pool:
            try:
                for item in suspects[done:]:
                    yield item, pool.submit(work, item).result()
                    done += 1
            except BrokenProcessPool:
                yield suspects[done], _CRASHED
                done += 1


def _pool(processes: int) -> ProcessPoolExecutor:
    # Processes that were forked off threads may hang; these are forked off one that
    # has none, and has imported what they need.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([prepare_picture.__module__])
    return ProcessPoolExecutor(processes, context, _leave_interrupts_to_the_parent)


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
