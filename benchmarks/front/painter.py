"""A worker that paints one job without end: the real engine, the real ledger.

`python -m benchmarks.front.painter REDIS_URL SIZE_PX`, the job waits in the queue.
"""

import os
import sys
import time
from datetime import UTC, datetime

from app.contract.ports import BeatReply
from app.contract.updates import Update
from app.stores.connections import connect
from app.stores.ledger import RedisLedger
from app.stores.ledger.rules import LedgerRules
from benchmarks.front.running_api import OFFER
from benchmarks.pictures import content_picture, style_picture
from worker.engine import Step, StyleEngine, StylizeOptions
from worker.settings import WorkerSettings

#: As often as a worker reports.
_PAUSE_S = 0.5


def main() -> None:
    os.nice(WorkerSettings().niceness)
    ledger = RedisLedger(connect(sys.argv[1]), LedgerRules())
    claim = ledger.claim("", "painter", OFFER)
    if claim is None:
        sys.exit("no job waits")
    engine = StyleEngine.load()
    options = StylizeOptions(size_px=int(sys.argv[2]), steps=2000)
    began_s = time.monotonic()
    while True:
        steps = engine.stylize(
            content_picture(), style_picture(), options, report_interval_s=_PAUSE_S
        )
        for step in steps:
            progress = _progress(step, time.monotonic() - began_s)
            if ledger.beat(*claim, progress).reply is not BeatReply.GO_ON:
                return


def _progress(step: Step, elapsed_s: float) -> Update:
    return Update(
        fraction=step.step / step.total_steps,
        step=step.step,
        total_steps=step.total_steps,
        stage=step.scale,
        total_stages=step.total_scales,
        metrics={"total": 1.0, "content": 0.5, "style": 0.4, "tv": 0.1},
        details={"width": step.width_px, "height": step.height_px},
        steps_per_second=step.step / elapsed_s,
        elapsed_seconds=elapsed_s,
        eta_seconds=60.0,
        updated_at=datetime.now(UTC),
    )


if __name__ == "__main__":
    main()
